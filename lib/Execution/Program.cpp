//===- Program.cpp - A model compiled for this processor ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Execution/Program.h"

#include "CodeSizes.h"
#include "EntryFunction.h"
#include "HostEngine.h"
#include "MemRef.h"
#include "Observers.h"
#include "PackWeights.h"
#include "RunPasses.h"
#include "RunTime.h"
#include "TileRegisters.h"
#include "Timers.h"
#include "TypeText.h"
#include "UseDevice.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredTypes.h"
#include "lowbit/Kernels/X86/Target.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "lowbit/Runtime/HugeBuffer.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Host.h"

#include <cstdlib>
#include <limits>
#include <malloc.h>

using namespace lowbit;
using namespace mlir;

extern "C" void omp_set_num_threads(int count);

void lowbit::keepFreedMemory() {
  // No larger number is taken for the first.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
}

void lowbit::setNumThreads(unsigned count) {
  omp_set_num_threads(static_cast<int>(std::max(1u, count)));
}

template <typename... Args>
static llvm::Error makeError(const char *format, Args &&...args) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 std::forward<Args>(args)...);
}

namespace {

class JitProgram final : public Program {
public:
  /// The destructors of compiled code give modules back to their device.
  ~JitProgram() override {
    runtime::DeviceScope scope(device);
    engine.reset();
  }

  llvm::Error build(ModuleOp module, const CompileOptions &options);

  ArrayRef<Port> getInputs() const override { return inputs; }
  ArrayRef<Port> getOutputs() const override { return outputs; }
  void setWeight(StringRef name, std::span<const std::byte> bytes) override;
  llvm::Expected<std::vector<weights::HostTensor>>
  run(ArrayRef<const weights::HostTensor *> tensors) override;

private:
  /// Where an argument of the function comes from.
  struct Argument {
    RankedTensorType type;
    /// Name of the stored tensor; empty for an input.
    std::string weight;
    std::span<const std::byte> bytes = {};
    /// What was packed for this program, rather than a part of the user's file.
    bool isPacked = false;
  };

  llvm::Error readSignature(func::FuncOp function, const std::string &name);
  llvm::Error bindWeights(const CompileOptions &options);
  llvm::Error bindWeight(const std::string &path, Argument &argument);
  llvm::Error loadWeights(bool all);
  llvm::Error createEngine(ModuleOp module, const x86::Target &target,
                           bool isHost);

  std::string entry;
  SmallVector<Port> inputs, outputs;
  SmallVector<Argument> arguments;
  /// What was packed, until it is loaded, and all else.
  std::optional<weights::WeightsFile> packedFile, weightsFile;
  /// Weights that have been loaded.
  runtime::HugeBuffer loaded;
  Observation observation;
  /// Where times of ops go; null if they are not measured.
  Profile *profile = nullptr;
  /// Of the launches of kernels; null where there are none.
  std::shared_ptr<runtime::Device> device;
  std::unique_ptr<ExecutionEngine> engine;
};

} // namespace

llvm::Expected<std::unique_ptr<Program>>
Program::compile(ModuleOp module, const CompileOptions &options) {
  auto program = std::make_unique<JitProgram>();
  if (llvm::Error error = program->build(module, options))
    return error;
  return program;
}

/// The instruction set that `options` name, if this processor has it.
static llvm::Expected<x86::Target> getTarget(const CompileOptions &options) {
  const std::string &name = options.isa;
  std::optional<x86::Target> target = x86::Target::get(name);
  if (!target)
    return makeError("%s", x86::Target::getUnknownText(name).c_str());
  auto missing = target->getMissingFeatures(llvm::sys::getHostCPUFeatures());
  if (options.expandTiles)
    llvm::erase_if(
        missing, [](StringRef feature) { return feature.starts_with("amx"); });
  if (!missing.empty())
    return makeError("this processor cannot run the instruction set '%s': it "
                     "lacks %s; its best is '%s'",
                     name.c_str(), llvm::join(missing, ", ").c_str(),
                     x86::Target::get("host")->name().str().c_str());
  if (!target->hasTiles() || options.expandTiles || requestTileRegisters())
    return *target;
  return makeError("the system does not let this process use tile registers: "
                   "run with the instruction set 'avx512bf16'");
}

