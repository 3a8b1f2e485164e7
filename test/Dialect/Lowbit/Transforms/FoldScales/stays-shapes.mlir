// RUN: quant-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --lowbit-fold-scales -o /dev/null

// Products that stay, and why.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<8x4xf32>
!v = tensor<4xf32>
func.func @constant_added(%x: !t) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %one = arith.constant 1.0 : f32
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : !t) outs(%e : !t) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.addf %a, %one : f32
    linalg.yield %q : f32
  } -> !t
  // expected-remark @+1 {{a product by channel is not folded: arith.addf is not linear}}
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
func.func @split(%x: tensor<8x2x2xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %y = tensor.collapse_shape %x [[0], [1, 2]] : tensor<8x2x2xf32> into !t
  // expected-remark @+1 {{a product by channel is not folded: a reshape splits the channels or joins them with something else}}
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
func.func @joined(%x: tensor<32xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %y = tensor.expand_shape %x [[0, 1]] output_shape [8, 4] : tensor<32xf32> into !t
  // expected-remark @+1 {{a product by channel is not folded: a reshape splits the channels or joins them with something else}}
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
ml_program.global public @w(#ml_program.extern<!t>) : !t
func.func @matrix(%x: !t) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %w = ml_program.global_load_const @w : !t
  %y = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %w : !t, !t) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.addf %a, %b : f32
    linalg.yield %q : f32
  } -> !t
  // expected-remark @+1 {{a product by channel is not folded: the channels are those of a weight with several axes}}
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
func.func @slice(%x: tensor<9x4xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %y = tensor.extract_slice %x[1, 0] [8, 4] [1, 1] : tensor<9x4xf32> to !t
  // expected-remark @+1 {{a product by channel is not folded: the channels are made by tensor.extract_slice}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r : !t
}
