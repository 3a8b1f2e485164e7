// RUN: rm -rf %t && mkdir %t
// DEFINE: %{make} = %python %S/../ScaleInputs/Inputs/make_statistics.py --moments %t/s.safetensors
// DEFINE: %{run} = quant-opt %s -o /dev/null --lowbit-materialize-weights="statistics=%t/s.safetensors output-weights=%t/o"

// Second moments of channels say nothing of a window; those of patches have to be
// those of this filter. (C149)

// RUN: %{make} a=1,2,3,4 && not %{run} 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: s.safetensors: layer "a": has no second moments of patches, which method 'gptq' needs; quant-run --collect --gram collects them (docs/calibration.md)
// RUN: %{make} a=1,2,3,4 a/patches=1,2,3,4,5 && not %{run} 2>&1 | FileCheck %s --check-prefix=SIZE
// SIZE: s.safetensors: layer "a": has patches of 5 inputs, but the weight takes 8: these are statistics of another model
// RUN: %{make} a=1,2,3,4 a/patches=1,2,3,4,5,6,7,8 && %{run} 2>&1 | FileCheck %s --check-prefix=FEW
// FEW: warning: layer "a": 1 rows of inputs tell method 'gptq' little about 8 channels

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per axis<0>>
func.func @main() -> tensor<2x4x1x2xf32, #w4> {
  %w = arith.constant dense<1.0> : tensor<2x4x1x2xf32>
  %e = lowbit.encode %w method<gptq> layers["a"] along 1 window [2, 3] : tensor<2x4x1x2xf32> to tensor<2x4x1x2xf32, #w4>
  return %e : tensor<2x4x1x2xf32, #w4>
}
