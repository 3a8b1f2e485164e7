// Keys and values of few bits are decoded in the kernels of a GPU, run by the
// emulator: what the CPU makes of the decoded tensors, and no decoded copy.

// RUN: %python -c "import numpy as np; r = np.random.default_rng(1); np.savez(r'%t.npz', **{f'input{i}': r.normal(size=(2, h, n, 64)).astype('f4') for i, (h, n) in enumerate(((4, 20), (2, 37), (2, 37)))})"
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --attention-element=f16 --compare %t.cpu.npz --tolerance=0.003 2>&1 | FileCheck %s
// RUN: quant-run %s --input %t.npz --device=emulator --attention-element=bf16 --compare %t.cpu.npz --tolerance=0.03 2>&1 | FileCheck %s
// CHECK: output0 {{.*}}cosine {{1.000000|0.9999}}
// CHECK: output1 {{.*}}cosine {{1.000000|0.9999}}
// CHECK: output2 {{.*}}cosine {{1.000000|0.9999}}
// CHECK: output3 {{.*}}cosine {{1.000000|0.9999}}

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>>
#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per axis<0, 1, 2>>
#e4m3 = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f32 per axis<0, 1, 2>>
#e5m2 = #lowbit.encoding<#lowbit.float<f8E5M2>, scale = f16 per axis<1>>

!query = tensor<2x4x20x64xf32>
!key = tensor<2x2x37x64xf32>
!i8 = tensor<2x2x37x64xf32, #i8>
!i4 = tensor<2x2x37x64xf32, #i4>
!e4m3 = tensor<2x2x37x64xf32, #e4m3>
!e5m2 = tensor<2x2x37x64xf32, #e5m2>

func.func @main(%q: !query, %k: !key, %v: !key) -> (!query, !query, !query, !query) {
  %k8 = lowbit.encode %k : !key to !i8
  %v8 = lowbit.encode %v : !key to !i8
  %a = lowbit.attention %q, %k8, %v8 scale = 0.125 causal : !query, !i8, !i8 -> !query
  %k4 = lowbit.encode %k : !key to !i4
  %v4 = lowbit.encode %v : !key to !i4
  %b = lowbit.attention %q, %k4, %v4 scale = 0.125 : !query, !i4, !i4 -> !query
  %kf = lowbit.encode %k : !key to !e4m3
  %vf = lowbit.encode %v : !key to !e5m2
  %c = lowbit.attention %q, %kf, %vf scale = 0.125 : !query, !e4m3, !e5m2 -> !query
  %d = lowbit.attention %q, %k8, %v scale = 0.125 : !query, !i8, !key -> !query
  return %a, %b, %c, %d : !query, !query, !query, !query
}
