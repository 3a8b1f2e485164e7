//===- ToParts.cpp - Replace encoded tensors by their stored parts --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A 1:N dialect conversion. Matches everything that an encoded tensor may go
// through: functions, calls, structured and unstructured control flow, select.
// Encode and decode become linalg arithmetic on the parts, a tensor.extract
// from an encoded tensor the decoding of one element, assemble and disassemble
// vanish. Leaves no encoded type. Whatever else uses one is reported before
// anything is changed.
//
//===----------------------------------------------------------------------===//

#include "DecodeArithmetic.h"
#include "EncodeArithmetic.h"
#include "EncodedParts.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/ControlFlow/Transforms/StructuralTypeConversions.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Func/Transforms/FuncConversions.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/RegionUtils.h"

namespace lowbit {
#define GEN_PASS_DEF_TOPARTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

static bool isEncoded(Type type) { return getEncoding(type) != nullptr; }

//===----------------------------------------------------------------------===//
// Check
//===----------------------------------------------------------------------===//

static bool canTakeApart(Operation *op) {
  return isa<arith::SelectOp, EncodeOp, DecodeOp, AssembleOp, DisassembleOp,
             tensor::DimOp, tensor::ExtractOp, func::CallOp, func::ReturnOp,
             scf::ForOp, scf::IfOp, scf::WhileOp, scf::IndexSwitchOp,
             scf::YieldOp, scf::ConditionOp, cf::BranchOp, cf::CondBranchOp>(
      op);
}

/// Whether the arguments of `block` are converted: by its op, or with the
/// branches to it.
static bool canTakeArgumentsApart(Block &block) {
  if (block.isEntryBlock())
    return isa<func::FuncOp, scf::ForOp, scf::WhileOp>(block.getParentOp());
  return llvm::all_of(block.getPredecessors(), [](Block *from) {
    return isa<cf::BranchOp, cf::CondBranchOp>(from->getTerminator());
  });
}

static bool hasArgumentsToLeave(Operation *op) {
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (llvm::any_of(block.getArgumentTypes(), isEncoded) &&
          !canTakeArgumentsApart(block))
        return true;
  return false;
}

/// Why an encode is done at compile time alone; "" if it is not.
static std::string getReasonForCompileTime(EncodeOp op) {
  // (C113) Which values are kept is a matter of the weight, not of a run.
  if (!isa<DenseAttr>(op.getEncoding().getSparsity()))
    return "into a sparse encoding works on weights alone, at compile time";
  // (C121)
  if (op.getEncoding().getLearned())
    return "learns levels from a weight, at compile time";
  // (C126)
  if (MethodAttr method = op.getMethodAttr())
    return "by method '" + method.getName().str() +
           "' works on weights alone, at compile time";
  return {};
}

/// The conversion cannot fail halfway: what it does not know is found first.
static LogicalResult checkUses(Operation *root) {
  WalkResult result = root->walk([](Operation *op) {
    if (hasArgumentsToLeave(op)) {
      op->emitOpError(
          "has an encoded block argument and cannot work on its parts");
      return WalkResult::interrupt();
    }
    if (llvm::none_of(op->getOperandTypes(), isEncoded) &&
        llvm::none_of(op->getResultTypes(), isEncoded))
      return WalkResult::advance();
    if (auto encode = dyn_cast<EncodeOp>(op))
      if (std::string reason = getReasonForCompileTime(encode);
          !reason.empty()) {
        bool isWeight =
            isa_and_nonnull<ml_program::GlobalLoadConstOp, arith::ConstantOp>(
                encode.getInput().getDefiningOp());
        encode.emitOpError()
            << reason << ": "
            << (isWeight ? "run lowbit-materialize-weights"
                         : "give an activation another encoding");
        return WalkResult::interrupt();
      }
    if (canTakeApart(op))
      return WalkResult::advance();
    InFlightDiagnostic diagnostic =
        op->emitOpError("uses an encoded tensor and cannot work on its parts");
    if (isa<linalg::LinalgOp>(op))
      diagnostic.attachNote() << "run lowbit-decode, lowbit-to-integer or a "
                                 "target's lowering first";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

namespace {
struct EncodeToParts final : OpConversionPattern<EncodeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(EncodeOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    SmallVector<Value> ranges;
    for (ValueRange range : adaptor.getRanges())
      ranges.push_back(range.front());
    EncodedParts parts = buildEncode(b, op, adaptor.getInput().front(), ranges);
    rewriter.replaceOpWithMultiple(op, {parts.toFlat(b)});
    return success();
  }
};

struct DecodeToParts final : OpConversionPattern<DecodeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(DecodeOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto parts =
        EncodedParts::fromFlat(b, op.getInput().getType(), adaptor.getInput());
    rewriter.replaceOp(op, buildDecode(b, parts));
    return success();
  }
};

/// A gather decodes the elements that it gathers, never the table.
struct ExtractToParts final : OpConversionPattern<tensor::ExtractOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(tensor::ExtractOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto parts = EncodedParts::fromFlat(b, op.getTensor().getType(),
                                        adaptor.getTensor());
    SmallVector<Value> indices;
    for (ValueRange index : adaptor.getIndices())
      indices.push_back(index.front());
    rewriter.replaceOp(op, emitDecode(b, parts, indices));
    return success();
  }
};

struct AssembleToParts final : OpConversionPattern<AssembleOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(AssembleOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    RankedTensorType type = op.getResult().getType();
    SmallVector<Value> values;
    for (ValueRange part : adaptor.getParts())
      values.push_back(part.front());
    SmallVector<int64_t> lost = getLostDims(type);
    // Sizes are given for all dynamic dimensions.
    unsigned given = 0;
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      ValueRange size = adaptor.getSizes()[given++];
      if (llvm::is_contained(lost, dim))
        values.push_back(size.front());
    }
    rewriter.replaceOpWithMultiple(op, {values});
    return success();
  }
};

