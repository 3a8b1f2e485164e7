// RUN: quant-opt %s --lowbit-raise-attention --canonicalize --cse | FileCheck %s

// Ways to write a softmax, scales and heads.

#id = affine_map<(b, i, j) -> (b, i, j)>
#row = affine_map<(b, i, j) -> (b, i)>
#keep = affine_map<(b, i, j) -> (b, i, 0)>
#none = affine_map<(b, i, j) -> ()>

// The division is behind the second product, by a reciprocal; the query is
// divided and the key multiplied.

// CHECK-LABEL: @divided_last
// CHECK-SAME: (%[[Q:.*]]: tensor<4x5x8xf32>, %[[K:.*]]: tensor<4x7x8xf32>, %[[V:.*]]: tensor<4x7x6xf32>)
func.func @divided_last(%q: tensor<4x5x8xf32>, %k: tensor<4x7x8xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  // CHECK: %[[Q4:.*]] = tensor.expand_shape %[[Q]]
  // CHECK: %[[K4:.*]] = tensor.expand_shape %[[K]]
  // CHECK: %[[V4:.*]] = tensor.expand_shape %[[V]]
  // CHECK: lowbit.attention %[[Q4]], %[[K4]], %[[V4]] scale = 1.500000e+00 : tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x6xf32> -> tensor<1x4x5x6xf32>
  // CHECK-NOT: linalg.batch_matmul
  %two = arith.constant 2.0 : f32
  %three = arith.constant dense<3.0> : tensor<f32>
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %eq = tensor.empty() : tensor<4x5x8xf32>
  %qs = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%q : tensor<4x5x8xf32>) outs(%eq : tensor<4x5x8xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.divf %x, %two : f32
    linalg.yield %y : f32
  } -> tensor<4x5x8xf32>
  %ek = tensor.empty() : tensor<4x7x8xf32>
  %ks = linalg.generic {indexing_maps = [#none, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%three, %k : tensor<f32>, tensor<4x7x8xf32>) outs(%ek : tensor<4x7x8xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %z = arith.mulf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<4x7x8xf32>
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>]
    ins(%qs, %ks : tensor<4x5x8xf32>, tensor<4x7x8xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %er = tensor.empty() : tensor<4x5xf32>
  %fl = linalg.fill ins(%low : f32) outs(%er : tensor<4x5xf32>) -> tensor<4x5xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]} ins(%s : tensor<4x5x7xf32>) outs(%fl : tensor<4x5xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.maxnumf %o, %x : f32
    linalg.yield %y : f32
  } -> tensor<4x5xf32>
  %e = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %m : tensor<4x5x7xf32>, tensor<4x5xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %d = arith.subf %x, %y : f32
    %z = math.exp %d : f32
    linalg.yield %z : f32
  } -> tensor<4x5x7xf32>
  %fz = linalg.fill ins(%zero : f32) outs(%er : tensor<4x5xf32>) -> tensor<4x5xf32>
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "parallel", "reduction"]} ins(%e : tensor<4x5x7xf32>) outs(%fz : tensor<4x5xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.addf %o, %x : f32
    linalg.yield %y : f32
  } -> tensor<4x5xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%e, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w, %l : tensor<4x5x6xf32>, tensor<4x5xf32>) outs(%eo : tensor<4x5x6xf32>) {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %z = arith.divf %x, %y : f32
    linalg.yield %z : f32
  } -> tensor<4x5x6xf32>
  return %r : tensor<4x5x6xf32>
}

// Four query heads share each of two heads of key and value, which are repeated
// for them.

