// RUN: quant-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize | FileCheck %s

// The sizes of what encode, decode and assemble make are known without them.

#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// CHECK-LABEL: @encode_decode
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>)
func.func @encode_decode(%x: tensor<?x8xf32>) -> (index, index) {
  // CHECK-DAG: %[[C8:.*]] = arith.constant 8
  // CHECK-DAG: %[[D:.*]] = tensor.dim %[[X]]
  // CHECK-NOT: lowbit
  // CHECK: return %[[D]], %[[C8]]
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = lowbit.encode %x : tensor<?x8xf32> to tensor<?x8xf32, #a8>
  %1 = lowbit.decode %0 : tensor<?x8xf32, #a8> to tensor<?x8xf32>
  %2 = tensor.dim %1, %c0 : tensor<?x8xf32>
  %3 = tensor.dim %0, %c1 : tensor<?x8xf32, #a8>
  return %2, %3 : index, index
}

// CHECK-LABEL: @assemble
// CHECK-SAME: %[[N:[^,]*]]: index)
func.func @assemble(%c: tensor<?x8xi8>, %s: tensor<?xf32>, %n: index) -> index {
  // CHECK-NEXT: return %[[N]]
  %c0 = arith.constant 0 : index
  %0 = lowbit.assemble %c, %s sizes(%n) : tensor<?x8xi8>, tensor<?xf32> to tensor<?x8xf32, #a8>
  %1 = tensor.dim %0, %c0 : tensor<?x8xf32, #a8>
  return %1 : index
}
