//===- NVVMToSimt.cpp - Kernels for the SIMT emulator ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches gpu.module whose functions are in the llvm and nvvm dialects, as they
// are before convert-nvvm-to-llvm makes PTX text of some ops. Makes functions
// of the host of them, in the module around it: `<module>.<function>.thread`
// runs one thread, with each nvvm op a call of the emulator (lib/Simt) or plain
// arithmetic, and for each kernel `<module>.<function>` takes its parameters as
// a launch passes them. Globals move likewise, those in shared memory become
// places in the arena of a block. The gpu.module is erased.
//
// Where host code launches kernels of the module, a gpu.binary takes its place,
// with an image that only names it. A constructor registers the kernels under
// that name, with what hardware would hold their launches to, and a destructor
// takes that back (lowbit/Runtime/EmulatedModule.h).
//
// Leaves nothing: an op without counterpart is an error, as the answer would be
// another one than hardware's. So is an op of the llvm dialect that accesses
// memory in a way that the emulator is not told of.
//
//===----------------------------------------------------------------------===//

#include "ConvertOps.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Kernels/NVVM/Target.h"
#include "lowbit/Runtime/EmulatedModule.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

namespace lowbit {
#define GEN_PASS_DEF_CONVERTNVVMTOSIMT
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

constexpr unsigned sharedSpace = 3;

struct ConvertNVVMToSimt final
    : lowbit::impl::ConvertNVVMToSimtBase<ConvertNVVMToSimt> {
  using Base::Base;
  void runOnOperation() override;
};

/// Moves one gpu.module to the host.
class ModuleConverter {
public:
  ModuleConverter(gpu::GPUModuleOp device, SimtCalls &calls)
      : device(device), calls(calls), rewriter(device.getContext()) {}

  LogicalResult run();

private:
  LogicalResult placeGlobals();
  void moveGlobal(LLVM::GlobalOp global);
  LogicalResult moveFunction(LLVM::LLVMFuncOp function);
  LogicalResult convertBody(LLVM::LLVMFuncOp function);
  LogicalResult convertOp(Operation *op);
  void replaceAddress(LLVM::AddressOfOp op);
  void createEntry(LLVM::LLVMFuncOp kernel, LLVM::LLVMFuncOp thread);
  void createBinary();
  LLVM::LLVMFuncOp createHostFunction(StringRef name);
  void registerKernel(StringRef name, LLVM::LLVMFuncOp entry, Value program);
  std::string hostName(StringRef name) {
    return (device.getName() + "." + name).str();
  }

  gpu::GPUModuleOp device;
  SimtCalls &calls;
  IRRewriter rewriter;
  /// Where globals in shared memory lie in it, and how much they need.
  llvm::StringMap<int64_t> sharedOffsets;
  int64_t staticBytes = 0;
  llvm::StringSet<> movedGlobals;
  /// The entries of kernels, by the kernels' names.
  SmallVector<std::pair<std::string, LLVM::LLVMFuncOp>> entries;
};

} // namespace

/// Places the globals in shared memory one after the other, those without a
/// size (dynamic shared memory) at the end.
LogicalResult ModuleConverter::placeGlobals() {
  auto place = [&](bool isDynamic) {
    for (auto global : device.getOps<LLVM::GlobalOp>()) {
      if (global.getAddrSpace() != sharedSpace)
        continue;
      DataLayout layout = DataLayout::closest(global);
      int64_t size = layout.getTypeSize(global.getGlobalType());
      if ((size == 0) != isDynamic)
        continue;
      int64_t alignment = global.getAlignment().value_or(
          layout.getTypeABIAlignment(global.getGlobalType()));
      int64_t offset = llvm::alignTo(staticBytes, alignment);
      sharedOffsets[global.getName()] = offset;
      staticBytes = isDynamic ? std::max(staticBytes, offset) : offset + size;
    }
  };
  place(/*isDynamic=*/false);
  place(/*isDynamic=*/true);
  for (auto global : device.getOps<LLVM::GlobalOp>())
    if (global.getAddrSpace() == sharedSpace && global.getValueOrNull())
      return global.emitOpError("in shared memory has a value, which no kernel "
                                "may count on");
  return success();
}

/// Memory of the device becomes memory of the host.
void ModuleConverter::moveGlobal(LLVM::GlobalOp global) {
  movedGlobals.insert(global.getName());
  auto host = cast<LLVM::GlobalOp>(global->clone());
  host.setName(hostName(global.getName()));
  host.setAddrSpace(0);
  if (global.getLinkage() != LLVM::Linkage::External)
    host.setLinkage(LLVM::Linkage::Internal);
  rewriter.setInsertionPoint(device);
  rewriter.insert(host);
}

