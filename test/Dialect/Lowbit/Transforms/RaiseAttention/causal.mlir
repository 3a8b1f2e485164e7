// RUN: quant-opt %s --lowbit-raise-attention --canonicalize --cse | FileCheck %s

// Masks that compare indices are causal.

#id = affine_map<(b, i, j) -> (b, i, j)>
#ij = affine_map<(b, i, j) -> (i, j)>

// CHECK-LABEL: @compared
func.func @compared(%q: tensor<4x5x8xf32>, %k: tensor<4x8x5xf32>, %v: tensor<4x5x6xf32>) -> tensor<4x5x6xf32> {
  // CHECK: lowbit.attention {{.*}} scale = 1.000000e+00 causal :
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %es = tensor.empty() : tensor<4x5x5xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x5xf32>) -> tensor<4x5x5xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x5xf32>) outs(%fs : tensor<4x5x5xf32>) -> tensor<4x5x5xf32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<4x5x5xf32>) outs(%es : tensor<4x5x5xf32>) {
  ^bb0(%x0: f32, %o: f32):
    %i = linalg.index 1 : index
    %j = linalg.index 2 : index
    %a = arith.cmpi sge, %i, %j : index
    %b = arith.select %a, %x0, %low : f32
    linalg.yield %b : f32
  } -> tensor<4x5x5xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x5xf32>) outs(%es : tensor<4x5x5xf32>) -> tensor<4x5x5xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x5xf32>, tensor<4x5x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// Every query has a key, so that it is enough if others have a low score.

// CHECK-LABEL: @last_query
func.func @last_query(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  // CHECK: lowbit.attention {{.*}} scale = 1.000000e+00 causal :
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -1.0e+09 : f32
  %two = arith.constant 2 : index
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %o: f32):
    %i = linalg.index 1 : index
    %j = linalg.index 2 : index
    %p2 = arith.addi %i, %two : index
    %a = arith.cmpi ult, %p2, %j : index
    %b = arith.select %a, %low, %x0 : f32
    linalg.yield %b : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// As ONNX writes it, from ranges.

// CHECK-LABEL: @first_query
func.func @first_query(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  // CHECK: lowbit.attention {{.*}} scale = 1.000000e+00 causal top_left :
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %rows = arith.constant dense<[[0], [1], [2], [3], [4]]> : tensor<5x1xi64>
  %columns = arith.constant dense<[[0, 1, 2, 3, 4, 5, 6]]> : tensor<1x7xi64>
  %em = tensor.empty() : tensor<5x7xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, 0)>, affine_map<(i, j) -> (0, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} ins(%rows, %columns : tensor<5x1xi64>, tensor<1x7xi64>) outs(%em : tensor<5x7xf32>) {
  ^bb0(%x: i64, %y: i64, %o: f32):
    %a = arith.cmpi slt, %x, %y : i64
    %b = arith.select %a, %low, %zero : f32
    linalg.yield %b : f32
  } -> tensor<5x7xf32>
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #ij, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %m : tensor<4x5x7xf32>, tensor<5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %b = arith.addf %x0, %x1 : f32
    linalg.yield %b : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}
