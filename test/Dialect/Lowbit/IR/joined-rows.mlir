// RUN: quant-opt %s --split-input-file --verify-diagnostics | FileCheck %s

#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// (C14) 147 nibbles of an output take 74 bytes.
// CHECK-LABEL: @filter_c14
func.func @filter_c14(%e: tensor<64x3x7x7xf32, #i4>) {
  // CHECK: lowbit.disassemble
  %0:2 = lowbit.disassemble %e : tensor<64x3x7x7xf32, #i4> to tensor<64x74xi8>, tensor<64xf32>
  return
}

// (C135) Rows that fill bytes, and bytes, keep all axes.
// CHECK-LABEL: @whole_bytes_c135
func.func @whole_bytes_c135(%a: tensor<2x8x64xf32, #i4>, %b: tensor<64x3x7x7xf32, #i8>, %c: tensor<?x?x64xf32, #i4>) {
  // CHECK-COUNT-3: lowbit.disassemble
  %0:2 = lowbit.disassemble %a : tensor<2x8x64xf32, #i4> to tensor<2x8x32xi8>, tensor<2xf32>
  %1:2 = lowbit.disassemble %b : tensor<64x3x7x7xf32, #i8> to tensor<64x3x7x7xi8>, tensor<64xf32>
  %2:2 = lowbit.disassemble %c : tensor<?x?x64xf32, #i4> to tensor<?x?x32xi8>, tensor<?xf32>
  return
}

// (C135) A size that is not known may leave bits of a byte empty.
// CHECK-LABEL: @dynamic_c135
func.func @dynamic_c135(%a: tensor<2x8x?xf32, #i4>, %b: tensor<?x3x5xf32, #i4>) {
  // CHECK-COUNT-2: lowbit.disassemble
  %0:2 = lowbit.disassemble %a : tensor<2x8x?xf32, #i4> to tensor<2x?xi8>, tensor<2xf32>
  %1:2 = lowbit.disassemble %b : tensor<?x3x5xf32, #i4> to tensor<?x8xi8>, tensor<?xf32>
  return
}

#zero = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per block<[1, 1, 1, *]>, zero_point = u4>
#sparse = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, sparsity = #lowbit.nm<2:4 along 1>>
#bits = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, offset = f32, sparsity = #lowbit.bitmap<kept = 100>>

// (C15) Zero points, positions and bitmaps are packed so, too: 15 nibbles, 18
// places of 2 bits, 36 bits.
// CHECK-LABEL: @other_parts_c15
func.func @other_parts_c15(%a: tensor<2x5x3x7xf32, #zero>, %b: tensor<8x4x3x3xf32, #sparse>, %c: tensor<8x4x3x3xf32, #bits>) {
  // CHECK-COUNT-3: lowbit.disassemble
  %0:3 = lowbit.disassemble %a : tensor<2x5x3x7xf32, #zero> to tensor<2x53xi8>, tensor<2x5x3xf32>, tensor<2x8xi8>
  %1:3 = lowbit.disassemble %b : tensor<8x4x3x3xf32, #sparse> to tensor<8x2x3x3xi8>, tensor<8xf32>, tensor<8x5xi8>
  %2:4 = lowbit.disassemble %c : tensor<8x4x3x3xf32, #bits> to tensor<100xi8>, tensor<8xf32>, tensor<8xf32>, tensor<8x5xi8>
  return
}

#split = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>, layout = #lowbit.rows<split<32>>>

// (C135) Blocks of 32 codes go over the ends of rows of 48, not of 64.
// CHECK-LABEL: @split_c135
func.func @split_c135(%a: tensor<2x3x48xf32, #split>, %b: tensor<2x3x64xf32, #split>) {
  // CHECK-COUNT-2: lowbit.disassemble
  %0:2 = lowbit.disassemble %a : tensor<2x3x48xf32, #split> to tensor<2x72xi8>, tensor<2xf32>
  %1:2 = lowbit.disassemble %b : tensor<2x3x64xf32, #split> to tensor<2x3x32xi8>, tensor<2xf32>
  return
}

// -----

#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>

func.func @wrong_c135(%e: tensor<64x3x7x7xf32, #i4>) {
  // expected-error @below {{expects codes of type 'tensor<64x74xi8>', got 'tensor<64x3x7x4xi8>'}}
  %0:2 = lowbit.disassemble %e : tensor<64x3x7x7xf32, #i4> to tensor<64x3x7x4xi8>, tensor<64xf32>
  return
}
