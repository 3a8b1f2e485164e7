// RUN: quant-opt %s --canonicalize | FileCheck %s

#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#b8 = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>>
#u4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per tensor, zero_point = u4>

// (C28) Taking apart and putting together are inverses.
// CHECK-LABEL: @disassemble_of_assemble_c28
// CHECK-SAME: (%[[C:.*]]: tensor<4x8xi8>, %[[S:.*]]: tensor<4xf32>)
func.func @disassemble_of_assemble_c28(%c: tensor<4x8xi8>, %s: tensor<4xf32>) -> (tensor<4xf32>, tensor<4x8xi8>) {
  // CHECK-NEXT: return %[[S]], %[[C]]
  %e = lowbit.assemble %c, %s : tensor<4x8xi8>, tensor<4xf32> to tensor<4x8xf32, #a8>
  %0:2 = lowbit.disassemble %e : tensor<4x8xf32, #a8> to tensor<4x8xi8>, tensor<4xf32>
  return %0#1, %0#0 : tensor<4xf32>, tensor<4x8xi8>
}

// CHECK-LABEL: @assemble_of_disassemble_c28
// CHECK-SAME: (%[[E:.*]]: tensor<?x8xf32,
func.func @assemble_of_disassemble_c28(%e: tensor<?x8xf32, #a8>, %n: index) -> tensor<?x8xf32, #a8> {
  // CHECK-NEXT: return %[[E]]
  %0:2 = lowbit.disassemble %e : tensor<?x8xf32, #a8> to tensor<?x8xi8>, tensor<?xf32>
  %1 = lowbit.assemble %0#0, %0#1 sizes(%n) : tensor<?x8xi8>, tensor<?xf32> to tensor<?x8xf32, #a8>
  return %1 : tensor<?x8xf32, #a8>
}

// The codes of one tensor with the scales of another are a third tensor.
// CHECK-LABEL: @no_match_mixed_parts
func.func @no_match_mixed_parts(%e: tensor<4x8xf32, #a8>, %f: tensor<4x8xf32, #a8>) -> tensor<4x8xf32, #a8> {
  // CHECK: %[[R:.*]] = lowbit.assemble
  // CHECK: return %[[R]]
  %0:2 = lowbit.disassemble %e : tensor<4x8xf32, #a8> to tensor<4x8xi8>, tensor<4xf32>
  %1:2 = lowbit.disassemble %f : tensor<4x8xf32, #a8> to tensor<4x8xi8>, tensor<4xf32>
  %2 = lowbit.assemble %0#0, %1#1 : tensor<4x8xi8>, tensor<4xf32> to tensor<4x8xf32, #a8>
  return %2 : tensor<4x8xf32, #a8>
}

// Part of the parts is not the tensor.
// CHECK-LABEL: @no_match_fewer_parts
func.func @no_match_fewer_parts(%e: tensor<8xf32, #u4>) -> tensor<8xf32, #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per tensor>> {
  // CHECK: %[[R:.*]] = lowbit.assemble
  // CHECK: return %[[R]]
  %0:3 = lowbit.disassemble %e : tensor<8xf32, #u4> to tensor<4xi8>, tensor<f16>, tensor<i8>
  %1 = lowbit.assemble %0#0, %0#1 : tensor<4xi8>, tensor<f16> to tensor<8xf32, #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per tensor>>
  return %1 : tensor<8xf32, #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per tensor>>
}

// Parts of another source do not fold.
// CHECK-LABEL: @no_match_no_disassemble
func.func @no_match_no_disassemble(%c: tensor<4x8xi8>, %s: tensor<4xf32>) -> tensor<4x8xf32, #a8> {
  // CHECK: lowbit.assemble
  %0 = lowbit.assemble %c, %s : tensor<4x8xi8>, tensor<4xf32> to tensor<4x8xf32, #a8>
  return %0 : tensor<4x8xf32, #a8>
}

// The same bytes read with other codes are another tensor.
// CHECK-LABEL: @no_match_other_type
func.func @no_match_other_type(%e: tensor<4x8xf32, #a8>) -> tensor<4x8xf32, #b8> {
  // CHECK: %[[R:.*]] = lowbit.assemble
  // CHECK: return %[[R]]
  %0:2 = lowbit.disassemble %e : tensor<4x8xf32, #a8> to tensor<4x8xi8>, tensor<4xf32>
  %1 = lowbit.assemble %0#0, %0#1 : tensor<4x8xi8>, tensor<4xf32> to tensor<4x8xf32, #b8>
  return %1 : tensor<4x8xf32, #b8>
}

// (C29) Encode loses; decoding does not bring it back.
// CHECK-LABEL: @decode_of_encode_c29
func.func @decode_of_encode_c29(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: lowbit.encode
  // CHECK: %[[D:.*]] = lowbit.decode
  // CHECK: return %[[D]]
  %0 = lowbit.encode %x : tensor<4x8xf32> to tensor<4x8xf32, #a8>
  %1 = lowbit.decode %0 : tensor<4x8xf32, #a8> to tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// A second encode finds a scale of its own.
// CHECK-LABEL: @encode_of_decode_c29
func.func @encode_of_decode_c29(%e: tensor<4x8xf32, #a8>) -> tensor<4x8xf32, #a8> {
  // CHECK: lowbit.decode
  // CHECK: %[[R:.*]] = lowbit.encode
  // CHECK: return %[[R]]
  %0 = lowbit.decode %e : tensor<4x8xf32, #a8> to tensor<4x8xf32>
  %1 = lowbit.encode %0 : tensor<4x8xf32> to tensor<4x8xf32, #a8>
  return %1 : tensor<4x8xf32, #a8>
}
