//===- LowbitOps.cpp - Verifiers, folders and canonicalizations -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"

using namespace lowbit;
using namespace mlir;

/// Parses and prints the word of a range kind alone, as in `range(full)`.
static ParseResult parseRangeKindWord(OpAsmParser &parser,
                                      RangeKindAttr &range) {
  StringRef word;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  std::optional<RangeKind> kind = symbolizeRangeKind(word);
  if (!kind)
    return parser.emitError(
               loc, "expected absmax, full, minmax, mean or exponent, got '")
           << word << "'";
  range = RangeKindAttr::get(parser.getContext(), *kind);
  return success();
}

static void printRangeKindWord(OpAsmPrinter &printer, Operation *,
                               RangeKindAttr range) {
  printer << stringifyRangeKind(range.getValue());
}

#define GET_OP_CLASSES
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.cpp.inc"

void LowbitDialect::registerOps() {
  addOperations<
#define GET_OP_LIST
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.cpp.inc"
      >();
}

/// (C17) Real and encoded tensors that belong together differ in the encoding
/// only.
static LogicalResult verifySameReals(Operation *op, RankedTensorType real,
                                     RankedTensorType encoded) {
  if (real != getRealType(encoded))
    return op->emitOpError("expects shape and element type of ")
           << real << " and " << encoded << " to be equal";
  return success();
}

/// (C13)..(C16) The stored parts have the types that the encoding gives them.
static LogicalResult verifyParts(Operation *op, TypeRange parts,
                                 RankedTensorType encoded) {
  EncodingAttr encoding = getEncoding(encoded);
  SmallVector<PartKind> kinds = encoding.getPartKinds();
  SmallVector<RankedTensorType> types =
      encoding.getPartTypes(encoded.getShape());
  if (parts.size() != kinds.size())
    return op->emitOpError("expects ")
           << kinds.size() << " parts for this encoding, got " << parts.size();
  for (auto [kind, expected, actual] : llvm::zip(kinds, types, parts))
    if (actual != expected)
      return op->emitOpError("expects ")
             << numerics::partKindName(kind) << " of type " << expected
             << ", got " << actual;
  return success();
}

/// The result of an operation has the sizes of its operand.
static void reifyAs(OpBuilder &builder, Location loc, Value operand,
                    ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(tensor::getMixedSizes(builder, loc, operand));
}

