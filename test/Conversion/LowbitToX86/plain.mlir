// Contractions on plain tensors that no kernel computes: one remark for each
// reason in a function, and nothing for those that have a kernel. A function of
// the name of a kernel is not called for one.
// RUN: quant-opt %s --convert-lowbit-to-x86="isa=avx512" -verify-diagnostics -o %t
// RUN: FileCheck %s < %t
// RUN: quant-opt %s --convert-lowbit-to-x86="isa=avx512 fail-on-fallback" 2>&1 | FileCheck %s --check-prefix=NO-ERROR
// NO-ERROR-NOT: error: no x86 kernel

#a = affine_map<(m, n, k) -> (k, m)>
#b = affine_map<(m, n, k) -> (k, n)>
#c = affine_map<(m, n, k) -> (m, n)>
!m = tensor<8x8xf32>
// CHECK-LABEL: func.func @forms
// CHECK: linalg.matmul
// CHECK: lowbit.call_kernel @lowbit_matmul_f32_accumulate_avx512_1
// CHECK: lowbit.call_kernel @lowbit_matmul_f32_accumulate_avx512_1
func.func @forms(%x: !m, %y: !m, %o: !m, %h: tensor<8x8xf16>, %v: tensor<8xf32>) -> (!m, !m, !m, !m, tensor<8xf32>, tensor<8x8xf16>) {
  // expected-remark @below {{no x86 kernel (2 ops): its first operand is transposed, or an operand is broadcast: first, second}}
  %0 = linalg.matmul indexing_maps = [#a, #b, #c] {lowbit.layer = "first"} ins(%x, %y : !m, !m) outs(%o : !m) -> !m
  %1 = linalg.matmul indexing_maps = [#a, #b, #c] {lowbit.layer = "second"} ins(%y, %x : !m, !m) outs(%o : !m) -> !m
  %2 = linalg.matmul ins(%x, %y : !m, !m) outs(%o : !m) -> !m
  %3 = linalg.matmul ins(%y, %y : !m, !m) outs(%o : !m) -> !m
  // expected-remark @below {{no x86 kernel: only matmul and batch_matmul have kernels}}
  %4 = linalg.matvec ins(%x, %v : !m, tensor<8xf32>) outs(%v : tensor<8xf32>) -> tensor<8xf32>
  // expected-remark @below {{no x86 kernel: an operand is not f32}}
  %5 = linalg.matmul ins(%h, %h : tensor<8x8xf16>, tensor<8x8xf16>) outs(%h : tensor<8x8xf16>) -> tensor<8x8xf16>
  return %0, %1, %2, %3, %4, %5 : !m, !m, !m, !m, tensor<8xf32>, tensor<8x8xf16>
}
func.func @lowbit_matmul_f32_accumulate_avx512(%x: !m) -> !m {
  return %x : !m
}
// CHECK: func.func private @lowbit_matmul_f32_accumulate_avx512_1
