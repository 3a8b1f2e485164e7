// RUN: not quant-opt --lowbit-assign-encodings=recipe=int4g128 %s 2>&1 | FileCheck %s --check-prefix=TYPO
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int4-g64-smy %s 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not quant-opt --lowbit-assign-encodings=recipe=int4-g0 %s 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not quant-opt --lowbit-assign-encodings=recipe=something-else %s 2>&1 | FileCheck %s --check-prefix=FAR
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t.none/r.yaml %s 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not quant-opt --lowbit-assign-encodings=recipe= %s 2>&1 | FileCheck %s --check-prefix=EMPTY

// TYPO: error: unknown recipe 'int4g128', neither a file nor a shorthand such as int8, int4-g128, nf4-g64, auto-4.5 (docs/recipes.md lists them); did you mean 'int4-g128'?
// TYPO-NOT: {{error|lowbit.weight_encoding}}
// SIZE: error: unknown recipe 'int4-g64-smy'{{.+}}; did you mean 'int4-g64-sym'?
// ZERO: error: recipe 'int4-g0': groups have at least one element
// FAR: error: unknown recipe 'something-else'{{.+}} lists them){{$}}
// MISSING: error: cannot open recipe '{{.+}}r.yaml': No such file or directory
// EMPTY: error: unknown recipe ''{{.+}} lists them){{$}}

!m = tensor<4x4xf32>
func.func @layer(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}