static Value getPartOfKind(EncodingAttr encoding, ValueRange parts,
                           PartKind kind) {
  for (auto [candidate, part] : llvm::zip(encoding.getPartKinds(), parts))
    if (candidate == kind)
      return part;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// EncodeOp
//===----------------------------------------------------------------------===//

/// The range kind gives each block of this encoding a scale: it neither asks
/// for a part that is not stored, nor divides by a level of zero.
static LogicalResult verifyRangeKind(EncodeOp op) {
  RangeKind kind = op.getEffectiveRange();
  EncodingAttr encoding = op.getEncoding();
  ScaleAttr scale = encoding.getScale();
  auto emitRangeError = [&] {
    return op.emitOpError("range '") << stringifyRangeKind(kind) << "' ";
  };
  // (C19)
  bool isMinMax = kind == RangeKind::MinMax;
  if (isMinMax != (scale.hasZeroPoint() || scale.hasOffset()))
    return emitRangeError()
           << (isMinMax ? "needs an encoding with a zero point or an offset"
                        : "needs an encoding without a zero point or offset");
  // (C20)
  numerics::CodecRef codec = encoding.getCodec().getCodec();
  bool usesLargest = kind != RangeKind::MinMax && kind != RangeKind::Full;
  if (usesLargest && codec->maxValue() <= 0)
    return emitRangeError() << "needs a positive code, which "
                            << encoding.getCodec() << " has not";
  if (kind == RangeKind::Full && codec->minValue() >= 0)
    return emitRangeError() << "needs a negative code, which "
                            << encoding.getCodec() << " has not";
  // (C108)
  if (kind == RangeKind::Full && scale.isStored() &&
      !numerics::isSignedScaleType(scale.getNumericType()))
    return emitRangeError()
           << "needs negative scales, which "
           << numerics::scaleTypeName(scale.getNumericType()) << " has not";
  return success();
}

/// (C124), (C125) The method can give this encoding, and can know what it has
/// to know of the layers.
static LogicalResult verifyMethod(EncodeOp op) {
  numerics::Method method =
      getMethodInForce(op.getEncoding(), op.getMethodAttr());
  std::string name(numerics::methodName(method.kind));
  RankedTensorType type = op.getResult().getType();
  numerics::Format format = op.getEncoding().getFormat(type.getRank());
  std::optional<unsigned> axis;
  if (op.getLayers()) {
    int64_t along = op.getAxisAttr() ? op.getAxisAttr().getInt() : -1;
    if (along < 0 || along >= type.getRank())
      return op.emitOpError("has layers that sum over an axis of a tensor of "
                            "rank ")
             << type.getRank() << ", got " << along;
    axis = along;
  } else if (op.getAxis()) {
    return op.emitOpError("has an axis without layers that sum over it");
  }
  // (C147)
  SmallVector<unsigned> window;
  for (int64_t more : op.getWindow().value_or(ArrayRef<int64_t>())) {
    if (!axis || more < 0 || more >= type.getRank() || more == *axis ||
        llvm::is_contained(window, more))
      return op.emitOpError("has axis ")
             << more << " in the window of layers that sum over "
             << (axis ? "axis " + std::to_string(*axis) : "none")
             << " of a tensor of rank " << type.getRank();
    window.push_back(more);
  }
  if (!op.getMethodAttr()) {
    if (op.getLayers())
      return op.emitOpError("names layers without a method that asks for them");
  } else if (auto error = numerics::verifyMethod(method, format, axis)) {
    return op.emitOpError() << error->message;
  }
  if (numerics::methodNeeds(method.kind) != numerics::MethodNeeds::Nothing) {
    if (!op.getLayers() || op.getLayers()->empty())
      return op.emitOpError("names no layers whose inputs method '")
             << name << "' asks for";
    // (C148)
    if (type.hasStaticShape())
      if (auto error =
              numerics::verifyMatrices(type.getShape(), *axis, window, format))
        return op.emitOpError("has no matrices for method '")
               << name << "': " << error->message;
  }
  if (op.getRange() && !numerics::usesRange(method, format))
    return op.emitOpError("has a range, but method '")
           << name << "' finds ranges by itself";
  if (op.getMethodAttr() && !op.getRanges().empty())
    return op.emitOpError(
        "has ranges that are given and a method to find them");
  return success();
}

LogicalResult EncodeOp::verify() {
  RankedTensorType type = getResult().getType();
  if (failed(verifySameReals(*this, getInput().getType(), type)))
    return failure();
  EncodingAttr encoding = getEncoding();
  // (C18) The padding of panels is decided when the code is made.
  if (!isa<RowsAttr>(encoding.getLayout()) && !type.hasStaticShape())
    return emitOpError("into ")
           << encoding.getLayout() << " needs a static shape, got " << type;
  if (failed(verifyMethod(*this)))
    return failure();
  // What learns levels finds scales by the default.
  if (!encoding.getLearned() && failed(verifyRangeKind(*this)))
    return failure();

  // (C21)
  if (getRanges().empty())
    return success();
  if (getRanges().size() != 2)
    return emitOpError("expects a minimum and a maximum as ranges, got ")
           << getRanges().size() << " operands";
  auto expected =
      RankedTensorType::get(encoding.getScale().getBlockCounts(type.getShape()),
                            Float32Type::get(getContext()));
  for (Value range : getRanges())
    if (range.getType() != expected)
      return emitOpError("expects ranges of type ")
             << expected << ", one value for each scale, got "
             << range.getType();
  return success();
}

LogicalResult EncodeOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  reifyAs(builder, getLoc(), getInput(), shapes);
  return success();
}

//===----------------------------------------------------------------------===//
// DecodeOp
//===----------------------------------------------------------------------===//

LogicalResult DecodeOp::verify() {
  return verifySameReals(*this, getResult().getType(), getInput().getType());
}

LogicalResult DecodeOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  reifyAs(builder, getLoc(), getInput(), shapes);
  return success();
}

//===----------------------------------------------------------------------===//
// AssembleOp
//===----------------------------------------------------------------------===//

LogicalResult AssembleOp::verify() {
  RankedTensorType type = getResult().getType();
  if (failed(verifyParts(*this, getParts().getTypes(), type)))
    return failure();
  // (C22)
  if (getSizes().size() != static_cast<size_t>(type.getNumDynamicDims()))
    return emitOpError("expects a size for each of the ")
           << type.getNumDynamicDims() << " dynamic dimensions of " << type
           << ", got " << getSizes().size();
  return success();
}

LogicalResult
AssembleOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(
      getMixedValues(getResult().getType().getShape(), getSizes(), builder));
  return success();
}

Value AssembleOp::getPart(PartKind kind) {
  return getPartOfKind(getEncoding(), getParts(), kind);
}

namespace {
/// assemble(disassemble(%e)) is %e: taking apart loses nothing. All parts must
/// be those of one disassemble, in order: the codes of one tensor with the
/// scales of another are a third tensor.
struct AssembleOfDisassemble final : OpRewritePattern<AssembleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AssembleOp op,
                                PatternRewriter &rewriter) const override {
    auto source = op.getParts().front().getDefiningOp<DisassembleOp>();
    if (!source)
      return rewriter.notifyMatchFailure(op, "codes are not disassembled");
    if (!llvm::equal(source.getParts(), op.getParts()))
      return rewriter.notifyMatchFailure(
          op, "parts are not all those of one disassemble");
    if (source.getInput().getType() != op.getResult().getType())
      return rewriter.notifyMatchFailure(
          op, "the parts came from a tensor of another type");
    rewriter.replaceOp(op, source.getInput());
    return success();
  }
};
} // namespace

void AssembleOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *context) {
  patterns.add<AssembleOfDisassemble>(context);
}

