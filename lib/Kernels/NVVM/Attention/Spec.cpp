//===- Spec.cpp - What distinguishes kernels of attention -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Attention.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit::nvvm;
using namespace mlir;

static constexpr int64_t largestHead = 256;

static StringRef getName(Half half) {
  return half == Half::F16 ? "f16" : "bf16";
}

static StringRef getName(MaskType mask) {
  switch (mask) {
  case MaskType::None:
    return "none";
  case MaskType::Boolean:
    return "bool";
  case MaskType::F16:
    return "f16";
  case MaskType::BF16:
    return "bf16";
  case MaskType::F32:
    return "f32";
  }
  llvm_unreachable("all are named");
}

static std::optional<MaskType> parseMask(StringRef name) {
  return llvm::StringSwitch<std::optional<MaskType>>(name)
      .Case("none", MaskType::None)
      .Case("bool", MaskType::Boolean)
      .Case("f16", MaskType::F16)
      .Case("bf16", MaskType::BF16)
      .Case("f32", MaskType::F32)
      .Default(std::nullopt);
}

static StringRef getName(ScaleType scale) {
  switch (scale) {
  case ScaleType::None:
    return "none";
  case ScaleType::F16:
    return "f16";
  case ScaleType::BF16:
    return "bf16";
  case ScaleType::F32:
    return "f32";
  }
  llvm_unreachable("all are named");
}

static std::optional<ScaleType> parseScale(StringRef name) {
  return llvm::StringSwitch<std::optional<ScaleType>>(name)
      .Case("none", ScaleType::None)
      .Case("f16", ScaleType::F16)
      .Case("bf16", ScaleType::BF16)
      .Case("f32", ScaleType::F32)
      .Default(std::nullopt);
}

/// Keys and values, with the names of their parts in attributes.
template <typename Spec, typename Visit>
static void forEachMatrix(Spec &spec, Visit visit) {
  visit("key", "key_scale", spec.key);
  visit("value", "value_scale", spec.value);
}

/// The parts of a spec that are there or not, with their names.
template <typename Spec, typename Visit>
static void forEachFlag(Spec &spec, Visit visit) {
  visit("causal", spec.causal);
  visit("top_left", spec.topLeft);
  visit("window_left", spec.windowLeft);
  visit("window_right", spec.windowRight);
  visit("soft_cap", spec.softCap);
  visit("alibi", spec.alibi);
  visit("mask_shared_by_rows", spec.maskSharedByRows);
  visit("log_sum_exp", spec.logSumExp);
  visit("grouped", spec.grouped);
  visit("sequence_offsets", spec.sequenceOffsets);
  visit("key_lengths", spec.keyLengths);
  visit("packed_heads", spec.packedHeads);
  visit("split_keys", spec.splitKeys);
  visit("paged", spec.paged);
}

static std::string getSizeMisfit(StringRef what, int64_t size,
                                 int64_t alignment) {
  if (size < 1 || size > largestHead)
    return llvm::formatv("{0} has {1} elements; kernels have 1 to {2}", what,
                         size, largestHead);
  if (size * 2 % alignment != 0)
    return llvm::formatv("{0} has {1} elements, {2} bytes, no multiple of its "
                         "alignment, {3} bytes; pad it with zeros to {4}",
                         what, size, size * 2, alignment,
                         llvm::alignTo(size, alignment / 2));
  return "";
}

static std::string getCodesMisfit(StringRef what, int64_t size,
                                  const MatrixStorage &storage,
                                  int64_t alignment) {
  if (!storage.codes)
    return storage.hasScales()
               ? llvm::formatv("{0}s have scales, but no codes", what).str()
               : "";
  if (size * storage.getBits() % (8 * alignment) != 0)
    return llvm::formatv(
        "a head of {0}s has {1} codes of {2} bits, no "
        "multiple of their alignment, {3} bytes; pad it with "
        "zeros to {4}",
        what, size, storage.getBits(), alignment,
        llvm::alignTo(size, 8 * alignment / storage.getBits()));
  return "";
}