struct DisassembleToParts final : OpConversionPattern<DisassembleOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(DisassembleOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getInput().take_front(op.getNumResults()));
    return success();
  }
};

struct DimToParts final : OpConversionPattern<tensor::DimOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(tensor::DimOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto parts = EncodedParts::fromFlat(
        b, cast<RankedTensorType>(op.getSource().getType()),
        adaptor.getSource());
    auto toValue = [&](OpFoldResult size) {
      return getValueOrCreateConstantIndexOp(b, op.getLoc(), size);
    };
    std::optional<int64_t> dim = op.getConstantIndex();
    if (dim && *dim < parts.type.getRank()) {
      rewriter.replaceOp(op, toValue(parts.sizes[*dim]));
      return success();
    }
    SmallVector<Value> sizes = llvm::map_to_vector(parts.sizes, toValue);
    Value all = tensor::FromElementsOp::create(b, sizes);
    rewriter.replaceOpWithNewOp<tensor::ExtractOp>(op, all,
                                                   adaptor.getIndex().front());
    return success();
  }
};

/// Upstream has no 1:N pattern for select.
struct SelectToParts final : OpConversionPattern<arith::SelectOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::SelectOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<Value> selected;
    for (auto [yes, no] :
         llvm::zip_equal(adaptor.getTrueValue(), adaptor.getFalseValue()))
      selected.push_back(arith::SelectOp::create(
          rewriter, op.getLoc(), adaptor.getCondition().front(), yes, no));
    rewriter.replaceOpWithMultiple(op, {selected});
    return success();
  }
};