void ModuleConverter::replaceAddress(LLVM::AddressOfOp op) {
  Location loc = op.getLoc();
  auto host = LLVM::LLVMPointerType::get(rewriter.getContext());
  Value address;
  if (auto offset = sharedOffsets.find(op.getGlobalName());
      offset != sharedOffsets.end()) {
    address = calls.createShared(rewriter, loc);
    address = LLVM::GEPOp::create(
        rewriter, loc, host, rewriter.getI8Type(), address,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset->second)});
  } else {
    address = LLVM::AddressOfOp::create(rewriter, loc, host,
                                        hostName(op.getGlobalName()));
  }
  if (op.getType() != host)
    address =
        LLVM::AddrSpaceCastOp::create(rewriter, loc, op.getType(), address);
  rewriter.replaceOp(op, address);
}

LogicalResult ModuleConverter::convertOp(Operation *op) {
  rewriter.setInsertionPoint(op);
  if (auto address = dyn_cast<LLVM::AddressOfOp>(op)) {
    if (sharedOffsets.contains(address.getGlobalName()) ||
        movedGlobals.contains(address.getGlobalName()))
      replaceAddress(address);
    return success();
  }
  if (auto call = dyn_cast<LLVM::CallOp>(op)) {
    std::optional<StringRef> callee = call.getCallee();
    if (!callee)
      return op->emitOpError("calls by a pointer, which the emulator does not "
                             "know: name the function");
    if (device.lookupSymbol(*callee))
      call.setCallee(hostName(*callee) + ".thread");
    return success();
  }
  if (isa<LLVM::InlineAsmOp, NVVM::InlinePtxOp>(op))
    return op->emitOpError("is PTX text, which the emulator cannot run: keep "
                           "the op that it stands for until after this pass");
  FailureOr<bool> done = convertCollective(rewriter, op, calls);
  if (succeeded(done) && !*done)
    done = convertArithmetic(rewriter, op, calls);
  if (succeeded(done) && !*done)
    done = convertMemory(rewriter, op, calls);
  if (failed(done))
    return failure();
  if (*done)
    return success();
  if (isa<LLVM::LLVMDialect>(op->getDialect()))
    return verifyNoMemory(op);
  if (isa<NVVM::NVVMDialect>(op->getDialect()))
    return op->emitOpError("is not known to the emulator");
  return op->emitOpError("is not in the llvm or nvvm dialect: lower the kernel "
                         "before this pass");
}

LogicalResult ModuleConverter::convertBody(LLVM::LLVMFuncOp function) {
  // A batch is converted where its first op stands.
  llvm::DenseMap<Operation *, SmallVector<Operation *>> batches;
  llvm::DenseSet<Operation *> others;
  for (Block &block : function.getBody())
    for (SmallVector<Operation *> &batch : gatherBatches(block)) {
      others.insert(batch.begin() + 1, batch.end());
      batches[batch.front()] = std::move(batch);
    }
  SmallVector<Operation *> ops;
  function.getBody().walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops) {
    if (others.contains(op))
      continue;
    auto batch = batches.find(op);
    if (failed(batch == batches.end()
                   ? convertOp(op)
                   : convertBatch(rewriter, batch->second, calls)))
      return failure();
  }
  return success();
}

/// Whether denormals of f32 are flushed to zero in `function`.
static bool flushesDenormals(LLVM::LLVMFuncOp function) {
  auto passthrough = function->getAttrOfType<ArrayAttr>("passthrough");
  return passthrough && llvm::any_of(passthrough, [](Attribute entry) {
           auto pair = dyn_cast<ArrayAttr>(entry);
           return pair && pair.size() == 2 &&
                  cast<StringAttr>(pair[0]).getValue() ==
                      "denormal-fp-math-f32" &&
                  cast<StringAttr>(pair[1]).getValue().contains(
                      "preserve-sign");
         });
}

