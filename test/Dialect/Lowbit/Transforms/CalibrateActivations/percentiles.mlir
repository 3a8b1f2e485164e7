// RUN: %python -c "import numpy as np; np.save(r'%t.npy', np.linspace(-99.99, 299.99, 4000, dtype=np.float32).reshape(-1, 4))"
// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t.st a,b=%t.npy
// RUN: quant-opt %s --lowbit-calibrate-activations=statistics=%t.st | FileCheck %s

// Values from -100 to 300, all as often: 90 % lie in the range from -80 to 280,
// 5 % on each side of it, and 90 % of their magnitudes up to 260. (C142)

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#points = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor, zero_point = u8>
#symmetric = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
!x = tensor<?x4xf32>
!w = tensor<4x2xf32>
!y = tensor<?x2xf32>
// CHECK-LABEL: func @percentiles(
// CHECK: lowbit.activation_ranges = [dense<-{{(79.[89]|7.9[89]|80.[01]|8.00).*}}> : tensor<f32>, dense<{{(279.[89]|280.[01]|2.8000|2.79[89]).*}}> : tensor<f32>]
// CHECK: lowbit.activation_ranges = [dense<-{{(259.[89]|260.[01]|2.6000|2.59[89]).*}}> : tensor<f32>, dense<{{(259.[89]|260.[01]|2.6000|2.59[89]).*}}> : tensor<f32>]
func.func @percentiles(%x: !x, %init: !y) -> (!y, !y) {
  %w = arith.constant dense<1.0> : !w
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #points, lowbit.activation_clip = #lowbit.clip<percentile = 90.0 : f64>}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  %1 = linalg.matmul {lowbit.layer = "b", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #symmetric, lowbit.activation_clip = #lowbit.clip<percentile = 90.0 : f64>}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0, %1 : !y, !y
}
