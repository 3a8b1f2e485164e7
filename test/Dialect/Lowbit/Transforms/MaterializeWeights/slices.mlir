// A big weight is quantized in slices, of which the bytes show nothing: short
// last groups, packed rows of one dimension, scales of rows and of the tensor,
// groups so long that a multiple of them is no 64-bit number.
// Error messages name places in the whole tensor.

// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/Inputs/make_weights.py %t/w.safetensors
// RUN: quant-opt %s -o %t/whole.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/whole.safetensors"
// RUN: quant-opt %s -o %t/sliced.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/sliced.safetensors slice-elements=1000 threads=2"
// RUN: cmp %t/whole.mlir %t/sliced.mlir
// RUN: cmp %t/whole.safetensors %t/sliced.safetensors

// RUN: sed -e 's/@bfloat/@bfloat.nan/' %s > %t/nan.mlir
// RUN: not quant-opt %t/nan.mlir -o /dev/null --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/o slice-elements=1000" 2>&1 | FileCheck %s --check-prefix=NAN
// NAN: error: {{.*}}: tensor 'bfloat.nan' holds NaN at [200, 7]

// RUN: sed -e 's/@other/@other.huge/' %s > %t/huge.mlir
// RUN: not quant-opt %t/huge.mlir -o /dev/null --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/o slice-elements=1000" 2>&1 | FileCheck %s --check-prefix=HUGE
// HUGE: error: {{.*}}: tensor 'other.huge' needs a scale at [60, 5] that is too large for f16; use f32 or bf16 scales

#groups0 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<5> along 0, zero_point = u4>
#groups1 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<5> along 1>
#rows = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per axis<0>, zero_point = u4>
#tensor = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#vector = #lowbit.encoding<#lowbit.affine<i3>, scale = f32 per group<7> along 0>
#huge0 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<2305843009213693952> along 0>
#huge1 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<1152921504606846976> along 0>

ml_program.global public @single(#ml_program.extern : tensor<301x17xf32>) : tensor<301x17xf32>
ml_program.global public @other(#ml_program.extern : tensor<301x17xf32>) : tensor<301x17xf32>
ml_program.global public @bfloat(#ml_program.extern : tensor<301x17xbf16>) : tensor<301x17xbf16>
ml_program.global public @half(#ml_program.extern : tensor<5117xf16>) : tensor<5117xf16>

func.func @main() -> (tensor<301x17xf32, #rows>, tensor<301x17xf32, #tensor>,
                      tensor<301x17xf32, #groups0>, tensor<301x17xbf16, #groups1>,
                      tensor<5117xf16, #vector>, tensor<301x17xf32, #huge0>,
                      tensor<301x17xf32, #huge1>) {
  %f32 = ml_program.global_load_const @single : tensor<301x17xf32>
  %other = ml_program.global_load_const @other : tensor<301x17xf32>
  %bf16 = ml_program.global_load_const @bfloat : tensor<301x17xbf16>
  %f16 = ml_program.global_load_const @half : tensor<5117xf16>
  %0 = lowbit.encode %f32 : tensor<301x17xf32> to tensor<301x17xf32, #rows>
  %1 = lowbit.encode %f32 : tensor<301x17xf32> to tensor<301x17xf32, #tensor>
  %2 = lowbit.encode %other : tensor<301x17xf32> to tensor<301x17xf32, #groups0>
  %3 = lowbit.encode %bf16 : tensor<301x17xbf16> to tensor<301x17xbf16, #groups1>
  %4 = lowbit.encode %f16 : tensor<5117xf16> to tensor<5117xf16, #vector>
  %5 = lowbit.encode %f32 : tensor<301x17xf32> to tensor<301x17xf32, #huge0>
  %6 = lowbit.encode %f32 : tensor<301x17xf32> to tensor<301x17xf32, #huge1>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<301x17xf32, #rows>, tensor<301x17xf32, #tensor>,
    tensor<301x17xf32, #groups0>, tensor<301x17xbf16, #groups1>, tensor<5117xf16, #vector>,
    tensor<301x17xf32, #huge0>, tensor<301x17xf32, #huge1>
}