/// Upstream's pattern leaves the attributes of arguments and results as they
/// are, so that they no longer fit in number.
struct FunctionToParts final : OpConversionPattern<func::FuncOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(func::FuncOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    FunctionType type = op.getFunctionType();
    TypeConverter::SignatureConversion signature(type.getNumInputs());
    SmallVector<Type> results;
    if (failed(
            typeConverter->convertSignatureArgs(type.getInputs(), signature)) ||
        failed(typeConverter->convertTypes(type.getResults(), results)))
      return rewriter.notifyMatchFailure(op, "a type does not convert");
    SmallVector<DictionaryAttr> argumentAttrs, resultAttrs;
    for (auto [i, input] : llvm::enumerate(type.getInputs()))
      spreadAttributes(op.getArgAttrDict(i), input, argumentAttrs);
    for (auto [i, result] : llvm::enumerate(type.getResults()))
      spreadAttributes(op.getResultAttrDict(i), result, resultAttrs);
    if (!op.isExternal() && failed(rewriter.convertRegionTypes(
                                &op.getBody(), *typeConverter, &signature)))
      return rewriter.notifyMatchFailure(op, "a block does not convert");
    rewriter.modifyOpInPlace(op, [&] {
      op.setType(FunctionType::get(op.getContext(),
                                   signature.getConvertedTypes(), results));
      op.setAllArgAttrs(argumentAttrs);
      op.setAllResultAttrs(resultAttrs);
    });
    return success();
  }

private:
  /// Appends the attributes of an argument or result of `type` for each of the
  /// values that it becomes. Names get the kind of the part as a suffix, as in
  /// a weights file.
  static void spreadAttributes(DictionaryAttr attrs, Type type,
                               SmallVectorImpl<DictionaryAttr> &spread) {
    MLIRContext *context = type.getContext();
    if (!attrs)
      attrs = DictionaryAttr::get(context);
    EncodingAttr encoding = getEncoding(type);
    if (!encoding)
      return spread.push_back(attrs);
    for (PartKind kind : encoding.getPartKinds()) {
      NamedAttrList list(attrs);
      for (StringRef key :
           {LowbitDialect::kNameAttr, LowbitDialect::kWeightAttr})
        if (auto name = attrs.getAs<StringAttr>(key))
          list.set(key,
                   StringAttr::get(context, name.getValue() + "." +
                                                numerics::partKindName(kind)));
      spread.push_back(list.getDictionary(context));
    }
    spread.append(getLostDims(cast<RankedTensorType>(type)).size(),
                  DictionaryAttr::get(context));
  }
};

} // namespace

static void populateToPartsPatterns(const TypeConverter &converter,
                                    RewritePatternSet &patterns) {
  patterns.add<EncodeToParts, DecodeToParts, ExtractToParts, AssembleToParts,
               DisassembleToParts, DimToParts, SelectToParts, FunctionToParts>(
      converter, patterns.getContext());
}

namespace {
struct ToPartsPass final : lowbit::impl::ToPartsPassBase<ToPartsPass> {
  using Base::Base;

  void runOnOperation() override {
    // Nothing converts blocks that cannot be reached. (The result says whether
    // there were any.)
    IRRewriter rewriter(&getContext());
    (void)eraseUnreachableBlocks(rewriter, getOperation()->getRegions());
    if (failed(checkUses(getOperation())))
      return signalPassFailure();

    TypeConverter converter;
    converter.addConversion([](Type type) { return type; });
    converter.addConversion(
        [](RankedTensorType type,
           SmallVectorImpl<Type> &results) -> std::optional<LogicalResult> {
          if (!isEncoded(type))
            return std::nullopt;
          llvm::append_range(results, getFlatTypes(type));
          return success();
        });

    ConversionTarget target(getContext());
    RewritePatternSet patterns(&getContext());
    populateToPartsPatterns(converter, patterns);
    populateCallOpTypeConversionPattern(patterns, converter);
    populateReturnOpTypeConversionPattern(patterns, converter);
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    cf::populateCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                       target);
    target.addIllegalOp<EncodeOp, DecodeOp, AssembleOp, DisassembleOp>();
    target.addDynamicallyLegalOp<func::CallOp, func::ReturnOp, tensor::DimOp,
                                 tensor::ExtractOp, arith::SelectOp>(
        [&](Operation *op) { return converter.isLegal(op); });
    // By the signature alone: blocks are converted together with the branches
    // to them.
    target.addDynamicallyLegalOp<func::FuncOp>([&](func::FuncOp op) {
      return converter.isSignatureLegal(op.getFunctionType());
    });
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    ConversionConfig config;
    config.allowPatternRollback = false;
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns), config)))
      signalPassFailure();
  }
};
} // namespace
