//===- MatmulSpec.cpp - What distinguishes matrix product kernels ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Matmul.h"

#include "lowbit/Dialect/Lowbit/IR/Bf16Products.h"
#include "lowbit/Numerics/Codec/IntegerLevels.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static bool isGrouped(const MatmulSpec &spec) {
  return spec.encoding.getScale().getGranularity() == GranularityKind::Group;
}

int64_t MatmulSpec::getGroupSize() const {
  if (!isGrouped(*this))
    return reduction;
  return std::clamp<int64_t>(reduction, 1, encoding.getScale().getGroup());
}

int64_t MatmulSpec::getNumGroups() const {
  return isGrouped(*this) ? llvm::divideCeilSigned(reduction, getGroupSize())
                          : 1;
}

bool MatmulSpec::isBf16() const {
  return activation == ActivationType::BF16 && target.hasBf16() && encoding &&
         hasBf16Levels(encoding);
}

int64_t MatmulSpec::getStep() const {
  if (isInteger())
    return target.integerStep();
  // The same weights are for processors with and without products of bf16.
  bool isPair =
      activation == ActivationType::BF16 && encoding && hasBf16Levels(encoding);
  return isPair ? 2 : 1;
}

/// Why codes of this weight make no integer products.
static std::string getIntegerMisfit(const MatmulSpec &spec) {
  numerics::CodecRef codec = spec.encoding.getCodec().getCodec();
  int64_t largest =
      numerics::largestInteger(*codec, spec.encoding.getScale().hasZeroPoint());
  if (largest == 0)
    return "integer products need affine codes or a table of integers";
  // (C51)
  bool isWide =
      spec.activation == ActivationType::U8 || spec.activationZeroPoints;
  largest *= isWide ? 255 : 128;
  if (spec.getGroupSize() > std::numeric_limits<int32_t>::max() / largest)
    return "i32 could overflow in sums of " +
           std::to_string(spec.getGroupSize()) + " products of up to " +
           std::to_string(largest);
  return "";
}

/// Why sums cannot go through the epilogue.
static std::string getMisfitOfEpilogue(const MatmulSpec &spec) {
  std::string misfit = spec.epilogue.getMisfit(spec.batched ? 3 : 2);
  if (!misfit.empty() || spec.epilogue.getResultType().isF32())
    return misfit;
  // Sums of parts of the reduction stand in c, and what was there before.
  if (!spec.isInteger() || !spec.overwrite)
    return "c has no sums to add to";
  // LLVM 22 stores one lane of a narrowed vector in the width before, with the
  // masks of AVX-512.
  if (spec.target.isa >= Isa::AVX512 && spec.columns % spec.target.lanes() == 1)
    return "the last vector of narrow results has one column";
  return "";
}

std::string MatmulSpec::getMisfit() const {
  if (epilogue)
    if (std::string misfit = getMisfitOfEpilogue(*this); !misfit.empty())
      return misfit;
  if (result) {
    if (!overwrite)
      return "what c has lies in another order";
    if (std::string misfit = result.getMisfit(batched ? 3 : 2, target.lanes());
        !misfit.empty())
      return misfit;
  }
  if (activationZeroPoints && !isInteger())
    return "only codes have zero points";
  if (!encoding) {
    if (isInteger())
      return "integer products need an encoded weight";
    return activation == ActivationType::F32
               ? ""
               : "encoded activations need an encoded weight";
  }
  if (batched)
    return "a batched kernel takes no encoded weight";
  if (transposed)
    return "an encoded weight has its order from its panels";
  if (reduction < 0 || columns < 0)
    return "a size is negative";
  auto panels = dyn_cast<PanelsAttr>(encoding.getLayout());
  if (!panels)
    return "the weight is not in panels";
  if (std::string misfit = panels.getMisfit(encoding.getScale(), /*rank=*/2);
      !misfit.empty())
    return misfit;
  int64_t step = getStep();
  if (panels.getColumns() != target.columns() || panels.getStep() != step)
    return llvm::formatv("the weight's panels have {0} columns and step {1}, "
                         "but {2} needs {3} and {4}",
                         panels.getColumns(), panels.getStep(), target.name(),
                         target.columns(), step);
  return isInteger() ? getIntegerMisfit(*this) : "";
}

/// The codec of activations.
static const char *getCodeName(const MatmulSpec &spec) {
  return spec.activation == ActivationType::U8 ? "u8" : "i8";
}

/// What the kernel does up to its sums.
static std::string getProductSummary(const MatmulSpec &spec) {
  if (!spec.encoding)
    return spec.batched ? "f32 batched" : "f32";
  std::string codec(spec.encoding.getCodec().getCodec()->name());
  if (spec.encoding.getBits() == 32)
    return codec + " in panels, f32 products";
  if (spec.isBf16())
    return codec + " x bf16, products of bf16 (vdpbf16ps)";
  if (!spec.isInteger()) {
    if (spec.activation == ActivationType::BF16)
      codec += " x bf16";
    return codec + " decoded in the kernel, f32 products";
  }
  return codec + " x " + getCodeName(spec) + ", integer products" +
         (spec.target.hasVnni() ? " (vpdpbusd)" : " (pmaddwd)");
}

/// The epilogue's function without what all of them begin with.
static StringRef getEpilogueName(const MatmulSpec &spec) {
  StringRef name = spec.epilogue.function.getValue();
  name.consume_front(epiloguePrefix);
  return name;
}

std::string MatmulSpec::getSummary() const {
  std::string summary = getProductSummary(*this);
  if (epilogue)
    summary += ", then " + getEpilogueName(*this).str();
  return summary;
}

