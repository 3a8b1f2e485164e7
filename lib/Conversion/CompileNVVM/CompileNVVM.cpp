//===- CompileNVVM.cpp - GPU modules to binaries in another process -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches gpu.module with a target, in the llvm dialect as
// convert-nvvm-to-llvm leaves it. Makes a gpu.binary of each, as upstream's
// gpu-module-to-binary does, but by running that pass in a process of its own:
// `quant-opt --gpu-module-to-binary`; with the option `ptx` in another version
// of PTX than the target's; `output-kernels` is a folder that gets each as a
// file. Leaves all else.
//
// LLVM's NVPTX back end ends the process on what it has no code for: an
// intrinsic that the chip or the PTX version lacks, a type without a library
// behind it, a version of PTX that is too old. What that is depends on
// intrinsic, types, chip and version together, so no list in front of it is
// known to be complete, and a compiler, a server or Python that has loaded this
// library must not go down with a kernel. Why not a fork, which needs no
// program to be found: a copy of a process with other threads may only exec, as
// any lock in LLVM may be held forever. Why not a handler that jumps out: what
// LLVM held is then lost, and signals belong to the program. The process costs
// 0.1 s.

#include "Compiler.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Kernels/NVVM/Target.h"
#include "mlir/Bytecode/BytecodeWriter.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

#include <unistd.h>

namespace lowbit {
#define GEN_PASS_DEF_COMPILENVVMPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

/// The files of one run of the compiler.
class Folder {
public:
  std::error_code create() {
    return llvm::sys::fs::createUniqueDirectory("lowbit-nvvm", path);
  }
  ~Folder() {
    if (!path.empty())
      llvm::sys::fs::remove_directories(path);
  }

  std::string file(StringRef name) const {
    SmallString<128> file(path);
    llvm::sys::path::append(file, name);
    return file.str().str();
  }

private:
  SmallString<128> path;
};

struct CompileNVVM final : lowbit::impl::CompileNVVMPassBase<CompileNVVM> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult verifyOptions();
  LogicalResult setVersion(gpu::GPUModuleOp module);
  LogicalResult compile(gpu::GPUModuleOp module, StringRef compiler);
  LogicalResult writeKernels(gpu::BinaryOp binary);
  LogicalResult write(gpu::GPUModuleOp module, StringRef path);
  LogicalResult run(gpu::GPUModuleOp module, StringRef compiler,
                    const Folder &folder);
};

} // namespace

/// What LLVM 22 knows, from the oldest that all of our kernels can be written
/// in.
static constexpr StringLiteral versions[] = {"8.0", "8.1", "8.2", "8.3", "8.4",
                                             "8.5", "8.6", "8.7", "8.8", "9.0"};

LogicalResult CompileNVVM::verifyOptions() {
  auto verify = [&](StringRef option, StringRef value,
                    ArrayRef<StringLiteral> good) -> LogicalResult {
    if (llvm::is_contained(good, value))
      return success();
    return getOperation().emitError("option '")
           << option << "' is '" << value << "'; it may be "
           << llvm::join(good, ", ");
  };
  if (failed(verify("format", format, {"isa", "bin", "fatbin"})))
    return failure();
  return ptx.empty() ? success() : verify("ptx", ptx, versions);
}

/// The features of LLVM for a version: `+ptx80` for 8.0.
static std::string getFeature(StringRef version) {
  auto [major, minor] = version.split('.');
  return ("+ptx" + major + minor).str();
}

