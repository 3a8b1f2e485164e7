//===- MatmulSpec.cpp - What distinguishes matrix product kernels ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Matmul.h"

#include "lowbit/Dialect/Lowbit/IR/Bf16Products.h"
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
  bool isPair = activation == ActivationType::BF16 && encoding &&
                hasBf16Levels(encoding);
  return isPair ? 2 : 1;
}

/// Why codes of this weight make no integer products.
static std::string getIntegerMisfit(const MatmulSpec &spec) {
  numerics::CodecRef codec = spec.encoding.getCodec().getCodec();
  if (!codec->isAffine())
    return "integer products need affine codes";
  // (C51) Codes of the activation are -128 to 127.
  int64_t largest = spec.encoding.getScale().hasZeroPoint()
                        ? codec->codeMax() - codec->codeMin()
                        : std::max(-codec->codeMin(), codec->codeMax());
  if (spec.getGroupSize() >
      std::numeric_limits<int32_t>::max() / (128 * largest))
    return "i32 could overflow in sums of " +
           std::to_string(spec.getGroupSize()) + " products of up to " +
           std::to_string(128 * largest);
  return "";
}

std::string MatmulSpec::getMisfit() const {
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
  if (std::string misfit =
          panels.getMisfit(encoding.getScale(), encoding.getBits(), /*rank=*/2);
      !misfit.empty())
    return misfit;
  int64_t step = getStep();
  if (panels.getColumns() != target.columns() || panels.getStep() != step)
    return llvm::formatv("the weight's panels have {0} columns and step {1}, "
                         "but {2} needs {3} and {4}",
                         panels.getColumns(), panels.getStep(), target.name(),
                         target.columns(), step);
  numerics::CodecRef codec = encoding.getCodec().getCodec();
  if (!codec->isAffine() && codec->bits() > 4 && !isBf16())
    return "codebooks of more than 16 levels have no kernel";
  return isInteger() ? getIntegerMisfit(*this) : "";
}

std::string MatmulSpec::getSummary() const {
  if (!encoding)
    return batched ? "f32 batched" : "f32";
  std::string codec(encoding.getCodec().getCodec()->name());
  if (isBf16())
    return codec + " x bf16, products of bf16 (vdpbf16ps)";
  if (!isInteger()) {
    if (activation == ActivationType::BF16)
      codec += " x bf16";
    return codec + " decoded in the kernel, f32 products";
  }
  return codec + " x i8, integer products" +
         (target.hasVnni() ? " (vpdpbusd)" : " (pmaddwd)");
}

std::string MatmulSpec::getName() const {
  std::string name = "lowbit_";
  llvm::raw_string_ostream os(name);
  os << (batched ? "batch_matmul_" : "matmul_");
  if (!encoding) {
    os << "f32" << (transposed ? "_transposed" : "");
  } else {
    ScaleAttr scale = encoding.getScale();
    os << encoding.getCodec().getCodec()->name() << '_' << scale.getType();
    if (scale.getGranularity() == GranularityKind::Group)
      os << "_g" << scale.getGroup();
    else if (scale.getGranularity() == GranularityKind::Tensor)
      os << "_tensor";
    if (scale.hasZeroPoint())
      os << "_zp";
    os << '_' << reduction << 'x' << columns;
    if (cast<PanelsAttr>(encoding.getLayout()).getReduction() == 1)
      os << "_transposed";
    if (activation == ActivationType::BF16)
      os << "_bf16";
    if (isInteger())
      os << (scalePerRow ? "_i8_per_row" : "_i8_per_tensor");
  }
  os << (overwrite ? "" : "_accumulate") << '_' << target.name();
  return name;
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
  if (activation != ActivationType::F32)
    list.append("activation",
                TypeAttr::get(isInteger() ? Type(b.getI8Type())
                                          : Type(b.getBF16Type())));
  if (encoding) {
    list.append("encoding", encoding);
    list.append("reduction", b.getI64IntegerAttr(reduction));
    list.append("columns", b.getI64IntegerAttr(columns));
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
    if (type.getValue().isInteger(8))
      spec.activation = ActivationType::I8;
    else if (type.getValue().isBF16())
      spec.activation = ActivationType::BF16;
    else
      return std::nullopt;
  }
  spec.scalePerRow = dictionary.contains("scale_per_row");
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
