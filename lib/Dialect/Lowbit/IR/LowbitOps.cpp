//===- LowbitOps.cpp - Verifiers, folders and canonicalizations -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"

using namespace lowbit;
using namespace mlir;

#define GET_OP_CLASSES
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.cpp.inc"

void LowbitDialect::registerOps() {
  addOperations<
#define GET_OP_LIST
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.cpp.inc"
      >();
}

/// Real and encoded tensors that belong together differ in the encoding only.
static LogicalResult verifySameReals(Operation *op, RankedTensorType real,
                                     RankedTensorType encoded) {
  if (real != getRealType(encoded))
    return op->emitOpError("expects shape and element type of ")
           << real << " and " << encoded << " to be equal";
  return success();
}

/// (C) The stored parts have the types that the encoding gives them.
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
             << stringifyPartKind(kind) << " of type " << expected << ", got "
             << actual;
  return success();
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

LogicalResult EncodeOp::verify() {
  RankedTensorType type = getResult().getType();
  if (failed(verifySameReals(*this, getInput().getType(), type)))
    return failure();
  EncodingAttr encoding = getEncoding();
  if (!isa<RowsAttr>(encoding.getLayout()) && !type.hasStaticShape())
    return emitOpError("into ")
           << encoding.getLayout() << " needs a static shape, got " << type;

  bool isMinMax = getEffectiveRange() == RangeKind::MinMax;
  if (isMinMax != encoding.getScale().hasZeroPoint())
    return emitOpError("range '")
           << stringifyRangeKind(getEffectiveRange()) << "' "
           << (isMinMax ? "needs an encoding with a zero point"
                        : "needs an encoding without a zero point");
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

//===----------------------------------------------------------------------===//
// DecodeOp
//===----------------------------------------------------------------------===//

LogicalResult DecodeOp::verify() {
  return verifySameReals(*this, getResult().getType(), getInput().getType());
}

//===----------------------------------------------------------------------===//
// AssembleOp
//===----------------------------------------------------------------------===//

LogicalResult AssembleOp::verify() {
  RankedTensorType type = getResult().getType();
  if (failed(verifyParts(*this, getParts().getTypes(), type)))
    return failure();
  if (getSizes().size() != static_cast<size_t>(type.getNumDynamicDims()))
    return emitOpError("expects a size for each of the ")
           << type.getNumDynamicDims() << " dynamic dimensions of " << type
           << ", got " << getSizes().size();
  return success();
}

Value AssembleOp::getPart(PartKind kind) {
  return getPartOfKind(getEncoding(), getParts(), kind);
}

namespace {
/// assemble(disassemble(%e)) is %e: taking apart loses nothing. Not a folder,
/// because the parts could come from different tensors of the same type.
struct AssembleOfDisassemble final : OpRewritePattern<AssembleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AssembleOp op,
                                PatternRewriter &rewriter) const override {
    auto source = op.getParts().front().getDefiningOp<DisassembleOp>();
    if (!source || source.getParts() != op.getParts())
      return rewriter.notifyMatchFailure(
          op, "parts are not all those of one disassemble");
    if (source.getInput().getType() != op.getResult().getType())
      return rewriter.notifyMatchFailure(op, "types differ");
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
  if (getResultTypes() != getOutputs().getTypes())
    return emitOpError("expects one result for each output, of its type");
  return success();
}

LogicalResult
CallKernelOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto callee =
      symbolTable.lookupNearestSymbolFrom<func::FuncOp>(*this, getCalleeAttr());
  if (!callee)
    return emitOpError("calls ") << getCallee() << ", which is no function";
  if (callee.getNumArguments() != getOperation()->getNumOperands())
    return emitOpError("passes ")
           << getOperation()->getNumOperands() << " operands to " << getCallee()
           << ", which takes " << callee.getNumArguments();
  return success();
}
