// RUN: quant-opt %s --lowbit-raise-attention --verify-diagnostics | FileCheck %s --implicit-check-not=lowbit.attention

// What sums and maxima start from: "softmax plus one", and a shift that may leave no
// exponential above 0.

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// CHECK-LABEL: @sum_from_one
func.func @sum_from_one(%q: tensor<5x8xf32>, %k: tensor<8x7xf32>, %v: tensor<7x6xf32>) -> tensor<5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %first = arith.constant 1.0 : f32
  %es = tensor.empty() : tensor<5x7xf32>
  %er = tensor.empty() : tensor<5xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<5x7xf32>) -> tensor<5x7xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<5xf32>) -> tensor<5xf32>
  %fl = linalg.fill ins(%first : f32) outs(%er : tensor<5xf32>) -> tensor<5xf32>
  %s = linalg.matmul ins(%q, %k : tensor<5x8xf32>, tensor<8x7xf32>) outs(%fs : tensor<5x7xf32>) -> tensor<5x7xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<5x7xf32>) outs(%fm : tensor<5xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.maximumf %x, %o : f32
    linalg.yield %y : f32
  } -> tensor<5xf32>
  %e = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%s, %m : tensor<5x7xf32>, tensor<5xf32>) outs(%es : tensor<5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %d = arith.subf %x0, %x1 : f32
    %y = math.exp %d : f32
    linalg.yield %y : f32
  } -> tensor<5x7xf32>
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%e : tensor<5x7xf32>) outs(%fl : tensor<5xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.addf %x, %o : f32
    linalg.yield %y : f32
  } -> tensor<5xf32>
  %p = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%e, %l : tensor<5x7xf32>, tensor<5xf32>) outs(%es : tensor<5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %y = arith.divf %x0, %x1 : f32
    linalg.yield %y : f32
  } -> tensor<5x7xf32>
  %eo = tensor.empty() : tensor<5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<5x6xf32>) -> tensor<5x6xf32>
  // expected-remark @+1 {{no attention: the sum of exponentials does not start from 0}}
  %w = linalg.matmul ins(%p, %v : tensor<5x7xf32>, tensor<7x6xf32>) outs(%fo : tensor<5x6xf32>) -> tensor<5x6xf32>
  return %w : tensor<5x6xf32>
}

// CHECK-LABEL: @maximum_from_500
func.func @maximum_from_500(%q: tensor<5x8xf32>, %k: tensor<8x7xf32>, %v: tensor<7x6xf32>) -> tensor<5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 5.0e+02 : f32
  %first = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<5x7xf32>
  %er = tensor.empty() : tensor<5xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<5x7xf32>) -> tensor<5x7xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<5xf32>) -> tensor<5xf32>
  %fl = linalg.fill ins(%first : f32) outs(%er : tensor<5xf32>) -> tensor<5xf32>
  %s = linalg.matmul ins(%q, %k : tensor<5x8xf32>, tensor<8x7xf32>) outs(%fs : tensor<5x7xf32>) -> tensor<5x7xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%s : tensor<5x7xf32>) outs(%fm : tensor<5xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.maximumf %x, %o : f32
    linalg.yield %y : f32
  } -> tensor<5xf32>
  %e = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%s, %m : tensor<5x7xf32>, tensor<5xf32>) outs(%es : tensor<5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %d = arith.subf %x0, %x1 : f32
    %y = math.exp %d : f32
    linalg.yield %y : f32
  } -> tensor<5x7xf32>
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%e : tensor<5x7xf32>) outs(%fl : tensor<5xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.addf %x, %o : f32
    linalg.yield %y : f32
  } -> tensor<5xf32>
  %p = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%e, %l : tensor<5x7xf32>, tensor<5xf32>) outs(%es : tensor<5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %y = arith.divf %x0, %x1 : f32
    linalg.yield %y : f32
  } -> tensor<5x7xf32>
  %eo = tensor.empty() : tensor<5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<5x6xf32>) -> tensor<5x6xf32>
  // expected-remark @+1 {{no attention: the maximum of scores starts from a number that they may be below}}
  %w = linalg.matmul ins(%p, %v : tensor<5x7xf32>, tensor<7x6xf32>) outs(%fo : tensor<5x6xf32>) -> tensor<5x6xf32>
  return %w : tensor<5x6xf32>
}
