//===- LowbitAttributes.cpp - Codec, scale, sparsity, encoding ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"

#include "lowbit/Numerics/Codec/Affine.h"
#include "lowbit/Numerics/Codec/Codebook.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace lowbit;
using namespace mlir;

#include "lowbit/Dialect/Lowbit/IR/LowbitEnums.cpp.inc"

#include "lowbit/Dialect/Lowbit/IR/LowbitInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.cpp.inc"

void LowbitDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.cpp.inc"
      >();
}

/// Parses `i4` or `u4`: an integer type letter and a width of 1..8 bits.
static FailureOr<std::pair<unsigned, bool>> parseCodeType(AsmParser &parser) {
  StringRef word;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  // (C2) One digit, so that each width has one spelling.
  if (word.size() != 2 || (word[0] != 'i' && word[0] != 'u') || word[1] < '1' ||
      word[1] > '8')
    return parser.emitError(loc, "expected i1..i8 or u1..u8, got '")
           << word << "'";
  return std::make_pair(static_cast<unsigned>(word[1] - '0'), word[0] == 'i');
}

static void printCodeType(AsmPrinter &printer, unsigned bits, bool isSigned) {
  printer << (isSigned ? 'i' : 'u') << bits;
}

//===----------------------------------------------------------------------===//
// Codecs
//===----------------------------------------------------------------------===//

Attribute AffineAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  auto codeType = parseCodeType(parser);
  if (failed(codeType) || parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    codeType->first, codeType->second);
}

void AffineAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printCodeType(printer, getBits(), getIsSigned());
  printer << '>';
}

LogicalResult AffineAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 unsigned bits, bool) {
  // (C2)
  if (bits < 1 || bits > 8)
    return emitError() << "affine codes have 1 to 8 bits, got " << bits;
  return success();
}

numerics::CodecRef AffineAttr::getCodec() const {
  return numerics::getAffineCodec(getBits(), getIsSigned());
}

numerics::CodecRef CodebookAttr::getCodec() const {
  switch (getKind()) {
  case CodebookKind::NF4:
    return numerics::getNF4Codec();
  }
  llvm_unreachable("unknown codebook");
}

//===----------------------------------------------------------------------===//
// Scale
//===----------------------------------------------------------------------===//

FailureOr<ScaleAttr> ScaleAttr::parseBody(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  SMLoc kindLoc;
  FloatType type;
  StringRef kindName;
  if (parser.parseType(type) || parser.parseKeyword("per") ||
      parser.getCurrentLocation(&kindLoc) || parser.parseKeyword(&kindName))
    return failure();
  std::optional<GranularityKind> kind = symbolizeGranularityKind(kindName);
  if (!kind)
    return parser.emitError(kindLoc,
                            "expected 'tensor', 'axis' or 'group', got '")
           << kindName << "'";

  SmallVector<int64_t> axes;
  int64_t group = 0;
  auto parseAxis = [&]() { return parser.parseInteger(axes.emplace_back()); };
  if (*kind == GranularityKind::Axis) {
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::LessGreater,
                                       parseAxis))
      return failure();
  } else if (*kind == GranularityKind::Group) {
    if (parser.parseLess() || parser.parseInteger(group) ||
        parser.parseGreater() || parser.parseKeyword("along") || parseAxis())
      return failure();
  }
  auto attr =
      getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                 type, *kind, axes, group, /*zeroPointBits=*/0u,
                 /*zeroPointSigned=*/false);
  if (!attr)
    return failure();
  return attr;
}

void ScaleAttr::printBody(AsmPrinter &printer) const {
  printer << getType() << " per " << stringifyGranularityKind(getGranularity());
  if (getGranularity() == GranularityKind::Axis) {
    printer << '<';
    llvm::interleaveComma(getAxes(), printer);
    printer << '>';
  } else if (getGranularity() == GranularityKind::Group) {
    printer << '<' << getGroup() << "> along " << getAxes().front();
  }
  if (hasZeroPoint()) {
    printer << ", zero_point = ";
    printCodeType(printer, getZeroPointBits(), getZeroPointSigned());
  }
}

/// Parses `= u4` after the keyword `zero_point` and adds it to `scale`.
static FailureOr<ScaleAttr> parseZeroPoint(AsmParser &parser, ScaleAttr scale) {
  if (parser.parseEqual())
    return failure();
  auto codeType = parseCodeType(parser);
  if (failed(codeType))
    return failure();
  return ScaleAttr::get(scale.getContext(), scale.getType(),
                        scale.getGranularity(), scale.getAxes(),
                        scale.getGroup(), codeType->first, codeType->second);
}

Attribute ScaleAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  FailureOr<ScaleAttr> scale = parseBody(parser);
  if (succeeded(scale) && succeeded(parser.parseOptionalComma())) {
    if (parser.parseKeyword("zero_point"))
      return {};
    scale = parseZeroPoint(parser, *scale);
  }
  if (failed(scale) || parser.parseGreater())
    return {};
  return *scale;
}

void ScaleAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printBody(printer);
  printer << '>';
}

LogicalResult ScaleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                FloatType type, GranularityKind granularity,
                                ArrayRef<int64_t> axes, int64_t group,
                                unsigned zeroPointBits, bool) {
  // (C3)
  if (!type.isF32() && !type.isF16() && !type.isBF16())
    return emitError() << "scales are f32, f16 or bf16, got " << type;
  // (C8)
  if (zeroPointBits > 8)
    return emitError() << "zero points have 1 to 8 bits, got " << zeroPointBits;
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
  }
  if (granularity != GranularityKind::Group && group != 0)
    return emitError() << "only 'group' has a group size, got " << group;
  return success();
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

