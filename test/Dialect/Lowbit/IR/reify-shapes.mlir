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

// CHECK-LABEL: @attention
// CHECK-SAME: (%[[Q:.*]]: tensor<?x4x?x8xf32>, %[[K:.*]]: tensor<?x2x?x8xf32>, %[[P:.*]]: tensor<?x2x5x8xf32>)
func.func @attention(%q: tensor<?x4x?x8xf32>, %k: tensor<?x2x?x8xf32>, %p: tensor<?x2x5x8xf32>) -> (index, index, index) {
  // CHECK-DAG: %[[B:.*]] = tensor.dim %[[Q]], %c0
  // CHECK-DAG: %[[S:.*]] = tensor.dim %[[Q]], %c2
  // CHECK-DAG: %[[N:.*]] = tensor.dim %[[K]], %c2
  // CHECK-DAG: %[[T:.*]] = arith.addi %[[N]], %c5
  // CHECK: return %[[B]], %[[T]], %[[S]]
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %y, %pk, %pv, %lse = lowbit.attention %q, %k, %k scale = 0.5 past(%p, %p : tensor<?x2x5x8xf32>, tensor<?x2x5x8xf32>)
    : tensor<?x4x?x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32> -> tensor<?x4x?x8xf32> present(tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) lse(tensor<?x4x?xf32>)
  %0 = tensor.dim %y, %c0 : tensor<?x4x?x8xf32>
  %1 = tensor.dim %pv, %c2 : tensor<?x2x?x8xf32>
  %2 = tensor.dim %lse, %c2 : tensor<?x4x?xf32>
  return %0, %1, %2 : index, index, index
}
