// RUN: %python %S/Inputs/make_weights.py %t
// RUN: %python %S/Inputs/make_statistics.py --moments %t/moments.st a=%t/x.npy
// RUN: %python %S/Inputs/make_statistics.py %t/channels.st a=%t/x.npy
// RUN: quant-opt %s --lowbit-scale-inputs="weights=%t/w.st statistics=%t/moments.st" -o %t/moments.mlir
// RUN: FileCheck %s < %t/moments.mlir
// RUN: quant-opt %s --lowbit-scale-inputs="weights=%t/w.st statistics=%t/channels.st threads=1" | FileCheck %s
// RUN: quant-opt %s --lowbit-scale-inputs="weights=%t/w.st statistics=%t/moments.st threads=1" -o %t/one.mlir
// RUN: cmp %t/moments.mlir %t/one.mlir

// RUN: %python %S/Inputs/make_statistics.py --other-model %t/other.st a=%t/x.npy
// RUN: not quant-opt %s --lowbit-scale-inputs="weights=%t/w.st statistics=%t/other.st" 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: {{.*}}other.st: collected on another model

// AWQ: the channel with large inputs gets the smallest factor, by statistics
// with second moments and without. Of a weight in f16 that is cast to f32, and
// by the range that the layer has.

#id = affine_map<(k, n) -> (k, n)>
#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<16> along 0>
!x = tensor<?x64xf32>
!y = tensor<?x8xf32>
ml_program.global public @w(#ml_program.extern<tensor<64x8xf16>>) : tensor<64x8xf16>

// CHECK-LABEL: func @layer(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x64xf32>
// CHECK: %[[R:.*]] = arith.constant dense<[0.{{[0-9]+}}, {{[1-9]\.[0-9e+]+}}, {{.*}}> : tensor<64xf32>
// CHECK: %[[XS:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[R]] :
// CHECK: %[[W:.*]] = ml_program.global_load_const @w
// CHECK: %[[WIDE:.*]] = arith.extf %[[W]]
// CHECK: %[[S:.*]] = arith.constant dense<[{{[1-9].*}}> : tensor<64xf32>
// CHECK: %[[WS:.*]] = linalg.generic {{.*}} ins(%[[WIDE]], %[[S]] : tensor<64x8xf32>, tensor<64xf32>)
// CHECK: linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = {{.*}}, lowbit.weight_range = #lowbit.range<full>} ins(%[[XS]], %[[WS]] :
func.func @layer(%x: !x, %init: !y) -> !y {
  %w = ml_program.global_load_const @w : tensor<64x8xf16>
  %wide = arith.extf %w : tensor<64x8xf16> to tensor<64x8xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 20>,
                      lowbit.weight_encoding = #w4, lowbit.weight_range = #lowbit.range<full>}
      ins(%x, %wide : !x, tensor<64x8xf32>) outs(%init : !y) -> !y
  return %0 : !y
}
