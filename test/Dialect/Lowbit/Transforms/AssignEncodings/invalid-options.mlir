// RUN: not quant-opt --lowbit-assign-encodings=recipe=int4g128 %s 2>&1 | FileCheck %s --check-prefix=TYPO
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int4-g64-smy %s 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int4-g0 %s 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not quant-opt --lowbit-assign-encodings=recipe=something-else %s 2>&1 | FileCheck %s --check-prefix=FAR
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t.none/r.yaml %s 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not quant-opt --lowbit-assign-encodings=recipe= %s 2>&1 | FileCheck %s --check-prefix=EMPTY

// TYPO: error: unknown recipe 'int4g128', neither a shorthand (int8, int8-dynamic, llm-int8, int8-static, int8-static-asym, intB-gN, intB-gN-sym, nf4-gN, nf4-gN-dq, fp4-gN, fp4-gN-dq, binary-gN, binary-gN-dq, kmeansB, kmeansB-gN, mxfp4, mxfp8, nvfp4, q4_0, q4_1, q8_0, fp8, mulaw8, alaw8, f16, bf16, each with -n:m or -N% behind it and a method in front of it (percentile-, mse-, hqq-, awq-, gptq-, magnitude-, wanda-, sparsegpt-), and smoothquant- or awq- in front of all, or float) nor a file; did you mean 'int4-g128'?
// TYPO-NOT: {{error|lowbit.weight_encoding}}
// SIZE: error: unknown recipe 'int4-g64-smy'{{.+}}; did you mean 'int4-g64-sym'?
// ZERO: error: unknown recipe 'int4-g0'{{.+}}; did you mean 'int4-g128'?
// FAR: error: unknown recipe 'something-else'{{.+}} nor a file{{$}}
// MISSING: error: cannot open recipe '{{.+}}r.yaml': No such file or directory
// EMPTY: error: unknown recipe ''{{.+}} nor a file{{$}}

!m = tensor<4x4xf32>
func.func @layer(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}
