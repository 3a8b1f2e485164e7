//===- LowbitToX86.cpp - Contractions become calls of x86 kernels ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches linalg.matmul and linalg.batch_matmul on f32 tensors, and
// linalg.matmul whose weight is an encoded tensor in panels that fit the target
// and whose activation is f32, or i8 codes with an f32 scale per tensor or row.
// Makes lowbit.call_kernel of a generated function; ops of one form and, for
// encoded weights, one shape share it. Leaves everything else, with a remark if
// an operand is encoded.

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/FormatVariadic.h"

namespace lowbit {
#define GEN_PASS_DEF_CONVERTLOWBITTOX86
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

namespace {

/// Why an op gets no kernel; empty if it gets one.
using Reason = std::string;

struct Plan {
  MatmulSpec spec;
  SmallVector<Value> inputs;
};

} // namespace

static bool isZeroFill(Value init) {
  auto fill = init.getDefiningOp<linalg::FillOp>();
  return fill && matchPattern(fill.getInputs().front(), m_AnyZeroFloat());
}

/// Whether b is [n, k] (transposed) or [k, n]; nothing for other maps.
static std::optional<bool> matchMaps(linalg::LinalgOp op, int64_t batch) {
  MLIRContext *context = op.getContext();
  SmallVector<AffineExpr> dims;
  for (int64_t i = 0; i < batch + 3; ++i)
    dims.push_back(getAffineDimExpr(i, context));
  auto map = [&](AffineExpr x, AffineExpr y) {
    SmallVector<AffineExpr> results(dims.begin(), dims.begin() + batch);
    results.append({x, y});
    return AffineMap::get(batch + 3, 0, results, context);
  };
  AffineExpr m = dims[batch], n = dims[batch + 1], k = dims[batch + 2];
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (maps[0] != map(m, k) || maps[2] != map(m, n))
    return std::nullopt;
  if (maps[1] == map(k, n))
    return false;
  if (maps[1] == map(n, k))
    return true;
  return std::nullopt;
}

/// The weight's part of the plan.
static Reason planWeight(RankedTensorType weight, Plan &plan) {
  EncodingAttr encoding = getEncoding(weight);
  auto panels = dyn_cast<PanelsAttr>(encoding.getLayout());
  if (!panels)
    return "the weight is not packed in panels (run lowbit-pack)";
  if (!weight.hasStaticShape())
    return "the weight has a dynamic shape";
  const Target &target = plan.spec.target;
  int64_t step = plan.spec.integer ? target.integerStep() : 1;
  if (panels.getColumns() != target.columns() || panels.getStep() != step)
    return llvm::formatv("the weight's panels have {0} columns and step {1}, "
                         "but {2} needs {3} and {4}",
                         panels.getColumns(), panels.getStep(), target.name(),
                         target.columns(), step);
  if (panels.getReduction() != plan.spec.transposed)
    return "the weight's panels run along the other axis";
  plan.spec.transposed = false;
  plan.spec.encoding = encoding;
  plan.spec.reduction = weight.getDimSize(panels.getReduction());
  plan.spec.columns = weight.getDimSize(1 - panels.getReduction());
  numerics::CodecRef codec = encoding.getCodec().getCodec();
  if (!codec->isAffine() && codec->bits() > 4)
    return "codebooks of more than 16 levels have no kernel";
  if (!plan.spec.integer)
    return "";

  if (!codec->isAffine())
    return "the activation is in integers, but the weight's codec is not "
           "affine";
  // |a| <= 128 and |code - zero point| <= the width of the range.
  int64_t range = encoding.getScale().hasZeroPoint()
                      ? codec->codeMax() - codec->codeMin()
                      : std::max(codec->codeMax(), -codec->codeMin());
  if (plan.spec.getGroupSize() * 128 * range > INT32_MAX)
    return "a sum over a group could overflow 32 bits";
  return "";
}

/// The activation's part of the plan.
static Reason planActivation(RankedTensorType activation, Plan &plan) {
  EncodingAttr encoding = getEncoding(activation);
  if (!encoding)
    return "";
  auto codec = dyn_cast<AffineAttr>(encoding.getCodec());
  if (!codec || codec.getBits() != 8 || !codec.getIsSigned())
    return "activations other than i8 have no kernel";
  ScaleAttr scale = encoding.getScale();
  if (scale.hasZeroPoint())
    return "activations with a zero point have no kernel";
  if (!scale.getType().isF32())
    return "activations with scales other than f32 have no kernel";
  if (!isa<RowsAttr>(encoding.getLayout()))
    return "activations are in rows";
  bool perRow = scale.getGranularity() == GranularityKind::Axis &&
                scale.getAxes() == ArrayRef<int64_t>{0};
  if (!perRow && scale.getGranularity() != GranularityKind::Tensor)
    return "activations have one scale per tensor or per row";
  plan.spec.integer = true;
  plan.spec.scalePerRow = perRow;
  return "";
}

static Reason makePlan(linalg::LinalgOp op, const Target &target, Plan &plan) {
  plan.spec.target = target;
  if (!isa<linalg::MatmulOp, linalg::BatchMatmulOp>(op))
    return "only matmul and batch_matmul have kernels";
  plan.spec.batched = isa<linalg::BatchMatmulOp>(op);
  std::optional<bool> transposed = matchMaps(op, plan.spec.batched);
  if (!transposed)
    return "its first operand is transposed, or an operand is broadcast";
  plan.spec.transposed = *transposed;

  Value activation = op.getDpsInputs()[0], weight = op.getDpsInputs()[1];
  for (Value value : {activation, weight, op.getDpsInits()[0]})
    if (!getElementTypeOrSelf(value.getType()).isF32())
      return "an operand is not f32";
  auto activationType = cast<RankedTensorType>(activation.getType());
  auto weightType = cast<RankedTensorType>(weight.getType());
  if (Reason reason = planActivation(activationType, plan); !reason.empty())
    return reason;
  if (!getEncoding(weightType)) {
    if (plan.spec.integer)
      return "the activation is encoded but the weight is not";
    plan.inputs = {activation, weight};
    return "";
  }
  if (plan.spec.batched)
    return "batch_matmul on encoded operands has no kernel";
  return planWeight(weightType, plan);
}

static bool hasEncodedOperand(Operation *op) {
  return llvm::any_of(op->getOperandTypes(),
                      [](Type type) { return bool(getEncoding(type)); });
}

namespace {

struct ConvertLowbitToX86 final
    : lowbit::impl::ConvertLowbitToX86Base<ConvertLowbitToX86> {
  using Base::Base;

  void runOnOperation() override;

private:
  LogicalResult convert(linalg::LinalgOp op, const Target &target,
                        SymbolTable &symbols);
};

} // namespace

LogicalResult ConvertLowbitToX86::convert(linalg::LinalgOp op,
                                          const Target &target,
                                          SymbolTable &symbols) {
  Plan plan;
  if (Reason reason = makePlan(op, target, plan); !reason.empty()) {
    if (!hasEncodedOperand(op))
      return success();
    if (failOnFallback)
      return op->emitError("no x86 kernel: ") << reason;
    op->emitRemark("no x86 kernel: ") << reason;
    return success();
  }

  IRRewriter b(op);
  Location loc = op.getLoc();
  if (plan.spec.encoding) {
    Value activation = op.getDpsInputs()[0];
    if (plan.spec.integer)
      llvm::append_range(plan.inputs,
                         DisassembleOp::create(b, loc, activation).getParts());
    else
      plan.inputs.push_back(activation);
    llvm::append_range(
        plan.inputs,
        DisassembleOp::create(b, loc, op.getDpsInputs()[1]).getParts());
  }
  Value init = op.getDpsInits()[0];
  plan.spec.overwrite = isZeroFill(init);
  if (plan.spec.overwrite)
    init = tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, init),
                                   b.getF32Type());

  std::string name = plan.spec.getName();
  if (!symbols.lookup(name)) {
    OpBuilder atEnd = OpBuilder::atBlockEnd(getOperation().getBody());
    symbols.insert(declareMatmul(atEnd, b.getUnknownLoc(), plan.spec));
  }
  auto call = CallKernelOp::create(b, loc, TypeRange{init.getType()}, name,
                                   plan.inputs, ValueRange{init});
  call->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  b.replaceOp(op, call);
  return success();
}

void ConvertLowbitToX86::runOnOperation() {
  std::optional<Target> target = Target::get(isa);
  if (!target) {
    getOperation().emitError("unknown instruction set '")
        << isa << "': use host, avx512vnni, avx512, avx2 or sse2";
    return signalPassFailure();
  }
  SmallVector<linalg::LinalgOp> contractions;
  getOperation().walk([&](linalg::LinalgOp op) {
    if (linalg::isaContractionOpInterface(op) && op.hasPureTensorSemantics())
      contractions.push_back(op);
  });
  SymbolTable symbols(getOperation());
  for (linalg::LinalgOp op : contractions)
    if (failed(convert(op, *target, symbols)))
      return signalPassFailure();
}
