//===- Collectives.cpp - What the lanes of a warp do together -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvertOps.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace lowbit;
using namespace mlir;

// Abi.h numbers these as NVVM does.
static_assert(LOWBIT_SIMT_IDX == static_cast<int>(NVVM::ShflKind::idx));
static_assert(LOWBIT_SIMT_UNI == static_cast<int>(NVVM::VoteSyncKind::uni));
static_assert(LOWBIT_SIMT_REDUX_FMAX ==
              static_cast<int>(NVVM::ReduxKind::FMAX));
static_assert(LOWBIT_SIMT_OR ==
              static_cast<int>(NVVM::BarrierReduction::OR) + 1);

namespace {

/// Replaces one op by a site of the emulator.
class Converter {
public:
  Converter(RewriterBase &rewriter, Operation *op, SimtCalls &calls)
      : rewriter(rewriter), op(op), calls(calls) {}

  /// Results of a struct are a slot each.
  bool replace(const SimtSite &site, ValueRange operands) {
    replaceBy(calls.createOp(rewriter, op->getLoc(), site, operands,
                             getResultTypes()));
    return true;
  }

  /// Those of the slots.
  TypeRange getResultTypes() {
    if (op->getNumResults() == 0)
      return {};
    auto aggregate = dyn_cast<LLVM::LLVMStructType>(op->getResult(0).getType());
    return aggregate ? TypeRange(aggregate.getBody())
                     : TypeRange(op->getResultTypes());
  }

  void replaceBy(ValueRange results) {
    if (op->getNumResults() == 0)
      return rewriter.eraseOp(op);
    auto aggregate = dyn_cast<LLVM::LLVMStructType>(op->getResult(0).getType());
    if (!aggregate)
      return rewriter.replaceOp(op, results);
    Value value = LLVM::PoisonOp::create(rewriter, op->getLoc(), aggregate);
    for (auto [i, result] : llvm::enumerate(results))
      value = LLVM::InsertValueOp::create(rewriter, op->getLoc(), value, result,
                                          ArrayRef<int64_t>{int64_t(i)});
    rewriter.replaceOp(op, value);
  }

  Value constant(int64_t value) {
    return LLVM::ConstantOp::create(rewriter, op->getLoc(),
                                    rewriter.getI32Type(), value);
  }
  Value orConstant(Value value, int64_t otherwise) {
    return value ? value : constant(otherwise);
  }

private:
  RewriterBase &rewriter;
  Operation *op;
  SimtCalls &calls;
};

} // namespace

static std::optional<uint32_t> getElementType(NVVM::MMATypes type) {
  switch (type) {
  case NVVM::MMATypes::f16:
    return LOWBIT_SIMT_F16;
  case NVVM::MMATypes::bf16:
    return LOWBIT_SIMT_BF16;
  case NVVM::MMATypes::f32:
    return LOWBIT_SIMT_F32;
  case NVVM::MMATypes::s8:
    return LOWBIT_SIMT_S8;
  case NVVM::MMATypes::u8:
    return LOWBIT_SIMT_U8;
  case NVVM::MMATypes::s4:
    return LOWBIT_SIMT_S4;
  case NVVM::MMATypes::u4:
    return LOWBIT_SIMT_U4;
  case NVVM::MMATypes::s32:
    return LOWBIT_SIMT_S32;
  case NVVM::MMATypes::e4m3:
    return LOWBIT_SIMT_E4M3;
  case NVVM::MMATypes::e5m2:
    return LOWBIT_SIMT_E5M2;
  default:
    return std::nullopt;
  }
}

