// RUN: quant-opt %s --lowbit-raise-attention --verify-diagnostics | FileCheck %s --implicit-check-not=lowbit.attention

// What is near to attention, and why it stays: scores and products.

#id = affine_map<(b, i, j) -> (b, i, j)>
#key = affine_map<(b, i, j) -> (b, 0, j)>
#ij = affine_map<(b, i, j) -> (i, j)>

// CHECK-LABEL: @no_product
func.func @no_product(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %x: tensor<4x5x7xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%x : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: no product of query and key is in front of the softmax}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @other_axis
func.func @other_axis(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(1) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: the softmax is along another axis than that of the keys}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @unknown_scale
func.func @unknown_scale(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %x: tensor<5x7xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #ij, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %x : tensor<4x5x7xf32>, tensor<5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %a = arith.mulf %x0, %x1 : f32
    linalg.yield %a : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: scores are scaled by what is not constant}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @scaled_mask
func.func @scaled_mask(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %x: tensor<5x7xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %two = arith.constant 2.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #ij, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %x : tensor<4x5x7xf32>, tensor<5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %a = arith.addf %x0, %x1 : f32
    %b = arith.mulf %a, %two : f32
    linalg.yield %b : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: scores are scaled behind the mask}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @capped_mask
func.func @capped_mask(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %x: tensor<5x7xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #ij, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %x : tensor<4x5x7xf32>, tensor<5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %a = arith.addf %x0, %x1 : f32
    %b = math.tanh %a : f32
    linalg.yield %b : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: a mask is added in front of the soft cap}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @subtracted
func.func @subtracted(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %x: tensor<5x7xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #ij, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %x : tensor<4x5x7xf32>, tensor<5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %a = arith.subf %x0, %x1 : f32
    linalg.yield %a : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: a mask is subtracted, not added}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @other_op
func.func @other_op(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %o: f32):
    %a = math.absf %x0 : f32
    linalg.yield %a : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: 'math.absf' is between the product and the softmax}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @not_low
func.func @not_low(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %m: tensor<4x1x7xi1>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -1.0e+01 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #key, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %m : tensor<4x5x7xf32>, tensor<4x1x7xi1>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: i1, %o: f32):
    %a = arith.select %x1, %x0, %low : f32
    linalg.yield %a : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: scores are replaced by -10.0, which a row without keys tells from a mask}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @not_constant
func.func @not_constant(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %m: tensor<4x1x7xi1>, %x: tensor<5x7xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #key, #ij, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %m, %x : tensor<4x5x7xf32>, tensor<4x1x7xi1>, tensor<5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: i1, %x2: f32, %o: f32):
    %a = arith.select %x1, %x0, %x2 : f32
    linalg.yield %a : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: scores are replaced by what is not constant}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}
