//===- Shorthands.cpp - Encodings that recipes call by name ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShorthandPieces.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Numerics/Presets.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace lowbit;
using namespace mlir;
using Blocks = EncodingChoice::Blocks;
using numerics::ScaleType;

//===----------------------------------------------------------------------===//
// Resolution
//===----------------------------------------------------------------------===//

static Type getScaleType(MLIRContext *context, ScaleType type) {
  switch (type) {
  case ScaleType::F32:
    return Float32Type::get(context);
  case ScaleType::F16:
    return Float16Type::get(context);
  case ScaleType::BF16:
    return BFloat16Type::get(context);
  case ScaleType::F8E4M3FN:
    return Float8E4M3FNType::get(context);
  case ScaleType::F8E8M0FNU:
    return Float8E8M0FNUType::get(context);
  case ScaleType::U8:
    return IntegerType::get(context, 8, IntegerType::Unsigned);
  case ScaleType::One:
    return NoneType::get(context);
  }
  llvm_unreachable("unknown type of scales");
}

/// The block of `group` elements, as far as whole windows allow, of a filter
/// of this shape; `run` of its channels stay together.
static SmallVector<int64_t> getFilterBlock(ArrayRef<int64_t> shape,
                                           int64_t axis,
                                           ArrayRef<int64_t> window,
                                           int64_t group, int64_t run) {
  SmallVector<int64_t> block(shape.size(), 1);
  for (int64_t other : window) {
    block[other] = 0;
    group /= std::max<int64_t>(1, shape[other]);
  }
  run = std::max<int64_t>(1, run);
  block[axis] = std::max(run, group / run * run);
  return block;
}

/// How many values of a tensor of `shape` are left if at least `percent` of
/// them go; 0 if a size is dynamic.
static int64_t countKept(double percent, ArrayRef<int64_t> shape) {
  if (ShapedType::isDynamicShape(shape))
    return 0;
  double elements = ShapedType::getNumElements(shape);
  return static_cast<int64_t>(std::floor(elements * (100 - percent) / 100));
}

EncodingAttr EncodingChoice::resolve(MLIRContext *context,
                                     ArrayRef<int64_t> shape, int64_t axis,
                                     ArrayRef<int64_t> window,
                                     std::optional<int64_t> channels) const {
  int64_t rank = shape.size();
  if (attribute)
    return attribute;
  ScaleFields fields;
  bool isStored = blocks != Blocks::None;
  fields.type = getScaleType(context, isStored ? scaleType : ScaleType::One);
  if (blocks == Blocks::Group && !window.empty()) {
    fields.granularity = GranularityKind::Block;
    fields.block = getFilterBlock(shape, axis, window, group, run);
  } else if (blocks == Blocks::Group) {
    fields.granularity = GranularityKind::Group;
    fields.axes = {axis};
    fields.group = group;
  } else if (blocks == Blocks::Channel && rank > 1) {
    // A vector that is summed over is one token.
    fields.granularity = GranularityKind::Axis;
    for (int64_t other = 0; other < rank; ++other)
      if (other != axis && !llvm::is_contained(window, other))
        fields.axes.push_back(other);
  }
  if (blocks == Blocks::Input) {
    fields.granularity = GranularityKind::Axis;
    fields.axes = {channels.value_or(axis)};
  }
  fields.zeroPointBits = zeroPointBits;
  if (nestedScales) {
    fields.nestedType =
        cast<FloatType>(getScaleType(context, nestedScales->type));
    fields.nestedBlock = nestedScales->block;
  }
  if (offsetType)
    fields.offsetType = cast<FloatType>(getScaleType(context, *offsetType));
  auto scale = ScaleAttr::get(context, fields);
  CodecAttrInterface codecAttr;
  if (bookLevels) {
    codecAttr = KMeansAttr::get(context, bookLevels, scale);
    ScaleFields none;
    none.type = getScaleType(context, ScaleType::One);
    scale = ScaleAttr::get(context, none);
  } else {
    codecAttr =
        cast<CodecAttrInterface>(parseAttribute("#lowbit." + codec, context));
  }
  SparsityAttrInterface sparsity = DenseAttr::get(context);
  if (keep)
    sparsity = NMAttr::get(context, keep, run, axis);
  if (prunedPercent)
    sparsity = BitmapAttr::get(context, countKept(prunedPercent, shape));
  return EncodingAttr::get(context, codecAttr, scale, sparsity,
                           RowsAttr::get(context));
}