std::string AttentionSpec::getMisfit() const {
  if (!target.hasAsyncCopies())
    return llvm::formatv("{0} has no cp.async and no mma.sync of bf16; the "
                         "kernels need sm_80 or newer",
                         target.chip);
  for (int64_t bytes : {alignment, codeAlignment})
    if (bytes != 16 && bytes != 8 && bytes != 4)
      return llvm::formatv(
          "copies of {0} bytes; there are those of 16, 8 and 4", bytes);
  if (std::string misfit =
          getSizeMisfit("a head of queries and keys", headSize, alignment);
      !misfit.empty())
    return misfit;
  if (std::string misfit =
          getSizeMisfit("a head of values", valueSize, alignment);
      !misfit.empty())
    return misfit;
  if (std::string misfit = getCodesMisfit("key", headSize, key, codeAlignment);
      !misfit.empty())
    return misfit;
  if (std::string misfit =
          getCodesMisfit("value", valueSize, value, codeAlignment);
      !misfit.empty())
    return misfit;
  if (causal && windowRight)
    return "causal attention has no window to the right";
  if (topLeft && !usesPositions())
    return "it makes no difference where queries stand";
  if (maskSharedByRows && mask == MaskType::None)
    return "there is no mask that rows could share";
  if (sequenceOffsets && keyLengths)
    return "sequences with offsets have their lengths from these";
  if (packedHeads && !grouped)
    return "heads are packed that share a key head; these are not grouped";
  if (splitKeys && sequenceOffsets)
    return "keys are split for sequences of equally many queries, not for "
           "those "
           "with offsets";
  if (paged && sequenceOffsets)
    return "sequences in pages have no offsets";
  return "";
}

std::string AttentionSpec::getName() const {
  std::string name = "lowbit_attention_";
  llvm::raw_string_ostream os(name);
  os << ::getName(element) << "_d" << headSize;
  if (valueSize != headSize)
    os << 'x' << valueSize;
  forEachFlag(*this, [&](StringRef flag, bool value) {
    if (value)
      os << '_' << flag;
  });
  if (mask != MaskType::None)
    os << "_mask_" << ::getName(mask);
  forEachMatrix(*this, [&](StringRef name, StringRef, auto &storage) {
    if (!storage.codes)
      return;
    os << '_' << name << '_' << nvvm::getName(*storage.codes);
    if (storage.hasScales())
      os << '_' << ::getName(storage.scale);
  });
  if (alignment != 16)
    os << "_align" << alignment;
  if (codeAlignment != 16)
    os << "_code_align" << codeAlignment;
  os << '_' << target.chip;
  return name;
}

DictionaryAttr AttentionSpec::toAttribute(MLIRContext *context) const {
  Builder b(context);
  NamedAttrList list;
  list.append("kind", b.getStringAttr("nvvm.attention"));
  list.append("chip", b.getStringAttr(target.chip));
  list.append("element", b.getStringAttr(::getName(element)));
  list.append("head_size", b.getI64IntegerAttr(headSize));
  list.append("value_size", b.getI64IntegerAttr(valueSize));
  forEachFlag(*this, [&](StringRef flag, bool value) {
    if (value)
      list.append(flag, b.getUnitAttr());
  });
  if (mask != MaskType::None)
    list.append("mask", b.getStringAttr(::getName(mask)));
  forEachMatrix(*this, [&](StringRef name, StringRef scale, auto &storage) {
    if (storage.codes)
      list.append(name, b.getStringAttr(nvvm::getName(*storage.codes)));
    if (storage.hasScales())
      list.append(scale, b.getStringAttr(::getName(storage.scale)));
  });
  if (alignment != 16)
    list.append("alignment", b.getI64IntegerAttr(alignment));
  if (codeAlignment != 16)
    list.append("code_alignment", b.getI64IntegerAttr(codeAlignment));
  return list.getDictionary(context);
}

namespace {
/// Takes a dictionary apart, and remembers the first thing that is wrong with
/// it.
class Reader {
public:
  Reader(DictionaryAttr dictionary, std::string &error)
      : dictionary(dictionary), error(error) {}

