// RUN: quant-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --lowbit-fold-scales -o /dev/null

// Products that stay, and why.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<8x4xf32>
!v = tensor<4xf32>
func.func @float_constant(%x: tensor<8x2xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %zero = arith.constant dense<0.0> : !t
  %w = arith.constant dense<3.0> : tensor<2x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<8x2xf32>, tensor<2x4xf32>) outs(%zero : !t) -> !t
  // expected-remark @+1 {{a product by channel is not folded: the weight that makes the channels is a constant that stays float}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r : !t
}

// -----

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<8x4xf32>
!v = tensor<4xf32>
ml_program.global public @w(#ml_program.extern<tensor<2x4xf32>>) : tensor<2x4xf32>
func.func @init(%x: tensor<8x2xf32>, %i: !t) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %w = ml_program.global_load_const @w : tensor<2x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<8x2xf32>, tensor<2x4xf32>) outs(%i : !t) -> !t
  // expected-remark @+1 {{a product by channel is not folded: the channels are an argument's}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r : !t
}

// -----

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<8x4xf32>
!v = tensor<4xf32>
func.func @dear(%x: !t, %d: !t) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %g = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : !v
  %y = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = math.rsqrt %a : f32
    %q = arith.mulf %s, %b : f32
    linalg.yield %q : f32
  } -> !t
  %k = "test.keep"(%y) : (!t) -> index
  // expected-remark @+1 {{a product by channel is not folded: what makes the channels (linalg.generic) has other users and costs too much to be done twice}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r : !t
}