bool EncodingChoice::hasShift() const {
  if (!attribute)
    return zeroPointBits || offsetType;
  ScaleAttr scale = attribute.getScale();
  return scale.hasZeroPoint() || scale.hasOffset();
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

bool lowbit::parsePositive(StringRef text, int64_t &number) {
  return !text.empty() && llvm::all_of(text, llvm::isDigit) &&
         !text.getAsInteger(10, number) && number >= 1;
}

bool ShorthandPieces::isScaling(StringRef front) {
  double alpha;
  return front == "awq" || (front.consume_front("smoothquant") &&
                            (front.empty() || !front.getAsDouble(alpha)));
}

ShorthandPieces ShorthandPieces::split(StringRef text) {
  ShorthandPieces pieces;
  auto take = [&](StringRef &piece, bool (*isOne)(StringRef)) {
    auto [front, rest] = text.split('-');
    if (rest.empty() || !isOne(front))
      return;
    piece = front;
    text = rest;
  };
  take(pieces.scaling, isScaling);
  take(pieces.method, [](StringRef front) {
    return numerics::methodOfName(front).has_value();
  });
  auto [front, last] = text.rsplit('-');
  if (last.ends_with("%") || last.contains(':')) {
    pieces.sparsity = last;
    text = front;
  }
  pieces.hasBf16Activation = text.consume_back("-bf16");
  pieces.base = text;
  return pieces;
}

/// Removes `-gN` and what follows from `text`, and gives both. Without, there
/// may be a problem with the number.
static bool splitGroup(StringRef &text, StringRef &suffix, int64_t &group,
                       std::string &problem) {
  size_t place = text.find("-g");
  if (place == StringRef::npos)
    return false;
  StringRef rest = text.drop_front(place + 2);
  text = text.take_front(place);
  StringRef digits = rest.take_while(llvm::isDigit);
  suffix = rest.drop_front(digits.size());
  if (parsePositive(digits, group))
    return true;
  if (!digits.empty())
    problem = digits.ltrim('0').empty()
                  ? "groups have at least one element"
                  : "the size of a group does not fit 64 bits";
  return false;
}

/// The bits of `text`, `name` and a number from `least` to 8. Without, there
/// may be a problem with the number.
static std::optional<unsigned> parseBits(StringRef text, StringRef name,
                                         unsigned least, std::string &problem) {
  int64_t bits;
  if (!text.consume_front(name) || !parsePositive(text, bits))
    return std::nullopt;
  if (bits >= least && bits <= 8 && text.size() == 1)
    return bits;
  problem = ("codes of '" + name + "' have " + Twine(least) +
             " to 8 bits, not " + text)
                .str();
  return std::nullopt;
}

/// Sets what `n:m` or `N%` says. What is wrong with that, or "".
static std::string setSparsity(StringRef text, EncodingChoice &choice) {
  StringRef percent = text;
  if (percent.consume_back("%")) {
    if (!percent.getAsDouble(choice.prunedPercent) &&
        choice.prunedPercent > 0 && choice.prunedPercent < 100)
      return {};
    return ("what is pruned is more than 0% and less than 100%, not '" + text +
            "'")
        .str();
  }
  auto [kept, all] = text.split(':');
  if (parsePositive(kept, choice.keep) && parsePositive(all, choice.run) &&
      choice.keep < choice.run && choice.run <= 256)
    return {};
  return ("of m weights n are kept, with n from 1 to m - 1 and m up to 256, "
          "not '" +
          text + "'")
      .str();
}

/// How the codec of a preset is written.
static std::string getCodecText(StringRef name, bool isAffine) {
  if (isAffine)
    return ("affine<" + name + ">").str();
  if (symbolizeCodebookName(name))
    return ("codebook<" + name + ">").str();
  return ("float<" + name + ">").str();
}

/// A format of numerics that is known by its name.
static std::optional<EncodingChoice> parsePreset(StringRef text) {
  auto preset = numerics::getPreset(text, /*rank=*/1, /*axis=*/0);
  if (!preset)
    return std::nullopt;
  const numerics::Format &format = preset->format;
  EncodingChoice choice;
  choice.codec = getCodecText(format.codec->name(), format.codec->isAffine());
  choice.blocks = Blocks::Group;
  choice.group = format.blockShape.front();
  choice.scaleType = format.scaleType;
  choice.nestedScales = format.nestedScales;
  choice.offsetType = format.offsetType;
  if (preset->range != format.defaultRangeKind())
    choice.range = symbolizeRangeKind(numerics::rangeKindName(preset->range));
  return choice;
}

/// `int4-g128`, `nf4-g64-dq` and so on.
static std::optional<EncodingChoice> parseGroups(StringRef text,
                                                 std::string &problem) {
  EncodingChoice choice;
  choice.blocks = Blocks::Group;
  choice.scaleType = ScaleType::F16;
  StringRef suffix;
  if (!splitGroup(text, suffix, choice.group, problem))
    return std::nullopt;
  if (auto bits = parseBits(text, "int", /*least=*/2, problem)) {
    bool isSymmetric = suffix == "-sym";
    if (!suffix.empty() && !isSymmetric)
      return std::nullopt;
    choice.codec =
        ("affine<" + Twine(isSymmetric ? "i" : "u") + Twine(*bits) + ">").str();
    if (isSymmetric)
      choice.range = RangeKind::Full;
    else
      choice.zeroPointBits = *bits;
    return choice;
  }
  if (text != "nf4" && text != "nf4_i8" && text != "fp4" && text != "binary")
    return std::nullopt;
  choice.codec = ("codebook<" + text + ">").str();
  if (text == "binary")
    choice.range = RangeKind::Mean;
  if (suffix == "-dq") {
    choice.scaleType = ScaleType::U8;
    choice.nestedScales = numerics::NestedScales{ScaleType::F32, 256};
    return choice;
  }
  if (!suffix.empty())
    return std::nullopt;
  return choice;
}

std::optional<InputScaling> InputScaling::get(StringRef method) {
  if (method != "awq" && method != "smoothquant")
    return std::nullopt;
  return InputScaling{method == "awq" ? Kind::Awq : Kind::SmoothQuant};
}

std::string InputScaling::set(StringRef option, StringRef value) {
  bool isAwq = kind == Kind::Awq, isSteps = option == "steps";
  if (isSteps != isAwq)
    return (Twine(isAwq ? "awq" : "smoothquant") + " has no '" + option + "'")
        .str();
  bool isNumber =
      isSteps ? !value.getAsInteger(10, steps) : !value.getAsDouble(alpha);
  if (!isNumber ||
      !(isSteps ? steps >= 1 && steps <= 1000 : alpha >= 0 && alpha <= 1))
    return ("expected '" + option + "' from " +
            (isSteps ? "1 to 1000" : "0 to 1") + ", got '" + value + "'")
        .str();
  return {};
}

Attribute InputScaling::getAttribute(MLIRContext *context) const {
  if (kind == Kind::Awq)
    return AwqAttr::get(context, steps);
  return SmoothQuantAttr::get(context,
                              FloatAttr::get(Float64Type::get(context), alpha));
}

/// `kmeans4` and `kmeans4-g256`: books of 2^B levels, per channel or group.
static std::optional<EncodingChoice> parseBooks(StringRef text,
                                                std::string &problem) {
  EncodingChoice choice;
  choice.scaleType = ScaleType::F16;
  if (text.contains("-g")) {
    choice.blocks = Blocks::Group;
    StringRef suffix;
    if (!splitGroup(text, suffix, choice.group, problem) || !suffix.empty())
      return std::nullopt;
  }
  auto bits = parseBits(text, "kmeans", /*least=*/1, problem);
  if (!bits)
    return std::nullopt;
  choice.bookLevels = int64_t(1) << *bits;
  return choice;
}

/// Whether the activation's encoding is part of the shorthand `base`.
static bool encodesActivation(StringRef base) {
  return base == "int8-dynamic" || base == "llm-int8" ||
         base.starts_with("int8-static");
}

/// The encoding of `base`, with neither methods nor sparsity, if it is one.
static std::optional<EncodingChoice> parseBase(StringRef base,
                                               std::string &problem) {
  EncodingChoice choice;
  if (base == "int8" || encodesActivation(base))
    return choice;
  if (base == "f16" || base == "bf16") {
    choice.codec = ("float<" + base + ">").str();
    choice.blocks = Blocks::None;
    return choice;
  }
  choice.codec = llvm::StringSwitch<std::string>(base)
                     .Case("fp8", "float<f8E4M3FN>")
                     .Case("mulaw8", "mulaw<8, 255>")
                     .Case("alaw8", "alaw<8, 87.6>")
                     .Default("");
  if (!choice.codec.empty())
    return choice;
  if (auto preset = parsePreset(base))
    return preset;
  if (auto groups = parseGroups(base, problem))
    return groups;
  return parseBooks(base, problem);
}

/// The activation's encoding of `int8-static` and what stands behind it.
static std::optional<EncodingChoice>
parseStaticActivation(StringRef base, MLIRContext *context) {
  // `-asym` is for the activation alone, whose values need not be symmetric.
  StringRef clip = base.drop_front(StringRef("int8-static").size());
  bool isAsymmetric = clip.consume_front("-asym");
  return parseActivationShorthand(
      (Twine(isAsymmetric ? "u" : "") + "int8-per-tensor-static" + clip).str(),
      context);
}

/// Why the number behind the last `-p` of `base` is no percentile, or "" if
/// there is none.
static std::string describeBadPercentile(StringRef base) {
  StringRef number = base.rsplit("-p").second;
  double percent = 0;
  if (number.empty() || number.getAsDouble(percent))
    return {};
  return ("a percentile is above 50 and at most 100, not '" + number + "'")
      .str();
}

/// Which piece stands twice, or behind the one that it belongs in front of, or
/// "".
static std::string describeRepetition(const ShorthandPieces &pieces) {
  auto both = [](StringRef what, StringRef first, StringRef second) {
    return (what + ", not '" + first + "' and '" + second + "'").str();
  };
  ShorthandPieces inner = ShorthandPieces::split(pieces.base);
  if (!inner.sparsity.empty())
    return both("weights have one sparsity", inner.sparsity, pieces.sparsity);
  if (!inner.scaling.empty() && pieces.scaling.empty())
    return ("'" + inner.scaling + "' scales inputs and stands in front of '" +
            pieces.method + "'")
        .str();
  if (!inner.scaling.empty())
    return both("inputs are scaled in one way", pieces.scaling, inner.scaling);
  if (!inner.method.empty() && !pieces.method.empty())
    return both("one method finds the codes", pieces.method, inner.method);
  return {};
}

/// What `float` has no use for among `pieces`, or "".
static std::string describeNothingQuantized(const ShorthandPieces &pieces) {
  StringRef piece = !pieces.scaling.empty()    ? pieces.scaling
                    : !pieces.method.empty()   ? pieces.method
                    : !pieces.sparsity.empty() ? pieces.sparsity
                    : pieces.hasBf16Activation ? "bf16"
                                               : "";
  if (piece.empty())
    return {};
  return ("'float' leaves a layer as it is, and nothing for '" + piece +
          "' to work on")
      .str();
}

std::optional<Treatment> lowbit::parseWeightShorthand(StringRef text,
                                                      MLIRContext *context,
                                                      std::string *problem) {
  std::string ignored;
  std::string &why = problem ? *problem : ignored;
  why.clear();
  Treatment treatment;
  ShorthandPieces pieces = ShorthandPieces::split(text);
  why = describeRepetition(pieces);
  if (!why.empty())
    return std::nullopt;
  if (pieces.base == "float") {
    why = describeNothingQuantized(pieces);
    if (!why.empty())
      return std::nullopt;
    return treatment;
  }
  std::optional<EncodingChoice> choice = parseBase(pieces.base, why);
  if (!choice)
    return std::nullopt;
  if (StringRef alpha = pieces.scaling; !alpha.empty()) {
    bool isSmooth = alpha.consume_front("smoothquant");
    treatment.scaleInputs = InputScaling::get(isSmooth ? "smoothquant" : alpha);
    if (isSmooth && !alpha.empty())
      why = treatment.scaleInputs->set("alpha", alpha);
    if (!why.empty())
      return std::nullopt;
  }
  // AWQ clips, too, where nothing else finds the codes.
  StringRef method = pieces.method.empty() && pieces.scaling == "awq"
                         ? StringRef("awq")
                         : pieces.method;
  if (!method.empty())
    treatment.method =
        MethodAttr::get(context, method, DictionaryAttr::get(context));
  if (!pieces.sparsity.empty())
    why = setSparsity(pieces.sparsity, *choice);
  if (!why.empty())
    return std::nullopt;
  if (pieces.base == "int8-dynamic" || pieces.base == "llm-int8")
    treatment.activation = EncodingChoice();
  // The threshold of the paper.
  if (pieces.base == "llm-int8")
    treatment.outliers = 6.0;
  if (pieces.base.starts_with("int8-static")) {
    treatment.activation = parseStaticActivation(pieces.base, context);
    if (!treatment.activation) {
      why = describeBadPercentile(pieces.base);
      return std::nullopt;
    }
  }
  if (pieces.hasBf16Activation) {
    if (encodesActivation(pieces.base)) {
      why = ("activations are encoded once, by '" + pieces.base +
             "' or by 'bf16'")
                .str();
      return std::nullopt;
    }
    treatment.activation = parseActivationShorthand("bf16", context);
  }
  treatment.weight = choice;
  return treatment;
}
