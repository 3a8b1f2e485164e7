// RUN: quant-opt %s --lowbit-verify-stored-parts --split-input-file --verify-diagnostics
// RUN: not quant-opt %s --split-input-file -o /dev/null --lowbit-lower-to-reference 2>&1 | FileCheck %s
// RUN: not quant-opt %s --split-input-file -o /dev/null --lowbit-lower-to-x86 2>&1 | FileCheck %s
// CHECK-COUNT-7: error: the constant for part '{{.*}}' holds

// (C184) All in one run; what two assembles share is reported once.
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!e = tensor<3x2xf32, #e>
func.func @scales_c184(%c: tensor<3x2xi8>, %s: tensor<3xf32>) -> (!e, !e, !e, !e, !e) {
  %zero = arith.constant dense<[1.0, 0.0, 2.0]> : tensor<3xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<3xf32>
  %negative = arith.constant dense<-1.0> : tensor<3xf32>
  // expected-error @below {{the constant for part 'scales' holds 0 at [1], and no scale is 0: a block of zeros has the scale 1 and the codes of 0; store that, or quantize the weight again}}
  %0 = lowbit.assemble %c, %zero : tensor<3x2xi8>, tensor<3xf32> to !e
  %1 = lowbit.assemble %c, %zero : tensor<3x2xi8>, tensor<3xf32> to !e
  // expected-error @below {{the constant for part 'scales' holds NaN at [0], and all numbers of this part are finite; quantize the weight again}}
  %2 = lowbit.assemble %c, %nan : tensor<3x2xi8>, tensor<3xf32> to !e
  %3 = lowbit.assemble %c, %negative : tensor<3x2xi8>, tensor<3xf32> to !e
  %4 = lowbit.assemble %c, %s : tensor<3x2xi8>, tensor<3xf32> to !e
  return %0, %1, %2, %3, %4 : !e, !e, !e, !e, !e
}

// -----

// (C184) Nested scales and offsets, of a global with a value, too.
#e = #lowbit.encoding<#lowbit.affine<u8>, scale = u8 per axis<0>, nested_scale = f16 per 2, offset = f16>
!e = tensor<4x2xf32, #e>
ml_program.global private @offsets(dense<[0.0, 1.0, 0.0, 0xFC00]> : tensor<4xf16>) : tensor<4xf16>
func.func @shifted_c184(%c: tensor<4x2xi8>) -> !e {
  %s = arith.constant dense<[1, 2, 0, -1]> : tensor<4xi8>
  %n = arith.constant dense<[1.0, 0x7C00]> : tensor<2xf16>
  %o = ml_program.global_load_const @offsets : tensor<4xf16>
  // expected-error @below {{part 'scales' holds 0 at [2]}}
  // expected-error @below {{part 'nested_scales' holds an infinity at [1]}}
  // expected-error @below {{part 'offsets' holds an infinity at [3]}}
  %0 = lowbit.assemble %c, %s, %n, %o : tensor<4x2xi8>, tensor<4xi8>, tensor<2xf16>, tensor<4xf16> to !e
  return %0 : !e
}

// -----

// (C184) Levels; and bytes, of which any may be.
#e = #lowbit.encoding<#lowbit.kmeans<4, f32 per axis<0>>>
!e = tensor<2x4xf32, #e>
func.func @levels_c184() -> !e {
  %c = arith.constant dense<0> : tensor<2x1xi8>
  %l = arith.constant dense<[[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 0x7F800000, 3.0]]> : tensor<2x4xf32>
  // expected-error @below {{part 'codebook' holds an infinity at [1, 2]}}
  %0 = lowbit.assemble %c, %l : tensor<2x1xi8>, tensor<2x4xf32> to !e
  return %0 : !e
}

// -----

// (C184) Beside the 9 columns of the matrix its panels are padded with zeros.
#p = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 8, step = 1, reduction = 0>>
!p = tensor<1x9xf32, #p>
func.func @panels_c184(%c: tensor<2x1x8xi8>) -> (!p, !p) {
  %s = arith.constant dense<[[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]], [[2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]]> : tensor<2x1x8xf32>
  %t = arith.constant dense<[[[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]], [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]]> : tensor<2x1x8xf32>
  %0 = lowbit.assemble %c, %s : tensor<2x1x8xi8>, tensor<2x1x8xf32> to !p
  // expected-error @below {{part 'scales' holds 0 at [1, 0, 0]}}
  %1 = lowbit.assemble %c, %t : tensor<2x1x8xi8>, tensor<2x1x8xf32> to !p
  return %0, %1 : !p, !p
}