/// Gives the targets of `module` the version that is asked for.
LogicalResult CompileNVVM::setVersion(gpu::GPUModuleOp module) {
  std::string feature = getFeature(ptx);
  SmallVector<Attribute> targets;
  for (Attribute attribute : module.getTargetsAttr()) {
    auto target = dyn_cast<NVVM::NVVMTargetAttr>(attribute);
    if (!target) {
      targets.push_back(attribute);
      continue;
    }
    // All have as many digits.
    std::optional<nvvm::Target> chip = nvvm::Target::get(target.getChip());
    if (chip && feature < chip->ptx)
      return module.emitError("PTX ")
             << ptx << " is older than the first with " << chip->chip << ", "
             << chip->ptx.substr(4, 1) << "." << chip->ptx.substr(5);
    targets.push_back(NVVM::NVVMTargetAttr::get(
        &getContext(), target.getO(), target.getTriple(), target.getChip(),
        feature, target.getFlags(), target.getLink(),
        target.getVerifyTarget()));
  }
  module.setTargetsAttr(ArrayAttr::get(&getContext(), targets));
  return success();
}

/// Writes a module with nothing but `module`.
LogicalResult CompileNVVM::write(gpu::GPUModuleOp module, StringRef path) {
  OwningOpRef<ModuleOp> alone = ModuleOp::create(module.getLoc());
  alone->getBody()->push_back(module->clone());
  std::error_code code;
  llvm::raw_fd_ostream file(path, code);
  if (code)
    return module.emitError("cannot write '")
           << path << "': " << code.message();
  if (failed(writeBytecodeToFile(*alone, file)))
    return module.emitError("cannot be written as bytecode");
  file.close();
  if (file.has_error()) {
    code = file.error();
    file.clear_error();
    return module.emitError("cannot write '")
           << path << "': " << code.message();
  }
  return success();
}

/// The environment of this process, but with `folder` in front of the path, and
/// no toolkit.
static std::vector<std::string> getEnvironment(StringRef folder) {
  std::vector<std::string> variables;
  std::string path = "PATH=" + folder.str();
  for (char **variable = environ; *variable; ++variable) {
    StringRef text(*variable);
    if (text.starts_with("CUDA_ROOT=") || text.starts_with("CUDA_HOME=") ||
        text.starts_with("CUDA_PATH="))
      continue;
    if (text.consume_front("PATH="))
      path += (":" + text).str();
    else
      variables.push_back(text.str());
  }
  variables.push_back(path);
  return variables;
}

LogicalResult CompileNVVM::run(gpu::GPUModuleOp module, StringRef compiler,
                               const Folder &folder) {
  std::string pass = "--gpu-module-to-binary=format=" + format;
  std::vector<std::string> variables;
  if (format != "isa") {
    auto assemblers = findAssemblers(toolkit);
    if (!assemblers)
      return module.emitError("there is no ptxas, which makes machine code of "
                              "PTX: not ")
             << (toolkit.empty() ? "in bin of $CUDA_HOME, on the path, or in "
                                   "/usr/local/cuda/bin"
                                 : "in '" + toolkit + "/bin'")
             << "; the option 'toolkit' names the CUDA toolkit (NVIDIA's "
                "wheels of nvcc have it as well), and format=isa needs none";
    // Upstream takes a toolkit only with a library that kernels rarely need.
    StringRef root = llvm::sys::path::parent_path(*assemblers);
    SmallString<128> library(root);
    llvm::sys::path::append(library, "nvvm", "libdevice", "libdevice.10.bc");
    if (llvm::sys::fs::exists(library))
      pass += (" toolkit=" + root).str();
    else
      variables = getEnvironment(*assemblers);
  }
  std::string in = folder.file("kernels.mlirbc"),
              out = folder.file("binary.mlirbc"), log = folder.file("log");
  StringRef arguments[] = {compiler, in, pass,
                           // Nothing that it does not know is touched.
                           "--allow-unregistered-dialect",
                           // A stack dump is for nobody, and takes long.
                           "--disable-symbolication", "--emit-bytecode", "-o",
                           out};
  std::string reason;
  SmallVector<StringRef> environment(variables.begin(), variables.end());
  int status = llvm::sys::ExecuteAndWait(
      compiler, arguments,
      environment.empty() ? std::nullopt
                          : std::optional<ArrayRef<StringRef>>(environment),
      {StringRef(), StringRef(log), StringRef(log)}, /*SecondsToWait=*/0,
      /*MemoryLimit=*/0, &reason);
  auto text = llvm::MemoryBuffer::getFile(log);
  StringRef said = text ? (*text)->getBuffer().trim() : StringRef();
  std::string failed = "cannot be compiled";
  if (auto targets = module.getTargetsAttr(); targets && targets.size() == 1)
    if (auto target = dyn_cast<NVVM::NVVMTargetAttr>(targets[0]))
      failed += (" for " + target.getChip()).str();
  // Upstream goes on after some errors, such as an unknown format.
  if (reportLog(said, module.getLoc(), failed))
    return failure();
  if (status == 0)
    return success();
  return module.emitError(failed)
         << ": '" << compiler << "' "
         << (status > 0
                 ? "failed with status " + std::to_string(status)
                 : "was ended" + (reason.empty() ? "" : " (" + reason + ")"))
         << (said.empty() ? "" : " after saying: ") << said;
}