std::string MatmulSpec::getName() const {
  std::string name = "lowbit_";
  llvm::raw_string_ostream os(name);
  os << (batched ? "batch_matmul_" : "matmul_");
  if (!encoding) {
    os << "f32" << (transposed ? "_transposed" : "");
  } else {
    ScaleAttr scale = encoding.getScale();
    os << encoding.getCodec().getCodec()->name();
    if (scale.isStored())
      os << '_' << scale.getType();
    if (scale.getGranularity() == GranularityKind::Group)
      os << "_g" << scale.getGroup();
    else if (scale.isStored() &&
             scale.getGranularity() == GranularityKind::Tensor)
      os << "_tensor";
    if (scale.isNested()) {
      os << "_nested_" << scale.getNestedType();
      if (int64_t block = scale.getNestedBlock())
        os << "_b" << block;
    }
    if (scale.hasZeroPoint())
      os << "_zp";
    os << '_' << reduction << 'x' << columns;
    if (cast<PanelsAttr>(encoding.getLayout()).getReduction() == 1)
      os << "_transposed";
    if (activation == ActivationType::BF16)
      os << "_bf16";
    if (isInteger())
      os << '_' << getCodeName(*this) << (activationZeroPoints ? "_zp" : "")
         << (scalePerRow ? "_per_row" : "_per_tensor");
  }
  os << (overwrite ? "" : "_accumulate");
  if (epilogue)
    os << "_then_" << getEpilogueName(*this);
  if (result) {
    os << "_stored";
    for (int64_t dim : result.dims)
      os << '_' << dim;
    os << 'x' << result.inner;
  }
  os << '_' << target.name();
  return name;
}

/// The type that stands for encoded activations in a spec's attribute.
static Type getActivationType(const MatmulSpec &spec, Builder &b) {
  switch (spec.activation) {
  case ActivationType::F32:
    return b.getF32Type();
  case ActivationType::BF16:
    return b.getBF16Type();
  case ActivationType::I8:
    return b.getI8Type();
  case ActivationType::U8:
    return b.getIntegerType(8, /*isSigned=*/false);
  }
  llvm_unreachable("unknown kind of activations");
}

static std::optional<ActivationType> getActivationKind(Type type) {
  if (type.isBF16())
    return ActivationType::BF16;
  if (type.isSignlessInteger(8))
    return ActivationType::I8;
  if (type.isUnsignedInteger(8))
    return ActivationType::U8;
  return std::nullopt;
}

DictionaryAttr MatmulSpec::toAttribute(MLIRContext *context) const {
  Builder b(context);
  NamedAttrList list;
  list.append("kind", b.getStringAttr("x86.matmul"));
  list.append("isa", b.getStringAttr(target.name()));
  auto flag = [&](StringRef name, bool value) {
    if (value)
      list.append(name, b.getUnitAttr());
  };
  flag("batched", batched);
  flag("overwrite", overwrite);
  flag("transposed", transposed);
  flag("scale_per_row", scalePerRow);
  flag("activation_zero_points", activationZeroPoints);
  if (activation != ActivationType::F32)
    list.append("activation", TypeAttr::get(getActivationType(*this, b)));
  if (encoding) {
    list.append("encoding", encoding);
    list.append("reduction", b.getI64IntegerAttr(reduction));
    list.append("columns", b.getI64IntegerAttr(columns));
  }
  if (epilogue)
    list.append("epilogue", epilogue.toAttribute(context));
  if (result) {
    list.append("result_dims", b.getDenseI64ArrayAttr(result.dims));
    list.append("result_inner", b.getI64IntegerAttr(result.inner));
  }
  return list.getDictionary(context);
}

std::optional<MatmulSpec> MatmulSpec::fromAttribute(Attribute attribute) {
  auto dictionary = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!dictionary)
    return std::nullopt;
  auto kind = dictionary.getAs<StringAttr>("kind");
  auto isa = dictionary.getAs<StringAttr>("isa");
  if (!kind || kind != "x86.matmul" || !isa || isa == "host")
    return std::nullopt;
  std::optional<Target> target = Target::get(isa);
  if (!target)
    return std::nullopt;
  MatmulSpec spec;
  spec.target = *target;
  spec.batched = dictionary.contains("batched");
  spec.overwrite = dictionary.contains("overwrite");
  spec.transposed = dictionary.contains("transposed");
  if (auto type = dictionary.getAs<TypeAttr>("activation")) {
    std::optional<ActivationType> kind = getActivationKind(type.getValue());
    if (!kind)
      return std::nullopt;
    spec.activation = *kind;
  }
  spec.activationZeroPoints = dictionary.contains("activation_zero_points");
  spec.scalePerRow = dictionary.contains("scale_per_row");
  if (Attribute epilogue = dictionary.get("epilogue")) {
    std::optional<Epilogue> read = Epilogue::fromAttribute(epilogue);
    if (!read)
      return std::nullopt;
    spec.epilogue = *read;
  }
  if (auto dims = dictionary.getAs<DenseI64ArrayAttr>("result_dims")) {
    auto inner = dictionary.getAs<IntegerAttr>("result_inner");
    if (!inner)
      return std::nullopt;
    spec.result = {SmallVector<int64_t>(dims.asArrayRef()), inner.getInt()};
  }
  spec.encoding = dictionary.getAs<EncodingAttr>("encoding");
  if (!spec.encoding)
    return spec;
  auto reduction = dictionary.getAs<IntegerAttr>("reduction");
  auto columns = dictionary.getAs<IntegerAttr>("columns");
  if (!reduction || !columns ||
      !mlir::isa_and_nonnull<PanelsAttr>(spec.encoding.getLayout()))
    return std::nullopt;
  spec.reduction = reduction.getInt();
  spec.columns = columns.getInt();
  return spec;
}
