// RUN: quant-opt --lowbit-assign-encodings=recipe=mxfp4 %s | FileCheck %s --check-prefix=MXFP4
// RUN: quant-opt --lowbit-assign-encodings=recipe=mxfp8 %s | FileCheck %s --check-prefix=MXFP8
// RUN: quant-opt --lowbit-assign-encodings=recipe=nvfp4 %s | FileCheck %s --check-prefix=NVFP4
// RUN: quant-opt --lowbit-assign-encodings=recipe=nf4-g64-dq %s | FileCheck %s --check-prefix=DQ
// RUN: quant-opt --lowbit-assign-encodings=recipe=q4_0 %s | FileCheck %s --check-prefix=Q40
// RUN: quant-opt --lowbit-assign-encodings=recipe=q4_1 %s | FileCheck %s --check-prefix=Q41
// RUN: quant-opt --lowbit-assign-encodings=recipe=q8_0 %s | FileCheck %s --check-prefix=Q80
// RUN: quant-opt --lowbit-assign-encodings=recipe=int3-g8 %s | FileCheck %s --check-prefix=INT3
// RUN: quant-opt --lowbit-assign-encodings=recipe=int2-g8-sym %s | FileCheck %s --check-prefix=INT2
// RUN: quant-opt --lowbit-assign-encodings=recipe=int8-g32 %s | FileCheck %s --check-prefix=INT8
// RUN: quant-opt --lowbit-assign-encodings=recipe=fp4-g16-dq %s | FileCheck %s --check-prefix=FP4
// RUN: quant-opt --lowbit-assign-encodings=recipe=binary-g64 %s | FileCheck %s --check-prefix=BINARY
// RUN: quant-opt --lowbit-assign-encodings=recipe=fp8 %s | FileCheck %s --check-prefix=FP8
// RUN: quant-opt --lowbit-assign-encodings=recipe=mulaw8 %s | FileCheck %s --check-prefix=MULAW
// RUN: quant-opt --lowbit-assign-encodings=recipe=alaw8 %s | FileCheck %s --check-prefix=ALAW
// RUN: quant-opt --lowbit-assign-encodings=recipe=f16 %s | FileCheck %s --check-prefix=F16
// RUN: quant-opt --lowbit-assign-encodings=recipe=bf16 %s | FileCheck %s --check-prefix=BF16
// RUN: quant-opt --lowbit-assign-encodings=recipe=int4-g32-sym-2:4 %s | FileCheck %s --check-prefix=SPARSE
// RUN: quant-opt --lowbit-assign-encodings=recipe=int8-dynamic-1:4 %s | FileCheck %s --check-prefix=SPARSE8
// RUN: quant-opt --lowbit-assign-encodings=recipe=int4-g32-sym-62.5%% %s | FileCheck %s --check-prefix=PRUNED

