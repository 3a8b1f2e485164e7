// RUN: quant-opt %s --convert-lowbit-to-nvvm --split-input-file --verify-diagnostics
// RUN: quant-opt %s --convert-lowbit-to-nvvm=fallback --split-input-file 2>&1 | FileCheck %s

// (C191) Encodings that no kernel reads, and operands that none decodes.

// CHECK: remark: no NVVM kernel: queries are encoded; kernels decode keys and values
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>>
func.func @query(%q: tensor<1x1x8x32xf16, #i8>, %k: tensor<1x1x8x32xf16>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{queries are encoded; kernels decode keys and values}}
  %y = lowbit.attention %q, %k, %k scale = 1.0 : tensor<1x1x8x32xf16, #i8>, tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// CHECK: remark: no NVVM kernel: the mask is encoded; kernels decode keys and values
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @mask(%k: tensor<1x1x8x32xf16>, %m: tensor<8x8xf16, #i8>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{the mask is encoded; kernels decode keys and values}}
  %y = lowbit.attention %k, %k, %k scale = 1.0 mask(%m : tensor<8x8xf16, #i8>) : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// CHECK: remark: no NVVM kernel: keys have codes other than i8, i4, f8E4M3FN and f8E5M2
#e = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per axis<0, 1, 2>>
func.func @codec(%q: tensor<1x1x8x32xf16>, %k: tensor<1x1x8x32xf16, #e>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{keys have codes other than i8, i4, f8E4M3FN and f8E5M2}}
  %y = lowbit.attention %q, %k, %q scale = 1.0 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16, #e>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// CHECK: remark: no NVVM kernel: values are sparse
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>, sparsity = #lowbit.nm<2:4 along 3>>
func.func @sparse(%q: tensor<1x1x8x32xf16>, %k: tensor<1x1x8x32xf16, #e>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{values are sparse}}
  %y = lowbit.attention %q, %q, %k scale = 1.0 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16, #e> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// CHECK: remark: no NVVM kernel: keys are not in plain rows
#e = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0, 1, 2>, layout = #lowbit.rows<high_first>>
func.func @order(%q: tensor<1x1x8x32xf16>, %k: tensor<1x1x8x32xf16, #e>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{keys are not in plain rows}}
  %y = lowbit.attention %q, %k, %q scale = 1.0 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16, #e>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// CHECK: remark: no NVVM kernel: keys have zero points or offsets
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>, zero_point = i8>
func.func @zero_points(%q: tensor<1x1x8x32xf16>, %k: tensor<1x1x8x32xf16, #e>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{keys have zero points or offsets}}
  %y = lowbit.attention %q, %k, %q scale = 1.0 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16, #e>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// CHECK: remark: no NVVM kernel: keys have scales that are nested, or other than f32, f16 and bf16
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f8E8M0FNU per axis<0, 1, 2>>
func.func @scales(%q: tensor<1x1x8x32xf16>, %k: tensor<1x1x8x32xf16, #e>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{keys have scales that are nested, or other than f32, f16 and bf16}}
  %y = lowbit.attention %q, %k, %q scale = 1.0 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16, #e>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// CHECK: remark: no NVVM kernel: keys have scales for other blocks than rows of a head, or all rows
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<16> along 3>
func.func @groups(%q: tensor<1x1x8x32xf16>, %k: tensor<1x1x8x32xf16, #e>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{keys have scales for other blocks than rows of a head, or all rows}}
  %y = lowbit.attention %q, %k, %q scale = 1.0 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16, #e>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// CHECK: remark: no NVVM kernel: a head of keys has 36 codes of 4 bits, no multiple of their alignment, 4 bytes
#e = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0, 1, 2>>
func.func @alignment(%q: tensor<1x1x8x36xf16>, %k: tensor<1x1x8x36xf16, #e>) -> tensor<1x1x8x36xf16> {
  // expected-error@+1 {{a head of keys has 36 codes of 4 bits, no multiple of their alignment, 4 bytes}}
  %y = lowbit.attention %q, %k, %q scale = 1.0 : tensor<1x1x8x36xf16>, tensor<1x1x8x36xf16, #e>, tensor<1x1x8x36xf16> -> tensor<1x1x8x36xf16>
  return %y : tensor<1x1x8x36xf16>
}
