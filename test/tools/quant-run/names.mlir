// Functions may have any name: those of C and of kernels too.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/x.npy x=f32:2x2:1,2,3,4
// DEFINE: %{run} = quant-run %s --input %t/x.npy --output %t/o.npz
// RUN: %{run} --function=malloc && %tensors --print %t/o.npz | FileCheck %s
// RUN: %{run} --function=free && %tensors --print %t/o.npz | FileCheck %s
// RUN: %{run} --function=lowbit_matmul_f32_sse2 --isa=sse2 && %tensors --print %t/o.npz | FileCheck %s
// RUN: %{run} --function=malloc --lowering=decode && %tensors --print %t/o.npz | FileCheck %s
// CHECK: output0 float32 (2, 2) 7.0 10.0 15.0 22.0
!m = tensor<2x2xf32>
func.func @malloc(%x: !m) -> !m {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : !m
  %f = linalg.fill ins(%zero : f32) outs(%e : !m) -> !m
  %y = linalg.matmul ins(%x, %x : !m, !m) outs(%f : !m) -> !m
  return %y : !m
}
func.func @free(%x: !m) -> !m {
  %y = call @malloc(%x) : (!m) -> !m
  return %y : !m
}
func.func @lowbit_matmul_f32_sse2(%x: !m) -> !m {
  %y = call @malloc(%x) : (!m) -> !m
  return %y : !m
}
