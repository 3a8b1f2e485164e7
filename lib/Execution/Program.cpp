//===- Program.cpp - A model compiled for this processor ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Execution/Program.h"

#include "MemRef.h"
#include "TemporaryFile.h"
#include "TypeText.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredTypes.h"
#include "lowbit/Kernels/X86/Target.h"
#include "lowbit/Numerics/FloatTypes.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

#include <bit>
#include <csetjmp>
#include <cstdlib>

using namespace lowbit;
using namespace mlir;

extern "C" void omp_set_num_threads(int count);
extern "C" int omp_in_parallel();

void lowbit::setNumThreads(unsigned count) {
  omp_set_num_threads(static_cast<int>(std::max(1u, count)));
}

template <typename... Args>
static llvm::Error makeError(const char *format, Args &&...args) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 std::forward<Args>(args)...);
}

namespace {

/// The run on this thread. Compiled code reports a failed run-time assertion by
/// puts(message) and abort(), which are the functions below.
struct CurrentRun {
  bool isActive = false;
  std::string message;
  std::jmp_buf failed;
};

thread_local CurrentRun currentRun;

/// Whether the run can be left: not from within a parallel region.
bool canLeaveRun() { return currentRun.isActive && !omp_in_parallel(); }

int reportAssertion(const char *message) {
  if (canLeaveRun())
    currentRun.message = message;
  else
    llvm::errs() << "error: run-time assertion failed: " << message << '\n';
  return 0;
}

[[noreturn]] void leaveRun() {
  if (canLeaveRun())
    std::longjmp(currentRun.failed, 1);
  std::_Exit(EXIT_FAILURE);
}

/// What compilers call to round to bf16 where the processor cannot, in place of
/// the function of that purpose that older runtime libraries lack. A bf16 is
/// returned in the lowest bits of the register that a float is returned in.
float truncateToBf16(float value) {
  return std::bit_cast<float>(uint32_t{numerics::bf16FromF32(value)});
}

/// Calls `function`. Fails with the message of a run-time assertion that does
/// not hold; buffers that the run has allocated are lost then.
llvm::Error invoke(ExecutionEngine &engine, llvm::StringRef function,
                   MutableArrayRef<void *> arguments) {
  auto symbol = engine.lookupPacked(function);
  if (!symbol)
    return symbol.takeError();
  if (setjmp(currentRun.failed) != 0) {
    currentRun.isActive = false;
    return makeError("run-time assertion failed: %s",
                     currentRun.message.c_str());
  }
  currentRun.isActive = true;
  (*symbol)(arguments.data());
  currentRun.isActive = false;
  return llvm::Error::success();
}

class JitProgram final : public Program {
public:
  llvm::Error build(ModuleOp module, const CompileOptions &options);

  ArrayRef<Port> getInputs() const override { return inputs; }
  ArrayRef<Port> getOutputs() const override { return outputs; }
  llvm::Expected<std::vector<weights::HostTensor>>
  run(ArrayRef<const weights::HostTensor *> tensors) override;

private:
  llvm::Error pack(ModuleOp module, const CompileOptions &options,
                   std::string &weightsPath);
  llvm::Error readSignature(func::FuncOp function);
  llvm::Error bindWeights(const std::string &path);
  llvm::Error createEngine(ModuleOp module, const x86::Target &target,
                           bool isHost);

  /// Where an argument of the function comes from.
  struct Argument {
    RankedTensorType type;
    /// Name of the stored tensor; empty for an input.
    std::string weight;
    const weights::TensorView *view = nullptr;
  };