//===----------------------------------------------------------------------===//
// Sparsity
//===----------------------------------------------------------------------===//

SmallVector<int64_t> DenseAttr::getStoredShape(ArrayRef<int64_t> shape) const {
  return llvm::to_vector(shape);
}

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

Attribute EncodingAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  CodecAttrInterface codec;
  if (parser.parseLess() || parser.parseAttribute(codec) ||
      parser.parseComma() || parser.parseKeyword("scale") ||
      parser.parseEqual())
    return {};
  FailureOr<ScaleAttr> scale = ScaleAttr::parseBody(parser);
  if (failed(scale))
    return {};

  MLIRContext *context = parser.getContext();
  SparsityAttrInterface sparsity = DenseAttr::get(context);
  LayoutAttrInterface layout = RowsAttr::get(context);
  SmallVector<StringRef, 3> seen;
  while (succeeded(parser.parseOptionalComma())) {
    StringRef key;
    SMLoc keyLoc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key))
      return {};
    if (llvm::is_contained(seen, key)) {
      parser.emitError(keyLoc) << "'" << key << "' is given twice";
      return {};
    }
    seen.push_back(key);
    if (key == "sparsity") {
      if (parser.parseEqual() || parser.parseAttribute(sparsity))
        return {};
    } else if (key == "layout") {
      if (parser.parseEqual() || parser.parseAttribute(layout))
        return {};
    } else if (key == "zero_point") {
      scale = parseZeroPoint(parser, *scale);
      if (failed(scale))
        return {};
    } else {
      parser.emitError(keyLoc)
          << "expected 'zero_point', 'sparsity' or 'layout', got '" << key
          << "'";
      return {};
    }
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, context, codec,
                    *scale, sparsity, layout);
}

void EncodingAttr::print(AsmPrinter &printer) const {
  printer << '<' << getCodec() << ", scale = ";
  getScale().printBody(printer);
  if (!isa<DenseAttr>(getSparsity()))
    printer << ", sparsity = " << getSparsity();
  if (!isa<RowsAttr>(getLayout()))
    printer << ", layout = " << getLayout();
  printer << '>';
}

LogicalResult EncodingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   CodecAttrInterface codec, ScaleAttr scale,
                                   SparsityAttrInterface, LayoutAttrInterface) {
  if (!scale.hasZeroPoint())
    return success();
  numerics::CodecRef arithmetic = codec.getCodec();
  // (C7)
  if (!arithmetic->isAffine())
    return emitError() << "a zero point needs an affine codec, but this is "
                       << codec;
  // (C8) Encode clamps the zero point to the range of the codes.
  if (scale.getZeroPointBits() != arithmetic->bits() ||
      scale.getZeroPointSigned() != (arithmetic->codeMin() < 0))
    return emitError() << "zero points have the type of the codes";
  return success();
}

LogicalResult EncodingAttr::verifyEncoding(
    ArrayRef<int64_t> shape, Type elementType,
    function_ref<InFlightDiagnostic()> emitError) const {
  // Sizes are not checked here: upstream passes build types of slices and
  // would fail late or not at all. lowbit-verify-encoded checks uses.
  // (C1) Encode and decode compute in f32, which holds these exactly.
  if (!elementType.isF32() && !elementType.isF16() && !elementType.isBF16())
    return emitError() << "an encoded tensor denotes reals, so its element "
                          "type is f32, f16 or bf16, got "
                       << elementType;
  int64_t rank = shape.size();
  // (C5)
  ArrayRef<int64_t> axes = getScale().getAxes();
  if (!axes.empty() && axes.back() >= rank)
    return emitError() << "scale axis " << axes.back()
                       << " is out of range for a tensor of rank " << rank;
  return getLayout().verifyLayout(getScale(), getBits(), rank, emitError);
}

unsigned EncodingAttr::getBits() const { return getCodec().getCodec()->bits(); }

SmallVector<PartKind> EncodingAttr::getPartKinds() const {
  SmallVector<PartKind> kinds = {PartKind::Codes, PartKind::Scales};
  if (getScale().hasZeroPoint())
    kinds.push_back(PartKind::ZeroPoints);
  return kinds;
}

SmallVector<RankedTensorType>
EncodingAttr::getPartTypes(ArrayRef<int64_t> shape) const {
  LayoutAttrInterface layout = getLayout();
  ScaleAttr scale = getScale();
  Type byte = IntegerType::get(getContext(), 8);
  SmallVector<RankedTensorType> types = {
      RankedTensorType::get(
          layout.getCodesShape(getSparsity().getStoredShape(shape), scale,
                               getBits()),
          byte),
      RankedTensorType::get(layout.getScalesShape(shape, scale),
                            scale.getType())};
  if (scale.hasZeroPoint())
    types.push_back(
        RankedTensorType::get(layout.getZeroPointsShape(shape, scale), byte));
  return types;
}

numerics::Format EncodingAttr::getFormat(int64_t rank) const {
  numerics::Format format;
  format.codec = getCodec().getCodec();
  llvm::append_range(format.blockShape, getScale().getBlockShape(rank));
  FloatType type = getScale().getType();
  format.scaleType = type.isF32()   ? numerics::ScaleType::F32
                     : type.isF16() ? numerics::ScaleType::F16
                                    : numerics::ScaleType::BF16;
  format.hasZeroPoint = getScale().hasZeroPoint();
  return format;
}

RangeKind EncodingAttr::getDefaultRange() const {
  return getScale().hasZeroPoint() ? RangeKind::MinMax : RangeKind::AbsMax;
}

EncodingAttr EncodingAttr::withLayout(LayoutAttrInterface layout) const {
  return get(getContext(), getCodec(), getScale(), getSparsity(), layout);
}
