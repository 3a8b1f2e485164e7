//===- LowbitScale.cpp - Scales, zero points and offsets ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttributeParsing.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace mlir;

/// The types that scales, nested scales and offsets may all have.
static bool isWideFloat(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

//===----------------------------------------------------------------------===//
// Syntax
//===----------------------------------------------------------------------===//

/// Parses a size, or `*`, which is 0.
static ParseResult parseBlockSize(AsmParser &parser, int64_t &size) {
  if (succeeded(parser.parseOptionalStar())) {
    size = 0;
    return success();
  }
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseInteger(size))
    return failure();
  // (C6)
  if (size < 1)
    return parser.emitError(loc, "a block has at least one element, got ")
           << size;
  return success();
}

ParseResult lowbit::parseScaleBody(AsmParser &parser, ScaleFields &fields) {
  SMLoc kindLoc;
  StringRef kindName;
  if (succeeded(parser.parseOptionalKeyword("u8"))) {
    fields.type =
        IntegerType::get(parser.getContext(), 8, IntegerType::Unsigned);
  } else {
    if (parser.parseType(fields.type))
      return failure();
    if (isa<NoneType>(fields.type))
      return success();
  }
  if (parser.parseKeyword("per") || parser.getCurrentLocation(&kindLoc) ||
      parser.parseKeyword(&kindName))
    return failure();
  std::optional<GranularityKind> kind = symbolizeGranularityKind(kindName);
  if (!kind)
    return parser.emitError(
               kindLoc, "expected 'tensor', 'axis', 'group' or 'block', got '")
           << kindName << "'";

  fields.granularity = *kind;
  auto parseAxis = [&]() {
    return parser.parseInteger(fields.axes.emplace_back());
  };
  auto parseSize = [&]() {
    return parseBlockSize(parser, fields.block.emplace_back());
  };
  switch (*kind) {
  case GranularityKind::Tensor:
    return success();
  case GranularityKind::Axis:
    return parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                          parseAxis);
  case GranularityKind::Group:
    return failure(parser.parseLess() || parser.parseInteger(fields.group) ||
                   parser.parseGreater() || parser.parseKeyword("along") ||
                   parseAxis());
  case GranularityKind::Block:
    return failure(parser.parseLess() ||
                   parser.parseCommaSeparatedList(AsmParser::Delimiter::Square,
                                                  parseSize) ||
                   parser.parseGreater());
  }
  llvm_unreachable("unknown granularity");
}

/// Parses `f32 per tensor` or `f32 per 256`.
static ParseResult parseNested(AsmParser &parser, ScaleFields &fields) {
  if (parser.parseType(fields.nestedType) || parser.parseKeyword("per"))
    return failure();
  if (succeeded(parser.parseOptionalKeyword("tensor")))
    return success();
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseInteger(fields.nestedBlock))
    return failure();
  // (C103)
  if (fields.nestedBlock < 1)
    return parser.emitError(
               loc, "a nested scale multiplies at least one scale, got ")
           << fields.nestedBlock;
  return success();
}

OptionalParseResult lowbit::parseScaleKey(AsmParser &parser, StringRef key,
                                          ScaleFields &fields) {
  if (key == "zero_point") {
    if (parser.parseEqual())
      return failure();
    auto codeType = parseCodeType(parser);
    if (failed(codeType))
      return failure();
    std::tie(fields.zeroPointBits, fields.zeroPointSigned) = *codeType;
    return success();
  }
  if (key == "nested_scale")
    return failure(parser.parseEqual() || parseNested(parser, fields));
  if (key == "offset")
    return failure(parser.parseEqual() || parser.parseType(fields.offsetType));
  return std::nullopt;
}