  template <typename Attr>
  Attr get(StringRef name, StringRef type, bool isNeeded) {
    Attribute attribute = dictionary.get(name);
    if (!attribute) {
      if (isNeeded)
        fail(("it has no '" + name + "'").str());
      return {};
    }
    known += 1;
    auto typed = dyn_cast<Attr>(attribute);
    if (!typed)
      fail(("'" + name + "' is not " + type).str());
    return typed;
  }
  StringRef getText(StringRef name, StringRef otherwise, bool isNeeded) {
    auto text = get<StringAttr>(name, "a string", isNeeded);
    return text ? text.getValue() : otherwise;
  }
  int64_t getNumber(StringRef name, int64_t otherwise, bool isNeeded) {
    auto number = get<IntegerAttr>(name, "an integer", isNeeded);
    return number ? number.getValue().getSExtValue() : otherwise;
  }
  bool getFlag(StringRef name) {
    return get<UnitAttr>(name, "a unit attribute", /*isNeeded=*/false) !=
           nullptr;
  }
  void fail(std::string text) {
    if (error.empty())
      error = std::move(text);
  }
  /// What nobody has asked for is misspelled.
  void finish(function_ref<bool(StringRef)> isKnown) {
    if (known == dictionary.size())
      return;
    for (NamedAttribute entry : dictionary)
      if (!isKnown(entry.getName()))
        return fail(
            ("it has an unknown part '" + entry.getName().getValue() + "'")
                .str());
  }

private:
  DictionaryAttr dictionary;
  std::string &error;
  size_t known = 0;
};
} // namespace

std::optional<AttentionSpec> AttentionSpec::fromAttribute(Attribute attribute,
                                                          std::string &error) {
  error.clear();
  auto dictionary = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!dictionary) {
    error = "it is no dictionary";
    return std::nullopt;
  }
  Reader reader(dictionary, error);
  AttentionSpec spec;
  if (StringRef kind = reader.getText("kind", "nvvm.attention", true);
      kind != "nvvm.attention")
    reader.fail(("unknown kind '" + kind + "'").str());
  if (StringRef chip = reader.getText("chip", "sm_80", true);
      std::optional<Target> target = Target::get(chip))
    spec.target = *target;
  else
    reader.fail(Target::getUnknownText(chip));
  if (StringRef name = reader.getText("element", "bf16", true);
      name == "f16" || name == "bf16")
    spec.element = name == "f16" ? Half::F16 : Half::BF16;
  else
    reader.fail(("elements are f16 or bf16, not '" + name + "'").str());
  spec.headSize = reader.getNumber("head_size", 0, true);
  spec.valueSize = reader.getNumber("value_size", spec.headSize, false);
  forEachFlag(
      spec, [&](StringRef flag, bool &value) { value = reader.getFlag(flag); });
  if (StringRef name = reader.getText("mask", "none", false);
      std::optional<MaskType> type = parseMask(name))
    spec.mask = *type;
  else
    reader.fail(("masks are bool, f16, bf16 or f32, not '" + name + "'").str());
  forEachMatrix(spec, [&](StringRef name, StringRef scale, auto &storage) {
    if (StringRef codes = reader.getText(name, "", false); !codes.empty()) {
      storage.codes = parseCodes(codes);
      if (!storage.codes)
        reader.fail(
            ("codes are i8, i4, f8E4M3FN or f8E5M2, not '" + codes + "'")
                .str());
    }
    StringRef type = reader.getText(scale, "none", false);
    if (std::optional<ScaleType> known = parseScale(type))
      storage.scale = *known;
    else
      reader.fail(("scales are f16, bf16 or f32, not '" + type + "'").str());
  });
  spec.alignment = reader.getNumber("alignment", 16, false);
  spec.codeAlignment = reader.getNumber("code_alignment", 16, false);
  reader.finish([&](StringRef name) {
    bool isFlag = false;
    forEachFlag(spec, [&](StringRef flag, bool) { isFlag |= flag == name; });
    return isFlag || llvm::is_contained({"kind", "chip", "element", "head_size",
                                         "value_size", "mask", "key",
                                         "key_scale", "value", "value_scale",
                                         "alignment", "code_alignment"},
                                        name);
  });
  if (!error.empty())
    return std::nullopt;
  return spec;
}
