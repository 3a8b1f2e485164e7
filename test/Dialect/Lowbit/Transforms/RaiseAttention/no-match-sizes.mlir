// RUN: quant-opt %s --lowbit-raise-attention --verify-diagnostics | FileCheck %s --implicit-check-not=lowbit.attention

// What is near to attention, and why it stays: sizes that are not known, and keys.

// Queries are rows of two axes that are not known: one of them is heads.

// CHECK-LABEL: @groups
func.func @groups(%q: tensor<4x?x?x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %n: index) -> tensor<4x?x6xf32> {
  %zero = arith.constant 0.0 : f32
  %qx = tensor.collapse_shape %q [[0], [1, 2], [3]] : tensor<4x?x?x8xf32> into tensor<4x?x8xf32>
  %es = tensor.empty(%n) : tensor<4x?x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x?x7xf32>) -> tensor<4x?x7xf32>
  %s = linalg.batch_matmul ins(%qx, %k : tensor<4x?x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x?x7xf32>) -> tensor<4x?x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x?x7xf32>) outs(%es : tensor<4x?x7xf32>) -> tensor<4x?x7xf32>
  %eo = tensor.empty(%n) : tensor<4x?x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x?x6xf32>) -> tensor<4x?x6xf32>
  // expected-remark @+1 {{no attention: how many query heads share keys is not known}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x?x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x?x6xf32>) -> tensor<4x?x6xf32>
  return %w : tensor<4x?x6xf32>
}

// The size of the batch can be read nowhere.

// CHECK-LABEL: @sizes
func.func @sizes(%q: tensor<?x5x8xf32>, %k: tensor<?x8x7xf32>, %v: tensor<?x7x6xf32>, %n: index, %m: tensor<?x?x1x7xf32>, %a: index, %b: index) -> tensor<?x5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty(%n) : tensor<?x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<?x5x7xf32>) -> tensor<?x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<?x5x8xf32>, tensor<?x8x7xf32>) outs(%fs : tensor<?x5x7xf32>) -> tensor<?x5x7xf32>
  %em = tensor.empty(%a, %b) : tensor<?x?x5x7xf32>
  %s4 = tensor.expand_shape %s [[0, 1], [2], [3]] output_shape [%a, %b, 5, 7] : tensor<?x5x7xf32> into tensor<?x?x5x7xf32>
  %t4 = linalg.generic {indexing_maps = [affine_map<(b, h, i, j) -> (b, h, i, j)>, affine_map<(b, h, i, j) -> (b, h, 0, j)>, affine_map<(b, h, i, j) -> (b, h, i, j)>], iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%s4, %m : tensor<?x?x5x7xf32>, tensor<?x?x1x7xf32>) outs(%em : tensor<?x?x5x7xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %z = arith.addf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<?x?x5x7xf32>
  %t = tensor.collapse_shape %t4 [[0, 1], [2], [3]] : tensor<?x?x5x7xf32> into tensor<?x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<?x5x7xf32>) outs(%es : tensor<?x5x7xf32>) -> tensor<?x5x7xf32>
  %eo = tensor.empty(%n) : tensor<?x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<?x5x6xf32>) -> tensor<?x5x6xf32>
  // expected-remark @+1 {{no attention: sizes of the axes that reshapes join are not known}}
  %w = linalg.batch_matmul ins(%p, %v : tensor<?x5x7xf32>, tensor<?x7x6xf32>) outs(%fo : tensor<?x5x6xf32>) -> tensor<?x5x6xf32>
  return %w : tensor<?x5x6xf32>
}

// Each key is multiplied by queries of its own.

// CHECK-LABEL: @keys
func.func @keys(%q: tensor<7x5x8xf32>, %k: tensor<7x8x1xf32>, %v: tensor<7x6xf32>) -> tensor<5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<7x5x1xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<7x5x1xf32>) -> tensor<7x5x1xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<7x5x8xf32>, tensor<7x8x1xf32>) outs(%fs : tensor<7x5x1xf32>) -> tensor<7x5x1xf32>
  %s2 = tensor.collapse_shape %s [[0], [1, 2]] : tensor<7x5x1xf32> into tensor<7x5xf32>
  %et = tensor.empty() : tensor<5x7xf32>
  %t = linalg.transpose ins(%s2 : tensor<7x5xf32>) outs(%et : tensor<5x7xf32>) permutation = [1, 0]
  %p = linalg.softmax dimension(1) ins(%t : tensor<5x7xf32>) outs(%et : tensor<5x7xf32>) -> tensor<5x7xf32>
  %eo = tensor.empty() : tensor<5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<5x6xf32>) -> tensor<5x6xf32>
  // expected-remark @+1 {{no attention: not one of the two factors of scores has the keys that the values have}}
  %w = linalg.matmul ins(%p, %v : tensor<5x7xf32>, tensor<7x6xf32>) outs(%fo : tensor<5x6xf32>) -> tensor<5x6xf32>
  return %w : tensor<5x6xf32>
}
