// REQUIRES: python-numpy, python-safetensors

// NaN and infinities count as 0 where that is asked for, and a remark says how
// many there are and where the first is; in slices and by methods, too.

// RUN: rm -rf %t && %python %S/Inputs/make_statistics.py %t
// RUN: not quant-opt %s -o /dev/null --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/o" 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: error: the constant holds NaN at [1]
// DEFINE: %{run} = quant-opt %s --lowbit-materialize-weights="weights=%t/w.safetensors nonfinite=zero
// RUN: %{run} output-weights=%t/q.safetensors" -o %t/q.mlir 2>&1 | FileCheck %s
// RUN: %{run} output-weights=%t/s.safetensors slice-elements=128" -o %t/s.mlir 2>&1 | FileCheck %s
// RUN: cmp %t/q.safetensors %t/s.safetensors
// RUN: quant-run %t/q.mlir --weights=%t/q.safetensors --lowering=decode --output=%t/y.npz
// RUN: %python -c "import numpy; y = numpy.load(r'%t/y.npz')['y']; print(y[3, 1], y[3, 2], y[20, 0], numpy.isfinite(y).all())" | FileCheck %s --check-prefix=VALUES
// VALUES: 0.0 0.0 0.0 True

// CHECK: remark: the constant holds 1 value that is not finite and counts as 0; the first is NaN at [1]
// CHECK: remark: {{.*}}w.safetensors: tensor 'holes' holds 3 values that are not finite and count as 0; the first is NaN at [3, 1]
// CHECK: remark: {{.*}}w.safetensors: tensor 'holes' holds 3 values that are not finite and count as 0; the first is NaN at [3, 1]

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>
#v8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
!m = tensor<24x16xf32>
ml_program.global public @holes(#ml_program.extern : !m) : !m
func.func @main() -> (!m {lowbit.name = "y"}, !m {lowbit.name = "m"}, tensor<3xf32> {lowbit.name = "c"}) {
  %w = ml_program.global_load_const @holes : !m
  %e = lowbit.encode %w : !m to tensor<24x16xf32, #i8>
  %m = lowbit.encode %w method<mse> : !m to tensor<24x16xf32, #i4>
  %c = arith.constant dense<[1.0, 0x7FC00000, 2.0]> : tensor<3xf32>
  %v = lowbit.encode %c : tensor<3xf32> to tensor<3xf32, #v8>
  %0 = lowbit.decode %e : tensor<24x16xf32, #i8> to !m
  %1 = lowbit.decode %m : tensor<24x16xf32, #i4> to !m
  %2 = lowbit.decode %v : tensor<3xf32, #v8> to tensor<3xf32>
  return %0, %1, %2 : !m, !m, tensor<3xf32>
}