LogicalResult CompileNVVM::compile(gpu::GPUModuleOp module,
                                   StringRef compiler) {
  Folder folder;
  if (std::error_code code = folder.create())
    return module.emitError("there is no folder for temporary files (TMPDIR "
                            "chooses it): ")
           << code.message();
  if (failed(write(module, folder.file("kernels.mlirbc"))) ||
      failed(run(module, compiler, folder)))
    return failure();
  OwningOpRef<ModuleOp> made = parseSourceFile<ModuleOp>(
      folder.file("binary.mlirbc"), module.getContext());
  auto binaries = made ? llvm::to_vector(made->getOps<gpu::BinaryOp>())
                       : SmallVector<gpu::BinaryOp>();
  if (binaries.size() != 1)
    return module.emitError("'") << compiler << "' did not make one binary";
  gpu::BinaryOp binary = binaries.front();
  binary->moveBefore(module);
  module.erase();
  return writeKernels(binary);
}

LogicalResult CompileNVVM::writeKernels(gpu::BinaryOp binary) {
  if (output.empty())
    return success();
  StringRef suffix = format == "isa"   ? "ptx"
                     : format == "bin" ? "cubin"
                                       : "fatbin";
  if (std::error_code code = llvm::sys::fs::create_directories(output))
    return binary.emitError("cannot make the folder '")
           << output << "': " << code.message();
  for (auto object : binary.getObjects().getAsRange<gpu::ObjectAttr>()) {
    auto target = dyn_cast<NVVM::NVVMTargetAttr>(object.getTarget());
    if (!target)
      continue;
    SmallString<128> path(output);
    llvm::sys::path::append(path, binary.getName() + "." + target.getChip() +
                                      "." + suffix);
    // PTX ends with a zero for those who load it from memory.
    StringRef bytes = object.getObject().getValue();
    if (format == "isa")
      bytes = bytes.rtrim('\0');
    llvm::Error error = llvm::writeToOutput(path, [&](raw_ostream &file) {
      file << bytes;
      return llvm::Error::success();
    });
    if (error)
      return binary.emitError("cannot write '")
             << path << "': " << llvm::toString(std::move(error));
  }
  return success();
}

void CompileNVVM::runOnOperation() {
  if (failed(verifyOptions()))
    return signalPassFailure();
  auto modules = llvm::to_vector(getOperation().getOps<gpu::GPUModuleOp>());
  if (modules.empty())
    return;
  std::string program = compiler;
  if (program.empty()) {
    auto found = findCompiler();
    if (!found) {
      getOperation().emitError(
          "there is no quant-opt, which compiles kernels in a process of its "
          "own: not beside this program, and not on the path; the option "
          "'compiler' names it");
      return signalPassFailure();
    }
    program = *found;
  }
  for (gpu::GPUModuleOp module : modules)
    if ((!ptx.empty() && module.getTargetsAttr() &&
         failed(setVersion(module))) ||
        failed(compile(module, program)))
      return signalPassFailure();
}
