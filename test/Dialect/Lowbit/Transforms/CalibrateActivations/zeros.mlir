// RUN: rm -rf %t && mkdir %t
// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py --moments %t/st a,b=0,0,0,0 c=0,0,1,0
// RUN: quant-opt %s -o /dev/null --lowbit-calibrate-activations=statistics=%t/st 2>&1 | FileCheck %s --implicit-check-not=warning
// RUN: quant-opt %s -o %t/calibrated.mlir --lowbit-calibrate-activations=statistics=%t/st 2>/dev/null
// DEFINE: %{materialize} = quant-opt -o %t/q.mlir --lowbit-insert-encodes --lowbit-externalize-weights="output-weights=%t/w min-elements=4" --lowbit-materialize-weights="weights=%t/w statistics=%t/st output-weights=%t/q"
// RUN: %{materialize} %t/calibrated.mlir 2>&1 | FileCheck %s --check-prefix=QUIET --allow-empty
// RUN: not grep zero_inputs %t/q.mlir
// RUN: sed 's/lowbit.zero_inputs = [[]"a"[]]//' %t/calibrated.mlir > %t/alone.mlir
// RUN: %{materialize} %t/alone.mlir 2>&1 | FileCheck %s --check-prefix=METHOD
// RUN: grep 'module attributes {lowbit.zero_inputs = [[]"a"[]]}' %t/calibrated.mlir

// Statistics of inputs that were always zero: one warning for each input, from
// the first pass that asks for it. (C193)

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#tensor = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
!x = tensor<?x4xf32>
!w = tensor<4x2xf32>
!y = tensor<?x2xf32>

// CHECK: zeros.mlir:[[#@LINE+6]]:{{[0-9]+}}: warning: {{.*}}st: inputs of layer 'a' were 0 in all 1 rows, which says nothing of others; collect them from samples as the model is to meet
// QUIET-NOT: were 0
// METHOD: warning: {{.*}}st: inputs of layer 'a' were 0 in all 1 rows
// METHOD-NOT: were 0
func.func @zeros(%x: !x, %init: !y) -> (!y, !y, !y) {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [3.0, 4.0]]> : !w
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #w8, lowbit.weight_method = #lowbit.method<gptq>, lowbit.activation_encoding = #tensor, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  %1 = linalg.matmul {lowbit.layer = "b", lowbit.weight_encoding = #w8, lowbit.weight_method = #lowbit.method<gptq>, lowbit.activation_encoding = #tensor, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  %2 = linalg.matmul {lowbit.layer = "c", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #tensor, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0, %1, %2 : !y, !y, !y
}
