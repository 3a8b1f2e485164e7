// REQUIRES: python-numpy, python-safetensors

// Every method, from a weight and the statistics of its layer's inputs: it does
// what it is for, and gives the same bytes for any number of threads.

// RUN: rm -rf %t && %python %S/Inputs/make_statistics.py %t
// DEFINE: %{run} = quant-opt %s --lowbit-materialize-weights="weights=%t/w.safetensors statistics=%t/s.safetensors
// RUN: %{run} output-weights=%t/q.safetensors threads=1" -o %t/q.mlir
// RUN: %{run} output-weights=%t/two.safetensors threads=2" -o %t/two.mlir
// RUN: cmp %t/q.mlir %t/two.mlir
// RUN: cmp %t/q.safetensors %t/two.safetensors
// RUN: FileCheck %s --input-file=%t/q.mlir
// RUN: quant-run %t/q.mlir --weights=%t/q.safetensors --lowering=decode --output=%t/y.npz
// RUN: %python %S/Inputs/output_error.py %t/x.npz %t/y.npz %t/y.npz percentile rtn mse gptq
// RUN: %python %S/Inputs/output_error.py %t/x.npz %t/y.npz %t/y.npz rtn_zero_point hqq
// RUN: %python %S/Inputs/output_error.py %t/x.npz %t/y.npz %t/y.npz rtn_zero_point awq
// RUN: %python %S/Inputs/output_error.py %t/x.npz %t/y.npz %t/y.npz magnitude wanda sparsegpt
// RUN: %python %S/Inputs/output_error.py %t/x.npz %t/y.npz %t/y.npz kmeans gptq_kmeans

// CHECK: ml_program.global public @a.{{[0-9]+}}.codebook(#{{.*}}) : tensor<16x8xf16>
// CHECK-LABEL: func.func @main
// CHECK-NOT: lowbit.encode

#w3 = #lowbit.encoding<#lowbit.affine<i3>, scale = f16 per group<12> along 0>
#z3 = #lowbit.encoding<#lowbit.affine<u3>, scale = f16 per group<12> along 0, zero_point = u3>
#s8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, sparsity = #lowbit.nm<2:4 along 0>>
#book = #lowbit.encoding<#lowbit.kmeans<8, f16 per axis<1>>>
!m = tensor<24x16xf32>
ml_program.global public @a(#ml_program.extern : !m) : !m

func.func @main() -> (!m {lowbit.name = "w"}, !m {lowbit.name = "rtn"}, !m {lowbit.name = "percentile"},
    !m {lowbit.name = "mse"}, !m {lowbit.name = "hqq"}, !m {lowbit.name = "awq"}, !m {lowbit.name = "gptq"},
    !m {lowbit.name = "magnitude"}, !m {lowbit.name = "wanda"}, !m {lowbit.name = "sparsegpt"},
    !m {lowbit.name = "kmeans"}, !m {lowbit.name = "gptq_kmeans"}, !m {lowbit.name = "rtn_zero_point"}) {
  %w = ml_program.global_load_const @a : !m
  %e0 = lowbit.encode %w : !m to tensor<24x16xf32, #w3>
  %e1 = lowbit.encode %w method<percentile, percentile = 50> : !m to tensor<24x16xf32, #w3>
  %e2 = lowbit.encode %w method<mse> layers["a"] along 0 : !m to tensor<24x16xf32, #w3>
  %e3 = lowbit.encode %w method<hqq> : !m to tensor<24x16xf32, #z3>
  %e4 = lowbit.encode %w method<awq> layers["a"] along 0 : !m to tensor<24x16xf32, #z3>
  %e5 = lowbit.encode %w method<gptq, search = mse> layers["a"] along 0 : !m to tensor<24x16xf32, #w3>
  %e6 = lowbit.encode %w method<magnitude> : !m to tensor<24x16xf32, #s8>
  %e7 = lowbit.encode %w method<wanda> layers["a"] along 0 : !m to tensor<24x16xf32, #s8>
  %e8 = lowbit.encode %w method<sparsegpt> layers["a"] along 0 : !m to tensor<24x16xf32, #s8>
  %e9 = lowbit.encode %w : !m to tensor<24x16xf32, #book>
  %e10 = lowbit.encode %w method<gptq> layers["a"] along 0 : !m to tensor<24x16xf32, #book>
  %e11 = lowbit.encode %w : !m to tensor<24x16xf32, #z3>
  %0 = lowbit.decode %e0 : tensor<24x16xf32, #w3> to !m
  %1 = lowbit.decode %e1 : tensor<24x16xf32, #w3> to !m
  %2 = lowbit.decode %e2 : tensor<24x16xf32, #w3> to !m
  %3 = lowbit.decode %e3 : tensor<24x16xf32, #z3> to !m
  %4 = lowbit.decode %e4 : tensor<24x16xf32, #z3> to !m
  %5 = lowbit.decode %e5 : tensor<24x16xf32, #w3> to !m
  %6 = lowbit.decode %e6 : tensor<24x16xf32, #s8> to !m
  %7 = lowbit.decode %e7 : tensor<24x16xf32, #s8> to !m
  %8 = lowbit.decode %e8 : tensor<24x16xf32, #s8> to !m
  %9 = lowbit.decode %e9 : tensor<24x16xf32, #book> to !m
  %10 = lowbit.decode %e10 : tensor<24x16xf32, #book> to !m
  %11 = lowbit.decode %e11 : tensor<24x16xf32, #z3> to !m
  return %w, %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11 : !m, !m, !m, !m, !m, !m, !m, !m, !m, !m, !m, !m, !m
}