  std::string entry;
  SmallVector<Port> inputs, outputs;
  SmallVector<Argument> arguments;
  std::optional<weights::WeightsFile> weightsFile;
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

/// Runs what `build` adds on `module`.
static llvm::Error runPasses(ModuleOp module,
                             function_ref<void(OpPassManager &)> build) {
  PassManager pm(module.getContext());
  build(pm);
  if (failed(pm.run(module)))
    return makeError("lowering failed: see above");
  return llvm::Error::success();
}

/// The instruction set `name`, if this processor has it.
static llvm::Expected<x86::Target> getTarget(const std::string &name) {
  std::optional<x86::Target> target = x86::Target::get(name);
  if (!target)
    return makeError("unknown instruction set '%s'; host, avx512vnni, avx512, "
                     "avx2 and sse2 are known",
                     name.c_str());
  auto missing = target->getMissingFeatures(llvm::sys::getHostCPUFeatures());
  if (!missing.empty())
    return makeError("this processor cannot run the instruction set '%s': it "
                     "lacks %s; its best is '%s'",
                     name.c_str(), llvm::join(missing, ", ").c_str(),
                     x86::Target::get("host")->name().str().c_str());
  return *target;
}

/// "; did you mean 'main'?", or nothing if no name is near.
static std::string suggest(StringRef name, ArrayRef<StringRef> names) {
  StringRef nearest = findNearest(name, names);
  return nearest.empty() ? "" : ("; did you mean '" + nearest + "'?").str();
}

/// Whether files can hold every value of `types`, which are "argument" or
/// "result" of the function `name`.
static llvm::Error checkTypes(TypeRange types, const char *what,
                              StringRef name) {
  for (auto [i, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    std::string problem;
    if (tensor && getEncoding(tensor))
      problem = "is encoded; let the function take or give the stored parts, "
                "with lowbit.assemble or lowbit.disassemble";
    else if (!tensor || !getStoredDType(tensor.getElementType()))
      problem = "is no tensor that a file can hold";
    else
      continue;
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return makeError("%s %zu of the function '%s', %s, %s", what, i,
                     name.str().c_str(), text.c_str(), problem.c_str());
  }
  return llvm::Error::success();
}

/// The function to run, which must be one that can be run on files.
static llvm::Expected<func::FuncOp> findFunction(ModuleOp module,
                                                 const std::string &name) {
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function) {
    SmallVector<StringRef> names;
    for (auto other : module.getOps<func::FuncOp>())
      names.push_back(other.getSymName());
    return makeError("the module has no function '%s'%s", name.c_str(),
                     suggest(name, names).c_str());
  }
  if (function.isExternal())
    return makeError("the function '%s' has no body", name.c_str());
  if (llvm::Error error =
          checkTypes(function.getArgumentTypes(), "argument", name))
    return error;
  if (llvm::Error error = checkTypes(function.getResultTypes(), "result", name))
    return error;
  return function;
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
  llvm::Expected<x86::Target> target = getTarget(options.isa);
  if (!target)
    return target.takeError();
  llvm::Expected<func::FuncOp> found = findFunction(module, options.function);
  if (!found)
    return found.takeError();
  func::FuncOp function = *found;
  // What the function does not need is not compiled.
  for (auto other : module.getOps<func::FuncOp>())
    if (other != function)
      other.setPrivate();
  if (llvm::Error error = runPasses(
          module, [](OpPassManager &pm) { pm.addPass(createSymbolDCEPass()); }))
    return error;

  std::string weightsPath = options.weights;
  TemporaryFile packed;
  bool hasStoredWeights =
      llvm::any_of(module.getOps<ml_program::GlobalOp>(), [](auto global) {
        return isa_and_nonnull<ml_program::ExternAttr>(global.getValueAttr());
      });
  if (hasStoredWeights && weightsPath.empty())
    return makeError("the model keeps its weights in a file: name it with "
                     "--weights");
  if (options.lowering == Lowering::X86) {
    llvm::Expected<TemporaryFile> file = TemporaryFile::create();
    if (!file)
      return file.takeError();
    packed = std::move(*file);
    llvm::Error error = runPasses(module, [&](OpPassManager &pm) {
      pm.addNestedPass<func::FuncOp>(createNormalizeContractionsPass());
      PackPassOptions pack;
      pack.weights = weightsPath;
      pack.outputWeights = packed.getPath();
      pack.columns = target->columns();
      pack.integerStep = target->integerStep();
      pm.addPass(createPackPass(pack));
    });
    if (error)
      return error;
    weightsPath = packed.getPath();
  }

  llvm::Error error = runPasses(module, [&](OpPassManager &pm) {
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
  function = module.lookupSymbol<func::FuncOp>(options.function);
  if (llvm::Error failure = readSignature(function))
    return failure;
  if (llvm::Error failure = bindWeights(weightsPath))
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
  entry = "_mlir_ciface_" + options.function;
  error = runPasses(module, [&](OpPassManager &pm) {
    buildBufferizeStage(pm);
    if (options.lowering == Lowering::X86)
      buildX86LoopsStage(pm, *target);
    else
      buildReferenceLoopsStage(pm);
    buildLlvmStage(pm);
  });
  if (error)
    return error;
  return createEngine(module, *target, options.isa == "host");
}

static std::string getPortName(DictionaryAttr attributes, StringRef fallback,
                               size_t index) {
  if (attributes)
    if (auto name = attributes.getAs<StringAttr>(LowbitDialect::kNameAttr))
      return name.str();
  return fallback.str() + std::to_string(index);
}

llvm::Error JitProgram::readSignature(func::FuncOp function) {
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    Argument &argument = arguments.emplace_back();
    argument.type = cast<RankedTensorType>(type);
    if (auto weight = function.getArgAttrOfType<StringAttr>(
            i, LowbitDialect::kWeightAttr))
      argument.weight = weight.str();
    else
      inputs.push_back(
          {getPortName(function.getArgAttrDict(i), "input", inputs.size()),
           argument.type});
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes()))
    outputs.push_back({getPortName(function.getResultAttrDict(i), "output", i),
                       cast<RankedTensorType>(type)});
  std::string name = function.getSymName().str();
  if (llvm::Error error = checkNames(inputs, "inputs", name))
    return error;
  return checkNames(outputs, "results", name);
}

llvm::Error JitProgram::bindWeights(const std::string &path) {
  for (Argument &argument : arguments) {
    if (argument.weight.empty())
      continue;
    if (!weightsFile) {
      auto file = weights::WeightsFile::open(path);
      if (!file)
        return makeError("%s", file.message().c_str());
      weightsFile.emplace(std::move(*file));
    }
    argument.view = weightsFile->find(argument.weight);
    if (!argument.view) {
      SmallVector<StringRef> names;
      for (const weights::TensorView *view : weightsFile->tensors())
        names.push_back(view->name);
      return makeError("%s: has no tensor '%s', which the model needs%s",
                       path.c_str(), argument.weight.c_str(),
                       suggest(argument.weight, names).c_str());
    }
    if (!isStoredAs(argument.type.getElementType(), argument.view->dtype) ||
        ArrayRef<int64_t>(argument.view->shape) != argument.type.getShape())
      return makeError("%s: tensor '%s' is %s of %s, but the model needs %s",
                       path.c_str(), argument.weight.c_str(),
                       weights::shapeText(argument.view->shape).c_str(),
                       std::string(weights::name(argument.view->dtype)).c_str(),
                       getTypeText(argument.type).c_str());
  }
  return llvm::Error::success();
}

llvm::Error JitProgram::createEngine(ModuleOp module, const x86::Target &target,
                                     bool isHost) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  DialectRegistry registry;
  registerAllToLLVMIRTranslations(registry);
  module.getContext()->appendDialectRegistry(registry);
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  if (!isHost) {
    // Only what the instruction set asked for has, whatever the host has.
    builder->setCPU("x86-64");
    builder->getFeatures() = llvm::SubtargetFeatures(target.features().str());
  }
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  auto machine = builder->createTargetMachine();
  if (!machine)
    return machine.takeError();
  ExecutionEngineOptions engineOptions;
  auto transformer = makeOptimizingTransformer(3, 0, machine->get());
  engineOptions.transformer = transformer;
  engineOptions.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  auto created =
      ExecutionEngine::create(module, engineOptions, std::move(*machine));
  if (!created)
    return created.takeError();
  engine = std::move(*created);
  engine->registerSymbols([](llvm::orc::MangleAndInterner mangle) {
    auto symbol = [](auto *function) {
      return llvm::orc::ExecutorSymbolDef(
          llvm::orc::ExecutorAddr::fromPtr(function),
          llvm::JITSymbolFlags::Exported);
    };
    llvm::orc::SymbolMap symbols;
    symbols[mangle("puts")] = symbol(reportAssertion);
    symbols[mangle("abort")] = symbol(leaveRun);
    symbols[mangle("__truncsfbf2")] = symbol(truncateToBf16);
    return symbols;
  });
  // Compile now rather than in the first run.
  auto symbol = engine->lookupPacked(entry);
  return symbol ? llvm::Error::success() : symbol.takeError();
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
    if (argument.view) {
      // Weights are only read.
      descriptors.emplace_back(const_cast<std::byte *>(argument.view->data),
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
  if (llvm::Error error = invoke(*engine, entry, packed))
    return error;

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
    std::free(allocation);
  return results;
}
