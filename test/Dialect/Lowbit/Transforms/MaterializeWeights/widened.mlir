// RUN: %python -c "import numpy as np; from safetensors.numpy import save_file; save_file({'w': np.arange(-8, 8).reshape(4, 4).astype('f2'), 'v': np.ones((4, 4), 'f2')}, r'%t.st')"
// RUN: quant-opt %s --lowbit-materialize-weights="weights=%t.st output-weights=%t.q.st" | FileCheck %s
// RUN: %python -c "from safetensors import safe_open; f = safe_open(r'%t.q.st', 'np'); print(sorted(f.keys()))" | FileCheck %s --check-prefix=FILE

// An encode of a weight that was cast to a wider type takes the stored values.
// The weight goes if nothing else reads it.

// FILE: ['v', 'v.codes', 'v.scales', 'w.codes', 'w.scales']

#id = affine_map<(d0, d1) -> (d0, d1)>
#enc = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
ml_program.global public @w(#ml_program.extern<tensor<4x4xf16>>) : tensor<4x4xf16>
ml_program.global public @v(#ml_program.extern<tensor<4x4xf16>>) : tensor<4x4xf16>

// CHECK-LABEL: func.func @widened(
// CHECK-NOT: arith.extf
// CHECK: %[[W:.*]] = lowbit.assemble %w.codes, %w.scales : {{.*}} to tensor<4x4xf32, #lowbit.encoding
// CHECK: return %[[W]]
func.func @widened() -> tensor<4x4xf32, #enc> {
  %w = ml_program.global_load_const @w : tensor<4x4xf16>
  %e = tensor.empty() : tensor<4x4xf32>
  %wide = linalg.generic {indexing_maps = [#id, #id],
                          iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<4x4xf16>) outs(%e : tensor<4x4xf32>) {
  ^bb0(%in: f16, %out: f32):
    %x = arith.extf %in : f16 to f32
    linalg.yield %x : f32
  } -> tensor<4x4xf32>
  %r = lowbit.encode %wide : tensor<4x4xf32> to tensor<4x4xf32, #enc>
  return %r : tensor<4x4xf32, #enc>
}

// CHECK-LABEL: func.func @also_read(
// CHECK: %[[V:.*]] = ml_program.global_load_const @v
// CHECK: %[[WIDE:.*]] = arith.extf %[[V]]
// CHECK: %[[A:.*]] = lowbit.assemble %v.codes, %v.scales
// CHECK: return %[[A]], %[[WIDE]]
func.func @also_read() -> (tensor<4x4xf32, #enc>, tensor<4x4xf32>) {
  %v = ml_program.global_load_const @v : tensor<4x4xf16>
  %wide = arith.extf %v : tensor<4x4xf16> to tensor<4x4xf32>
  %r = lowbit.encode %wide : tensor<4x4xf32> to tensor<4x4xf32, #enc>
  return %r, %wide : tensor<4x4xf32, #enc>, tensor<4x4xf32>
}
