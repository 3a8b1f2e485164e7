//===- Memory.cpp - Loads, stores, atomics and fences ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvertOps.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/LLVMContext.h"

using namespace lowbit;
using namespace mlir;

/// Local memory: stacks of threads.
static constexpr unsigned localSpace = 5;

static unsigned getAddressSpace(Value pointer) {
  return cast<LLVM::LLVMPointerType>(pointer.getType()).getAddressSpace();
}

/// A call before the access `op` of `type`.
template <typename Op>
static void addAccess(RewriterBase &rewriter, Op op, Type type,
                      LowbitSimtOp kind, SimtCalls &calls) {
  unsigned space = getAddressSpace(op.getAddr());
  if (space == localSpace)
    return;
  DataLayout layout = DataLayout::closest(op);
  uint32_t bytes = layout.getTypeSize(type);
  uint32_t alignment =
      op.getAlignment().value_or(layout.getTypeABIAlignment(type));
  calls.createAccess(rewriter, op.getLoc(), {kind, {bytes, space, alignment}},
                     op.getAddr());
}

static std::optional<uint32_t> getAtomic(LLVM::AtomicBinOp op) {
  switch (op) {
  case LLVM::AtomicBinOp::xchg:
    return LOWBIT_SIMT_ATOMIC_EXCHANGE;
  case LLVM::AtomicBinOp::add:
    return LOWBIT_SIMT_ATOMIC_ADD;
  case LLVM::AtomicBinOp::sub:
    return LOWBIT_SIMT_ATOMIC_SUB;
  case LLVM::AtomicBinOp::_and:
    return LOWBIT_SIMT_ATOMIC_AND;
  case LLVM::AtomicBinOp::_or:
    return LOWBIT_SIMT_ATOMIC_OR;
  case LLVM::AtomicBinOp::_xor:
    return LOWBIT_SIMT_ATOMIC_XOR;
  case LLVM::AtomicBinOp::max:
    return LOWBIT_SIMT_ATOMIC_MAX;
  case LLVM::AtomicBinOp::min:
    return LOWBIT_SIMT_ATOMIC_MIN;
  case LLVM::AtomicBinOp::umax:
    return LOWBIT_SIMT_ATOMIC_UMAX;
  case LLVM::AtomicBinOp::umin:
    return LOWBIT_SIMT_ATOMIC_UMIN;
  case LLVM::AtomicBinOp::fadd:
    return LOWBIT_SIMT_ATOMIC_FADD;
  case LLVM::AtomicBinOp::fmax:
    return LOWBIT_SIMT_ATOMIC_FMAX;
  case LLVM::AtomicBinOp::fmin:
    return LOWBIT_SIMT_ATOMIC_FMIN;
  case LLVM::AtomicBinOp::uinc_wrap:
    return LOWBIT_SIMT_ATOMIC_INC;
  case LLVM::AtomicBinOp::udec_wrap:
    return LOWBIT_SIMT_ATOMIC_DEC;
  default:
    return std::nullopt;
  }
}

static std::optional<uint32_t> getAtomicType(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (vector && vector.getNumElements() == 2) {
    if (vector.getElementType().isF16())
      return LOWBIT_SIMT_F16X2;
    if (vector.getElementType().isBF16())
      return LOWBIT_SIMT_BF16X2;
  }
  if (type.isF16())
    return LOWBIT_SIMT_F16;
  if (type.isBF16())
    return LOWBIT_SIMT_BF16;
  if (type.isF32())
    return LOWBIT_SIMT_F32;
  if (type.isF64())
    return LOWBIT_SIMT_F64;
  if (type.isInteger(32))
    return LOWBIT_SIMT_S32;
  if (type.isInteger(64))
    return LOWBIT_SIMT_S64;
  return std::nullopt;
}

static FailureOr<bool> convertAtomic(RewriterBase &rewriter,
                                     LLVM::AtomicRMWOp op, SimtCalls &calls) {
  std::optional<uint32_t> kind = getAtomic(op.getBinOp());
  std::optional<uint32_t> type = getAtomicType(op.getType());
  if (!kind || !type)
    return op.emitOpError("is an atomic that the emulator does not know");
  SimtSite site{LOWBIT_SIMT_ATOMIC,
                {*kind, *type, getAddressSpace(op.getPtr())}};
  rewriter.replaceOp(op,
                     calls.createOp(rewriter, op.getLoc(), site,
                                    {op.getPtr(), op.getVal()}, op.getType()));
  return true;
}