/// Attributes 0 to 5 of a matrix product; none if a type has no counterpart.
template <typename Op>
static FailureOr<SmallVector<uint32_t, 7>> getProduct(Op op) {
  auto getType = [](std::optional<NVVM::MMATypes> type) {
    return type ? getElementType(*type) : std::nullopt;
  };
  std::optional<uint32_t> a = getType(op.getMultiplicandAPtxType());
  std::optional<uint32_t> b = getType(op.getMultiplicandBPtxType());
  std::optional<uint32_t> c = getElementType(op.accumPtxType());
  if (!a || !b || !c)
    return op.emitOpError("multiplies types that the emulator does not know");
  auto number = [](int64_t size) { return static_cast<uint32_t>(size); };
  NVVM::MMAShapeAttr shape = op.getShapeAttr();
  return SmallVector<uint32_t, 7>{number(shape.getM()),
                                  number(shape.getN()),
                                  number(shape.getK()),
                                  *a,
                                  *b,
                                  *c};
}

template <typename Op>
static uint32_t saturates(Op op) {
  return op.getIntOverflowBehavior() == NVVM::MMAIntOverflow::satfinite;
}

static FailureOr<SimtSite> getSite(NVVM::MmaOp op) {
  if (op.getB1Op() || op.getLayoutA() != NVVM::MMALayout::row ||
      op.getLayoutB() != NVVM::MMALayout::col)
    return op.emitOpError("multiplies bits, or layouts other than row and col, "
                          "which the emulator does not know");
  auto attributes = getProduct(op);
  if (failed(attributes))
    return failure();
  attributes->push_back(saturates(op));
  return SimtSite{LOWBIT_SIMT_MMA, *attributes};
}

static FailureOr<SimtSite> getSite(NVVM::MmaSpOp op) {
  auto attributes = getProduct(op);
  if (failed(attributes))
    return failure();
  uint32_t type = (*attributes)[3];
  if (type == LOWBIT_SIMT_E4M3 || type == LOWBIT_SIMT_E5M2)
    return op.emitOpError("multiplies sparse 8-bit floats, which the emulator "
                          "does not know");
  attributes->push_back(saturates(op) | (op.getOrderedMetadata() ? 2 : 0));
  return SimtSite{LOWBIT_SIMT_MMA_SPARSE, *attributes};
}

static FailureOr<SimtSite> getSite(NVVM::LdMatrixOp op) {
  NVVM::LdStMatrixShapeAttr shape = op.getShapeAttr();
  if (shape.getM() != 8 || shape.getN() != 8 ||
      op.getEltType() != NVVM::LdStMatrixEltType::B16)
    return op.emitOpError("loads matrices other than 8x8 of 16 bits, which the "
                          "emulator does not know");
  uint32_t transposes = op.getLayout() == NVVM::MMALayout::col;
  return SimtSite{LOWBIT_SIMT_LDMATRIX, {op.getNum(), transposes}};
}

static bool convertBarrier(Converter converter, NVVM::BarrierOp op) {
  SmallVector<Value> operands = {
      converter.orConstant(op.getBarrierId(), 0),
      converter.orConstant(op.getNumberOfThreads(), 0)};
  uint32_t reduction = LOWBIT_SIMT_NO_REDUCTION;
  if (std::optional<NVVM::BarrierReduction> kind = op.getReductionOp()) {
    reduction = static_cast<uint32_t>(*kind) + 1;
    operands.push_back(op.getReductionPredicate());
  }
  return converter.replace({LOWBIT_SIMT_BARRIER, {reduction}}, operands);
}

static bool convertCopy(Converter converter, NVVM::CpAsyncOp op) {
  uint32_t isGlobal = op.getModifier() == NVVM::LoadCacheModifierKind::CG;
  return converter.replace(
      {LOWBIT_SIMT_COPY_ASYNC, {op.getSize(), isGlobal}},
      {op.getDst(), op.getSrc(),
       converter.orConstant(op.getCpSize(), op.getSize())});
}

