//===- X86Passes.td - Conversions to x86 kernels -----------*- tablegen -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_X86PASSES_TD
#define LOWBIT_CONVERSION_X86PASSES_TD

include "mlir/Pass/PassBase.td"

// Passes (keep alphabetical). Passes.td, which includes this, has the others.

def BuildX86KernelsPass : Pass<"lowbit-build-x86-kernels", "::mlir::ModuleOp"> {
  let summary = "Fill in the bodies of declared x86 kernels";
  let description = [{
    `convert-lowbit-to-x86` only declares the kernels that it calls, so that no
    pass on tensors or buffers looks into them. This pass generates their bodies
    from the attribute `lowbit.kernel_spec`; it comes after buffer deallocation.

    ```mlir
    func.func private @lowbit_matmul_f32_avx512vnni(memref<?x?xf32, ...>, ...)
      attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni",
                                        overwrite}}
    // becomes
    func.func private @lowbit_matmul_f32_avx512vnni(%a: memref<...>, ...) {
      scf.parallel (%panel) = ... {
        scf.for %row = ... { ... vector.fma ... vector.maskedstore ... }
      }
      return
    }
    ```
  }];
  let dependentDialects = [
    "::lowbit::LowbitDialect", "::mlir::arith::ArithDialect",
    "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def ConvertLowbitToX86 : Pass<"convert-lowbit-to-x86", "::mlir::ModuleOp"> {
  let summary = "Call generated x86 kernels for contractions";
  let description = [{
    Contractions on encoded operands whose weight is laid out in panels, and f32
    contractions, become `lowbit.call_kernel` of declared functions on memrefs;
    layers of one shape share one function. What has no kernel is left; a remark
    for each reason says why. `lowbit-build-x86-kernels` generates the functions.

    ```mlir
    %y = linalg.matmul ins(%x, %w : tensor<?x384xf32, #a8>,
                                    tensor<384x384xf32, #panels>)
                       outs(%zero : tensor<?x384xf32>) -> tensor<?x384xf32>
    // becomes
    %codes, %scales = lowbit.disassemble %x : ...
    %codes_0, %scales_1 = lowbit.disassemble %w : ...
    %y = lowbit.call_kernel @lowbit_matmul_i8_f32_384x384_i8_per_row_avx512vnni
           ins(%codes, %scales, %codes_0, %scales_1 : ...)
           outs(%empty : tensor<?x384xf32>) -> tensor<?x384xf32>
    ```
  }];
  let options = [
    Option<"isa", "isa", "std::string", "\"host\"",
           "Instruction set: host, amx, avx512bf16, avx512vnni, avx512, avxvnni, avx2 or sse2 "
           "(default host)">,
    Option<"failOnFallback", "fail-on-fallback", "bool", "false",
           "Make it an error if a contraction on encoded operands has no kernel "
           "(default false)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ExpandTilesPass : Pass<"lowbit-expand-tiles"> {
  let summary = "Compute on vectors what is for AMX tile registers";
  let description = [{
    Values of the type `!llvm.x86_amx` become vectors, and the intrinsics on them
    loops with the same results: kernels for AMX run on any processor, to be
    tested.

    ```mlir
    %t = llvm.call_intrinsic "llvm.x86.tilezero.internal"(%rows, %bytes)
       : (i16, i16) -> !llvm.x86_amx
    // becomes
    %t = arith.constant dense<0> : vector<256xi32>
    ```
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def FuseEpiloguesPass : Pass<"lowbit-fuse-epilogues", "::mlir::ModuleOp"> {
  let summary = "Compute what follows a product in its kernel";
  let description = [{
    A call of an x86 kernel whose result is read by one elementwise
    `linalg.generic` alone becomes a call of a kernel with an *epilogue*: bias,
    activation function, residual and rounding to codes are computed of each
    sum before it is stored. Results are the same, bit for bit, but for sign and
    payload of NaN. A `tensor.expand_shape` between the two goes behind the call,
    and what the generic writes in another order the kernel stores so if vectors
    stay whole, else a transpose does. With `remarks` a remark for each reason says
    why elementwise ops stay apart; nothing is said of results that are read by
    several ops, by reductions, or in another block.

    ```mlir
    %y = lowbit.call_kernel @lowbit_matmul_f32_avx512vnni ins(%x, %w : ...)
           outs(%empty : tensor<?x1536xf32>) -> tensor<?x1536xf32>
    %z = linalg.generic {...} ins(%y, %bias : tensor<?x1536xf32>, tensor<1536xf32>)
           outs(...) { ... arith.addf ... } -> tensor<?x1536xf32>
    // becomes
    %z = lowbit.call_kernel @lowbit_matmul_f32_then_addf_avx512vnni
           ins(%x, %w, %bias : ...)
           outs(%empty : tensor<?x1536xf32>) -> tensor<?x1536xf32>
    func.func private @lowbit_epilogue_addf(%sum: f32, %bias: f32) -> f32 {
      %0 = arith.addf %sum, %bias : f32
      return %0 : f32
    }
    ```
  }];
  let options = [
    Option<"remarks", "remarks", "bool", "false",
           "Say why ops behind a product stay apart from its kernel (default "
           "false)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def PlanX86KernelsPass : Pass<"lowbit-plan-x86-kernels"> {
  let summary = "Say which x86 kernel each quantized layer gets";
  let description = [{
    Sets `lowbit.kernel`, a string for reports, on contractions and gathers that
    read encoded tensors: the kernel that `convert-lowbit-to-x86` will call once
    weights are packed, or why there is none.

    ```mlir
    %y = linalg.matmul {lowbit.layer = "head"} ins(%x, %we : ...) ...
    // becomes
    %y = linalg.matmul {lowbit.kernel = "avx512vnni i8 x i8, integer products (vpdpbusd)",
                        lowbit.layer = "head"} ins(%x, %we : ...) ...
    ```
  }];
  let options = [
    Option<"isa", "isa", "std::string", "\"host\"",
           "Instruction set: host, amx, avx512bf16, avx512vnni, avx512, avxvnni, avx2 or sse2 "
           "(default host)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect"];
}

#endif // LOWBIT_CONVERSION_X86PASSES_TD
