// RUN: quant-opt %s --lowbit-raise-attention --verify-diagnostics | FileCheck %s --implicit-check-not=lowbit.attention

// What is near to attention, and why it stays: scores and products.

#id = affine_map<(b, i, j) -> (b, i, j)>

// CHECK-LABEL: @two_products
func.func @two_products(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %q2: tensor<4x5x8xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s2 = linalg.batch_matmul ins(%q2, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %s2 : tensor<4x5x7xf32>, tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %a = arith.addf %x0, %x1 : f32
    linalg.yield %a : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: scores are a sum of two products}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @two_caps
func.func @two_caps(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %o: f32):
    %a = math.tanh %x0 : f32
    %b = math.tanh %a : f32
    linalg.yield %b : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: scores have two soft caps}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @negative_cap
func.func @negative_cap(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %o: f32):
    %a = math.tanh %x0 : f32
    %b = arith.negf %a : f32
    linalg.yield %b : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: the soft cap is not above 0}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @added_to
func.func @added_to(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %x: tensor<4x5x6xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: the product of weights and values is added to something}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%x : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @scores_added_to
func.func @scores_added_to(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %x: tensor<4x5x7xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%x : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: the product of query and key is added to something}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @used
func.func @used(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> (tensor<4x5x6xf32>, tensor<4x5x7xf32>) {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: scores or weights are used elsewhere, too}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w, %p : tensor<4x5x6xf32>, tensor<4x5x7xf32>
}
