// RUN: quant-opt %s --lowbit-raise-attention --verify-diagnostics | FileCheck %s --implicit-check-not=lowbit.attention

// What is near to attention, and why it stays: axes and types.

// CHECK-LABEL: @size
func.func @size(%q: tensor<4x5x?xf32>, %k: tensor<4x?x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x?xf32>, tensor<4x?x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: the size of heads is not known}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @types
func.func @types(%q: tensor<4x5x8xf16>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf16>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: query, key, value and result have several element types: query f16, key f32, value f32, result f32}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// Values have heads, keys have none.

// CHECK-LABEL: @axes
func.func @axes(%q: tensor<20x8xf32>, %k: tensor<8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e2 = tensor.empty() : tensor<20x7xf32>
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%e2 : tensor<20x7xf32>) -> tensor<20x7xf32>
  %s = linalg.matmul ins(%q, %k : tensor<20x8xf32>, tensor<8x7xf32>) outs(%fs : tensor<20x7xf32>) -> tensor<20x7xf32>
  %t = tensor.expand_shape %s [[0, 1], [2]] output_shape [4, 5, 7] : tensor<20x7xf32> into tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  // expected-remark @+1 {{no attention: query, key and value do not share the axes of batch and heads}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @mask
func.func @mask(%q: tensor<12x5x8xf32>, %k: tensor<2x2x3x8x7xf32>, %v: tensor<12x7x6xf32>, %m: tensor<2x1x3x1x7xf32>) -> tensor<12x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %kx = tensor.collapse_shape %k [[0, 1, 2], [3], [4]] : tensor<2x2x3x8x7xf32> into tensor<12x8x7xf32>
  %em = tensor.empty() : tensor<2x2x3x5x7xf32>
  %es = tensor.empty() : tensor<12x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<12x5x7xf32>) -> tensor<12x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %kx : tensor<12x5x8xf32>, tensor<12x8x7xf32>) outs(%fs : tensor<12x5x7xf32>) -> tensor<12x5x7xf32>
  %s5 = tensor.expand_shape %s [[0, 1, 2], [3], [4]] output_shape [2, 2, 3, 5, 7] : tensor<12x5x7xf32> into tensor<2x2x3x5x7xf32>
  %t5 = linalg.generic {indexing_maps = [affine_map<(b, c, h, i, j) -> (b, c, h, i, j)>, affine_map<(b, c, h, i, j) -> (b, 0, h, 0, j)>, affine_map<(b, c, h, i, j) -> (b, c, h, i, j)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%s5, %m : tensor<2x2x3x5x7xf32>, tensor<2x1x3x1x7xf32>) outs(%em : tensor<2x2x3x5x7xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %z = arith.addf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<2x2x3x5x7xf32>
  %t = tensor.collapse_shape %t5 [[0, 1, 2], [3], [4]] : tensor<2x2x3x5x7xf32> into tensor<12x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<12x5x7xf32>) outs(%es : tensor<12x5x7xf32>) -> tensor<12x5x7xf32>
  %eo = tensor.empty() : tensor<12x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<12x5x6xf32>) -> tensor<12x5x6xf32>
  // expected-remark @+1 {{no attention: a mask differs along a part of the batch or of the heads}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<12x5x7xf32>, tensor<12x7x6xf32>) outs(%fo : tensor<12x5x6xf32>) -> tensor<12x5x6xf32>
  return %w : tensor<12x5x6xf32>
}
