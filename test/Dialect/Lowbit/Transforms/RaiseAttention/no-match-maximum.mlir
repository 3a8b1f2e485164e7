// RUN: quant-opt %s --lowbit-raise-attention --verify-diagnostics | FileCheck %s --implicit-check-not=lowbit.attention

// What is near to attention, and why it stays: what is subtracted, and rows that are replaced.

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// CHECK-LABEL: @other_maximum
func.func @other_maximum(%q: tensor<5x8xf32>, %k: tensor<8x7xf32>, %v: tensor<7x6xf32>, %other: tensor<5x7xf32>) -> tensor<5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %es = tensor.empty() : tensor<5x7xf32>
  %er = tensor.empty() : tensor<5xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<5x7xf32>) -> tensor<5x7xf32>
  %fr = linalg.fill ins(%zero : f32) outs(%er : tensor<5xf32>) -> tensor<5xf32>
  %s = linalg.matmul ins(%q, %k : tensor<5x8xf32>, tensor<8x7xf32>) outs(%fs : tensor<5x7xf32>) -> tensor<5x7xf32>
  %m = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%other : tensor<5x7xf32>) outs(%fr : tensor<5xf32>) {
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
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%e : tensor<5x7xf32>) outs(%fr : tensor<5xf32>) {
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
  // expected-remark @+1 {{no attention: what is subtracted from scores is not their maximum along the axis of the keys}}
  %w = linalg.matmul ins(%p, %v : tensor<5x7xf32>, tensor<7x6xf32>) outs(%fo : tensor<5x6xf32>) -> tensor<5x6xf32>
  return %w : tensor<5x6xf32>
}

// CHECK-LABEL: @replaced
func.func @replaced(%q: tensor<5x8xf32>, %k: tensor<8x7xf32>, %v: tensor<7x6xf32>, %c: tensor<5xi1>) -> tensor<5x6xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %es = tensor.empty() : tensor<5x7xf32>
  %er = tensor.empty() : tensor<5xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<5x7xf32>) -> tensor<5x7xf32>
  %fr = linalg.fill ins(%zero : f32) outs(%er : tensor<5xf32>) -> tensor<5xf32>
  %fm = linalg.fill ins(%low : f32) outs(%er : tensor<5xf32>) -> tensor<5xf32>
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
  %l = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%e : tensor<5x7xf32>) outs(%fr : tensor<5xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.addf %x, %o : f32
    linalg.yield %y : f32
  } -> tensor<5xf32>
  %p = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%e, %l : tensor<5x7xf32>, tensor<5xf32>) outs(%es : tensor<5x7xf32>) {
  ^bb0(%x0: f32, %x1: f32, %o: f32):
    %y = arith.divf %x0, %x1 : f32
    linalg.yield %y : f32
  } -> tensor<5x7xf32>
  %z = linalg.generic {indexing_maps = [#row, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%c, %p : tensor<5xi1>, tensor<5x7xf32>) outs(%es : tensor<5x7xf32>) {
  ^bb0(%x0: i1, %x1: f32, %o: f32):
    %y = arith.select %x0, %zero, %x1 : f32
    linalg.yield %y : f32
  } -> tensor<5x7xf32>
  %eo = tensor.empty() : tensor<5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<5x6xf32>) -> tensor<5x6xf32>
  // expected-remark @+1 {{no attention: weights are replaced by 0 other than in rows without keys}}
  %w = linalg.matmul ins(%z, %v : tensor<5x7xf32>, tensor<7x6xf32>) outs(%fo : tensor<5x6xf32>) -> tensor<5x6xf32>
  return %w : tensor<5x6xf32>
}