/// Files tell inputs and results apart by name.
static llvm::Error checkNames(ArrayRef<Port> ports, const char *what,
                              const std::string &function) {
  llvm::StringSet<> names;
  for (const Port &port : ports)
    if (!names.insert(port.name).second)
      return makeError("two %s of the function '%s' are called '%s'", what,
                       function.c_str(), port.name.c_str());
  return llvm::Error::success();
}

llvm::Error JitProgram::build(ModuleOp module, const CompileOptions &options) {
  llvm::Expected<x86::Target> target = getTarget(options);
  if (!target)
    return target.takeError();
  llvm::Expected<func::FuncOp> found = isolateEntry(module, options.function);
  if (!found)
    return found.takeError();
  func::FuncOp function = *found;
  std::string name = function.getSymName().str();

  if (!options.collector)
    removeObservers(module);

  bool hasStoredWeights =
      llvm::any_of(module.getOps<ml_program::GlobalOp>(), [&](auto global) {
        return isa_and_nonnull<ml_program::ExternAttr>(global.getValueAttr()) &&
               !llvm::is_contained(options.heldWeights, global.getSymName());
      });
  if (hasStoredWeights && options.weights.empty())
    return makeError("the model keeps its weights in a file: name it with "
                     "--weights");
  if (!options.weights.empty()) {
    auto file = weights::WeightsFile::open(options.weights);
    if (!file)
      return makeError("%s", file.message().c_str());
    weightsFile.emplace(std::move(*file));
    if (llvm::Error error = verifyWeights(module, options.weights))
      return error;
  }
  if (options.lowering == Lowering::X86) {
    auto packed =
        packWeights(module, options.weights, *target, options.heldWeights);
    if (!packed)
      return packed.takeError();
    packedFile = std::move(*packed);
  }

  auto opened = openDevice(options);
  if (!opened)
    return opened.takeError();
  device = std::move(*opened);
  llvm::Error error = runPasses(module, [&](OpPassManager &pm) {
    if (options.device != DeviceKind::Cpu) {
      LowerToNVVMOptions lower;
      lower.chip = options.chip;
      lower.element = options.attentionElement;
      lower.fallback = options.deviceFallback;
      buildNVVMCallsStage(pm, lower);
    }
    if (options.lowering == Lowering::X86) {
      LowerToX86Options lower;
      lower.isa = options.isa;
      lower.failOnFallback = options.failOnFallback;
      buildX86PartsStage(pm, lower);
    } else {
      LowerToReferenceOptions lower;
      lower.integer = options.lowering == Lowering::Integer;
      buildReferencePartsStage(pm, lower);
    }
  });
  if (error)
    return error;
  function = module.lookupSymbol<func::FuncOp>(name);
  if (llvm::Error failure = readSignature(function, options.function))
    return failure;
  if (llvm::Error failure = bindWeights(options))
    return failure;

  // Translation to LLVM IR warns of attributes that it does not know. Inputs
  // belong to the caller and weights to the file: neither is written to.
  function.removeArgAttrsAttr();
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
    function.setArgAttr(i,
                        bufferization::BufferizationDialect::kWritableAttrName,
                        BoolAttr::get(module.getContext(), false));
  function.removeResAttrsAttr();
  function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                    UnitAttr::get(module.getContext()));
  entry = "_mlir_ciface_" + name;
  error = runPasses(module, [&](OpPassManager &pm) {
    buildBufferizeStage(pm);
    if (options.lowering == Lowering::X86)
      buildX86RowsStage(pm, *target);
    if (options.profile)
      buildTimersStage(pm);
    if (options.device != DeviceKind::Cpu) {
      LowerToNVVMOptions lower;
      lower.device = options.device == DeviceKind::Cuda ? GpuDevice::Cuda
                                                        : GpuDevice::Emulator;
      buildNVVMKernelsStage(pm, lower);
    }
    if (options.lowering == Lowering::X86)
      buildX86LoopsStage(pm, *target, options.expandTiles);
    else
      buildReferenceLoopsStage(pm);
    buildLlvmStage(pm, /*hasLaunches=*/options.device != DeviceKind::Cpu);
  });
  if (error)
    return error;
  auto observers = connectObservers(module, options.collector);
  if (!observers)
    return observers.takeError();
  observation = std::move(*observers);
  profile = options.profile;
  if (profile)
    connectTimers(module, *profile);
  return createEngine(module, *target, options.isa == "host");
}

