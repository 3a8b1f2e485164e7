// RUN: quant-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --lowbit-fold-scales -o /dev/null

// Products that stay, and why.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<8x4xf32>
!v = tensor<4xf32>
func.func @argument(%x: !t) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  // expected-remark @+1 {{a product by channel is not folded: the channels are an argument's}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %f : !t, !v) outs(%e : !t) {
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
func.func @gelu(%x: !t) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : !t) outs(%e : !t) {
  ^bb0(%a: f32, %o: f32):
    %q = math.erf %a : f32
    %h = arith.mulf %q, %a : f32
    linalg.yield %h : f32
  } -> !t
  // expected-remark @+1 {{a product by channel is not folded: math.erf is not linear}}
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
func.func @square(%x: !t) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : !t) outs(%e : !t) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.mulf %a, %a : f32
    linalg.yield %q : f32
  } -> !t
  // expected-remark @+1 {{a product by channel is not folded: arith.mulf is not linear}}
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
func.func @sign(%x: !t) -> !t {
  %f = arith.constant dense<[0.5, 0.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @w : tensor<2x4xf32>
  %y = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : !t) outs(%e : !t) {
  ^bb0(%a: f32, %o: f32):
    %q = arith.maximumf %a, %zero : f32
    linalg.yield %q : f32
  } -> !t
  // expected-remark @+1 {{a product by channel is not folded: a factor is not positive, which arith.maximumf needs}}
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
func.func @rows_only(%x: tensor<8xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %y = linalg.broadcast ins(%x : tensor<8xf32>) outs(%e : !t) dimensions = [1]
  // expected-remark @+1 {{a product by channel is not folded: the channels are made by linalg.broadcast}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r : !t
}
