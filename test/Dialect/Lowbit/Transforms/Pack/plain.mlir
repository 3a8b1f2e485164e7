// (C245) Stored f32 weights of products are packed too, as numbers that are
// their codes.

// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=1" -o %t/external.mlir
// RUN: quant-opt %t/external.mlir --lowbit-pack="weights=%t/w.safetensors output-weights=%t/p.safetensors columns=8" -o %t/p.mlir
// RUN: FileCheck %s --input-file=%t/p.mlir
// RUN: quant-opt %t/p.mlir --lowbit-internalize-weights="weights=%t/p.safetensors" | FileCheck %s --check-prefix=VALUES
// RUN: strings -n 200 %t/p.safetensors | FileCheck %s --check-prefix=HEADER

// What is not in the file is not packed, and says so.
// RUN: not quant-opt %t/external.mlir --lowbit-pack="weights=%t/p.safetensors output-weights=%t/o.safetensors columns=8" -o /dev/null 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: {{.*}}p.safetensors: has no tensor 'w'

#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
#bf16 = #lowbit.encoding<#lowbit.float<bf16>>
#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

// One product reads rows of the weight, the other columns; activations in bf16
// make no difference.
// CHECK-LABEL: func.func @both
// CHECK: %[[W:.*]] = lowbit.assemble {{.*}} : tensor<1x2x32xi8> to tensor<2x6xf32, #lowbit.encoding<#lowbit.float<f32>, layout = #lowbit.panels<columns = 8, step = 1, reduction = 0>>>
// CHECK: linalg.matmul ins(%{{.*}}, %[[W]] :
// CHECK: linalg.matmul ins(%{{.*}}, %[[W]] :
// CHECK: %[[V:.*]] = lowbit.assemble {{.*}} : tensor<1x2x32xi8> to tensor<6x2xf32, {{.*}} reduction = 1>>>
// CHECK: linalg.matmul indexing_maps = {{.*}} ins(%{{.*}}, %[[V]] :
func.func @both(%x: tensor<1x2xf32>, %o: tensor<1x6xf32>) -> (tensor<1x6xf32>, tensor<1x6xf32>, tensor<1x6xf32>) {
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0x7F800000, -0.0, 0xFFC00001, 7.0, 8.0, 9.0]]> : tensor<2x6xf32> loc("w")
  %0 = linalg.matmul ins(%x, %w : tensor<1x2xf32>, tensor<2x6xf32>) outs(%o : tensor<1x6xf32>) -> tensor<1x6xf32>
  %xe = lowbit.encode %x : tensor<1x2xf32> to tensor<1x2xf32, #bf16>
  %1 = linalg.matmul ins(%xe, %w : tensor<1x2xf32, #bf16>, tensor<2x6xf32>) outs(%o : tensor<1x6xf32>) -> tensor<1x6xf32>
  %v = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]> : tensor<6x2xf32> loc("v")
  %2 = linalg.matmul indexing_maps = [#lhs, #rhs, #out] ins(%x, %v : tensor<1x2xf32>, tensor<6x2xf32>) outs(%o : tensor<1x6xf32>) -> tensor<1x6xf32>
  return %0, %1, %2 : tensor<1x6xf32>, tensor<1x6xf32>, tensor<1x6xf32>
}

// What else reads a weight keeps it as it is.
// CHECK-LABEL: func.func @tied
// CHECK-DAG: %[[T:.*]] = ml_program.global_load_const @table : tensor<6x2xf32>
// CHECK-DAG: ml_program.global_load_const @table.codes : tensor<1x2x32xi8>
// CHECK: tensor.extract %[[T]]
func.func @tied(%x: tensor<1x2xf32>, %o: tensor<1x6xf32>, %i: index) -> (tensor<1x6xf32>, f32) {
  %t = arith.constant dense<[[9.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0], [11.0, 12.0]]> : tensor<6x2xf32> loc("table")
  %0 = linalg.matmul indexing_maps = [#lhs, #rhs, #out] ins(%x, %t : tensor<1x2xf32>, tensor<6x2xf32>) outs(%o : tensor<1x6xf32>) -> tensor<1x6xf32>
  %g = tensor.extract %t[%i, %i] : tensor<6x2xf32>
  return %0, %g : tensor<1x6xf32>, f32
}

// A filter as a matrix.
// CHECK-LABEL: func.func @reshaped
// CHECK: lowbit.assemble {{.*}} : tensor<1x4x32xi8> to tensor<4x6xf32,
func.func @reshaped(%x: tensor<1x4xf32>, %o: tensor<1x6xf32>) -> tensor<1x6xf32> {
  %f = arith.constant dense<[[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 4.0, 5.0, 7.0]], [[1.0, 2.0, 3.0, 4.0, 5.0, 8.0], [1.0, 2.0, 3.0, 4.0, 5.0, 9.0]]]> : tensor<2x2x6xf32> loc("f")
  %m = tensor.collapse_shape %f [[0, 1], [2]] : tensor<2x2x6xf32> into tensor<4x6xf32>
  %0 = linalg.matmul ins(%x, %m : tensor<1x4xf32>, tensor<4x6xf32>) outs(%o : tensor<1x6xf32>) -> tensor<1x6xf32>
  return %0 : tensor<1x6xf32>
}

// Panels of five columns would be more than half padding, and what activations
// of 8 bits are multiplied with is decoded with them.
// CHECK-LABEL: func.func @stays
// CHECK-NOT: lowbit.assemble
// CHECK: return
func.func @stays(%x: tensor<1x2xf32>, %o: tensor<1x5xf32>, %p: tensor<1x6xf32>) -> (tensor<1x5xf32>, tensor<1x6xf32>) {
  %n = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]]> : tensor<2x5xf32> loc("narrow")
  %0 = linalg.matmul ins(%x, %n : tensor<1x2xf32>, tensor<2x5xf32>) outs(%o : tensor<1x5xf32>) -> tensor<1x5xf32>
  %xe = lowbit.encode %x : tensor<1x2xf32> to tensor<1x2xf32, #a8>
  %i = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0, 8.0, 9.0, 10.0, 11.0, 12.0]]> : tensor<2x6xf32> loc("integer")
  %1 = linalg.matmul ins(%xe, %i : tensor<1x2xf32, #a8>, tensor<2x6xf32>) outs(%p : tensor<1x6xf32>) -> tensor<1x6xf32>
  return %0, %1 : tensor<1x5xf32>, tensor<1x6xf32>
}

// Bit by bit, and padded with zeros.
// VALUES-DAG: w.codes: "0x400000000000803F0000004000004040000080400000A0400000C04000000000000000000000807F000000800100C0FF0000E04000000041000010410000000000000000"
// VALUES-DAG: v.codes: "0x400000000000803F000040400000A0400000E040000010410000304100000000000000000000004000008040
// HEADER: "lowbit.encoding:w":"#lowbit.encoding<#lowbit.float<f32>, layout = #lowbit.panels<columns = 8, step = 1, reduction = 0>>"
