//===- Shorthands.cpp - Encodings that recipes call by name ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"

#include "lowbit/Numerics/Presets.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/StringExtras.h"

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

/// Whether `text` is a number of at least 1, which it gives.
static bool parsePositive(StringRef text, int64_t &number) {
  return !text.empty() && llvm::all_of(text, llvm::isDigit) &&
         !text.getAsInteger(10, number) && number >= 1;
}

/// Removes `-gN` and what follows from `text`, and gives both.
static bool splitGroup(StringRef &text, StringRef &suffix, int64_t &group) {
  size_t place = text.find("-g");
  if (place == StringRef::npos)
    return false;
  StringRef rest = text.drop_front(place + 2);
  text = text.take_front(place);
  StringRef digits = rest.take_while(llvm::isDigit);
  suffix = rest.drop_front(digits.size());
  return parsePositive(digits, group);
}

/// Removes `-n:m` or `-N%` from the end of `text`, and sets what they say.
/// False if that is no sparsity.
static bool splitSparsity(StringRef &text, EncodingChoice &choice) {
  auto [rest, suffix] = text.rsplit('-');
  if (suffix.consume_back("%")) {
    text = rest;
    return !suffix.getAsDouble(choice.prunedPercent) &&
           choice.prunedPercent > 0 && choice.prunedPercent < 100;
  }
  if (!suffix.contains(':'))
    return true;
  auto [kept, all] = suffix.split(':');
  text = rest;
  return parsePositive(kept, choice.keep) && parsePositive(all, choice.run) &&
         choice.keep < choice.run && choice.run <= 256;
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
static std::optional<EncodingChoice> parseGroups(StringRef text) {
  EncodingChoice choice;
  choice.blocks = Blocks::Group;
  choice.scaleType = ScaleType::F16;
  StringRef suffix;
  if (!splitGroup(text, suffix, choice.group))
    return std::nullopt;
  unsigned bits;
  if (text.consume_front("int") && text.size() == 1 &&
      !text.getAsInteger(10, bits) && bits >= 2 && bits <= 8) {
    bool isSymmetric = suffix == "-sym";
    if (!suffix.empty() && !isSymmetric)
      return std::nullopt;
    choice.codec =
        ("affine<" + Twine(isSymmetric ? "i" : "u") + text + ">").str();
    if (isSymmetric)
      choice.range = RangeKind::Full;
    else
      choice.zeroPointBits = bits;
    return choice;
  }
  if (text != "nf4" && text != "fp4" && text != "binary")
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

/// Removes `awq-`, `smoothquant-` or `smoothquant0.8-`, with its alpha, from
/// the front of `text`.
static std::optional<InputScaling> consumeScaling(StringRef &text) {
  auto [front, rest] = text.split('-');
  StringRef alpha = front;
  bool hasAlpha = alpha.consume_front("smoothquant") && !alpha.empty();
  std::optional<InputScaling> scaling =
      InputScaling::get(hasAlpha ? "smoothquant" : front);
  if (!scaling || rest.empty() ||
      (hasAlpha && !scaling->set("alpha", alpha).empty()))
    return std::nullopt;
  text = rest;
  return scaling;
}

Attribute InputScaling::getAttribute(MLIRContext *context) const {
  if (kind == Kind::Awq)
    return AwqAttr::get(context, steps);
  return SmoothQuantAttr::get(context,
                              FloatAttr::get(Float64Type::get(context), alpha));
}

/// `kmeans4` and `kmeans4-g256`: books of 2^B levels, per channel or group.
static std::optional<EncodingChoice> parseBooks(StringRef text) {
  EncodingChoice choice;
  choice.scaleType = ScaleType::F16;
  if (text.contains("-g")) {
    choice.blocks = Blocks::Group;
    StringRef suffix;
    if (!splitGroup(text, suffix, choice.group) || !suffix.empty())
      return std::nullopt;
  }
  unsigned bits;
  if (!text.consume_front("kmeans") || text.size() != 1 ||
      text.getAsInteger(10, bits) || bits < 1 || bits > 8)
    return std::nullopt;
  choice.bookLevels = int64_t(1) << bits;
  return choice;
}

std::optional<Treatment> lowbit::parseWeightShorthand(StringRef text,
                                                      MLIRContext *context) {
  Treatment treatment;
  if (text == "float")
    return treatment;
  treatment.scaleInputs = consumeScaling(text);
  treatment.method = splitMethod(text, context);
  // AWQ clips, too, where nothing else finds the codes.
  bool isAwq = treatment.scaleInputs &&
               treatment.scaleInputs->kind == InputScaling::Kind::Awq;
  if (isAwq && !treatment.method)
    treatment.method =
        MethodAttr::get(context, "awq", DictionaryAttr::get(context));
  EncodingChoice sparse;
  if (!splitSparsity(text, sparse))
    return std::nullopt;
  EncodingChoice choice;
  if (text == "int8-dynamic" || text == "llm-int8") {
    treatment.activation = choice;
    // The threshold of the paper.
    if (text == "llm-int8")
      treatment.outliers = 6.0;
  } else if (text.starts_with("int8-static")) {
    // `-asym` is for the activation alone, whose values need not be symmetric.
    StringRef clip = text.drop_front(StringRef("int8-static").size());
    bool isAsymmetric = clip.consume_front("-asym");
    treatment.activation = parseActivationShorthand(
        (Twine(isAsymmetric ? "u" : "") + "int8-per-tensor-static" + clip)
            .str(),
        context);
    if (!treatment.activation)
      return std::nullopt;
  } else if (text == "f16" || text == "bf16") {
    choice.codec = ("float<" + text + ">").str();
    choice.blocks = Blocks::None;
  } else if (text == "fp8") {
    choice.codec = "float<f8E4M3FN>";
  } else if (text == "mulaw8") {
    choice.codec = "mulaw<8, 255>";
  } else if (text == "alaw8") {
    choice.codec = "alaw<8, 87.6>";
  } else if (auto preset = parsePreset(text)) {
    choice = *preset;
  } else if (auto groups = parseGroups(text)) {
    choice = *groups;
  } else if (auto books = parseBooks(text)) {
    choice = *books;
  } else if (text != "int8") {
    return std::nullopt;
  }
  // AWQ is about weights alone.
  if (treatment.activation && isAwq)
    return std::nullopt;
  choice.keep = sparse.keep;
  choice.run = sparse.run;
  choice.prunedPercent = sparse.prunedPercent;
  treatment.weight = choice;
  return treatment;
}

/// What follows `-static`: nothing, `-pN` or `-entropy`. Null if it is none.
static ClipAttr parseClip(StringRef text, MLIRContext *context) {
  if (text == "-entropy")
    return ClipAttr::get(context, FloatAttr());
  double percent = 100;
  if (!text.empty() &&
      (!text.consume_front("-p") || text.getAsDouble(percent) ||
       !(percent > 50 && percent <= 100)))
    return {};
  return ClipAttr::get(context,
                       FloatAttr::get(Float64Type::get(context), percent));
}

std::optional<EncodingChoice>
lowbit::parseActivationShorthand(StringRef text, MLIRContext *context) {
  EncodingChoice choice;
  if (size_t place = text.find("-static"); place != StringRef::npos) {
    choice.clip = parseClip(
        text.drop_front(place + StringRef("-static").size()), context);
    if (!choice.clip)
      return std::nullopt;
    text = text.take_front(place);
  }
  bool isUnsigned = text.consume_front("u");
  auto [codec, blocks] = text.split("-per-");
  unsigned bits;
  if (!codec.consume_front("int") || codec.size() != 1 ||
      codec.getAsInteger(10, bits) || bits < 2 || bits > 8)
    return std::nullopt;
  choice.codec =
      (Twine(isUnsigned ? "affine<u" : "affine<i") + codec + ">").str();
  if (isUnsigned)
    choice.zeroPointBits = bits;
  // Percentiles are of all channels together.
  bool isOfBlocks = choice.clip && !choice.clip.isMinMax();
  if (blocks == "tensor") {
    choice.blocks = Blocks::Tensor;
  } else if (blocks == "channel" && choice.clip && !isOfBlocks) {
    choice.blocks = Blocks::Input;
  } else if (blocks == "token" && !choice.clip) {
    choice.blocks = Blocks::Channel;
  } else if (blocks.consume_front("g") && !choice.clip &&
             parsePositive(blocks, choice.group)) {
    choice.blocks = Blocks::Group;
  } else {
    return std::nullopt;
  }
  return choice;
}

ArrayRef<StringRef> lowbit::getActivationShorthands() {
  static constexpr StringRef names[] = {"int8-per-token",
                                        "int8-per-tensor",
                                        "int8-per-g128",
                                        "uint8-per-token",
                                        "uint8-per-tensor",
                                        "int8-per-tensor-static",
                                        "int8-per-channel-static",
                                        "uint8-per-tensor-static",
                                        "int8-per-tensor-static-p99.99",
                                        "int8-per-tensor-static-entropy"};
  return names;
}

//===----------------------------------------------------------------------===//
// Suggestions
//===----------------------------------------------------------------------===//

/// All shorthands of weights, with groups of `size`, or of their usual size.
static SmallVector<std::string> getWeightShorthands(StringRef size) {
  SmallVector<std::string> names = {"int8",
                                    "int8-dynamic",
                                    "llm-int8",
                                    "int8-static",
                                    "int8-static-p99.99",
                                    "int8-static-entropy",
                                    "int8-static-asym"};
  auto addGroups = [&](StringRef name, StringRef usual, StringRef suffix) {
    names.push_back(
        (name + "-g" + (size.empty() ? usual : size) + suffix).str());
  };
  for (StringRef bits : {"4", "2", "3", "5", "6", "7", "8"}) {
    addGroups(("int" + bits).str(), "128", "");
    addGroups(("int" + bits).str(), "128", "-sym");
  }
  for (StringRef codec : {"nf4", "fp4", "binary"}) {
    addGroups(codec, "64", "");
    addGroups(codec, "64", "-dq");
  }
  names.push_back("kmeans4");
  addGroups("kmeans4", "256", "");
  for (std::string_view preset : numerics::presetNames())
    names.emplace_back(preset);
  for (StringRef name : {"fp8", "mulaw8", "alaw8", "f16", "bf16", "float"})
    names.push_back(name.str());
  return names;
}

std::string lowbit::listWeightShorthands() {
  std::string text = "int8, int8-dynamic, llm-int8, int8-static, "
                     "int8-static-asym, intB-gN, intB-gN-sym, nf4-gN, "
                     "nf4-gN-dq, fp4-gN, fp4-gN-dq, binary-gN, binary-gN-dq, "
                     "kmeansB, kmeansB-gN";
  for (std::string_view preset : numerics::presetNames())
    if (!parseGroups(StringRef(preset)))
      text.append(", ").append(preset);
  return text +
         ", fp8, mulaw8, alaw8, f16, bf16, each with -n:m or -N% behind it "
         "and a method in front of it (" +
         llvm::join(getMethodPrefixes(), "-, ") +
         "-), and smoothquant- or awq- in front of all, or float";
}

std::string lowbit::suggestWeightShorthand(StringRef text) {
  // What stands behind the names of methods is corrected alone.
  StringRef whole = text;
  consumeScaling(text);
  for (StringRef method : getMethodPrefixes())
    if (text.consume_front((method + "-").str()))
      break;
  StringRef prefix = whole.drop_back(text.size());
  // The group size that was written, so that only the rest is corrected.
  StringRef digits = text.substr(std::min(text.size(), text.find('g') + 1))
                         .take_while(llvm::isDigit);
  int64_t number = 0;
  bool isSize = parsePositive(digits, number);
  if (!isSize && digits.ltrim('0').size() > 1)
    return ": the size of a group does not fit 64 bits";
  SmallVector<std::string> names = getWeightShorthands(isSize ? digits : "");
  SmallVector<StringRef> words(names.begin(), names.end());
  StringRef nearest = findNearest(text, words);
  return nearest.empty() ? ""
                         : ("; did you mean '" + prefix + nearest + "'?").str();
}