//===----------------------------------------------------------------------===//
// DisassembleOp
//===----------------------------------------------------------------------===//

void DisassembleOp::build(OpBuilder &builder, OperationState &state,
                          Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<Type> parts = llvm::to_vector_of<Type>(
      ::lowbit::getEncoding(type).getPartTypes(type.getShape()));
  build(builder, state, parts, input);
}

LogicalResult DisassembleOp::verify() {
  return verifyParts(*this, getParts().getTypes(), getInput().getType());
}

void DisassembleOp::getAsmResultNames(OpAsmSetValueNameFn setName) {
  for (auto [kind, part] : llvm::zip(getEncoding().getPartKinds(), getParts()))
    setName(part, numerics::partKindName(kind));
}

Value DisassembleOp::getPart(PartKind kind) {
  return getPartOfKind(getEncoding(), getParts(), kind);
}

LogicalResult DisassembleOp::fold(FoldAdaptor,
                                  SmallVectorImpl<OpFoldResult> &results) {
  // disassemble(assemble(%parts)) is %parts.
  auto source = getInput().getDefiningOp<AssembleOp>();
  if (!source)
    return failure();
  llvm::append_range(results, source.getParts());
  return success();
}

//===----------------------------------------------------------------------===//
// CallKernelOp
//===----------------------------------------------------------------------===//

LogicalResult CallKernelOp::verify() {
  // (C23)
  if (getOutputs().empty())
    return emitOpError("expects at least one output: a kernel has no other "
                       "effect");
  // (C24)
  if (getResultTypes() != getOutputs().getTypes())
    return emitOpError("expects one result for each output, of its type");
  // (C25)
  for (Value operand : getOperation()->getOperands())
    if (::lowbit::getEncoding(operand.getType()))
      return emitOpError("takes stored parts, not an encoded tensor: ")
             << operand.getType();
  // (C70)
  for (Value input : getInputs())
    if (!isa<TensorType>(input.getType()) &&
        !input.getType().isIntOrIndexOrFloat())
      return emitOpError("takes tensors and scalars, whose values no one can "
                         "change; not ")
             << input.getType();
  return success();
}

/// Whether a kernel's argument can be what bufferization makes of an operand.
static bool isBufferFor(Type operand, Type argument) {
  auto shaped = dyn_cast<ShapedType>(operand);
  if (!shaped)
    return operand == argument;
  auto buffer = dyn_cast<MemRefType>(argument);
  return buffer && shaped.hasRank() &&
         buffer.getElementType() == shaped.getElementType() &&
         succeeded(verifyCompatibleShape(shaped.getShape(), buffer.getShape()));
}

LogicalResult
CallKernelOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  // (C26)
  auto callee =
      symbolTable.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!callee)
    return emitOpError("calls ") << getCalleeAttr() << ", which is no function";
  if (callee.getNumResults() != 0)
    return emitOpError("calls ")
           << getCalleeAttr() << ", which has results; a kernel writes to its "
           << "outputs";
  if (callee.getNumArguments() != getOperation()->getNumOperands())
    return emitOpError("passes ")
           << getOperation()->getNumOperands() << " operands to "
           << getCalleeAttr() << ", which takes " << callee.getNumArguments();
  for (auto [index, operand, argument] : llvm::enumerate(
           getOperation()->getOperandTypes(), callee.getArgumentTypes()))
    if (!isBufferFor(operand, argument))
      return emitOpError("passes operand ")
             << index << " of type " << operand << " to " << getCalleeAttr()
             << ", which takes " << argument;
  return success();
}

//===----------------------------------------------------------------------===//
// ObserveOp
//===----------------------------------------------------------------------===//

bool lowbit::isObservable(Type type) {
  // (C115)
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped || !shaped.hasRank() || shaped.getRank() == 0)
    return false;
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    if (tensor.getEncoding())
      return false;
  } else if (!isa<MemRefType>(type)) {
    return false;
  }
  Type element = shaped.getElementType();
  return element.isF32() || element.isF16() || element.isBF16();
}

LogicalResult ObserveOp::verify() {
  // (C116)
  int64_t rank = getInput().getType().getRank();
  int64_t axis = getAxis();
  if (axis < 0 || axis >= rank)
    return emitOpError("expects an axis from 0 to ")
           << rank - 1 << ", got " << axis;
  // (C117)
  if (getLayers().empty())
    return emitOpError("expects the name of at least one layer");
  llvm::SmallDenseSet<StringRef> names;
  for (StringRef layer : getLayers().getAsValueRange<StringAttr>()) {
    if (layer.empty() || layer.contains('\n'))
      return emitOpError("expects names of layers in one line each, got '")
             << layer << "'";
    if (!names.insert(layer).second)
      return emitOpError("names layer '") << layer << "' twice";
  }
  return success();
}

void ObserveOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Write::get(), ObserverResource::get());
  if (isa<MemRefType>(getInput().getType()))
    effects.emplace_back(MemoryEffects::Read::get(), &getInputMutable(),
                         SideEffects::DefaultResource::get());
}
