// Small constants keep their parts in the IR, and then no file is needed;
// bigger ones move to the file under the name of their location.

// RUN: split-file %s %t
// RUN: quant-opt %t/small.mlir --lowbit-materialize-weights | FileCheck %t/small.mlir
// RUN: quant-opt %t/big.mlir --lowbit-materialize-weights="output-weights=%t/o.safetensors" | FileCheck %t/big.mlir
// RUN: not quant-opt %t/nan.mlir --lowbit-materialize-weights 2>&1 | FileCheck %t/nan.mlir
// RUN: quant-opt %t/ranges.mlir --lowbit-materialize-weights 2>&1 | FileCheck %t/ranges.mlir

//--- small.mlir
#u4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per tensor, zero_point = u4>
// CHECK-LABEL: func.func @small
// CHECK-DAG: %[[CODES:.*]] = arith.constant dense<{{\[\[}}32, 15]]> : tensor<1x2xi8>
// CHECK-DAG: %[[SCALES:.*]] = arith.constant dense<2.000000e-01> : tensor<f32>
// CHECK-DAG: %[[ZEROS:.*]] = arith.constant dense<0> : tensor<i8>
// CHECK: %[[E:.*]] = lowbit.assemble %[[CODES]], %[[SCALES]], %[[ZEROS]]
// CHECK: return %[[E]]
func.func @small() -> tensor<1x3xf32, #u4> {
  %w = arith.constant dense<[[0.0, 0.4, 3.0]]> : tensor<1x3xf32>
  %e = lowbit.encode %w : tensor<1x3xf32> to tensor<1x3xf32, #u4>
  return %e : tensor<1x3xf32, #u4>
}

//--- big.mlir
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<64> along 0>
// CHECK: ml_program.global public @table.codes(#{{.*}}) : tensor<64x2xi8>
// CHECK: ml_program.global public @table.scales(#{{.*}}) : tensor<1x4xf16>
// CHECK: ml_program.global public @constant0.codes
// CHECK-LABEL: func.func @big
// CHECK: ml_program.global_load_const @table.codes
// CHECK-NOT: arith.constant
// CHECK: return
func.func @big() -> (tensor<64x4xf32, #nf4>, tensor<64x4xf32, #nf4>) {
  %w = arith.constant dense<0.5> : tensor<64x4xf32> loc("table")
  %v = arith.constant dense<0.25> : tensor<64x4xf32>
  %e = lowbit.encode %w : tensor<64x4xf32> to tensor<64x4xf32, #nf4>
  %f = lowbit.encode %v : tensor<64x4xf32> to tensor<64x4xf32, #nf4>
  return %e, %f : tensor<64x4xf32, #nf4>, tensor<64x4xf32, #nf4>
}

//--- nan.mlir
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
// CHECK: error: the constant holds NaN at [1]
func.func @nan() -> tensor<2xf32, #i8> {
  %w = arith.constant dense<[1.0, 0x7FC00000]> : tensor<2xf32>
  %e = lowbit.encode %w : tensor<2xf32> to tensor<2xf32, #i8>
  return %e : tensor<2xf32, #i8>
}

//--- ranges.mlir
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
// CHECK: remark: stays: its ranges are given at run time
// CHECK-LABEL: func.func @ranges
// CHECK: lowbit.encode
func.func @ranges(%lo: tensor<f32>, %hi: tensor<f32>) -> tensor<2xf32, #i8> {
  %w = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %e = lowbit.encode %w ranges(%lo, %hi : tensor<f32>, tensor<f32>) : tensor<2xf32> to tensor<2xf32, #i8>
  return %e : tensor<2xf32, #i8>
}
