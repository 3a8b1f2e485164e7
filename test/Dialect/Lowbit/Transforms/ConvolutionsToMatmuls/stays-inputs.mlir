// RUN: quant-opt %s --lowbit-convolutions-to-matmuls --convert-lowbit-to-x86="isa=avx2" -split-input-file -verify-diagnostics -o /dev/null
// RUN: not quant-opt %s --lowbit-convolutions-to-matmuls --convert-lowbit-to-x86="isa=avx2 fail-on-fallback" -split-input-file -o /dev/null 2>&1 | FileCheck %s

// Inputs whose patches are no rows that a product could read.

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#a = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @bits(%x: tensor<1x4x9xf32, #a>, %w: tensor<6x4x3xf32, #w>, %o: tensor<1x6x7xf32>) -> tensor<1x6x7xf32> {
  // CHECK: error: no x86 kernel: codes of its input are not of 8 bits
  // expected-remark @below {{no x86 kernel: codes of its input are not of 8 bits}}
  %y = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x4x9xf32, #a>, tensor<6x4x3xf32, #w>) outs(%o : tensor<1x6x7xf32>) -> tensor<1x6x7xf32>
  return %y : tensor<1x6x7xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
func.func @channels(%x: tensor<1x4x9xf32, #a>, %w: tensor<6x4x3xf32, #w>, %o: tensor<1x6x7xf32>) -> tensor<1x6x7xf32> {
  // CHECK: error: no x86 kernel: its input has several scales along what it sums over
  // expected-remark @below {{no x86 kernel: its input has several scales along what it sums over}}
  %y = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x4x9xf32, #a>, tensor<6x4x3xf32, #w>) outs(%o : tensor<1x6x7xf32>) -> tensor<1x6x7xf32>
  return %y : tensor<1x6x7xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>, nested_scale = f32 per tensor>
func.func @nested(%x: tensor<1x4x9xf32, #a>, %w: tensor<6x4x3xf32, #w>, %o: tensor<1x6x7xf32>) -> tensor<1x6x7xf32> {
  // CHECK: error: no x86 kernel: its input has nested scales
  // expected-remark @below {{no x86 kernel: its input has nested scales}}
  %y = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x4x9xf32, #a>, tensor<6x4x3xf32, #w>) outs(%o : tensor<1x6x7xf32>) -> tensor<1x6x7xf32>
  return %y : tensor<1x6x7xf32>
}

// -----

#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @filter(%x: tensor<1x4x9xf32, #a>, %w: tensor<6x4x3xf32>, %o: tensor<1x6x7xf32>) -> tensor<1x6x7xf32> {
  // CHECK: error: no x86 kernel: its input is encoded but its filter is not
  // expected-remark @below {{no x86 kernel: its input is encoded but its filter is not}}
  %y = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x4x9xf32, #a>, tensor<6x4x3xf32>) outs(%o : tensor<1x6x7xf32>) -> tensor<1x6x7xf32>
  return %y : tensor<1x6x7xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @half(%x: tensor<1x4x9xf16>, %w: tensor<6x4x3xf16, #w>, %o: tensor<1x6x7xf16>) -> tensor<1x6x7xf16> {
  // CHECK: error: no x86 kernel: an operand is not f32
  // expected-remark @below {{no x86 kernel: an operand is not f32}}
  %y = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x4x9xf16>, tensor<6x4x3xf16, #w>) outs(%o : tensor<1x6x7xf16>) -> tensor<1x6x7xf16>
  return %y : tensor<1x6x7xf16>
}
