//===- LowbitAttributes.cpp - Codec, scale, sparsity, encoding ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttributeParsing.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <utility>

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

//===----------------------------------------------------------------------===//
// Encoding
//===----------------------------------------------------------------------===//

Attribute EncodingAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  CodecAttrInterface codec;
  if (parser.parseLess() || parser.parseAttribute(codec))
    return {};

  MLIRContext *context = parser.getContext();
  ScaleFields fields;
  fields.type = NoneType::get(context);
  SparsityAttrInterface sparsity = DenseAttr::get(context);
  LayoutAttrInterface layout = RowsAttr::get(context);
  auto parseValue = [&](StringRef key, SMLoc keyLoc) -> ParseResult {
    if (key == "scale")
      return failure(parser.parseEqual() || parseScaleBody(parser, fields));
    if (key == "sparsity")
      return failure(parser.parseEqual() || parser.parseAttribute(sparsity));
    if (key == "layout")
      return failure(parser.parseEqual() || parser.parseAttribute(layout));
    OptionalParseResult result = parseScaleKey(parser, key, fields);
    if (result.has_value())
      return *result;
    return parser.emitError(keyLoc)
           << "expected 'scale', 'nested_scale', 'zero_point', 'offset', "
              "'sparsity' or 'layout', got '"
           << key << "'";
  };
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
    if (parseValue(key, keyLoc))
      return {};
  }
  if (parser.parseGreater())
    return {};
  auto emitError = [&] { return parser.emitError(loc); };
  auto scale = ScaleAttr::getChecked(emitError, context, fields);
  if (!scale)
    return {};
  return getChecked(emitError, context, codec, scale, sparsity, layout);
}

void EncodingAttr::print(AsmPrinter &printer) const {
  printer << '<' << getCodec();
  if (getScale().isStored()) {
    printer << ", scale = ";
    getScale().printBody(printer);
  }
  if (!isa<DenseAttr>(getSparsity()))
    printer << ", sparsity = " << getSparsity();
  if (getLayout() != RowsAttr::get(getContext()))
    printer << ", layout = " << getLayout();
  printer << '>';
}

