// RUN: quant-opt %s --lowbit-globals-to-arguments | FileCheck %s

// CHECK-NOT: ml_program.global
ml_program.global public @"a.codes"(#ml_program.extern<tensor<4x8xi8>>) : tensor<4x8xi8>
ml_program.global public @"b.weight"(#ml_program.extern<tensor<8xf32>>) : tensor<8xf32>
ml_program.global private @inline(dense<[1.0, 2.0]> : tensor<2xf32>) : tensor<2xf32>
ml_program.global public @unused(#ml_program.extern<tensor<1xf32>>) : tensor<1xf32>

// Arguments come behind the function's own, in the order of the globals, each
// once, with its name.

// CHECK-LABEL: func.func @main(
// CHECK-SAME: %[[X:[^:]*]]: tensor<8xf32> {lowbit.name = "x"},
// CHECK-SAME: %[[A:[^:]*]]: tensor<4x8xi8> {bufferization.writable = false, lowbit.weight = "a.codes"},
// CHECK-SAME: %[[B:[^:]*]]: tensor<8xf32> {bufferization.writable = false, lowbit.weight = "b.weight"})
func.func @main(%x: tensor<8xf32> {lowbit.name = "x"}) -> (tensor<8xf32>, tensor<8xf32>, tensor<4x8xi8>) {
  %b0 = ml_program.global_load_const @"b.weight" : tensor<8xf32>
  %a = ml_program.global_load_const @"a.codes" : tensor<4x8xi8>
  %b1 = ml_program.global_load_const @"b.weight" : tensor<8xf32>
  // CHECK-NEXT: return %[[B]], %[[B]], %[[A]]
  return %b0, %b1, %a : tensor<8xf32>, tensor<8xf32>, tensor<4x8xi8>
}

// CHECK-LABEL: func.func @constant()
func.func @constant() -> tensor<2xf32> {
  // CHECK: %[[C:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  %0 = ml_program.global_load_const @inline : tensor<2xf32>
  // CHECK: return %[[C]]
  return %0 : tensor<2xf32>
}

// Callees are given what they read, and what their callees read; private
// functions take it without a name.

// CHECK-LABEL: func.func @outer(
// CHECK-SAME: %[[X:[^:]*]]: tensor<8xf32>, %[[A:[^:]*]]: tensor<4x8xi8> {bufferization.writable = false, lowbit.weight = "a.codes"}, %[[B:[^:]*]]: tensor<8xf32> {bufferization.writable = false, lowbit.weight = "b.weight"})
func.func @outer(%x: tensor<8xf32>) -> tensor<8xf32> {
  // CHECK: call @middle(%[[X]], %[[A]], %[[B]])
  // CHECK: call @middle(%[[X]], %[[A]], %[[B]])
  %0 = call @middle(%x) : (tensor<8xf32>) -> tensor<8xf32>
  %1 = call @middle(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}

// CHECK-LABEL: func.func private @middle(
// CHECK-SAME: %{{[^:]*}}: tensor<8xf32>, %{{[^:]*}}: tensor<4x8xi8>, %[[B:[^:]*]]: tensor<8xf32>)
func.func private @middle(%x: tensor<8xf32>) -> tensor<8xf32> {
  %a = ml_program.global_load_const @"a.codes" : tensor<4x8xi8>
  // CHECK: call @inner(%{{.*}}, %[[B]])
  %0 = call @inner(%x) : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func private @inner(
// CHECK-SAME: %{{[^:]*}}: tensor<8xf32>, %[[B:[^:]*]]: tensor<8xf32>)
func.func private @inner(%x: tensor<8xf32>) -> tensor<8xf32> {
  %b = ml_program.global_load_const @"b.weight" : tensor<8xf32>
  // CHECK: call @inner(%[[B]], %[[B]])
  %0 = call @inner(%b) : (tensor<8xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: func.func @reads_nothing(
// CHECK-SAME: %{{[^:]*}}: i1)
func.func @reads_nothing(%b: i1) {
  return
}