static FailureOr<bool> convertAtomic(RewriterBase &rewriter,
                                     LLVM::AtomicCmpXchgOp op,
                                     SimtCalls &calls) {
  Type type = op.getVal().getType();
  std::optional<uint32_t> simtType = getAtomicType(type);
  if (!simtType || !type.isInteger())
    return op.emitOpError("exchanges a type that the emulator does not know");
  Location loc = op.getLoc();
  SimtSite site{
      LOWBIT_SIMT_ATOMIC,
      {LOWBIT_SIMT_ATOMIC_CAS, *simtType, getAddressSpace(op.getPtr())}};
  Value before = calls.createOp(
      rewriter, loc, site, {op.getPtr(), op.getCmp(), op.getVal()}, type)[0];
  Value isEqual = LLVM::ICmpOp::create(rewriter, loc, LLVM::ICmpPredicate::eq,
                                       before, op.getCmp());
  Value result = LLVM::PoisonOp::create(rewriter, loc, op.getType());
  result = LLVM::InsertValueOp::create(rewriter, loc, result, before,
                                       ArrayRef<int64_t>{0});
  result = LLVM::InsertValueOp::create(rewriter, loc, result, isEqual,
                                       ArrayRef<int64_t>{1});
  rewriter.replaceOp(op, result);
  return true;
}

FailureOr<bool> lowbit::convertMemory(RewriterBase &rewriter, Operation *op,
                                      SimtCalls &calls) {
  auto fence = [&]() -> FailureOr<bool> {
    calls.createOp(rewriter, op->getLoc(), {LOWBIT_SIMT_FENCE}, {});
    rewriter.eraseOp(op);
    return true;
  };
  return llvm::TypeSwitch<Operation *, FailureOr<bool>>(op)
      .Case([&](LLVM::LoadOp load) -> FailureOr<bool> {
        addAccess(rewriter, load, load.getType(), LOWBIT_SIMT_LOAD, calls);
        return true;
      })
      .Case([&](LLVM::StoreOp store) -> FailureOr<bool> {
        addAccess(rewriter, store, store.getValue().getType(),
                  LOWBIT_SIMT_STORE, calls);
        return true;
      })
      .Case<LLVM::AtomicRMWOp, LLVM::AtomicCmpXchgOp>(
          [&](auto op) { return convertAtomic(rewriter, op, calls); })
      .Case<LLVM::FenceOp, NVVM::MembarOp>([&](auto) { return fence(); })
      .Case([&](NVVM::NanosleepOp) -> FailureOr<bool> {
        calls.createOp(rewriter, op->getLoc(), {LOWBIT_SIMT_YIELD}, {});
        rewriter.eraseOp(op);
        return true;
      })
      .Default([](Operation *) { return false; });
}

/// What LLVM says of an intrinsic: whether it accesses memory that a program
/// can see.
static bool accessesMemory(StringRef intrinsic) {
  llvm::Intrinsic::ID id = llvm::Intrinsic::lookupIntrinsicID(intrinsic);
  if (id == llvm::Intrinsic::not_intrinsic)
    return true;
  llvm::LLVMContext context;
  return !llvm::Intrinsic::getFnAttributes(context, id)
              .getMemoryEffects()
              .onlyAccessesInaccessibleMem();
}

/// Whether the host does `op` as it stands and no memory but the thread's own
/// stack is touched.
static bool staysInThread(Operation *op) {
  if (isMemoryEffectFree(op) ||
      isa<LLVM::AllocaOp, LLVM::LifetimeStartOp, LLVM::LifetimeEndOp>(op))
    return true;
  if (auto call = dyn_cast<LLVM::CallIntrinsicOp>(op))
    return !accessesMemory(call.getIntrin());
  StringRef name = op->getName().getStringRef();
  if (name.consume_front("llvm.intr."))
    return !accessesMemory(("llvm." + name).str());
  return op->hasTrait<OpTrait::IsTerminator>() && !isa<CallOpInterface>(op);
}

LogicalResult lowbit::verifyNoMemory(Operation *op) {
  if (staysInThread(op))
    return success();
  return op->emitOpError("is not known to the emulator, which would not see "
                         "the memory that it accesses: use llvm.load, "
                         "llvm.store and atomics");
}