void ScaleAttr::printBody(AsmPrinter &printer) const {
  if (!isStored()) {
    printer << "none";
  } else {
    printer << numerics::scaleTypeName(getNumericType()) << " per "
            << stringifyGranularityKind(getGranularity());
  }
  switch (getGranularity()) {
  case GranularityKind::Tensor:
    break;
  case GranularityKind::Axis:
    printer << '<';
    llvm::interleaveComma(getAxes(), printer);
    printer << '>';
    break;
  case GranularityKind::Group:
    printer << '<' << getGroup() << "> along " << getAxes().front();
    break;
  case GranularityKind::Block:
    printer << "<[";
    llvm::interleaveComma(getBlock(), printer, [&](int64_t size) {
      if (size)
        printer << size;
      else
        printer << '*';
    });
    printer << "]>";
  }
  if (isNested()) {
    printer << ", nested_scale = " << getNestedType() << " per ";
    if (getNestedBlock())
      printer << getNestedBlock();
    else
      printer << "tensor";
  }
  if (hasZeroPoint()) {
    printer << ", zero_point = ";
    printCodeType(printer, getZeroPointBits(), getZeroPointSigned());
  }
  if (hasOffset())
    printer << ", offset = " << getOffsetType();
}

Attribute ScaleAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  ScaleFields fields;
  if (parser.parseLess() || parseScaleBody(parser, fields))
    return {};
  while (succeeded(parser.parseOptionalComma())) {
    StringRef key;
    SMLoc keyLoc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key))
      return {};
    OptionalParseResult result = parseScaleKey(parser, key, fields);
    if (!result.has_value()) {
      parser.emitError(keyLoc)
          << "expected 'zero_point', 'nested_scale' or 'offset', got '" << key
          << "'";
      return {};
    }
    if (*result)
      return {};
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    fields);
}

void ScaleAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printBody(printer);
  printer << '>';
}

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

static LogicalResult
verifyGranularity(function_ref<InFlightDiagnostic()> emitError,
                  GranularityKind granularity, ArrayRef<int64_t> axes,
                  int64_t group, ArrayRef<int64_t> block) {
  // (C4)
  if (!llvm::is_sorted(axes, std::less_equal<int64_t>()) ||
      (!axes.empty() && axes.front() < 0))
    return emitError() << "axes are ascending and not negative";
  switch (granularity) {
  case GranularityKind::Tensor:
    if (!axes.empty())
      return emitError() << "'tensor' names no axis";
    break;
  case GranularityKind::Axis:
    if (axes.empty())
      return emitError() << "'axis' names at least one axis";
    break;
  case GranularityKind::Group:
    if (axes.size() != 1)
      return emitError() << "'group' names one axis, got " << axes.size();
    // (C6)
    if (group < 1)
      return emitError() << "a group has at least one element, got " << group;
    break;
  case GranularityKind::Block:
    if (!axes.empty())
      return emitError() << "'block' names no axis";
    break;
  }
  if (granularity != GranularityKind::Group && group != 0)
    return emitError() << "only 'group' has a group size, got " << group;
  if (granularity != GranularityKind::Block && !block.empty())
    return emitError() << "only 'block' has a block shape";
  // (C6)
  if (llvm::any_of(block, [](int64_t size) { return size < 0; }))
    return emitError() << "a block has at least one element along each axis";
  return success();
}

/// (C103)
static LogicalResult verifyNested(function_ref<InFlightDiagnostic()> emitError,
                                  Type type, FloatType nestedType,
                                  int64_t nestedBlock) {
  if (!nestedType) {
    if (type.isUnsignedInteger(8))
      return emitError() << "u8 scales need nested scales: they are integers "
                            "up to 255, not the size of values";
    if (nestedBlock != 0)
      return emitError() << "only nested scales have a block";
    return success();
  }
  if (!type.isUnsignedInteger(8) && !type.isF16() &&
      !isa<Float8E4M3FNType>(type))
    return emitError()
           << "nested scales multiply u8, f8E4M3FN or f16 scales, not " << type;
  if (!isWideFloat(nestedType))
    return emitError() << "nested scales are f32, f16 or bf16, got "
                       << nestedType;
  if (nestedBlock < 0)
    return emitError() << "a nested scale multiplies at least one scale, got "
                       << nestedBlock;
  return success();
}

