// RUN: quant-opt %s --emit-bytecode -o %t.mlirbc
// RUN: quant-opt %t.mlirbc > %t.mlir
// RUN: quant-opt %s | diff - %t.mlir
// RUN: FileCheck %s < %t.mlir
// RUN: quant-opt %s --verify-roundtrip -o %t.same

// Each attribute and operation reads from bytecode as from text.

#w4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<128> along 0, zero_point = u4>
#n4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = bf16 per tensor>
#p8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>

// CHECK: func.func private @formats() attributes {
// CHECK-SAME: a = #lowbit.encoding<#lowbit.codebook<[-1, 0, 0.5]>, scale = u8 per group<64> along 0, nested_scale = f32 per 256>
// CHECK-SAME: b = #lowbit.encoding<#lowbit.mulaw<8, 255>, scale = f8E8M0FNU per block<[*, 32]>>
// CHECK-SAME: c = #lowbit.encoding<#lowbit.alaw<8, 87.6>, scale = f16 per tensor, offset = f16>
// CHECK-SAME: d = #lowbit.encoding<#lowbit.float<f16>>
// CHECK-SAME: e = #lowbit.encoding<#lowbit.log<4, 1>, scale = f16 per axis<1>>
func.func private @formats() attributes {
  a = #lowbit.encoding<#lowbit.codebook<[-1, 0, 0.5]>, scale = u8 per group<64> along 0, nested_scale = f32 per 256>,
  b = #lowbit.encoding<#lowbit.mulaw<8, 255>, scale = f8E8M0FNU per block<[*, 32]>>,
  c = #lowbit.encoding<#lowbit.alaw<8, 87.6>, scale = f16 per tensor, offset = f16>,
  d = #lowbit.encoding<#lowbit.float<f16>>,
  e = #lowbit.encoding<#lowbit.log<4, 1>, scale = f16 per axis<1>>}

func.func private @kernel(memref<4x8xf32>, memref<4x8xf32>)

// CHECK-LABEL: @everything
// CHECK-SAME: tensor<384x64xf32, #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<128> along 0, zero_point = u4>>
// CHECK-SAME: tensor<8xf16, #lowbit.encoding<#lowbit.codebook<nf4>, scale = bf16 per tensor>>
// CHECK-SAME: tensor<384x64xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>>
func.func @everything(%w: tensor<384x64xf32, #w4>, %n: tensor<8xf16, #n4>, %p: tensor<384x64xf32, #p8>, %x: tensor<4x8xf32>, %c: tensor<4xi8>, %s: tensor<bf16>, %r: tensor<bf16>) -> tensor<4x8xf32> {
  // CHECK: lowbit.encode %{{.*}} range(full)
  %0 = lowbit.encode %x range(full) : tensor<4x8xf32> to tensor<4x8xf32, #n4>
  // CHECK: lowbit.decode
  %1 = lowbit.decode %0 : tensor<4x8xf32, #n4> to tensor<4x8xf32>
  // CHECK: lowbit.disassemble
  %2:3 = lowbit.disassemble %w : tensor<384x64xf32, #w4> to tensor<384x32xi8>, tensor<3x64xf16>, tensor<3x32xi8>
  // CHECK: lowbit.assemble
  %3 = lowbit.assemble %c, %s : tensor<4xi8>, tensor<bf16> to tensor<8xf16, #n4>
  // CHECK: lowbit.call_kernel
  %4 = lowbit.call_kernel @kernel ins(%x : tensor<4x8xf32>) outs(%1 : tensor<4x8xf32>) {lowbit.weight_range = #lowbit.range<minmax>} -> tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}
