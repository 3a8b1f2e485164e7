// RUN: quant-opt %s --lowbit-insert-timers --canonicalize | FileCheck %s

// Activations in bf16 lie as two bytes each, and are one number all the same: two
// operations for each of 4 x 40 x 64.

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>

// CHECK: products = "bf16"
func.func private @kernel(memref<4x128xi8>, memref<2x32x32xi8>, memref<2x2x32xf16>, memref<4x40xf32>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #w4, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func @layer
func.func @layer(%a: memref<4x128xi8>, %codes: memref<2x32x32xi8>, %scales: memref<2x2x32xf16>, %c: memref<4x40xf32>) {
  // CHECK: call @kernel
  // CHECK-NEXT: call @lowbit_mark_time(%{{.*}}, %c20480_i64, %{{.*}})
  call @kernel(%a, %codes, %scales, %c) : (memref<4x128xi8>, memref<2x32x32xi8>, memref<2x2x32xf16>, memref<4x40xf32>) -> ()
  return
}
