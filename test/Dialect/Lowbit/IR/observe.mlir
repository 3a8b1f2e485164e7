// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --canonicalize --cse --loop-invariant-code-motion --sccp \
// RUN:   | FileCheck %s --check-prefix=KEPT

// CHECK-LABEL: @forms
func.func @forms(%x: tensor<?x8xf32>, %y: tensor<8xf16>, %z: memref<2x?x3xbf16, strided<[?, ?, 2]>>) {
  // CHECK: lowbit.observe %{{.*}} layers = ["q", "k"] axis = 1 : tensor<?x8xf32>
  lowbit.observe %x layers = ["q", "k"] axis = 1 : tensor<?x8xf32>
  // CHECK: lowbit.observe %{{.*}} layers = ["fc"] axis = 0 gram {note = 1 : i64} : tensor<8xf16>
  lowbit.observe %y layers = ["fc"] axis = 0 gram {note = 1} : tensor<8xf16>
  // CHECK: lowbit.observe %{{.*}} layers = ["conv"] axis = 1 : memref<2x?x3xbf16, strided<[?, ?, 2]>>
  lowbit.observe %z layers = ["conv"] axis = 1 : memref<2x?x3xbf16, strided<[?, ?, 2]>>
  return
}

// Neither removed, nor made one, nor moved out of the loop.
// KEPT-LABEL: @effects_c118
func.func @effects_c118(%x: tensor<?x8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // KEPT-COUNT-2: lowbit.observe
  lowbit.observe %x layers = ["a"] axis = 1 : tensor<?x8xf32>
  lowbit.observe %x layers = ["a"] axis = 1 : tensor<?x8xf32>
  // KEPT: scf.for
  // KEPT-NEXT: lowbit.observe
  scf.for %i = %c0 to %n step %c1 {
    lowbit.observe %x layers = ["a"] axis = 1 : tensor<?x8xf32>
  }
  return
}

// What is observed is computed, and is the value at that place.
// KEPT-LABEL: @operand_c118
func.func @operand_c118(%x: tensor<4xf32>) {
  // KEPT: %[[Y:.*]] = math.exp
  // KEPT: lowbit.observe %[[Y]]
  %y = math.exp %x : tensor<4xf32>
  lowbit.observe %y layers = ["a"] axis = 0 : tensor<4xf32>
  return
}
