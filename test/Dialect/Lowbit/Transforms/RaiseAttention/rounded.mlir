// RUN: quant-opt %s --lowbit-raise-attention --canonicalize --cse --verify-diagnostics | FileCheck %s

// (C220) Products that sum in f32, and what is rounded in between.

#id = affine_map<(b, i, j) -> (b, i, j)>

// CHECK-LABEL: @halves
// CHECK-SAME: (%[[Q:.*]]: tensor<4x5x8xf16>, %[[K:.*]]: tensor<4x8x7xf16>, %[[V:.*]]: tensor<4x7x6xf16>)
// CHECK: lowbit.attention {{.*}} scale = 5.000000e-01 : tensor<1x4x5x8xf16>, tensor<1x4x7x8xf16>, tensor<1x4x7x6xf16> -> tensor<1x4x5x6xf16>
// CHECK-NOT: linalg.batch_matmul
func.func @halves(%q: tensor<4x5x8xf16>, %k: tensor<4x8x7xf16>, %v: tensor<4x7x6xf16>) -> tensor<4x5x6xf16> {
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 0.5 : f16
  %es = tensor.empty() : tensor<4x5x7xf32>
  %eh = tensor.empty() : tensor<4x5x7xf16>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf16>, tensor<4x8x7xf16>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %sh = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<4x5x7xf32>) outs(%eh : tensor<4x5x7xf16>) {
  ^bb0(%x: f32, %o: f16):
    %y = arith.truncf %x : f32 to f16
    linalg.yield %y : f16
  } -> tensor<4x5x7xf16>
  %st = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%sh : tensor<4x5x7xf16>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x: f16, %o: f32):
    %y = arith.mulf %x, %half : f16
    %z = arith.extf %y : f16 to f32
    linalg.yield %z : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%st : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %ph = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%p : tensor<4x5x7xf32>) outs(%eh : tensor<4x5x7xf16>) {
  ^bb0(%x: f32, %o: f16):
    %y = arith.truncf %x : f32 to f16
    linalg.yield %y : f16
  } -> tensor<4x5x7xf16>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%ph, %v : tensor<4x5x7xf16>, tensor<4x7x6xf16>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %er = tensor.empty() : tensor<4x5x6xf16>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w : tensor<4x5x6xf32>) outs(%er : tensor<4x5x6xf16>) {
  ^bb0(%x: f32, %o: f16):
    %y = arith.truncf %x : f32 to f16
    linalg.yield %y : f16
  } -> tensor<4x5x6xf16>
  return %r : tensor<4x5x6xf16>
}

// Query and value are widened in front of their products; the result is rounded.

// CHECK-LABEL: @widened
// CHECK: lowbit.attention {{.*}} : tensor<1x4x5x8xbf16>, tensor<1x4x7x8xbf16>, tensor<1x4x7x6xbf16> -> tensor<1x4x5x6xbf16>
// CHECK-NOT: linalg.batch_matmul
func.func @widened(%q: tensor<4x5x8xbf16>, %k: tensor<4x8x7xbf16>, %v: tensor<4x7x6xbf16>) -> tensor<4x5x6xbf16> {
  %zero = arith.constant 0.0 : f32
  %eq = tensor.empty() : tensor<4x5x8xf32>
  %qx = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%q : tensor<4x5x8xbf16>) outs(%eq : tensor<4x5x8xf32>) {
  ^bb0(%x: bf16, %o: f32):
    %y = arith.extf %x : bf16 to f32
    linalg.yield %y : f32
  } -> tensor<4x5x8xf32>
  %ev = tensor.empty() : tensor<4x7x6xf32>
  %vx = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%v : tensor<4x7x6xbf16>) outs(%ev : tensor<4x7x6xf32>) {
  ^bb0(%x: bf16, %o: f32):
    %y = arith.extf %x : bf16 to f32
    linalg.yield %y : f32
  } -> tensor<4x7x6xf32>
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%qx, %k : tensor<4x5x8xf32>, tensor<4x8x7xbf16>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %vx : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %er = tensor.empty() : tensor<4x5x6xbf16>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w : tensor<4x5x6xf32>) outs(%er : tensor<4x5x6xbf16>) {
  ^bb0(%x: f32, %o: bf16):
    %y = arith.truncf %x : f32 to bf16
    linalg.yield %y : bf16
  } -> tensor<4x5x6xbf16>
  return %r : tensor<4x5x6xbf16>
}

// A result that stays f32 is not rounded to what the operands are.

// CHECK-LABEL: @kept
// CHECK-NOT: lowbit.attention
func.func @kept(%q: tensor<4x5x8xf16>, %k: tensor<4x8x7xf16>, %v: tensor<4x7x6xf16>) -> (tensor<4x5x6xf32>, tensor<4x5x6xf16>) {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf16>, tensor<4x8x7xf16>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: query, key, value and result have several element types: query f16, key f16, value f16, result f32}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf16>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %er = tensor.empty() : tensor<4x5x6xf16>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w : tensor<4x5x6xf32>) outs(%er : tensor<4x5x6xf16>) {
  ^bb0(%x: f32, %o: f16):
    %y = arith.truncf %x : f32 to f16
    linalg.yield %y : f16
  } -> tensor<4x5x6xf16>
  return %w, %r : tensor<4x5x6xf32>, tensor<4x5x6xf16>
}
