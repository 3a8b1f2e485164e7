// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=1" -o %t/external.mlir
// RUN: quant-opt %t/external.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors" -o %t/q.mlir
// RUN: quant-opt %t/q.mlir --lowbit-pack="weights=%t/q.safetensors output-weights=%t/p.safetensors columns=8" -o %t/p.mlir
// RUN: FileCheck %s --input-file=%t/p.mlir
// RUN: quant-opt %t/p.mlir --lowbit-internalize-weights="weights=%t/p.safetensors" | FileCheck %s --check-prefix=VALUES
// RUN: strings -n 400 %t/p.safetensors | FileCheck %s --check-prefix=HEADER

// The file does not depend on threads, and never replaces the one that is read.
// RUN: quant-opt %t/q.mlir --lowbit-pack="weights=%t/q.safetensors output-weights=%t/two.safetensors columns=8 threads=2" -o /dev/null
// RUN: cmp %t/p.safetensors %t/two.safetensors
// RUN: not quant-opt %t/q.mlir --lowbit-pack="weights=%t/q.safetensors output-weights=%t/q.safetensors" -o /dev/null 2>&1 | FileCheck %s --check-prefix=SAME
// SAME: error: {{.*}}q.safetensors: is the file that is being read; write to another file

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#i8t = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#u4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per group<2> along 0, zero_point = u4>
#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: func.func @step
// Integers on both sides: tiles of four reduction indices.
// CHECK: %[[W:.*]] = lowbit.assemble {{.*}} : tensor<1x1x32xi8>, tensor<1x1x8xf32> to tensor<3x2xf32, {{.*}}, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>>
// CHECK: linalg.matmul {lowbit.layer = "integer"} ins(%{{.*}}, %[[W]] :
// Real activations: one at a time. The short last group has a tile of its own.
// CHECK: %[[V:.*]] = lowbit.assemble {{.*}} : tensor<1x3x4xi8>, tensor<1x2x8xf32>, tensor<1x2x8xi8> to tensor<3x2xf32, {{.*}}, layout = #lowbit.panels<columns = 8, step = 1, reduction = 0>>>
// CHECK: linalg.matmul ins(%{{.*}}, %[[V]] :
func.func @step(%x: tensor<1x3xf32>, %o: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %w = arith.constant dense<[[127.0, 1.0], [2.0, 127.0], [3.0, 4.0]]> : tensor<3x2xf32> loc("w")
  %we = lowbit.encode %w : tensor<3x2xf32> to tensor<3x2xf32, #i8>
  %xe = lowbit.encode %x : tensor<1x3xf32> to tensor<1x3xf32, #a8>
  %y = linalg.matmul {lowbit.layer = "integer"} ins(%xe, %we : tensor<1x3xf32, #a8>, tensor<3x2xf32, #i8>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  %v = arith.constant dense<[[0.0, 15.0], [15.0, 1.0], [30.0, 0.0]]> : tensor<3x2xf32> loc("v")
  %ve = lowbit.encode %v : tensor<3x2xf32> to tensor<3x2xf32, #u4>
  %z = linalg.matmul ins(%x, %ve : tensor<1x3xf32>, tensor<3x2xf32, #u4>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y, %z : tensor<1x2xf32>, tensor<1x2xf32>
}

// A gather keeps the rows of the weight; the product with its transpose has
// panels of its own.
// CHECK-LABEL: func.func @tied
// CHECK-DAG: ml_program.global_load_const @table.1.codes : tensor<1x1x32xi8>
// CHECK-DAG: ml_program.global_load_const @table.codes : tensor<2x3xi8>
// CHECK: %[[PACKED:.*]] = lowbit.assemble {{.*}} layout = #lowbit.panels<columns = 8, step = 4, reduction = 1>
// CHECK: %[[ROWS:.*]] = lowbit.assemble {{.*}} to tensor<2x3xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>>
// CHECK: linalg.matmul indexing_maps = {{.*}} ins(%{{.*}}, %[[PACKED]] :
// CHECK: tensor.extract %[[ROWS]]
func.func @tied(%x: tensor<1x3xf32>, %o: tensor<1x2xf32>, %i: index) -> (tensor<1x2xf32>, f32) {
  %t = arith.constant dense<[[127.0, 2.0, 3.0], [4.0, 5.0, -127.0]]> : tensor<2x3xf32> loc("table")
  %te = lowbit.encode %t : tensor<2x3xf32> to tensor<2x3xf32, #i8t>
  %xe = lowbit.encode %x : tensor<1x3xf32> to tensor<1x3xf32, #a8>
  %y = linalg.matmul indexing_maps = [#lhs, #rhs, #out] ins(%xe, %te : tensor<1x3xf32, #a8>, tensor<2x3xf32, #i8t>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  %g = tensor.extract %te[%i, %i] : tensor<2x3xf32, #i8t>
  return %y, %g : tensor<1x2xf32>, f32
}

// Column 0 of `w` in bytes 0..3 (127, 2, 3, padding), column 1 in 4..7.
// VALUES-DAG: w.codes: "0x400000007F020300017F0400{{0+}}"
// VALUES-DAG: v.codes: "0x400000000{{.*}}"
// VALUES-DAG: table.1.codes: "0x400000007F02030004058100{{0+}}"
// VALUES-DAG: table.codes: "0x400000007F0203040581"
// HEADER: "lowbit.encoding:table":"#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>"
// HEADER-SAME: "lowbit.encoding:table.1":"#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, layout = #lowbit.panels<columns = 8, step = 4, reduction = 1>>"
// HEADER-SAME: "lowbit.source:table.1":"table"
