// REQUIRES: python-numpy
// RUN: %python -c "import numpy as n; r = n.random.default_rng(3); n.savez(r'%t.in.npz', x=r.standard_normal((2, 5, 40), n.float32), w=r.standard_normal((2, 40, 19), n.float32))"
// RUN: quant-run %s --input %t.in.npz --lowering=integer --output %t.integer.npz
// RUN: quant-run %s --input %t.in.npz --compare %t.integer.npz --tolerance=0 2>&1 | FileCheck %s
// RUN: quant-run %s --input %t.in.npz --threads=2 --compare %t.integer.npz --tolerance=0

// Integer contractions that have no kernel give the bits of the reference for
// integers too (C52): loops compute them.

#u8 = #lowbit.encoding<#lowbit.affine<u8>, scale = f16 per axis<0>, zero_point = u8>
#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per tensor>
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#w4 = #lowbit.encoding<#lowbit.affine<u4>, scale = bf16 per group<16> along 0, zero_point = u4>
#batch = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>
#wbatch = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 2>>

// CHECK: remark: no x86 kernel: activations with scales other than f32 have no kernel
// CHECK: remark: no x86 kernel: activations other than i8, u8 and bf16 have no kernel
// CHECK: remark: no x86 kernel: activations have one scale per tensor or per row
// CHECK: zero_point{{.*}} largest error 0{{$}}
// CHECK: narrow{{.*}} largest error 0{{$}}
// CHECK: batched{{.*}} largest error 0{{$}}
func.func @main(%x: tensor<2x5x40xf32> {lowbit.name = "x"}, %w: tensor<2x40x19xf32> {lowbit.name = "w"})
    -> (tensor<5x19xf32> {lowbit.name = "zero_point"}, tensor<5x19xf32> {lowbit.name = "narrow"}, tensor<2x5x19xf32> {lowbit.name = "batched"}) {
  %zero = arith.constant 0.0 : f32
  %x0 = tensor.extract_slice %x[0, 0, 0] [1, 5, 40] [1, 1, 1] : tensor<2x5x40xf32> to tensor<5x40xf32>
  %w0 = tensor.extract_slice %w[0, 0, 0] [1, 40, 19] [1, 1, 1] : tensor<2x40x19xf32> to tensor<40x19xf32>
  %e = tensor.empty() : tensor<5x19xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<5x19xf32>) -> tensor<5x19xf32>
  %a = lowbit.encode %x0 : tensor<5x40xf32> to tensor<5x40xf32, #u8>
  %v = lowbit.encode %w0 : tensor<40x19xf32> to tensor<40x19xf32, #w4>
  %y = linalg.matmul ins(%a, %v : tensor<5x40xf32, #u8>, tensor<40x19xf32, #w4>) outs(%f : tensor<5x19xf32>) -> tensor<5x19xf32>
  %a4 = lowbit.encode %x0 : tensor<5x40xf32> to tensor<5x40xf32, #i4>
  %v8 = lowbit.encode %w0 : tensor<40x19xf32> to tensor<40x19xf32, #w8>
  %z = linalg.matmul ins(%a4, %v8 : tensor<5x40xf32, #i4>, tensor<40x19xf32, #w8>) outs(%y : tensor<5x19xf32>) -> tensor<5x19xf32>
  %eb = tensor.empty() : tensor<2x5x19xf32>
  %fb = linalg.fill ins(%zero : f32) outs(%eb : tensor<2x5x19xf32>) -> tensor<2x5x19xf32>
  %ab = lowbit.encode %x : tensor<2x5x40xf32> to tensor<2x5x40xf32, #batch>
  %vb = lowbit.encode %w : tensor<2x40x19xf32> to tensor<2x40x19xf32, #wbatch>
  %u = linalg.batch_matmul ins(%ab, %vb : tensor<2x5x40xf32, #batch>, tensor<2x40x19xf32, #wbatch>) outs(%fb : tensor<2x5x19xf32>) -> tensor<2x5x19xf32>
  return %y, %z, %u : tensor<5x19xf32>, tensor<5x19xf32>, tensor<2x5x19xf32>
}