FailureOr<bool> lowbit::convertCollective(RewriterBase &rewriter, Operation *op,
                                          SimtCalls &calls) {
  Converter converter(rewriter, op, calls);
  constexpr uint32_t allLanes = 0xffffffff;
  return llvm::TypeSwitch<Operation *, FailureOr<bool>>(op)
      .Case<NVVM::MmaOp, NVVM::MmaSpOp, NVVM::LdMatrixOp>(
          [&](auto op) -> FailureOr<bool> {
            FailureOr<SimtSite> site = getSite(op);
            if (failed(site))
              return failure();
            return converter.replace(*site, op->getOperands());
          })
      .Case([&](NVVM::ShflOp op) -> FailureOr<bool> {
        uint32_t wantsValid = op.getReturnValueAndIsValid().value_or(false);
        return converter.replace(
            {LOWBIT_SIMT_SHUFFLE,
             {static_cast<uint32_t>(op.getKind()), wantsValid}},
            op.getOperands());
      })
      .Case([&](NVVM::VoteSyncOp op) -> FailureOr<bool> {
        return converter.replace(
            {LOWBIT_SIMT_VOTE, {static_cast<uint32_t>(op.getKind())}},
            op.getOperands());
      })
      .Case([&](NVVM::ReduxOp op) -> FailureOr<bool> {
        uint32_t flags = (op.getAbs() ? 1 : 0) | (op.getNan() ? 2 : 0);
        return converter.replace(
            {LOWBIT_SIMT_REDUX, {static_cast<uint32_t>(op.getKind()), flags}},
            op.getOperands());
      })
      .Case([&](NVVM::MatchSyncOp op) -> FailureOr<bool> {
        return converter.replace(
            {LOWBIT_SIMT_MATCH,
             {static_cast<uint32_t>(op.getKind()),
              op.getVal().getType().getIntOrFloatBitWidth()}},
            op.getOperands());
      })
      .Case([&](NVVM::ElectSyncOp op) -> FailureOr<bool> {
        return converter.replace(
            {LOWBIT_SIMT_ELECT},
            converter.orConstant(op.getMembermask(),
                                 static_cast<int32_t>(allLanes)));
      })
      .Case([&](NVVM::Barrier0Op) -> FailureOr<bool> {
        return converter.replace(
            {LOWBIT_SIMT_BARRIER, {LOWBIT_SIMT_NO_REDUCTION}},
            {converter.constant(0), converter.constant(0)});
      })
      .Case([&](NVVM::BarrierOp op) -> FailureOr<bool> {
        return convertBarrier(converter, op);
      })
      .Case([&](NVVM::BarrierArriveOp op) -> FailureOr<bool> {
        return converter.replace({LOWBIT_SIMT_BARRIER_ARRIVE},
                                 {converter.orConstant(op.getBarrierId(), 0),
                                  op.getNumberOfThreads()});
      })
      .Case([&](NVVM::SyncWarpOp op) -> FailureOr<bool> {
        return converter.replace({LOWBIT_SIMT_WARP_BARRIER}, op.getMask());
      })
      .Case([&](NVVM::CpAsyncOp op) -> FailureOr<bool> {
        return convertCopy(converter, op);
      })
      .Case([&](NVVM::CpAsyncCommitGroupOp) -> FailureOr<bool> {
        return converter.replace({LOWBIT_SIMT_COPY_COMMIT}, {});
      })
      .Case([&](NVVM::CpAsyncWaitGroupOp op) -> FailureOr<bool> {
        return converter.replace({LOWBIT_SIMT_COPY_WAIT, {op.getN()}}, {});
      })
      .Default([](Operation *) { return false; });
}

LogicalResult lowbit::convertBatch(RewriterBase &rewriter,
                                   ArrayRef<Operation *> ops,
                                   SimtCalls &calls) {
  // All are of the same kind.
  FailureOr<SimtSite> site =
      llvm::TypeSwitch<Operation *, FailureOr<SimtSite>>(ops.front())
          .Case<NVVM::MmaOp, NVVM::MmaSpOp, NVVM::LdMatrixOp>(
              [](auto op) { return getSite(op); });
  if (failed(site))
    return failure();
  SmallVector<SimtPart> parts;
  for (Operation *op : ops)
    parts.push_back({op->getLoc(), op->getOperands(),
                     Converter(rewriter, op, calls).getResultTypes()});
  rewriter.setInsertionPoint(ops.front());
  for (auto [op, results] :
       llvm::zip_equal(ops, calls.createBatch(rewriter, *site, parts)))
    Converter(rewriter, op, calls).replaceBy(results);
  return success();
}
