// RUN: quant-opt %s | FileCheck %s
// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#w4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<128> along 0, zero_point = u4>
#s4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<128> along 0>
#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#t3 = #lowbit.encoding<#lowbit.affine<i3>, scale = bf16 per tensor>
#p4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<6> along 0, zero_point = u4, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>
#pt = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 1>>

#q41 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 0, offset = f16>
#dq = #lowbit.encoding<#lowbit.codebook<nf4>, scale = u8 per group<64> along 0, nested_scale = f32 per 256>
#nv = #lowbit.encoding<#lowbit.float<f4E2M1FN>, scale = f8E4M3FN per group<16> along 1, nested_scale = f32 per tensor>
#mx = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f8E8M0FNU per block<[*, 32]>>
#half = #lowbit.encoding<#lowbit.float<bf16>>

// (C109) Scales of one byte are bytes, and codes of 16 bits two of them; nested
// scales are counted over all scales: 5 * 33 = 165, 300 * 33 / 256 = 38.7.
// CHECK-LABEL: @more_parts_c109
func.func @more_parts_c109(%q41: tensor<300x33xf32, #q41>, %dq: tensor<300x33xf32, #dq>, %nv: tensor<300x33xf32, #nv>, %mx: tensor<300x33xf32, #mx>, %half: tensor<300x33xf32, #half>, %scalar: tensor<f32, #half>, %dynamic: tensor<?x?xf32, #dq>) -> tensor<300x33xf32, #dq> {
  // CHECK: %{{.*}}, %{{.*}}, %offsets = lowbit.disassemble
  %q:3 = lowbit.disassemble %q41 : tensor<300x33xf32, #q41> to tensor<300x17xi8>, tensor<10x33xf16>, tensor<10x33xf16>
  // CHECK: %{{.*}}, %{{.*}}, %nested_scales = lowbit.disassemble
  %d:3 = lowbit.disassemble %dq : tensor<300x33xf32, #dq> to tensor<300x17xi8>, tensor<5x33xi8>, tensor<1xf32>
  %n:3 = lowbit.disassemble %nv : tensor<300x33xf32, #nv> to tensor<300x17xi8>, tensor<300x3xi8>, tensor<f32>
  %m:2 = lowbit.disassemble %mx : tensor<300x33xf32, #mx> to tensor<300x33xi8>, tensor<2xi8>
  %h = lowbit.disassemble %half : tensor<300x33xf32, #half> to tensor<300x66xi8>
  %s = lowbit.disassemble %scalar : tensor<f32, #half> to tensor<2xi8>
  %y:3 = lowbit.disassemble %dynamic : tensor<?x?xf32, #dq> to tensor<?x?xi8>, tensor<?x?xi8>, tensor<?xf32>
  // CHECK: lowbit.assemble %{{.*}}, %{{.*}}, %{{.*}} : tensor<300x17xi8>, tensor<5x33xi8>, tensor<1xf32> to
  %0 = lowbit.assemble %d#0, %d#1, %d#2 : tensor<300x17xi8>, tensor<5x33xi8>, tensor<1xf32> to tensor<300x33xf32, #dq>
  return %0 : tensor<300x33xf32, #dq>
}

// CHECK-LABEL: @encode
// CHECK-SAME: (%[[X:.*]]: tensor<?x384xf32>, %[[W:.*]]: tensor<384x64xf32>, %[[R:.*]]: tensor<?xf32>)
func.func @encode(%x: tensor<?x384xf32>, %w: tensor<384x64xf32>, %r: tensor<?xf32>) {
  // CHECK: lowbit.encode %[[X]] : tensor<?x384xf32> to tensor<?x384xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>>
  %0 = lowbit.encode %x : tensor<?x384xf32> to tensor<?x384xf32, #a8>
  // CHECK: lowbit.encode %[[W]] range(full) : tensor<384x64xf32> to
  %1 = lowbit.encode %w range(full) : tensor<384x64xf32> to tensor<384x64xf32, #s4>
  // CHECK: lowbit.encode %[[W]] range(minmax) : tensor<384x64xf32> to
  %2 = lowbit.encode %w range(minmax) : tensor<384x64xf32> to tensor<384x64xf32, #w4>
  // CHECK: lowbit.encode %[[X]] range(absmax) ranges(%[[R]], %[[R]] : tensor<?xf32>, tensor<?xf32>) {note} : tensor<?x384xf32> to
  %3 = lowbit.encode %x range(absmax) ranges(%r, %r : tensor<?xf32>, tensor<?xf32>) {note} : tensor<?x384xf32> to tensor<?x384xf32, #a8>
  return
}

// CHECK-LABEL: @decode
func.func @decode(%e: tensor<4x8xf16, #w8>) -> tensor<4x8xf16> {
  // CHECK: lowbit.decode %{{.*}} : tensor<4x8xf16, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>> to tensor<4x8xf16>
  %0 = lowbit.decode %e : tensor<4x8xf16, #w8> to tensor<4x8xf16>
  return %0 : tensor<4x8xf16>
}

