// RUN: quant-opt %s --convert-observe-to-calls | FileCheck %s
// RUN: quant-opt %s --convert-observe-to-calls | quant-opt --convert-observe-to-calls | FileCheck %s

// The observers by number: those of the same layers are one (C119), and its
// number of channels is known if one place knows it.
// CHECK: module attributes {lowbit.observers = [
// CHECK-SAME: {layers = ["a", "b"]},
// CHECK-SAME: {channels = 8 : i64, gram, layers = ["c"]},
// CHECK-SAME: {channels = 3 : i64, layers = ["d"]}]}
module {
  // CHECK-DAG: func.func private @lowbit_observe_f32(i64, i64, memref<*xf32>) attributes {llvm.emit_c_interface}
  // CHECK-DAG: func.func private @lowbit_observe_f16(i64, i64, memref<*xf16>) attributes {llvm.emit_c_interface}
  // CHECK-DAG: func.func private @lowbit_observe_bf16(i64, i64, memref<*xbf16>) attributes {llvm.emit_c_interface}

  // CHECK-LABEL: @calls_c119
  // CHECK-SAME: (%[[X:.*]]: memref<?x?xf32>, %[[Y:.*]]: memref<?x8xf16, strided<[?, ?], offset: ?>>
  func.func @calls_c119(%x: memref<?x?xf32>, %y: memref<?x8xf16, strided<[?, ?], offset: ?>>) {
    // CHECK-DAG: %[[NUMBER0:.*]] = arith.constant 0 : i64
    // CHECK-DAG: %[[AXIS:.*]] = arith.constant 1 : i64
    // CHECK-DAG: %[[ANY:.*]] = memref.cast %[[X]] : memref<?x?xf32> to memref<*xf32>
    // CHECK: call @lowbit_observe_f32(%[[NUMBER0]], %[[AXIS]], %[[ANY]])
    lowbit.observe %x layers = ["a", "b"] axis = 1 : memref<?x?xf32>
    // CHECK: call @lowbit_observe_f16(
    lowbit.observe %y layers = ["c"] axis = 1 gram : memref<?x8xf16, strided<[?, ?], offset: ?>>
    return
  }

  // CHECK-LABEL: @loop
  func.func @loop(%x: memref<8x?xf16>, %y: memref<2x3x4xbf16>, %n: index) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    // CHECK: scf.for
    // CHECK: %[[NUMBER1:.*]] = arith.constant 1 : i64
    // CHECK: %[[AXIS0:.*]] = arith.constant 0 : i64
    // CHECK: call @lowbit_observe_f16(%[[NUMBER1]], %[[AXIS0]],
    scf.for %i = %c0 to %n step %c1 {
      lowbit.observe %x layers = ["c"] axis = 0 gram : memref<8x?xf16>
    }
    // CHECK: call @lowbit_observe_bf16(
    lowbit.observe %y layers = ["d"] axis = 1 : memref<2x3x4xbf16>
    return
  }
}
