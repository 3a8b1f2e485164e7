//===- GpuPasses.td - Conversions for GPUs -----------------*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_GPUPASSES_TD
#define LOWBIT_CONVERSION_GPUPASSES_TD

include "mlir/Pass/PassBase.td"

// Passes (keep alphabetical). Passes.td, which includes this, has the others.

def BuildNVVMKernelsPass : Pass<"lowbit-build-nvvm-kernels", "::mlir::ModuleOp"> {
  let summary = "Fill in the kernels of GPU modules";
  let description = [{
    A GPU module with the attribute `lowbit.kernel_spec` gets the kernel that the
    attribute describes, in nvvm, llvm, arith and scf, and the target of its chip.
    docs/gpu-kernels.md lists what a spec may say.

    ```mlir
    gpu.module @attention attributes {
      lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80",
                            element = "bf16", head_size = 64, causal}} {}
    // becomes
    gpu.module @attention [#nvvm.target<O = 3, chip = "sm_80", features = "+ptx80">] {
      llvm.mlir.global external @lowbit_shared_memory() {addr_space = 3 : i32, ...}
      llvm.func @lowbit_attention_bf16_d64_causal_sm_80(%arg0: !llvm.ptr<1>, ...)
          attributes {gpu.kernel, nvvm.kernel, lowbit.shared_bytes = 49152 : i32, ...} {
        ... nvvm.cp.async.shared.global ... scf.for ... nvvm.mma.sync ...
        llvm.return
      }
    }
    ```

    A function that `convert-lowbit-to-nvvm` has declared gets its body, and a GPU
    module with its kernel.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect",
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect"];
}

def CompileNVVMPass : Pass<"lowbit-compile-nvvm", "::mlir::ModuleOp"> {
  let summary = "Compile GPU modules to binaries in a process of its own";
  let description = [{
    Upstream's `gpu-module-to-binary`, run by `quant-opt` in another process: where
    LLVM's NVPTX back end has no code for something it ends the process, which is
    an error of this pass.

    ```mlir
    gpu.module @m [#nvvm.target<chip = "sm_80">] {
      llvm.func @k() attributes {nvvm.kernel} { llvm.return }
    }
    // becomes
    gpu.binary @m [#gpu.object<#nvvm.target<chip = "sm_80">, assembly = ".version 7.0 ...">]
    ```
  }];
  let options = [
    Option<"format", "format", "std::string", "\"isa\"",
           "What kernels become: isa (PTX), bin (cubin) or fatbin (default isa)">,
    Option<"toolkit", "toolkit", "std::string", "\"\"",
           "The CUDA toolkit whose bin/ has ptxas, for binaries (default "
           "$CUDA_HOME, that of ptxas on the path, or /usr/local/cuda)">,
    Option<"compiler", "compiler", "std::string", "\"\"",
           "The quant-opt to run (default: beside this program or library, or on "
           "the path)">,
    Option<"ptx", "ptx", "std::string", "\"\"",
           "The version of PTX, 8.0 to 9.0, in place of that of the targets">,
    Option<"output", "output-kernels", "std::string", "\"\"",
           "A folder that gets a file of each binary, too: "
           "<module>.<chip>.ptx, .cubin or .fatbin">,
  ];
  let dependentDialects = ["::mlir::gpu::GPUDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect"];
}

def ConvertLowbitToNVVM : Pass<"convert-lowbit-to-nvvm", "::mlir::ModuleOp"> {
  let summary = "Compute attention by kernels of NVIDIA GPUs";
  let description = [{
    Each `lowbit.attention` becomes a `lowbit.call_kernel` of a declared function on
    memrefs of the host; ops of one form share it. `lowbit-build-nvvm-kernels` gives
    it a body that copies to the device, launches the kernel and copies back, and
    adds the kernel in a `gpu.module`. Sizes that are not known and must be equal
    are compared at run time, by a `cf.assert` in front.

    ```mlir
    %y = lowbit.attention %q, %k, %v scale = 0.125 causal
       : tensor<8x12x128x64xf16>, ... -> tensor<8x12x128x64xf16>
    // becomes
    %y = lowbit.call_kernel @lowbit_attention_f16_d64_causal_sm_80_launch
           ins(%q, %k, %v, %scale : ..., f32) outs(%empty : tensor<8x12x128x64xf16>)
           -> tensor<8x12x128x64xf16>
    ```

    Encoded keys and values are handed over as codes and scales, which the kernel
    decodes; docs/spec.md says which encodings it reads (C191). Past keys and values
    are joined with the new ones in front of the call. With up to 16 queries heads
    that share keys share a block, and blocks share keys; where their number is
    found at run time, an `scf.if` chooses between the calls of two functions.

    Kernels compute on f16 or bf16. With `element` f32 attention is rounded to one
    of them, by ops in the IR; without, and for what else no kernel computes, it is
    an error, or with `fallback` a remark, and the op stays.
  }];
  let options = [
    Option<"chip", "chip", "std::string", "\"sm_80\"",
           "GPU that kernels are for (default sm_80)">,
    Option<"element", "element", "std::string", "\"\"",
           "Round f32 attention to f16 or bf16 (default: do not)">,
    Option<"fallback", "fallback", "bool", "false",
           "Leave attention without a kernel to other lowerings, with a remark "
           "(default: an error)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ConvertNVVMToSimt : Pass<"convert-nvvm-to-simt", "::mlir::ModuleOp"> {
  let summary = "Make functions for the SIMT emulator of NVVM kernels";
  let description = [{
    Functions of a `gpu.module` in the `llvm` and `nvvm` dialects become functions
    of the host, in which each `nvvm` op is a call of the emulator or plain
    arithmetic. It is to run the kernel that becomes PTX, so it comes before
    `convert-nvvm-to-llvm`, which makes text of some ops.

    ```mlir
    gpu.module @m {
      llvm.func @k(%p: !llvm.ptr<1>) attributes {nvvm.kernel, nvvm.reqntid = array<i32: 32, 1, 1>} {
        %t = nvvm.read.ptx.sreg.tid.x : i32
        nvvm.barrier0
        ...
    }
    // becomes
    llvm.func internal @m.k.thread(%p: !llvm.ptr<1>) {
      %t = llvm.call @lowbit_simt_sreg(%c0) : (i32) -> i32
      llvm.call @lowbit_simt_op(%site, %slots, %slots) : (!llvm.ptr, !llvm.ptr, !llvm.ptr) -> ()
      ...
    llvm.func @m.k(%parameters: !llvm.ptr) attributes {lowbit.launch = {block = array<i32: 32, 1, 1>, parameter_bytes = array<i64: 8>, static_shared_bytes = 0}} {
      // loads the parameters and calls @m.k.thread
    ```

    `lowbit.launch` on an entry says what its launch needs: threads of a block,
    bytes of shared memory (`static_shared_bytes` of globals, and `shared_bytes`
    of dynamic memory behind them where the kernel has the attribute
    `lowbit.shared_bytes`), bytes of each parameter, and whether denormals are
    flushed. `lowbit/Simt/Abi.h` has the functions that are called.

    Where `gpu.launch_func` names kernels of the module, a `gpu.binary` takes its
    place, and a constructor registers the kernels: upstream's `gpu-to-llvm` makes
    the same calls as for a GPU, and our runtime library leads them to the
    emulator.

    An op without counterpart is an error: PTX text above all, ops that access
    memory other than by loads, stores and atomics (copies and fills, masked ones,
    `vp`), which the emulator would not see, and `%warpid` and `%nwarpid`, which
    need not be what `tid` and `ntid` say.
  }];
  let options = [
    Option<"checks", "checks", "bool", /*default=*/"true",
           "Tell the emulator of loads, stores and arithmetic, to check and count them">,
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect"];
}

def StripCompileTimesPass : Pass<"lowbit-strip-compile-times", "::mlir::ModuleOp"> {
  let summary = "Forget how long compiling for a GPU took";
  let description = [{
    `gpu-module-to-binary` notes in each object the milliseconds that it took, which
    are others at each run. Without them the same module is the same bytes.

    ```mlir
    gpu.binary @m [#gpu.object<#nvvm.target, properties = {LLVMIRToISATimeInMs = 28 : i64, O = 3 : i32}, "...">]
    // becomes
    gpu.binary @m [#gpu.object<#nvvm.target, properties = {O = 3 : i32}, "...">]
    ```
  }];
}

def VerifyNVVMPass : Pass<"lowbit-verify-nvvm", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Check that LLVM can compile a GPU module";
  let description = [{
    An error at ops that NVIDIA GPUs, or the chips of the module, do not have. It
    comes before `lowbit-compile-nvvm`, which finds all that LLVM has no code for but
    cannot always say where, and before `convert-nvvm-to-simt`, for the emulator
    would run them.

    ```mlir
    %0 = llvm.intr.log2(%x) : (f32) -> f32   // error: has no code on NVIDIA GPUs
    %1 = nvvm.elect.sync -> i1               // error: is for sm_90 and newer, not for sm_80
    ```

    Some ops need a newer PTX than the chip does (`ordered_metadata` of sparse
    products: 8.5): an error where the target's `features` say an older one, and
    the option `ptx` no newer one.
  }];
  let options = [
    Option<"ptx", "ptx", "std::string", /*default=*/"",
           "The version of PTX that lowbit-compile-nvvm is to use (default: the target's)">,
  ];
}

#endif // LOWBIT_CONVERSION_GPUPASSES_TD
