//===- Pipelines.h - Strings of passes with options -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_PIPELINES_PIPELINES_H
#define LOWBIT_PIPELINES_PIPELINES_H

#include "lowbit/Kernels/X86/Target.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

#include <string>

namespace lowbit {

/// Options of `lowbit-quantize`.
struct QuantizeOptions : mlir::PassPipelineOptions<QuantizeOptions> {
  Option<std::string> recipe{
      *this, "recipe",
      llvm::cl::desc("Shorthand of docs/recipes.md (int8, int4-g128, "
                     "mxfp4, ...) or path of a YAML recipe (default int8)"),
      llvm::cl::init("int8")};
  Option<std::string> sensitivity{
      *this, "sensitivity",
      llvm::cl::desc("The measurements of quant-run --sensitivity, for recipes "
                     "that choose automatically (auto-4.5, ...)")};
  Option<std::string> weights{
      *this, "weights",
      llvm::cl::desc(
          "The safetensors file, or index of a sharded set, with the "
          "model's weights; needed where weights are external")};
  Option<std::string> outputWeights{
      *this, "output-weights",
      llvm::cl::desc("The safetensors file to write (required)")};
  Option<std::string> report{
      *this, "report",
      llvm::cl::desc("Write a report of every layer as JSON to this file, and "
                     "print it (default: no report)")};
  Option<std::string> statistics{
      *this, "statistics",
      llvm::cl::desc("The file of statistics of the layers' inputs; needed by "
                     "methods such as gptq, and where a recipe scales "
                     "inputs")};
  Option<std::string> nonfinite{
      *this, "nonfinite",
      llvm::cl::desc("What a NaN or an infinity in a weight is: 'error', or "
                     "'zero' to take it as 0 with a remark (default error)"),
      llvm::cl::init("error")};
  Option<unsigned> threads{
      *this, "threads",
      llvm::cl::desc("Threads; 0 for one per processor (default 0)"),
      llvm::cl::init(0)};
};

/// Options of `lowbit-instrument`.
struct InstrumentOptions : mlir::PassPipelineOptions<InstrumentOptions> {
  Option<bool> gram{
      *this, "gram",
      llvm::cl::desc("Also collect second moments X^T X, which GPTQ and "
                     "SparseGPT need (default false)"),
      llvm::cl::init(false)};
  Option<std::string> layers{
      *this, "layers",
      llvm::cl::desc(
          "Observe only layers whose whole name matches this regular "
          "expression (default all)"),
      llvm::cl::init(".*")};
};

/// Options of `lowbit-lower-to-x86`.
struct LowerToX86Options : mlir::PassPipelineOptions<LowerToX86Options> {
  Option<std::string> isa{
      *this, "isa",
      llvm::cl::desc(
          "Instruction set: host, amx, avx512bf16, avx512vnni, avx512, "
          "avxvnni, avx2 or sse2 "
          "(default host)"),
      llvm::cl::init("host")};
  Option<bool> failOnFallback{
      *this, "fail-on-fallback",
      llvm::cl::desc(
          "Make it an error if a contraction on encoded operands has "
          "no kernel (default false)"),
      llvm::cl::init(false)};
};

/// Options of `lowbit-lower-to-reference`.
struct LowerToReferenceOptions
    : mlir::PassPipelineOptions<LowerToReferenceOptions> {
  Option<bool> integer{
      *this, "integer",
      llvm::cl::desc("Contract integers as integers (lowbit-to-integer) rather "
                     "than decode them (lowbit-decode) (default false)"),
      llvm::cl::init(false)};
};

/// What runs the kernels of a model.
enum class GpuDevice { Cuda, Emulator };

/// Options of `lowbit-lower-to-nvvm`.
struct LowerToNVVMOptions : mlir::PassPipelineOptions<LowerToNVVMOptions> {
  Option<std::string> chip{
      *this, "chip", llvm::cl::desc("GPU that kernels are for (default sm_80)"),
      llvm::cl::init("sm_80")};
  Option<std::string> element{
      *this, "element",
      llvm::cl::desc("Round f32 attention to f16 or bf16 (default: an error)")};
  Option<bool> fallback{
      *this, "fallback",
      llvm::cl::desc("Compute attention without a kernel on the CPU, with a "
                     "remark (default: an error)"),
      llvm::cl::init(false)};
  Option<GpuDevice> device{
      *this, "device", llvm::cl::desc("What runs kernels (default cuda):"),
      llvm::cl::values(
          clEnumValN(GpuDevice::Cuda, "cuda", "NVIDIA's driver"),
          clEnumValN(GpuDevice::Emulator, "emulator", "the SIMT emulator")),
      llvm::cl::init(GpuDevice::Cuda)};
  Option<std::string> format{
      *this, "format",
      llvm::cl::desc(
          "With cuda, what kernels become: isa (PTX), bin (cubin) or "
          "fatbin (default isa)"),
      llvm::cl::init("isa")};
  Option<std::string> ptx{
      *this, "ptx",
      llvm::cl::desc("With cuda, the version of PTX, 8.0 to 9.0 (default: the "
                     "oldest for the chip)")};
  Option<std::string> toolkit{
      *this, "toolkit",
      llvm::cl::desc("With cuda, the CUDA toolkit whose bin/ has ptxas, for "
                     "binaries (default $CUDA_HOME, that of ptxas on the path, "
                     "or /usr/local/cuda)")};
  Option<std::string> outputKernels{
      *this, "output-kernels",
      llvm::cl::desc(
          "With cuda, a folder that gets a file of each binary, too: "
          "<module>.<chip>.ptx, .cubin or .fatbin")};
  Option<std::string> isa{
      *this, "isa",
      llvm::cl::desc("Instruction set of all that has no kernel on the GPU "
                     "(default host)"),
      llvm::cl::init("host")};
};

/// Options of `lowbit-serialize-nvvm-kernels`.
struct SerializeNVVMKernelsOptions
    : mlir::PassPipelineOptions<SerializeNVVMKernelsOptions> {
  Option<std::string> format{
      *this, "format",
      llvm::cl::desc("What kernels become: isa (PTX), bin (cubin) or fatbin "
                     "(default isa)"),
      llvm::cl::init("isa")};
  Option<std::string> ptx{
      *this, "ptx",
      llvm::cl::desc("The version of PTX, 8.0 to 9.0 (default: that of the "
                     "targets, the oldest for the chip)")};
  Option<std::string> toolkit{
      *this, "toolkit",
      llvm::cl::desc("The CUDA toolkit whose bin/ has ptxas, for binaries "
                     "(default $CUDA_HOME, that of ptxas on the path, or "
                     "/usr/local/cuda)")};
  Option<std::string> outputKernels{
      *this, "output-kernels",
      llvm::cl::desc("A folder that gets a file of each binary, too: "
                     "<module>.<chip>.ptx, .cubin or .fatbin")};
  Option<std::string> compiler{
      *this, "compiler",
      llvm::cl::desc("The quant-opt that compiles, in a process of its own "
                     "(default: beside this program, or on the path)")};
};

/// linalg with external weights to linalg on stored parts: normalize, name,
/// assign, encode, materialize, and report if asked to.
void buildQuantizePipeline(mlir::OpPassManager &pm,
                           const QuantizeOptions &options);

/// The same model with observers of what its layers read: normalize, name,
/// observe.
void buildInstrumentPipeline(mlir::OpPassManager &pm,
                             const InstrumentOptions &options);

/// linalg on encoded or plain tensors to the LLVM dialect with x86 kernels.
/// Weights are arguments afterwards, see `lowbit-globals-to-arguments`.
void buildLowerToX86Pipeline(mlir::OpPassManager &pm,
                             const LowerToX86Options &options);

/// The same through one of the two reference lowerings and scalar loops.
void buildLowerToReferencePipeline(mlir::OpPassManager &pm,
                                   const LowerToReferenceOptions &options);

/// Models to the LLVM dialect, attention to kernels of GPUs and all else to
/// x86.
void buildLowerToNVVMPipeline(mlir::OpPassManager &pm,
                              const LowerToNVVMOptions &options);

/// Kernels in GPU modules, as Kernels/NVVM builds them, to the LLVM and NVVM
/// dialects alone: what goes to PTX and to the emulator.
void buildLowerNVVMKernelsPipeline(mlir::OpPassManager &pm);

/// These GPU modules to gpu.binary with PTX or machine code.
void buildSerializeNVVMKernelsPipeline(
    mlir::OpPassManager &pm, const SerializeNVVMKernelsOptions &options);

/// The stages that the pipelines string together, for drivers that
/// look at the IR between them.
///
/// Layers in normal form, with the names by which all else knows them.
void buildNamedLayersStage(mlir::OpPassManager &pm);
/// Encoded tensors to stored parts that are function arguments.
void buildX86PartsStage(mlir::OpPassManager &pm,
                        const LowerToX86Options &options);
void buildReferencePartsStage(mlir::OpPassManager &pm,
                              const LowerToReferenceOptions &options);
/// Tensors to memrefs.
void buildBufferizeStage(mlir::OpPassManager &pm);
/// Neighbouring linalg ops to one loop over rows, which is timed as one.
void buildX86RowsStage(mlir::OpPassManager &pm, const x86::Target &target);
/// Timers around what takes time, before it becomes loops.
void buildTimersStage(mlir::OpPassManager &pm);
/// linalg on memrefs to loops; with `expandTiles` kernels for tile registers
/// become such that run without.
void buildX86LoopsStage(mlir::OpPassManager &pm, const x86::Target &target,
                        bool expandTiles = false);
void buildReferenceLoopsStage(mlir::OpPassManager &pm);
/// Attention to launches of kernels, before all else becomes parts; after
/// bufferization the kernels, and what the device runs of them.
void buildNVVMCallsStage(mlir::OpPassManager &pm,
                         const LowerToNVVMOptions &options);
void buildNVVMKernelsStage(mlir::OpPassManager &pm,
                           const LowerToNVVMOptions &options);
/// Loops on memrefs to the LLVM dialect; launches of kernels to mgpu* calls
/// where there are any.
void buildLlvmStage(mlir::OpPassManager &pm, bool hasLaunches = false);

/// Makes the pipelines known by name.
void registerPipelines();

} // namespace lowbit

#endif // LOWBIT_PIPELINES_PIPELINES_H
