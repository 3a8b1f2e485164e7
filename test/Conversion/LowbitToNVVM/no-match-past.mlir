// RUN: quant-opt %s --convert-lowbit-to-nvvm --split-input-file --verify-diagnostics
// RUN: quant-opt %s --convert-lowbit-to-nvvm=fallback --split-input-file 2>&1 | FileCheck %s

// (C205) Past keys and values that cannot be put in front of the new ones.

// CHECK: remark: no NVVM kernel: past keys are not stored as new ones are
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>>
!new = tensor<1x1x8x32xf16>
!past = tensor<1x1x4x32xf16, #i8>
func.func @mixed(%q: !new, %p: !past) -> !new {
  // expected-error@+1 {{past keys are not stored as new ones are}}
  %y = lowbit.attention %q, %q, %q scale = 1.0 past(%p, %p : !past, !past) : !new, !new, !new -> !new
  return %y : !new
}

// -----

// CHECK: remark: no NVVM kernel: past values have codes other than i8, i4, f8E4M3FN and f8E5M2
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per axis<0, 1, 2>>
!new = tensor<1x1x8x32xf16>
!half = tensor<1x1x4x32xf16>
!past = tensor<1x1x4x32xf16, #nf4>
func.func @codec(%q: !new, %p: !half, %v: !past) -> !new {
  // expected-error@+1 {{past values have codes other than}}
  %y = lowbit.attention %q, %q, %q scale = 1.0 past(%p, %v : !half, !past) : !new, !new, !new -> !new
  return %y : !new
}

// -----

// CHECK: remark: no NVVM kernel: past keys and new ones share scales between rows
#all = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!query = tensor<1x1x8x32xf16>
!new = tensor<1x1x8x32xf16, #all>
!past = tensor<1x1x4x32xf16, #all>
func.func @shared(%q: !query, %k: !new, %p: !past) -> !query {
  // expected-error@+1 {{past keys and new ones share scales between rows}}
  %y = lowbit.attention %q, %k, %k scale = 1.0 past(%p, %p : !past, !past) : !query, !new, !new -> !query
  return %y : !query
}