// (C13) Scales keep each axis that is not taken whole: 300 = 2 * 128 + 44.
// (C14) 33 codes of 4 bits are 17 bytes.
// (C15) 33 zero points of 4 bits are 17 bytes.
// CHECK-LABEL: @rows_c13_c14_c15
func.func @rows_c13_c14_c15(%e: tensor<300x33xf32, #w4>) -> tensor<300x33xf32, #w4> {
  // CHECK: %[[C:.*]], %[[S:.*]], %[[Z:.*]] = lowbit.disassemble %{{.*}} : tensor<300x33xf32, #lowbit.encoding<{{.*}}>> to tensor<300x17xi8>, tensor<3x33xf16>, tensor<3x17xi8>
  %c, %s, %z = lowbit.disassemble %e : tensor<300x33xf32, #w4> to tensor<300x17xi8>, tensor<3x33xf16>, tensor<3x17xi8>
  // CHECK: lowbit.assemble %[[C]], %[[S]], %[[Z]] : tensor<300x17xi8>, tensor<3x33xf16>, tensor<3x17xi8> to tensor<300x33xf32, #lowbit.encoding<{{.*}}>>
  %0 = lowbit.assemble %c, %s, %z : tensor<300x17xi8>, tensor<3x33xf16>, tensor<3x17xi8> to tensor<300x33xf32, #w4>
  return %0 : tensor<300x33xf32, #w4>
}

// The parts print under the names of their kinds.
// CHECK-LABEL: @names
func.func @names(%e: tensor<300x33xf32, #w4>) {
  // CHECK: %codes, %scales, %zero_points = lowbit.disassemble
  %0:3 = lowbit.disassemble %e : tensor<300x33xf32, #w4> to tensor<300x17xi8>, tensor<3x33xf16>, tensor<3x17xi8>
  return
}

// A scalar has one byte of codes and one scale; a tensor without elements none.
// CHECK-LABEL: @corner_shapes
func.func @corner_shapes(%s: tensor<f32, #t3>, %n: tensor<0x5xf32, #t3>, %v: tensor<11xf32, #t3>) {
  // CHECK: to tensor<i8>, tensor<bf16>
  %0:2 = lowbit.disassemble %s : tensor<f32, #t3> to tensor<i8>, tensor<bf16>
  // CHECK: to tensor<0x2xi8>, tensor<bf16>
  %1:2 = lowbit.disassemble %n : tensor<0x5xf32, #t3> to tensor<0x2xi8>, tensor<bf16>
  // CHECK: to tensor<5xi8>, tensor<bf16>
  %2:2 = lowbit.disassemble %v : tensor<11xf32, #t3> to tensor<5xi8>, tensor<bf16>
  return
}

// Dynamic sizes of the parts, and of the whole in `sizes`.
// CHECK-LABEL: @dynamic
func.func @dynamic(%c: tensor<?x?xi8>, %s: tensor<?x?xf16>, %z: tensor<?x?xi8>, %ac: tensor<?x384xi8>, %as: tensor<?xf32>, %k: index, %n: index) {
  // CHECK: lowbit.assemble %{{.*}}, %{{.*}}, %{{.*}} sizes(%{{.*}}, %{{.*}}) : tensor<?x?xi8>, tensor<?x?xf16>, tensor<?x?xi8> to tensor<?x?xf32
  %0 = lowbit.assemble %c, %s, %z sizes(%k, %n) : tensor<?x?xi8>, tensor<?x?xf16>, tensor<?x?xi8> to tensor<?x?xf32, #w4>
  // CHECK: lowbit.assemble %{{.*}}, %{{.*}} sizes(%{{.*}}) : tensor<?x384xi8>, tensor<?xf32> to tensor<?x384xf32
  %1 = lowbit.assemble %ac, %as sizes(%k) : tensor<?x384xi8>, tensor<?xf32> to tensor<?x384xf32, #a8>
  return
}

// (C16) 20x17 in panels of 8 columns and steps of 4: 3 panels; groups of 6, 6,
// 6 and 2 take 2 + 2 + 2 + 1 tiles of 8 * 4 * 4 / 8 = 16 bytes.
// CHECK-LABEL: @panels_c16
func.func @panels_c16(%e: tensor<20x17xf32, #p4>, %t: tensor<40x384xf32, #pt>) {
  // CHECK: to tensor<3x7x16xi8>, tensor<3x4x8xf16>, tensor<3x4x8xi8>
  %0:3 = lowbit.disassemble %e : tensor<20x17xf32, #p4> to tensor<3x7x16xi8>, tensor<3x4x8xf16>, tensor<3x4x8xi8>
  // The reduction may be the last axis; here the scale is constant along it.
  // CHECK: to tensor<2x96x128xi8>, tensor<2x1x32xf32>
  %1:2 = lowbit.disassemble %t : tensor<40x384xf32, #pt> to tensor<2x96x128xi8>, tensor<2x1x32xf32>
  return
}

func.func private @kernel(memref<?x384xf32, strided<[?, ?], offset: ?>>, memref<384x64xi8>, index, memref<?x64xf32>)

// CHECK-LABEL: @call_kernel
func.func @call_kernel(%x: tensor<?x384xf32>, %c: tensor<384x64xi8>, %k: index, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[Y:.*]] = lowbit.call_kernel @kernel ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x384xf32>, tensor<384x64xi8>, index) outs(%{{.*}} : tensor<?x64xf32>) -> tensor<?x64xf32>
  %0 = lowbit.call_kernel @kernel ins(%x, %c, %k : tensor<?x384xf32>, tensor<384x64xi8>, index) outs(%y : tensor<?x64xf32>) -> tensor<?x64xf32>
  // CHECK: return %[[Y]]
  return %0 : tensor<?x64xf32>
}
