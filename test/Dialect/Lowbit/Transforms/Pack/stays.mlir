// What panels cannot hold stays in rows, with the reason; constants are packed
// in place and need no file.

// RUN: split-file %s %t
// RUN: quant-opt %t/stays.mlir --lowbit-pack 2>&1 | FileCheck %t/stays.mlir
// RUN: quant-opt %t/stays.mlir --lowbit-pack=packed-only 2>&1 | FileCheck %s --check-prefix=QUIET --implicit-check-not=remark
// RUN: quant-opt %t/inline.mlir --lowbit-pack="columns=8" | FileCheck %t/inline.mlir
// RUN: not quant-opt %t/panels.mlir --lowbit-pack="columns=12" 2>&1 | FileCheck %t/panels.mlir

// With packed-only the lowering is to say it.
// QUIET: func.func @stays

// A file whose metadata say something else than the IR is refused.
// RUN: quant-opt %t/weight.mlir --lowbit-materialize-weights="output-weights=%t/q.safetensors" -o %t/q.mlir
// RUN: sed -e 's/scale = f32 per axis<1>>>/scale = f32 per axis<1>, layout = #lowbit.rows>>/; s/affine<i8>/affine<u8>/' %t/q.mlir > %t/other.mlir
// RUN: not quant-opt %t/other.mlir --lowbit-pack="weights=%t/q.safetensors output-weights=%t/o.safetensors" 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: {{.*}}q.safetensors: stores 'w' as #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>, but the module expects #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<1>>
// RUN: not ls %t/o.safetensors

//--- stays.mlir
#offset = #lowbit.encoding<#lowbit.affine<i3>, scale = f32 per axis<1>, offset = f32>
#across = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// CHECK: remark: weights stay in rows: panels hold no offsets
// CHECK: remark: weights stay in rows: panels need scales constant or grouped along the reduction axis 0
// CHECK-LABEL: func.func @stays
// CHECK-NOT: panels
// CHECK: return
func.func @stays(%x: tensor<1x2xf32>, %o: tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
  %c3 = arith.constant dense<0> : tensor<2x3xi8>
  %s3 = arith.constant dense<1.0> : tensor<8xf32>
  %w3 = lowbit.assemble %c3, %s3, %s3 : tensor<2x3xi8>, tensor<8xf32>, tensor<8xf32> to tensor<2x8xf32, #offset>
  %y = linalg.matmul ins(%x, %w3 : tensor<1x2xf32>, tensor<2x8xf32, #offset>) outs(%o : tensor<1x8xf32>) -> tensor<1x8xf32>
  %c8 = arith.constant dense<0> : tensor<2x8xi8>
  %s8 = arith.constant dense<1.0> : tensor<2xf32>
  %w8 = lowbit.assemble %c8, %s8 : tensor<2x8xi8>, tensor<2xf32> to tensor<2x8xf32, #across>
  %z = linalg.matmul ins(%x, %w8 : tensor<1x2xf32>, tensor<2x8xf32, #across>) outs(%o : tensor<1x8xf32>) -> tensor<1x8xf32>
  return %y, %z : tensor<1x8xf32>, tensor<1x8xf32>
}

//--- inline.mlir
#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
// CHECK-LABEL: func.func @inline
// The four low nibbles are codes 0..3, the four high ones codes 4..7.
// CHECK-DAG: %[[C:.*]] = arith.constant dense<{{\[\[\[}}81, 98, 115, -124]]]> : tensor<1x1x4xi8>
// CHECK-DAG: %[[S:.*]] = arith.constant dense<1.000000e+00> : tensor<1x1x8xf32>
// CHECK: %[[W:.*]] = lowbit.assemble %[[C]], %[[S]]
// CHECK: linalg.matmul ins(%{{.*}}, %[[W]]
func.func @inline(%x: tensor<1x1xf32>, %o: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // Codes 1, 2, 3, 4, 5, 6, 7, -8.
  %c = arith.constant dense<[[33, 67, 101, -121]]> : tensor<1x4xi8>
  %s = arith.constant dense<1.0> : tensor<f32>
  %w = lowbit.assemble %c, %s : tensor<1x4xi8>, tensor<f32> to tensor<1x8xf32, #i4>
  %y = linalg.matmul ins(%x, %w : tensor<1x1xf32>, tensor<1x8xf32, #i4>) outs(%o : tensor<1x8xf32>) -> tensor<1x8xf32>
  return %y : tensor<1x8xf32>
}

//--- panels.mlir
// CHECK: error: panels have 8 to 1024 columns, a power of two, got 12
func.func @f() {
  return
}

//--- weight.mlir
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
func.func @main(%x: tensor<1x16xf32>, %o: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %w = arith.constant dense<1.0> : tensor<16x16xf32> loc("w")
  %we = lowbit.encode %w : tensor<16x16xf32> to tensor<16x16xf32, #i8>
  %y = linalg.matmul ins(%x, %we : tensor<1x16xf32>, tensor<16x16xf32, #i8>) outs(%o : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %y : tensor<1x16xf32>
}
