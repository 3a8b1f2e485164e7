// RUN: quant-opt %s --lowbit-to-parts | FileCheck %s

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#w4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<4> along 0, zero_point = u4>
#s4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>

// Names of arguments and results follow the parts.

// CHECK-LABEL: func.func @names(
// CHECK-SAME: %{{.*}}: i1 {lowbit.name = "first"},
// CHECK-SAME: %[[C:[^:]*]]: tensor<8x3xi8> {lowbit.weight = "w.codes"},
// CHECK-SAME: %[[S:[^:]*]]: tensor<2x5xf16> {lowbit.weight = "w.scales"},
// CHECK-SAME: %[[Z:[^:]*]]: tensor<2x3xi8> {lowbit.weight = "w.zero_points"},
// CHECK-SAME: %{{.*}}: i2 {lowbit.name = "last"})
// CHECK-SAME: -> (tensor<8x3xi8> {lowbit.name = "out.codes"}, tensor<2x5xf16> {lowbit.name = "out.scales"}, tensor<2x3xi8> {lowbit.name = "out.zero_points"})
func.func @names(%first: i1 {lowbit.name = "first"}, %w: tensor<8x5xf32, #w4> {lowbit.weight = "w"}, %last: i2 {lowbit.name = "last"})
    -> (tensor<8x5xf32, #w4> {lowbit.name = "out"}) {
  // CHECK-NEXT: return %[[C]], %[[S]], %[[Z]] :
  return %w : tensor<8x5xf32, #w4>
}

// Bytes are shared by codes of the last axis, so its size is passed along; that
// of the first is the codes'.

// CHECK-LABEL: func.func @lost_size(
// CHECK-SAME: %[[C:[^:]*]]: tensor<?x?xi8>, %[[S:[^:]*]]: tensor<f32>, %[[N:[^:]*]]: index)
// CHECK-SAME: -> (index, index)
func.func @lost_size(%x: tensor<?x?xf32, #s4>) -> (index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[M:.*]] = tensor.dim %[[C]], %{{.*}} : tensor<?x?xi8>
  %0 = tensor.dim %x, %c0 : tensor<?x?xf32, #s4>
  %1 = tensor.dim %x, %c1 : tensor<?x?xf32, #s4>
  // CHECK: return %[[M]], %[[N]] : index, index
  return %0, %1 : index, index
}

// CHECK-LABEL: func.func @dim_by_value(
// CHECK-SAME: %{{.*}}: tensor<?x4xi8>, %{{.*}}: tensor<4xf32>, %[[I:.*]]: index)
func.func @dim_by_value(%x: tensor<?x4xf32, #w8>, %i: index) -> index {
  // CHECK: %[[SIZES:.*]] = tensor.from_elements %{{.*}}, %{{.*}} : tensor<2xindex>
  // CHECK: %[[SIZE:.*]] = tensor.extract %[[SIZES]][%[[I]]] : tensor<2xindex>
  // CHECK: return %[[SIZE]]
  %0 = tensor.dim %x, %i : tensor<?x4xf32, #w8>
  return %0 : index
}

// CHECK: func.func private @external(tensor<4x4xi8>, tensor<4xf32>) -> (tensor<4x4xi8>, tensor<4xf32>)
func.func private @external(tensor<4x4xf32, #w8>) -> tensor<4x4xf32, #w8>

// CHECK-LABEL: func.func @calls(
// CHECK-SAME: %[[C:[^:]*]]: tensor<4x4xi8>, %[[S:[^:]*]]: tensor<4xf32>)
func.func @calls(%w: tensor<4x4xf32, #w8>) -> tensor<4x4xf32, #w8> {
  // CHECK: %[[R:.*]]:2 = call @external(%[[C]], %[[S]])
  %0 = call @external(%w) : (tensor<4x4xf32, #w8>) -> tensor<4x4xf32, #w8>
  // CHECK: return %[[R]]#0, %[[R]]#1 :
  return %0 : tensor<4x4xf32, #w8>
}

// CHECK-LABEL: func.func @assemble_and_disassemble(
// CHECK-SAME: %[[C:[^:]*]]: tensor<?x?xi8>, %[[S:[^:]*]]: tensor<f32>, %[[M:[^:]*]]: index, %[[N:[^:]*]]: index)
func.func @assemble_and_disassemble(%c: tensor<?x?xi8>, %s: tensor<f32>, %m: index, %n: index) -> (tensor<?x?xf32, #s4>, tensor<?x?xi8>) {
  %0 = lowbit.assemble %c, %s sizes(%m, %n) : tensor<?x?xi8>, tensor<f32> to tensor<?x?xf32, #s4>
  %p:2 = lowbit.disassemble %0 : tensor<?x?xf32, #s4> to tensor<?x?xi8>, tensor<f32>
  // CHECK-NEXT: return %[[C]], %[[S]], %[[N]], %[[C]] : tensor<?x?xi8>, tensor<f32>, index, tensor<?x?xi8>
  return %0, %p#0 : tensor<?x?xf32, #s4>, tensor<?x?xi8>
}
