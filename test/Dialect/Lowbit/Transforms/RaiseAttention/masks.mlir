// RUN: quant-opt %s --lowbit-raise-attention --canonicalize --cse | FileCheck %s

// Soft caps, and masks that are added or selected by.

#id = affine_map<(b, i, j) -> (b, i, j)>
#key = affine_map<(b, i, j) -> (b, 0, j)>
#ij = affine_map<(b, i, j) -> (i, j)>

// CHECK-LABEL: @soft_cap
func.func @soft_cap(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  // CHECK: lowbit.attention {{.*}} scale = 7.500000e+00 soft_cap = 3.000000e+01 :
  %zero = arith.constant 0.0 : f32
  %third = arith.constant 2.5e-01 : f32
  %thirty = arith.constant 3.0e+01 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %o: f32):
    %a = arith.mulf %x0, %third : f32
    %b = math.tanh %a : f32
    %c = arith.mulf %b, %thirty : f32
    linalg.yield %c : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// A key takes part where the mask is true.

// CHECK-LABEL: @selected
// CHECK-SAME: %[[M:[a-z0-9]*]]: tensor<4x1x7xi1>)
func.func @selected(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %m: tensor<4x1x7xi1>) -> tensor<4x5x6xf32> {
  // CHECK: %[[E:.*]] = tensor.expand_shape %[[M]] {{.*}} into tensor<1x4x1x7xi1>
  // CHECK: lowbit.attention {{.*}} mask(%[[E]] : tensor<1x4x1x7xi1>)
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
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
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @masked_out
func.func @masked_out(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %m: tensor<4x1x7xi1>) -> tensor<4x5x6xf32> {
  // CHECK: %[[N:.*]] = linalg.generic
  // CHECK: arith.xori
  // CHECK: lowbit.attention {{.*}} mask(%[[N]] : tensor<1x4x1x7xi1>)
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #key, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %m : tensor<4x5x7xf32>, tensor<4x1x7xi1>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: i1, %o: f32):
    %a = arith.select %x1, %low, %x0 : f32
    linalg.yield %a : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// What a score is replaced by is added to it where nothing is left of it then.

// CHECK-LABEL: @very_low
func.func @very_low(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %m: tensor<4x1x7xi1>) -> tensor<4x5x6xf32> {
  // CHECK: %[[N:.*]] = linalg.generic
  // CHECK: arith.select %{{.*}}, %cst{{.*}}, %cst{{.*}} : f32
  // CHECK: lowbit.attention {{.*}} mask(%[[N]] : tensor<1x4x1x7xf32>)
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -3.40282347E+38 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #key, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %m : tensor<4x5x7xf32>, tensor<4x1x7xi1>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: i1, %o: f32):
    %a = arith.select %x1, %low, %x0 : f32
    linalg.yield %a : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// CHECK-LABEL: @two
func.func @two(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %m: tensor<4x1x7xi1>, %bias: tensor<5x7xf32>) -> tensor<4x5x6xf32> {
  // CHECK: %[[N:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x4x5x7xf32>)
  // CHECK: lowbit.attention {{.*}} mask(%[[N]] : tensor<1x4x5x7xf32>)
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %a = linalg.generic {indexing_maps = [#id, #key, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %m : tensor<4x5x7xf32>, tensor<4x1x7xi1>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: i1, %o: f32):
    %a0 = arith.select %x1, %x0, %low : f32
    linalg.yield %a0 : f32
  } -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #ij, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%a, %bias : tensor<4x5x7xf32>, tensor<5x7xf32>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %b0 = arith.addf %x1, %x0 : f32
    linalg.yield %b0 : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}

// What is computed in front of the sum, in the same op, gets an op of its own.

// CHECK-LABEL: @in_the_body
func.func @in_the_body(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %m: tensor<4x1x7xi64>) -> tensor<4x5x6xf32> {
  // CHECK: %[[N:.*]] = linalg.generic
  // CHECK: arith.sitofp
  // CHECK: %[[E:.*]] = tensor.expand_shape %[[N]]
  // CHECK: lowbit.attention {{.*}} mask(%[[E]] : tensor<1x4x5x7xf32>)
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -1.0e+09 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #key, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %m : tensor<4x5x7xf32>, tensor<4x1x7xi64>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: i64, %o: f32):
    %a = arith.sitofp %x1 : i64 to f32
    %b = arith.mulf %a, %low : f32
    %c = arith.addf %x0, %b : f32
    linalg.yield %c : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}