static Port makePort(DictionaryAttr attributes, StringRef fallback,
                     size_t index, Type type) {
  StringAttr name;
  if (attributes)
    name = attributes.getAs<StringAttr>(LowbitDialect::kNameAttr);
  return {name ? name.str() : fallback.str() + std::to_string(index),
          cast<RankedTensorType>(type), bool(name)};
}

llvm::Error JitProgram::readSignature(func::FuncOp function,
                                      const std::string &name) {
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    Argument &argument = arguments.emplace_back();
    argument.type = cast<RankedTensorType>(type);
    if (auto weight = function.getArgAttrOfType<StringAttr>(
            i, LowbitDialect::kWeightAttr))
      argument.weight = weight.str();
    else
      inputs.push_back(
          makePort(function.getArgAttrDict(i), "input", inputs.size(), type));
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
    outputs.push_back(
        makePort(function.getResultAttrDict(i), "output", i, type));
  if (llvm::Error error = checkNames(inputs, "inputs", name))
    return error;
  return checkNames(outputs, "results", name);
}

llvm::Error JitProgram::bindWeights(const CompileOptions &options) {
  for (Argument &argument : arguments)
    if (!argument.weight.empty() &&
        !llvm::is_contained(options.heldWeights, argument.weight))
      if (llvm::Error error = bindWeight(options.weights, argument))
        return error;
  return loadWeights(options.preload);
}

/// Copies what was packed, or all weights, from mapped files into memory that
/// is read faster. The file of what was packed has no further use.
llvm::Error JitProgram::loadWeights(bool all) {
  constexpr size_t alignment = 64;
  size_t size = 0;
  for (const Argument &argument : arguments)
    if (all || argument.isPacked)
      size += llvm::alignTo(argument.bytes.size(), alignment);
  std::optional<runtime::HugeBuffer> buffer =
      runtime::HugeBuffer::allocate(size);
  if (!buffer)
    return makeError("there is no memory for %zu bytes of weights", size);
  loaded = std::move(*buffer);
  std::byte *next = loaded.bytes().data();
  for (Argument &argument : arguments)
    if ((all || argument.isPacked) && !argument.bytes.empty()) {
      llvm::copy(argument.bytes, next);
      argument.bytes = {next, argument.bytes.size()};
      next += llvm::alignTo(argument.bytes.size(), alignment);
    }
  packedFile.reset();
  if (all)
    weightsFile.reset();
  return llvm::Error::success();
}

llvm::Error JitProgram::bindWeight(const std::string &path,
                                   Argument &argument) {
  // Packed weights may have the names of the rows that they replace.
  if (packedFile)
    if (const weights::TensorView *view = packedFile->find(argument.weight)) {
      argument.bytes = view->bytes();
      argument.isPacked = true;
      return llvm::Error::success();
    }
  assert(weightsFile && "stored weights without a file are an error before");
  const weights::TensorView *view = weightsFile->find(argument.weight);
  if (!view) {
    SmallVector<StringRef> names;
    for (const weights::TensorView *other : weightsFile->tensors())
      names.push_back(other->name);
    return makeError("%s: has no tensor '%s', which the model needs%s",
                     path.c_str(), argument.weight.c_str(),
                     suggestName(argument.weight, names).c_str());
  }
  if (!isStoredAs(argument.type.getElementType(), view->dtype) ||
      ArrayRef<int64_t>(view->shape) != argument.type.getShape())
    return makeError("%s: tensor '%s' is %s of %s, but the model needs %s",
                     path.c_str(), argument.weight.c_str(),
                     weights::shapeText(view->shape).c_str(),
                     std::string(weights::name(view->dtype)).c_str(),
                     getTypeText(argument.type).c_str());
  argument.bytes = view->bytes();
  return llvm::Error::success();
}

void JitProgram::setWeight(StringRef name, std::span<const std::byte> bytes) {
  for (Argument &argument : arguments)
    if (argument.weight == name)
      argument.bytes = bytes;
}

llvm::Error JitProgram::createEngine(ModuleOp module, const x86::Target &target,
                                     bool isHost) {
  auto machine = getHostMachine();
  if (!machine)
    return machine.takeError();
  if (!isHost) {
    // Only what the instruction set asked for has, whatever the host has.
    machine->setCPU("x86-64");
    machine->getFeatures() = llvm::SubtargetFeatures(target.features().str());
  }
  auto created = createHostEngine(module, std::move(*machine),
                                  /*keepsObject=*/profile != nullptr);
  if (!created)
    return created.takeError();
  engine = std::move(*created);
  registerRunTime(*engine);
  // Constructors bring kernels to their device.
  runtime::DeviceScope scope(device);
  engine->initialize();
  if (llvm::Error error = takeDeviceError())
    return error;
  // Compile now rather than in the first run.
  auto symbol = engine->lookupPacked(entry);
  if (!symbol)
    return symbol.takeError();
  return profile ? readCodeSizes(*engine, *profile) : llvm::Error::success();
}

