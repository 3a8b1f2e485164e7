// RUN: quant-opt %s --one-shot-bufferize=bufferize-function-boundaries | FileCheck %s
// RUN: quant-opt %s --lowbit-lower-to-x86 | FileCheck %s --check-prefix=LLVM
// RUN: quant-opt %s --lowbit-lower-to-reference | FileCheck %s --check-prefix=LLVM

// A tensor is observed before it is written over, in place.
// CHECK-LABEL: @before
// CHECK-SAME: (%[[X:.*]]: memref<4x8xf32
// CHECK: lowbit.observe %[[X]] layers = ["a"] axis = 1 gram : memref<4x8xf32
// CHECK: linalg.exp ins(%[[X]] {{.*}} outs(%[[X]]
func.func @before(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  lowbit.observe %x layers = ["a"] axis = 1 gram : tensor<4x8xf32>
  %0 = linalg.exp ins(%x : tensor<4x8xf32>) outs(%x : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// What is observed later is not written over.
// CHECK-LABEL: @after
// CHECK-SAME: (%[[X:.*]]: memref<4x8xf32
// CHECK: %[[COPY:.*]] = memref.alloc
// CHECK: linalg.exp ins(%[[X]] {{.*}} outs(%[[COPY]]
// CHECK: lowbit.observe %[[X]] layers = ["b"] axis = 0
func.func @after(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = linalg.exp ins(%x : tensor<4x8xf32>) outs(%x : tensor<4x8xf32>) -> tensor<4x8xf32>
  lowbit.observe %x layers = ["b"] axis = 0 : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Whoever has a runtime of its own links this function and reads the list.
// LLVM: lowbit.observers = [{channels = 8 : i64, gram, layers = ["a"]}, {channels = 4 : i64, layers = ["b"]}]
// LLVM: llvm.func @_mlir_ciface_lowbit_observe_f32(i64, i64, !llvm.ptr)
// LLVM-NOT: lowbit.observe %
