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
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect"];
}

def VerifyNVVMPass : Pass<"lowbit-verify-nvvm", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Check that LLVM can compile a GPU module";
  let description = [{
    LLVM's NVPTX back end aborts the process where it has no code for an intrinsic,
    and does not know every chip. This check before it is an error at the op.

    ```mlir
    %0 = llvm.intr.log2(%x) : (f32) -> f32   // error: has no code on NVIDIA GPUs
    ```
  }];
}

#endif // LOWBIT_CONVERSION_GPUPASSES_TD