// RUN: not quant-opt --lowbit-assign-encodings=recipe=int8-100%% %s 2>&1 | FileCheck %s --check-prefix=NOTHING
// NOTHING: error: recipe 'int8-100%': what is pruned is more than 0% and less than 100%, not '100%'
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int8-4:4 %s 2>&1 | FileCheck %s --check-prefix=ALL
// ALL: error: recipe 'int8-4:4': of m weights n are kept, with n from 1 to m - 1 and m up to 256, not '4:4'
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int8-static-p101 %s 2>&1 | FileCheck %s --check-prefix=PERCENTILE
// PERCENTILE: error: recipe 'int8-static-p101': a percentile is above 50 and at most 100, not '101'
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int8-static-asym-p30 %s 2>&1 | FileCheck %s --check-prefix=HALF
// HALF: error: recipe 'int8-static-asym-p30': a percentile is above 50 and at most 100, not '30'
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int8-2:4-50%% %s 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: error: recipe 'int8-2:4-50%': weights have one sparsity, not '2:4' and '50%'
// RUN: not quant-opt --lowbit-assign-encodings=recipe=mse-hqq-int8 %s 2>&1 | FileCheck %s --check-prefix=METHODS
// METHODS: error: recipe 'mse-hqq-int8': one method finds the codes, not 'mse' and 'hqq'
// RUN: not quant-opt --lowbit-assign-encodings=recipe=awq-smoothquant0.8-int8 %s 2>&1 | FileCheck %s --check-prefix=SCALINGS
// SCALINGS: error: recipe 'awq-smoothquant0.8-int8': inputs are scaled in one way, not 'awq' and 'smoothquant0.8'
// RUN: not quant-opt --lowbit-assign-encodings=recipe=gptq-smoothquant-int8 %s 2>&1 | FileCheck %s --check-prefix=ORDER
// ORDER: error: recipe 'gptq-smoothquant-int8': 'smoothquant' scales inputs and stands in front of 'gptq'
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int8-95%% %s 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: weight of layer '{{.*}}', 'tensor<4x4xf32>': -95% keeps none of 16 weights; with -93.75% or less at least one is left
// RUN: quant-opt --lowbit-assign-encodings=recipe=q4_1-93.75%% %s | FileCheck %s --check-prefix=ONE
// ONE: #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 1, offset = f16, sparsity = #lowbit.bitmap<kept = 1>>
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int4-g2-2:3 %s 2>&1 | FileCheck %s --check-prefix=RUNS
// RUNS: scales along axis 1 are shared by a multiple of 3 values where it is sparse, got 2
// RUN: not quant-opt --lowbit-assign-encodings=recipe=mxpf4 %s 2>&1 | FileCheck %s --check-prefix=TYPO
// TYPO: did you mean 'mxfp4'?
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int9-g32 %s 2>&1 | FileCheck %s --check-prefix=WIDTH
// WIDTH: error: recipe 'int9-g32': codes of 'int' have 2 to 8 bits, not 9
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int4-g32-dq %s 2>&1 | FileCheck %s --check-prefix=NESTED
// NESTED: unknown recipe 'int4-g32-dq'{{.*}}; did you mean 'nf4-g32-dq'?

// The encoding of each name, along the axis that is summed over.

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
!m = tensor<4x4xf32>

// MXFP4: lowbit.weight_encoding = #lowbit.encoding<#lowbit.float<f4E2M1FN>, scale = f8E8M0FNU per group<32> along 1>}
// MXFP8: lowbit.weight_encoding = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f8E8M0FNU per group<32> along 1>}
// NVFP4: lowbit.weight_encoding = #lowbit.encoding<#lowbit.float<f4E2M1FN>, scale = f8E4M3FN per group<16> along 1, nested_scale = f32 per tensor>}
// DQ: lowbit.weight_encoding = #lowbit.encoding<#lowbit.codebook<nf4>, scale = u8 per group<64> along 1, nested_scale = f32 per 256>}
// Q40: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 1>, lowbit.weight_range = #lowbit.range<full>}
// Q41: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 1, offset = f16>}
// Q80: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per group<32> along 1>}
// INT3: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<u3>, scale = f16 per group<8> along 1, zero_point = u3>}
// INT2: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i2>, scale = f16 per group<8> along 1>, lowbit.weight_range = #lowbit.range<full>}
// INT8: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<u8>, scale = f16 per group<32> along 1, zero_point = u8>}
// FP4: lowbit.weight_encoding = #lowbit.encoding<#lowbit.codebook<fp4>, scale = u8 per group<16> along 1, nested_scale = f32 per 256>}
// BINARY: lowbit.weight_encoding = #lowbit.encoding<#lowbit.codebook<binary>, scale = f16 per group<64> along 1>, lowbit.weight_range = #lowbit.range<mean>}
// FP8: lowbit.weight_encoding = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f32 per axis<0>>}
// MULAW: lowbit.weight_encoding = #lowbit.encoding<#lowbit.mulaw<8, 255>, scale = f32 per axis<0>>}
// ALAW: lowbit.weight_encoding = #lowbit.encoding<#lowbit.alaw<8, 87.6>, scale = f32 per axis<0>>}
// F16: lowbit.weight_encoding = #lowbit.encoding<#lowbit.float<f16>>}
// SPARSE: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 1, sparsity = #lowbit.nm<2:4 along 1>>, lowbit.weight_range = #lowbit.range<full>}
// PRUNED: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 1, sparsity = #lowbit.bitmap<kept = 6>>, lowbit.weight_range = #lowbit.range<full>}
// SPARSE8: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// SPARSE8-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, sparsity = #lowbit.nm<1:4 along 1>>}
// BF16: lowbit.weight_encoding = #lowbit.encoding<#lowbit.float<bf16>>}
func.func @transposed(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}