LogicalResult EncodingAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   CodecAttrInterface codec, ScaleAttr scale,
                                   SparsityAttrInterface sparsity,
                                   LayoutAttrInterface layout) {
  // (C112)
  if (!isa<DenseAttr>(sparsity) && !isa<RowsAttr>(layout))
    return emitError() << "a sparse tensor is laid out in rows, not " << layout;
  // (C121)
  if (isa<KMeansAttr>(codec) && !isa<RowsAttr>(layout))
    return emitError() << "a tensor with learned levels is laid out in rows, "
                          "not "
                       << layout;
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

/// Whether a tensor of `shape` can be sparse in this way.
static LogicalResult verifyFits(SparsityAttrInterface sparsity, ScaleAttr scale,
                                KMeansAttr learned, ArrayRef<int64_t> shape,
                                function_ref<InFlightDiagnostic()> emitError) {
  if (auto bitmap = dyn_cast<BitmapAttr>(sparsity)) {
    // (C111) The number of kept values is known, so that of all is.
    if (ShapedType::isDynamicShape(shape))
      return emitError() << "a bitmap needs a static shape";
    if (bitmap.getKept() > ShapedType::getNumElements(shape))
      return emitError() << "a bitmap cannot keep " << bitmap.getKept()
                         << " of " << ShapedType::getNumElements(shape)
                         << " values";
    return success();
  }
  auto pattern = dyn_cast<NMAttr>(sparsity);
  if (!pattern)
    return success();
  // (C110)
  int64_t rank = shape.size(), axis = pattern.getAxis();
  if (axis >= rank)
    return emitError() << "sparsity along axis " << axis
                       << " of a tensor of rank " << rank;
  auto verifyBlocks = [&](ScaleAttr blocks, StringRef what) -> LogicalResult {
    int64_t block = blocks.getBlockShape(rank)[axis];
    bool isWhole = !ShapedType::isDynamic(shape[axis]) && block >= shape[axis];
    if (block % pattern.getRun() != 0 && !isWhole)
      return emitError() << what << " along axis " << axis
                         << " are shared by a multiple of " << pattern.getRun()
                         << " values where it is sparse, got " << block;
    return success();
  };
  if (failed(verifyBlocks(scale, "scales")))
    return failure();
  return learned ? verifyBlocks(learned.getBooks(), "books") : success();
}

/// (C5), (C106) Whether a tensor of `rank` dimensions can be cut so.
static LogicalResult
verifyGranularity(ScaleAttr scale, StringRef what, int64_t rank,
                  function_ref<InFlightDiagnostic()> emitError) {
  ArrayRef<int64_t> axes = scale.getAxes();
  if (!axes.empty() && axes.back() >= rank)
    return emitError() << what << " axis " << axes.back()
                       << " is out of range for a tensor of rank " << rank;
  ArrayRef<int64_t> block = scale.getBlock();
  if (scale.getGranularity() == GranularityKind::Block &&
      std::cmp_not_equal(block.size(), rank))
    return emitError() << "a block of " << block.size()
                       << " sizes does not fit a tensor of rank " << rank;
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
  // (C139) Sizes of parts, in bits too, are numbers of 64 bits.
  int64_t elements = 1;
  for (int64_t size : shape)
    if (!ShapedType::isDynamic(size) && size != 0 &&
        (llvm::MulOverflow(elements, size, elements) || elements > int64_t(1)
                                                                       << 48))
      return emitError()
             << "the sizes of an encoded tensor multiply to at most "
                "2^48";
  KMeansAttr learned = getLearned();
  if (failed(verifyGranularity(getScale(), "scale", rank, emitError)) ||
      (learned &&
       failed(verifyGranularity(learned.getBooks(), "book", rank, emitError))))
    return failure();
  if (failed(verifyFits(getSparsity(), getScale(), learned, shape, emitError)))
    return failure();
  return getLayout().verifyLayout(getScale(), getBits(), rank, emitError);
}

unsigned EncodingAttr::getBits() const { return getCodec().getCodec()->bits(); }

SmallVector<PartKind> EncodingAttr::getPartKinds() const {
  ScaleAttr scale = getScale();
  SmallVector<PartKind> kinds = {PartKind::Codes};
  if (scale.isStored())
    kinds.push_back(PartKind::Scales);
  if (scale.isNested())
    kinds.push_back(PartKind::NestedScales);
  if (scale.hasZeroPoint())
    kinds.push_back(PartKind::ZeroPoints);
  if (scale.hasOffset())
    kinds.push_back(PartKind::Offsets);
  if (getLearned())
    kinds.push_back(PartKind::Codebook);
  if (isa<NMAttr>(getSparsity()))
    kinds.push_back(PartKind::Positions);
  if (isa<BitmapAttr>(getSparsity()))
    kinds.push_back(PartKind::Bitmap);
  return kinds;
}

RankedTensorType EncodingAttr::getPartType(PartKind kind,
                                           ArrayRef<int64_t> shape) const {
  LayoutAttrInterface layout = getLayout();
  ScaleAttr scale = getScale();
  Type byte = IntegerType::get(getContext(), 8);
  // (C122) Whatever the order of the codes.
  auto getPlainType = [&](ArrayRef<int64_t> shape, unsigned bits) {
    auto rows = RowsAttr::get(getContext());
    return RankedTensorType::get(rows.getCodesShape(shape, scale, bits), byte);
  };
  switch (kind) {
  case PartKind::Codes:
    return RankedTensorType::get(
        layout.getCodesShape(getSparsity().getStoredShape(shape), scale,
                             getBits()),
        byte);
  case PartKind::Scales:
    return RankedTensorType::get(layout.getScalesShape(shape, scale),
                                 scale.getStoredType());
  case PartKind::NestedScales:
    return RankedTensorType::get(scale.getNestedShape(shape),
                                 scale.getNestedType());
  case PartKind::ZeroPoints:
    return RankedTensorType::get(layout.getZeroPointsShape(shape, scale), byte);
  case PartKind::Offsets:
    return RankedTensorType::get(layout.getScalesShape(shape, scale),
                                 scale.getOffsetType());
  case PartKind::Positions:
    return getPlainType(getSparsity().getStoredShape(shape),
                        getSparsity().getSparsity().positionBits());
  case PartKind::Bitmap:
    return getPlainType(shape, 1);
  case PartKind::Codebook:
    return RankedTensorType::get(getLearned().getBooksShape(shape),
                                 getLearned().getBooks().getType());
  }
  llvm_unreachable("unknown kind of part");
}

SmallVector<RankedTensorType>
EncodingAttr::getPartTypes(ArrayRef<int64_t> shape) const {
  return llvm::map_to_vector(
      getPartKinds(), [&](PartKind kind) { return getPartType(kind, shape); });
}

numerics::Format EncodingAttr::getFormat(int64_t rank) const {
  ScaleAttr scale = getScale();
  numerics::Format format;
  format.codec = getCodec().getCodec();
  llvm::append_range(format.blockShape, scale.getBlockShape(rank));
  format.scaleType = scale.getNumericType();
  format.hasZeroPoint = scale.hasZeroPoint();
  if (scale.isNested())
    format.nestedScales = {getNumericScaleType(scale.getNestedType()),
                           scale.getNestedBlock()};
  if (scale.hasOffset())
    format.offsetType = getNumericScaleType(scale.getOffsetType());
  if (KMeansAttr learned = getLearned()) {
    ScaleAttr books = learned.getBooks();
    format.books = {learned.getLevels(), {}, books.getNumericType()};
    llvm::append_range(format.books->blockShape, books.getBlockShape(rank));
  }
  format.sparsity = getSparsity().getSparsity();
  return format;
}

RangeKind EncodingAttr::getDefaultRange() const {
  ScaleAttr scale = getScale();
  if (scale.hasZeroPoint() || scale.hasOffset())
    return RangeKind::MinMax;
  return isa<Float8E8M0FNUType>(scale.getType()) ? RangeKind::Exponent
                                                 : RangeKind::AbsMax;
}

EncodingAttr EncodingAttr::withLayout(LayoutAttrInterface layout) const {
  return get(getContext(), getCodec(), getScale(), getSparsity(), layout);
}