// CHECK-LABEL: @grouped
// CHECK-SAME: (%[[Q:.*]]: tensor<3x8x5x16xf32>, %[[K:.*]]: tensor<3x2x7x16xf32>, %[[V:.*]]: tensor<3x2x7x16xf32>)
func.func @grouped(%q: tensor<3x8x5x16xf32>, %k: tensor<3x2x7x16xf32>, %v: tensor<3x2x7x16xf32>) -> tensor<24x5x16xf32> {
  // CHECK: lowbit.attention %[[Q]], %[[K]], %[[V]] scale = 1.000000e+00 : tensor<3x8x5x16xf32>, tensor<3x2x7x16xf32>, tensor<3x2x7x16xf32> -> tensor<3x8x5x16xf32>
  %zero = arith.constant 0.0 : f32
  %e5 = tensor.empty() : tensor<3x2x4x7x16xf32>
  %kb = linalg.broadcast ins(%k : tensor<3x2x7x16xf32>) outs(%e5 : tensor<3x2x4x7x16xf32>) dimensions = [2]
  %vb = linalg.generic {indexing_maps = [affine_map<(b, h, g, j, d) -> (b, h, j, d)>, affine_map<(b, h, g, j, d) -> (b, h, g, j, d)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]} ins(%v : tensor<3x2x7x16xf32>) outs(%e5 : tensor<3x2x4x7x16xf32>) {
  ^bb0(%x: f32, %o: f32):
    linalg.yield %x : f32
  } -> tensor<3x2x4x7x16xf32>
  %k3 = tensor.collapse_shape %kb [[0, 1, 2], [3], [4]] : tensor<3x2x4x7x16xf32> into tensor<24x7x16xf32>
  %v3 = tensor.collapse_shape %vb [[0, 1, 2], [3], [4]] : tensor<3x2x4x7x16xf32> into tensor<24x7x16xf32>
  %q3 = tensor.collapse_shape %q [[0, 1], [2], [3]] : tensor<3x8x5x16xf32> into tensor<24x5x16xf32>
  %et = tensor.empty() : tensor<24x16x7xf32>
  %kt = linalg.transpose ins(%k3 : tensor<24x7x16xf32>) outs(%et : tensor<24x16x7xf32>) permutation = [0, 2, 1]
  %es = tensor.empty() : tensor<24x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<24x5x7xf32>) -> tensor<24x5x7xf32>
  %s = linalg.batch_matmul ins(%q3, %kt : tensor<24x5x16xf32>, tensor<24x16x7xf32>) outs(%fs : tensor<24x5x7xf32>) -> tensor<24x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<24x5x7xf32>) outs(%es : tensor<24x5x7xf32>) -> tensor<24x5x7xf32>
  %eo = tensor.empty() : tensor<24x5x16xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<24x5x16xf32>) -> tensor<24x5x16xf32>
  %w = linalg.batch_matmul ins(%p, %v3 : tensor<24x5x7xf32>, tensor<24x7x16xf32>) outs(%fo : tensor<24x5x16xf32>) -> tensor<24x5x16xf32>
  return %w : tensor<24x5x16xf32>
}

// One head of key and value for all; nothing but the number of rows is unknown.

// CHECK-LABEL: @matmul
// CHECK-SAME: (%[[Q:.*]]: tensor<?x16xf32>, %[[K:.*]]: tensor<?x16xf32>, %[[V:.*]]: tensor<?x16xf32>)
func.func @matmul(%q: tensor<?x16xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>, %m: index, %n: index) -> tensor<?x16xf32> {
  // CHECK: lowbit.attention {{.*}} heads [1, 1] scale = 1.000000e+00 : tensor<1x?x16xf32>, tensor<1x?x16xf32>, tensor<1x?x16xf32> -> tensor<1x?x16xf32>
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty(%m, %n) : tensor<?x?xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<?x?xf32>) -> tensor<?x?xf32>
  %s = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%q, %k : tensor<?x16xf32>, tensor<?x16xf32>) outs(%fs : tensor<?x?xf32>) -> tensor<?x?xf32>
  %p = linalg.softmax dimension(1) ins(%s : tensor<?x?xf32>) outs(%es : tensor<?x?xf32>) -> tensor<?x?xf32>
  %eo = tensor.empty(%m) : tensor<?x16xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<?x16xf32>) -> tensor<?x16xf32>
  %w = linalg.matmul ins(%p, %v : tensor<?x?xf32>, tensor<?x16xf32>) outs(%fo : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %w : tensor<?x16xf32>
}
