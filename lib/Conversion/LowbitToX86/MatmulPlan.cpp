//===- MatmulPlan.cpp - Which kernel computes a contraction ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatmulPlan.h"

#include "lowbit/Dialect/Lowbit/IR/Bf16Products.h"
#include "lowbit/Dialect/Lowbit/Transforms/ConvolutionProduct.h"
#include "lowbit/Dialect/Lowbit/Transforms/IntegerContraction.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "llvm/Support/FormatVariadic.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

bool lowbit::readsEncoded(Operation *op) {
  return llvm::any_of(op->getOperandTypes(),
                      [](Type type) { return bool(getEncoding(type)); });
}

/// Why an op gets no kernel.
using Reason = std::optional<std::string>;

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

/// The weight's part of the plan of a contraction, or of what a convolution
/// becomes.
static Reason planWeight(linalg::LinalgOp contraction, RankedTensorType weight,
                         bool assumePacked, MatmulPlan &plan) {
  EncodingAttr encoding = getEncoding(weight);
  if (!weight.hasStaticShape())
    return "the weight has a dynamic shape";
  const Target &target = plan.spec.target;
  plan.spec.encoding = encoding;
  int64_t step = plan.spec.getStep();
  if (isa<RowsAttr>(encoding.getLayout())) {
    auto panels = PanelsAttr::get(encoding.getContext(), target.columns(), step,
                                  plan.spec.transposed);
    if (std::string misfit =
            getPanelsMisfit(panels, encoding, weight.getRank());
        !misfit.empty())
      return "the weight cannot be packed: " + misfit;
    if (!assumePacked)
      return "the weight is not packed in panels (run lowbit-pack)";
    encoding = encoding.withLayout(panels);
  }
  auto panels = cast<PanelsAttr>(encoding.getLayout());
  if (panels.getReduction() != plan.spec.transposed)
    return "the weight's panels run along the other axis";
  plan.spec.transposed = false;
  plan.spec.encoding = encoding;
  plan.spec.reduction = weight.getDimSize(panels.getReduction());
  plan.spec.columns = weight.getDimSize(1 - panels.getReduction());
  std::string reason;
  if (plan.spec.isInteger() && contraction &&
      failed(IntegerContraction::get(contraction, reason)))
    return reason;
  if (std::string misfit = plan.spec.getMisfit(); !misfit.empty())
    return misfit;
  return std::nullopt;
}

/// The activation's part of the plan.
static Reason planActivation(RankedTensorType activation, MatmulPlan &plan) {
  EncodingAttr encoding = getEncoding(activation);
  if (!encoding)
    return std::nullopt;
  if (!isa<DenseAttr>(encoding.getSparsity()))
    return "sparse activations have no kernel";
  if (!isa<RowsAttr>(encoding.getLayout()))
    return "activations are in rows";
  if (isBf16(encoding)) {
    plan.spec.activation = ActivationType::BF16;
    return std::nullopt;
  }
  auto codec = dyn_cast<AffineAttr>(encoding.getCodec());
  if (!codec || codec.getBits() != 8)
    return "activations other than i8, u8 and bf16 have no kernel";
  ScaleAttr scale = encoding.getScale();
  if (scale.isNested() || scale.hasOffset())
    return "activations with nested scales or an offset have no kernel";
  if (!scale.getType().isF32())
    return "activations with scales other than f32 have no kernel";
  bool perRow = scale.getGranularity() == GranularityKind::Axis &&
                scale.getAxes() == ArrayRef<int64_t>{0};
  if (!perRow && scale.getGranularity() != GranularityKind::Tensor)
    return "activations have one scale per tensor or per row";
  plan.spec.activation =
      codec.getIsSigned() ? ActivationType::I8 : ActivationType::U8;
  plan.spec.scalePerRow = perRow;
  plan.spec.activationZeroPoints = scale.hasZeroPoint();
  return std::nullopt;
}

/// The plan of a product: of `contraction`, or, if that is null, of what a
/// convolution becomes.
static Reason planOperands(linalg::LinalgOp contraction,
                           RankedTensorType activation, RankedTensorType weight,
                           bool assumePacked, MatmulPlan &plan) {
  if (Reason reason = planActivation(activation, plan))
    return reason;
  if (!getEncoding(weight)) {
    if (plan.spec.activation != ActivationType::F32)
      return "the activation is encoded but the weight is not";
    return std::nullopt;
  }
  if (plan.spec.batched)
    return "batch_matmul on encoded operands has no kernel";
  return planWeight(contraction, weight, assumePacked, plan);
}

Reason MatmulPlan::get(linalg::LinalgOp op, const Target &target,
                       bool assumePacked, MatmulPlan &plan) {
  plan.spec.target = target;
  if (linalg::isaConvolutionOpInterface(op)) {
    std::string reason;
    FailureOr<ConvolutionProduct> product = ConvolutionProduct::get(op, reason);
    if (failed(product))
      return reason;
    if (!assumePacked)
      return "it is a convolution (run lowbit-convolutions-to-matmuls)";
    plan.spec.transposed = product->isTransposed;
    return planOperands({}, product->patches, product->filter, assumePacked,
                        plan);
  }
  if (!isa<linalg::MatmulOp, linalg::BatchMatmulOp>(op))
    return "only matmul and batch_matmul have kernels";
  plan.spec.batched = isa<linalg::BatchMatmulOp>(op);
  std::optional<bool> transposed = matchMaps(op, plan.spec.batched);
  if (!transposed)
    return "its first operand is transposed, or an operand is broadcast";
  plan.spec.transposed = *transposed;

  for (Value value : op->getOperands())
    if (!getElementTypeOrSelf(value.getType()).isF32())
      return "an operand is not f32";
  auto activation = cast<RankedTensorType>(op.getDpsInputs()[0].getType());
  auto weight = cast<RankedTensorType>(op.getDpsInputs()[1].getType());
  return planOperands(op, activation, weight, assumePacked, plan);
}