/// The function that a launch calls, as in cuLaunchKernel: element i of its
/// argument points to parameter i.
void ModuleConverter::createEntry(LLVM::LLVMFuncOp kernel,
                                  LLVM::LLVMFuncOp thread) {
  MLIRContext *context = rewriter.getContext();
  Location loc = kernel.getLoc();
  auto pointer = LLVM::LLVMPointerType::get(context);
  rewriter.setInsertionPointAfter(thread);
  auto entry = LLVM::LLVMFuncOp::create(
      rewriter, loc, hostName(kernel.getName()),
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), pointer));
  rewriter.setInsertionPointToStart(entry.addEntryBlock(rewriter));
  SmallVector<Value> arguments;
  SmallVector<int64_t> parameterBytes;
  DataLayout layout = DataLayout::closest(entry);
  for (auto [i, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    Value slot = LLVM::GEPOp::create(
        rewriter, loc, pointer, pointer, entry.getArgument(0),
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    Value address = LLVM::LoadOp::create(rewriter, loc, pointer, slot);
    // A struct by value: a launch copies it, the kernel has its address.
    auto isByValue = kernel.getArgAttrOfType<TypeAttr>(
        i, LLVM::LLVMDialect::getByValAttrName());
    parameterBytes.push_back(
        layout.getTypeSize(isByValue ? isByValue.getValue() : type));
    arguments.push_back(
        isByValue ? address
                  : LLVM::LoadOp::create(rewriter, loc, type, address));
  }
  LLVM::CallOp::create(rewriter, loc, TypeRange(), thread.getName(), arguments);
  LLVM::ReturnOp::create(rewriter, loc, ValueRange());

  NamedAttrList launch;
  launch.set("static_shared_bytes", rewriter.getI64IntegerAttr(staticBytes));
  if (auto bytes = kernel->getAttrOfType<IntegerAttr>("lowbit.shared_bytes"))
    launch.set("shared_bytes", rewriter.getI64IntegerAttr(bytes.getInt()));
  if (Attribute block =
          kernel->getAttr(NVVM::NVVMDialect::getReqntidAttrName()))
    launch.set("block", block);
  if (flushesDenormals(kernel))
    launch.set("flush_denormals", rewriter.getUnitAttr());
  launch.set("parameter_bytes", rewriter.getDenseI64ArrayAttr(parameterBytes));
  entry->setAttr("lowbit.launch", launch.getDictionary(context));
  entries.emplace_back(kernel.getName().str(), entry);
}

/// What host code launches by the name of the module.
void ModuleConverter::createBinary() {
  MLIRContext *context = rewriter.getContext();
  Location loc = device.getLoc();
  rewriter.setInsertionPoint(device);
  std::string image = (LOWBIT_EMULATED_MODULE_MAGIC + device.getName()).str();
  // Any target will do: the image is passed on as it is.
  Attribute object = gpu::ObjectAttr::get(
      context, NVVM::NVVMTargetAttr::get(context),
      gpu::CompilationTarget::Binary, rewriter.getStringAttr(image),
      DictionaryAttr(), gpu::KernelTableAttr());
  gpu::BinaryOp::create(rewriter, loc, device.getName(), Attribute(),
                        rewriter.getArrayAttr(object));

  LLVM::LLVMFuncOp constructor = createHostFunction("register");
  LLVM::LLVMFuncOp destructor = createHostFunction("unregister");
  // Registered before modules are loaded, and until after they are unloaded.
  ArrayAttr order = rewriter.getI32ArrayAttr(100);
  ArrayAttr data = rewriter.getArrayAttr(LLVM::ZeroAttr::get(context));
  LLVM::GlobalCtorsOp::create(
      rewriter, loc, rewriter.getArrayAttr(FlatSymbolRefAttr::get(constructor)),
      order, data);
  LLVM::GlobalDtorsOp::create(
      rewriter, loc, rewriter.getArrayAttr(FlatSymbolRefAttr::get(destructor)),
      order, data);

  rewriter.setInsertionPointToStart(constructor.addEntryBlock(rewriter));
  Value program = LLVM::AddressOfOp::create(rewriter, loc, constructor);
  for (auto &[name, entry] : entries)
    registerKernel(name, entry, program);
  LLVM::ReturnOp::create(rewriter, loc, ValueRange());

  rewriter.setInsertionPointToStart(destructor.addEntryBlock(rewriter));
  program = LLVM::AddressOfOp::create(rewriter, loc, constructor);
  calls.call(rewriter, loc, "lowbit_runtime_unregister_program", Type(),
             program);
  LLVM::ReturnOp::create(rewriter, loc, ValueRange());
}

LLVM::LLVMFuncOp ModuleConverter::createHostFunction(StringRef name) {
  return LLVM::LLVMFuncOp::create(
      rewriter, device.getLoc(), hostName(name),
      LLVM::LLVMFunctionType::get(
          LLVM::LLVMVoidType::get(rewriter.getContext()), {}),
      LLVM::Linkage::Internal);
}

/// Bytes of shared memory of a block on the chip that `device` is for, and 0
/// where it has no chip, or one that is not in the table.
static int64_t getMostSharedBytes(gpu::GPUModuleOp device) {
  if (ArrayAttr targets = device.getTargetsAttr())
    for (auto target : targets.getAsRange<NVVM::NVVMTargetAttr>())
      if (auto known = nvvm::Target::get(target.getChip()))
        return known->sharedPerBlock;
  return 0;
}

/// Calls lowbit_runtime_register_kernel.
void ModuleConverter::registerKernel(StringRef name, LLVM::LLVMFuncOp entry,
                                     Value program) {
  Location loc = device.getLoc();
  Type i32 = rewriter.getI32Type(), i64 = rewriter.getI64Type();
  auto launch = entry->getAttrOfType<DictionaryAttr>("lowbit.launch");
  auto pointer = LLVM::LLVMPointerType::get(rewriter.getContext());
  // LowbitEmulatedKernel.
  Type type = LLVM::LLVMStructType::getLiteral(
      rewriter.getContext(),
      {i64, i64, LLVM::LLVMArrayType::get(i32, 3), i32, i64, pointer});
  Value properties = LLVM::ZeroOp::create(rewriter, loc, type);
  auto set = [&](Type type, int64_t number, ArrayRef<int64_t> place) {
    Value constant = LLVM::ConstantOp::create(
        rewriter, loc, type, rewriter.getIntegerAttr(type, number));
    properties =
        LLVM::InsertValueOp::create(rewriter, loc, properties, constant, place);
  };
  set(i64, staticBytes, {0});
  set(i64, getMostSharedBytes(device), {1});
  if (auto block = launch.getAs<DenseI32ArrayAttr>("block"))
    for (int64_t i = 0; i < 3; ++i)
      set(i32, i < block.size() ? block[i] : 1, {2, i});
  set(i32, launch.contains("flush_denormals") ? 1 : 0, {3});
  Value one = LLVM::ConstantOp::create(rewriter, loc, i32, 1);
  auto store = [&](Value value) {
    Value memory =
        LLVM::AllocaOp::create(rewriter, loc, pointer, value.getType(), one);
    LLVM::StoreOp::create(rewriter, loc, value, memory);
    return memory;
  };
  auto bytes = launch.getAs<DenseI64ArrayAttr>("parameter_bytes");
  set(i64, bytes.size(), {4});
  if (!bytes.empty()) {
    Value sizes = LLVM::ConstantOp::create(
        rewriter, loc, LLVM::LLVMArrayType::get(i64, bytes.size()),
        rewriter.getI64TensorAttr(bytes));
    properties = LLVM::InsertValueOp::create(rewriter, loc, properties,
                                             store(sizes), int64_t{5});
  }
  Value memory = store(properties);
  Value address = LLVM::AddressOfOp::create(rewriter, loc, entry);
  calls.call(rewriter, loc, "lowbit_runtime_register_kernel", Type(),
             {program, calls.createText(rewriter, loc, device.getName()),
              calls.createText(rewriter, loc, name), address, memory});
}

LogicalResult ModuleConverter::moveFunction(LLVM::LLVMFuncOp function) {
  if (function.isExternal())
    return function.emitOpError("has no body: a kernel may call what is in its "
                                "gpu.module only");
  auto thread = LLVM::LLVMFuncOp::create(
      rewriter, function.getLoc(), hostName(function.getName()) + ".thread",
      function.getFunctionType(), LLVM::Linkage::Internal);
  rewriter.inlineRegionBefore(function.getBody(), thread.getBody(),
                              thread.end());
  if (failed(convertBody(thread)))
    return failure();
  if (function->hasAttr(NVVM::NVVMDialect::getKernelFuncAttrName()))
    createEntry(function, thread);
  return success();
}

LogicalResult ModuleConverter::run() {
  if (failed(placeGlobals()))
    return failure();
  for (Operation &op : *device.getBody())
    if (!isa<LLVM::GlobalOp, LLVM::LLVMFuncOp>(op))
      return op.emitOpError("is not a function or global of the llvm dialect: "
                            "lower the kernel before this pass");
  for (auto global : device.getOps<LLVM::GlobalOp>())
    if (global.getAddrSpace() != sharedSpace)
      moveGlobal(global);
  for (auto function : llvm::to_vector(device.getOps<LLVM::LLVMFuncOp>())) {
    rewriter.setInsertionPoint(device);
    if (failed(moveFunction(function)))
      return failure();
  }
  auto around = device->getParentOfType<ModuleOp>();
  if (!SymbolTable::symbolKnownUseEmpty(device.getNameAttr(), around))
    createBinary();
  rewriter.eraseOp(device);
  return success();
}

void ConvertNVVMToSimt::runOnOperation() {
  SimtCalls calls(getOperation(), checks);
  for (auto device : llvm::to_vector(getOperation().getOps<gpu::GPUModuleOp>()))
    if (failed(ModuleConverter(device, calls).run()))
      return signalPassFailure();
}
