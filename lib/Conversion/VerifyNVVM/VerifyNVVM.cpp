//===- VerifyNVVM.cpp - Check of what is compiled for a GPU ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches the ops of GPU modules. Fails at the first for which LLVM's NVPTX
// back end is known to have no code, at all or on the chip, and at kernels that
// need more shared memory than the chip has. Changes nothing.
//
// It is there for its messages, which name the op, and for the emulator, which
// would run what the chip lacks: what convert-nvvm-to-simt takes and not all
// chips have is in `getNeeds`. So are ops of newer chips that the emulator does
// not know, for the message. It need not be complete for what is compiled: what
// slips through is an error of lowbit-compile-nvvm, as LLVM gives up in a
// process of its own.

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Kernels/NVVM/KernelFunction.h"
#include "lowbit/Kernels/NVVM/Target.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/IR/Intrinsics.h"

namespace lowbit {
#define GEN_PASS_DEF_VERIFYNVVMPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// Intrinsics without a library behind them, as LLVM 22 compiles them for
/// NVPTX. Logarithms, powers and exp are none of them.
static bool hasCode(StringRef intrinsic) {
  static const llvm::StringSet<> names = {"abs",
                                          "assume",
                                          "bitreverse",
                                          "bswap",
                                          "ceil",
                                          "copysign",
                                          "ctlz",
                                          "ctpop",
                                          "cttz",
                                          "debugtrap",
                                          "exp2",
                                          "expect",
                                          "experimental.noalias.scope.decl",
                                          "fabs",
                                          "floor",
                                          "fma",
                                          "fmuladd",
                                          "fshl",
                                          "fshr",
                                          "is.fpclass",
                                          "lifetime.end",
                                          "lifetime.start",
                                          "maximum",
                                          "maxnum",
                                          "memcpy",
                                          "memmove",
                                          "memset",
                                          "minimum",
                                          "minnum",
                                          "nearbyint",
                                          "rint",
                                          "round",
                                          "roundeven",
                                          "sadd.sat",
                                          "sadd.with.overflow",
                                          "smax",
                                          "smin",
                                          "smul.with.overflow",
                                          "sqrt",
                                          "sshl.sat",
                                          "ssub.sat",
                                          "ssub.with.overflow",
                                          "trap",
                                          "trunc",
                                          "uadd.sat",
                                          "uadd.with.overflow",
                                          "ubsantrap",
                                          "umax",
                                          "umin",
                                          "umul.with.overflow",
                                          "ushl.sat",
                                          "usub.sat",
                                          "usub.with.overflow"};
  return names.contains(intrinsic);
}

static LogicalResult verifyTarget(gpu::GPUModuleOp module) {
  ArrayAttr targets = module.getTargetsAttr();
  if (!targets || targets.empty())
    return module.emitError("has no target; nvvm-attach-target sets one");
  for (Attribute attribute : targets) {
    auto target = dyn_cast<NVVM::NVVMTargetAttr>(attribute);
    if (target && !nvvm::Target::get(target.getChip()))
      return module.emitError(nvvm::Target::getUnknownText(target.getChip()));
  }
  return success();
}

/// An intrinsic of LLVM by its name without `llvm.`, on what `op` computes.
static LogicalResult verifyIntrinsic(Operation *op, StringRef name,
                                     const std::string &text) {
  Type type =
      op->getNumResults() ? getElementTypeOrSelf(op->getResult(0)) : Type();
  if (name == "exp2" && type.isF64())
    return op->emitError("'") << text << "' has no code for f64 on NVIDIA GPUs";
  if (hasCode(name))
    return success();
  // Approximations, where these are allowed.
  auto fast = dyn_cast<LLVM::FastmathFlagsInterface>(op);
  if (fast && llvm::is_contained({"sin", "cos", "tanh"}, name) &&
      !type.isF64() &&
      bitEnumContainsAll(fast.getFastmathAttr().getValue(),
                         LLVM::FastmathFlags::afn))
    return success();
  return op->emitError("'")
         << text
         << "' has no code on NVIDIA GPUs; use the NVVM intrinsic of an "
            "approximation, or a function of libdevice";
}

static LogicalResult verifyCall(LLVM::CallIntrinsicOp op) {
  std::string name = op.getIntrin().str();
  llvm::Intrinsic::ID id = llvm::Intrinsic::lookupIntrinsicID(name);
  if (id == llvm::Intrinsic::not_intrinsic)
    return op.emitError("there is no intrinsic '") << name << "'";
  StringRef base = llvm::Intrinsic::getBaseName(id);
  if (base.starts_with("llvm.nvvm."))
    return success();
  base.consume_front("llvm.");
  return verifyIntrinsic(op, base, name);
}

namespace {

/// What an op needs of a chip: compute capability times ten, whether only chips
/// with an `a` behind it have it, and the first capability that lacks it again;
/// and the oldest version of PTX times ten, where it is newer than the chips.
struct Needs {
  int64_t least = 0;
  bool specific = false;
  int64_t end = INT64_MAX;
  int64_t ptx = 0;
};

/// What code is made for: a chip and a version of PTX times ten, 0 where none
/// is known.
struct CodeTarget {
  nvvm::Target chip;
  int64_t ptx;
};

} // namespace

/// Of products, dense or sparse: `m8n8k16` and the like are older than the ones
/// that fill 16 x 8.
template <typename Op>
static Needs getProductNeeds(Op op) {
  auto type = op.getMultiplicandAPtxType();
  NVVM::MMAShapeAttr shape = op.getShapeAttr();
  if (type == NVVM::MMATypes::e4m3 || type == NVVM::MMATypes::e5m2)
    return {.least = 89, .ptx = 84};
  if (type == NVVM::MMATypes::f16)
    return {shape.getK() < 16 ? 75 : 80};
  return {shape.getM() == 8 ? 75 : 80};
}

static Needs getNeeds(NVVM::MmaOp op) { return getProductNeeds(op); }

static Needs getNeeds(NVVM::MmaSpOp op) {
  Needs needs = getProductNeeds(op);
  if (op.getOrderedMetadata())
    needs.ptx = std::max<int64_t>(needs.ptx, 85);
  return needs;
}

static Needs getNeeds(NVVM::ReduxOp op) {
  return op.getType().isF32() ? Needs{100, true, 120} : Needs{80};
}

static Needs getNeeds(Operation *op) {
  return llvm::TypeSwitch<Operation *, Needs>(op)
      .Case<NVVM::MmaOp, NVVM::MmaSpOp, NVVM::ReduxOp>(
          [](auto op) { return getNeeds(op); })
      .Case<NVVM::CpAsyncOp, NVVM::CpAsyncCommitGroupOp,
            NVVM::CpAsyncWaitGroupOp, NVVM::ConvertF32x2ToF16x2Op,
            NVVM::ConvertF32x2ToBF16x2Op>([](auto) { return Needs{80}; })
      .Case([](NVVM::ConvertF8x2ToF16x2Op) { return Needs{89}; })
      .Case<NVVM::ElectSyncOp, NVVM::StMatrixOp, NVVM::GriddepcontrolOp,
            NVVM::MBarrierTryWaitOp, NVVM::CpAsyncBulkGlobalToSharedClusterOp>(
          [](auto) { return Needs{90}; })
      .Case([](NVVM::SetMaxRegisterOp) { return Needs{90, true}; })
      .Default([](Operation *) { return Needs{}; });
}

static std::string getVersionText(int64_t ptx) {
  return std::to_string(ptx / 10) + "." + std::to_string(ptx % 10);
}

static LogicalResult verifyNeeds(Operation *op, ArrayRef<CodeTarget> targets) {
  Needs needs = getNeeds(op);
  for (const auto &[chip, ptx] : targets) {
    bool isSpecific = chip.chip.ends_with("a");
    if (chip.capability < needs.least || chip.capability >= needs.end ||
        (needs.specific && !isSpecific))
      return op->emitError("'")
             << op->getName() << "' is for sm_" << needs.least
             << (needs.specific ? "a" : "") << " and "
             << (chip.capability < needs.end ? "newer" : "its family")
             << ", not for " << chip.chip;
    if (ptx && ptx < needs.ptx)
      return op->emitError("'")
             << op->getName() << "' with these types and attributes is in PTX "
             << getVersionText(needs.ptx) << " and newer, not in "
             << getVersionText(ptx) << ": give the target the feature '+ptx"
             << needs.ptx << "'";
  }
  return success();
}

static LogicalResult verifyOp(Operation *op) {
  if (!isa_and_nonnull<LLVM::LLVMDialect, NVVM::NVVMDialect, gpu::GPUDialect>(
          op->getDialect()))
    return op->emitError("'") << op->getName()
                              << "' has no lowering to NVVM; "
                                 "lowbit-lower-nvvm-kernels lowers arith, scf "
                                 "and cf";
  StringRef name = op->getName().getStringRef();
  if (name.consume_front("llvm.intr."))
    return verifyIntrinsic(op, name, ("llvm.intr." + name).str());
  if (auto call = dyn_cast<LLVM::CallIntrinsicOp>(op))
    return verifyCall(call);
  return success();
}

/// The targets of a module, none of them unknown, with the version `ptx`, as in
/// "8.5", or where that is empty with their own. What is no version is an error
/// of lowbit-compile-nvvm.
static SmallVector<CodeTarget> getTargets(gpu::GPUModuleOp module,
                                          StringRef ptx) {
  auto [major, minor] = ptx.split('.');
  SmallVector<CodeTarget> targets;
  for (Attribute attribute : module.getTargetsAttr())
    if (auto target = dyn_cast<NVVM::NVVMTargetAttr>(attribute)) {
      std::string digits = (major + minor).str();
      if (digits.empty())
        for (StringRef feature : llvm::split(target.getFeatures(), ','))
          if (feature.consume_front("+ptx"))
            digits = feature.str();
      int64_t version = 0;
      if (StringRef(digits).getAsInteger(10, version))
        version = 0;
      targets.push_back({*nvvm::Target::get(target.getChip()), version});
    }
  return targets;
}

/// Kernels that need more shared memory than a block has on a chip: what is
/// declared in the module is less than what launches may ask for.
static LogicalResult verifySharedMemory(gpu::GPUModuleOp module,
                                        ArrayRef<CodeTarget> targets) {
  constexpr int64_t mostDeclared = 48 * 1024;
  constexpr unsigned shared = 3;
  DataLayout layout(module);
  int64_t declared = 0;
  for (auto global : module.getOps<LLVM::GlobalOp>())
    if (global.getAddrSpace() == shared)
      declared += layout.getTypeSize(global.getType());
  if (declared > mostDeclared)
    return module.emitError("declares ")
           << declared << " bytes of shared memory, of at most " << mostDeclared
           << "; more is given by launches (lowbit.shared_bytes)";
  for (auto kernel : module.getOps<LLVM::LLVMFuncOp>()) {
    auto given = kernel->getAttrOfType<IntegerAttr>(nvvm::sharedBytesAttrName);
    int64_t bytes = declared + (given ? given.getInt() : 0);
    for (const CodeTarget &target : targets)
      if (bytes > target.chip.sharedPerBlock)
        return kernel.emitError("needs ")
               << bytes << " bytes of shared memory; a block on "
               << target.chip.chip << " has " << target.chip.sharedPerBlock;
  }
  return success();
}

namespace {

struct VerifyNVVMPass final : lowbit::impl::VerifyNVVMPassBase<VerifyNVVMPass> {
  using Base::Base;

  void runOnOperation() override {
    gpu::GPUModuleOp module = getOperation();
    markAllAnalysesPreserved();
    if (failed(verifyTarget(module)))
      return signalPassFailure();
    SmallVector<CodeTarget> targets = getTargets(module, ptx);
    if (failed(verifySharedMemory(module, targets)))
      return signalPassFailure();
    auto verify = [&](Operation *op) {
      return failed(verifyOp(op)) || failed(verifyNeeds(op, targets))
                 ? WalkResult::interrupt()
                 : WalkResult::advance();
    };
    if (module.walk<WalkOrder::PreOrder>(verify).wasInterrupted())
      signalPassFailure();
  }
};

} // namespace
