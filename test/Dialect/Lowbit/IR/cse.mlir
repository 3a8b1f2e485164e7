// RUN: quant-opt %s --cse --canonicalize | FileCheck %s

// Operations without effects: equal ones are one, unused ones go.

#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#s4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>

func.func private @use(tensor<4x8xf32, #a8>, tensor<4x8xf32, #a8>)
func.func private @use4(tensor<4x8xf32, #s4>, tensor<4x8xf32, #s4>)

// CHECK-LABEL: @equal_encodes
func.func @equal_encodes(%x: tensor<4x8xf32>) {
  // CHECK: %[[E:.*]] = lowbit.encode
  // CHECK-NEXT: call @use(%[[E]], %[[E]])
  %0 = lowbit.encode %x : tensor<4x8xf32> to tensor<4x8xf32, #a8>
  %1 = lowbit.encode %x : tensor<4x8xf32> to tensor<4x8xf32, #a8>
  func.call @use(%0, %1) : (tensor<4x8xf32, #a8>, tensor<4x8xf32, #a8>) -> ()
  return
}

// Another range kind is another rounding.
// CHECK-LABEL: @other_range
func.func @other_range(%x: tensor<4x8xf32>) {
  // CHECK: %[[A:.*]] = lowbit.encode
  // CHECK: %[[B:.*]] = lowbit.encode %{{.*}} range(full)
  // CHECK-NEXT: call @use4(%[[A]], %[[B]])
  %0 = lowbit.encode %x : tensor<4x8xf32> to tensor<4x8xf32, #s4>
  %1 = lowbit.encode %x range(full) : tensor<4x8xf32> to tensor<4x8xf32, #s4>
  func.call @use4(%0, %1) : (tensor<4x8xf32, #s4>, tensor<4x8xf32, #s4>) -> ()
  return
}

func.func private @kernel(memref<4x8xf32>, memref<4x8xf32>)

// CHECK-LABEL: @unused
// CHECK-NEXT: return
func.func @unused(%x: tensor<4x8xf32>, %c: tensor<4x8xi8>, %s: tensor<4xf32>) {
  %0 = lowbit.encode %x : tensor<4x8xf32> to tensor<4x8xf32, #a8>
  %1 = lowbit.decode %0 : tensor<4x8xf32, #a8> to tensor<4x8xf32>
  %2 = lowbit.assemble %c, %s : tensor<4x8xi8>, tensor<4xf32> to tensor<4x8xf32, #a8>
  %3:2 = lowbit.disassemble %2 : tensor<4x8xf32, #a8> to tensor<4x8xi8>, tensor<4xf32>
  %4 = lowbit.call_kernel @kernel ins(%x : tensor<4x8xf32>) outs(%1 : tensor<4x8xf32>) -> tensor<4x8xf32>
  return
}