LogicalResult ScaleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                Type type, GranularityKind granularity,
                                ArrayRef<int64_t> axes, int64_t group,
                                ArrayRef<int64_t> block, unsigned zeroPointBits,
                                bool, FloatType nestedType, int64_t nestedBlock,
                                FloatType offsetType) {
  // (C3)
  if (!isWideFloat(type) && !type.isUnsignedInteger(8) &&
      !isa<Float8E4M3FNType, Float8E8M0FNUType, NoneType>(type))
    return emitError()
           << "scales are f32, f16, bf16, f8E4M3FN, f8E8M0FNU or u8, got "
           << type;
  // (C8)
  if (zeroPointBits > 8)
    return emitError() << "zero points have 1 to 8 bits, got " << zeroPointBits;
  // (C104)
  if (offsetType && !isWideFloat(offsetType))
    return emitError() << "offsets are f32, f16 or bf16, got " << offsetType;
  if (offsetType && zeroPointBits)
    return emitError() << "an encoding has zero points or offsets, not both";
  // (C105)
  if (isa<NoneType>(type)) {
    StringRef part = zeroPointBits ? "zero points"
                     : nestedType  ? "nested scales"
                     : offsetType  ? "offsets"
                                   : "";
    if (!part.empty())
      return emitError() << part << " need scales beside them";
    if (granularity != GranularityKind::Tensor)
      return emitError() << "where no scale is stored it has no granularity";
  }
  if (failed(verifyGranularity(emitError, granularity, axes, group, block)))
    return failure();
  if (isa<NoneType>(type))
    return success();
  return verifyNested(emitError, type, nestedType, nestedBlock);
}

//===----------------------------------------------------------------------===//
// Types and shapes
//===----------------------------------------------------------------------===//

ScaleFields ScaleAttr::getFields() const {
  return {getType(),
          getGranularity(),
          llvm::to_vector(getAxes()),
          getGroup(),
          llvm::to_vector(getBlock()),
          getZeroPointBits(),
          getZeroPointSigned(),
          getNestedType(),
          getNestedBlock(),
          getOffsetType()};
}

bool ScaleAttr::isPlain() const {
  return isWideFloat(getType()) && !isNested();
}

numerics::ScaleType lowbit::getNumericScaleType(Type type) {
  if (type.isF32())
    return numerics::ScaleType::F32;
  if (type.isF16())
    return numerics::ScaleType::F16;
  if (type.isBF16())
    return numerics::ScaleType::BF16;
  if (isa<Float8E4M3FNType>(type))
    return numerics::ScaleType::F8E4M3FN;
  if (isa<Float8E8M0FNUType>(type))
    return numerics::ScaleType::F8E8M0FNU;
  return type.isUnsignedInteger(8) ? numerics::ScaleType::U8
                                   : numerics::ScaleType::One;
}

numerics::ScaleType ScaleAttr::getNumericType() const {
  return getNumericScaleType(getType());
}

Type ScaleAttr::getStoredType() const {
  return isWideFloat(getType()) ? getType() : IntegerType::get(getContext(), 8);
}

SmallVector<int64_t> ScaleAttr::getBlockShape(int64_t rank) const {
  // 0 takes the whole axis.
  switch (getGranularity()) {
  case GranularityKind::Tensor:
    return SmallVector<int64_t>(rank, 0);
  case GranularityKind::Axis: {
    SmallVector<int64_t> block(rank, 0);
    for (int64_t axis : getAxes())
      block[axis] = 1;
    return block;
  }
  case GranularityKind::Group: {
    SmallVector<int64_t> block(rank, 1);
    block[getAxes().front()] = getGroup();
    return block;
  }
  case GranularityKind::Block:
    return llvm::to_vector(getBlock());
  }
  llvm_unreachable("unknown granularity");
}

SmallVector<int64_t> ScaleAttr::getBlockCounts(ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> counts;
  for (auto [block, size] : llvm::zip(getBlockShape(shape.size()), shape)) {
    if (block == 0)
      continue;
    counts.push_back(ShapedType::isDynamic(size)
                         ? (block == 1 ? size : ShapedType::kDynamic)
                         : llvm::divideCeilSigned(size, block));
  }
  return counts;
}

SmallVector<int64_t> ScaleAttr::getNestedShape(ArrayRef<int64_t> shape) const {
  if (getNestedBlock() == 0)
    return {};
  int64_t scales = 1;
  for (int64_t count : getBlockCounts(shape)) {
    if (ShapedType::isDynamic(count))
      return {ShapedType::kDynamic};
    scales *= count;
  }
  return {llvm::divideCeilSigned(scales, getNestedBlock())};
}