/// Loops run over every size but the last before they find that there is
/// nothing to do. What has no elements comes from a file of a few bytes, so
/// that nothing else bounds its sizes.
static llvm::Error checkEmpty(const Port &port, ArrayRef<int64_t> shape) {
  constexpr int64_t most = int64_t(1) << 31;
  if (!llvm::is_contained(shape, 0))
    return llvm::Error::success();
  int64_t iterations = 1;
  for (int64_t size : shape)
    if (size != 0 &&
        (llvm::MulOverflow(iterations, size, iterations) || iterations > most))
      return makeError("input '%s' is %s: it has no elements, and yet sizes "
                       "that take hours to loop over",
                       port.name.c_str(), weights::shapeText(shape).c_str());
  return llvm::Error::success();
}

llvm::Expected<std::vector<weights::HostTensor>>
JitProgram::run(ArrayRef<const weights::HostTensor *> tensors) {
  if (tensors.size() != inputs.size())
    return makeError("the model takes %zu inputs, got %zu", inputs.size(),
                     tensors.size());
  // The C interface takes pointers to descriptors; the first is for results.
  std::vector<int64_t> resultWords;
  for (const Port &port : outputs)
    resultWords.resize(resultWords.size() +
                       MemRef::getNumWords(port.type.getRank()));
  std::vector<MemRef> descriptors;
  descriptors.reserve(arguments.size());
  size_t nextInput = 0;
  for (const Argument &argument : arguments) {
    if (!argument.weight.empty()) {
      // Weights are only read.
      descriptors.emplace_back(const_cast<std::byte *>(argument.bytes.data()),
                               argument.type.getShape());
      continue;
    }
    const Port &port = inputs[nextInput];
    const weights::HostTensor &tensor = *tensors[nextInput++];
    if (!isStoredAs(port.type.getElementType(), tensor.dtype) ||
        failed(verifyCompatibleShape(tensor.shape, port.type.getShape())))
      return makeError("input '%s' is %s of %s, but the model takes %s",
                       port.name.c_str(),
                       weights::shapeText(tensor.shape).c_str(),
                       std::string(weights::name(tensor.dtype)).c_str(),
                       getTypeText(port.type).c_str());
    if (llvm::Error error = checkEmpty(port, tensor.shape))
      return error;
    descriptors.emplace_back(const_cast<std::byte *>(tensor.bytes.data()),
                             tensor.shape);
  }

  SmallVector<void *> pointers;
  if (!outputs.empty())
    pointers.push_back(resultWords.data());
  for (MemRef &descriptor : descriptors)
    pointers.push_back(descriptor.getDescriptor());
  SmallVector<void *> packed;
  for (void *&pointer : pointers)
    packed.push_back(&pointer);
  DeviceRun run(device);
  if (llvm::Error error = invoke(*engine, entry, packed, observation, profile))
    return DeviceRun::leave(std::move(error));

  std::vector<weights::HostTensor> results;
  const int64_t *words = resultWords.data();
  SmallVector<void *> allocations;
  for (const Port &port : outputs) {
    MemRef memref = MemRef::read(words, port.type.getRank());
    weights::HostTensor &result = results.emplace_back();
    result.dtype = *getStoredDType(port.type.getElementType());
    result.shape = memref.getShape().vec();
    size_t elementSize = weights::bitWidth(result.dtype) / 8;
    result.bytes.resize(ShapedType::getNumElements(result.shape) * elementSize);
    memref.copyTo(result.bytes.data(), elementSize);
    allocations.push_back(memref.getAllocated());
  }
  // The function owns no result that it returns: buffer deallocation clones
  // arguments and constants. Two results may share one buffer.
  llvm::sort(allocations);
  allocations.erase(llvm::unique(allocations), allocations.end());
  for (void *allocation : allocations)
    freeBuffer(allocation);
  if (llvm::Error error = run.end())
    return error;
  return results;
}
