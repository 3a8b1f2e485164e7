// RUN: quant-opt %s --split-input-file --verify-diagnostics --allow-unregistered-dialect --lowbit-fold-scales -o /dev/null

// Products that stay, and why.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<8x4xf32>
!v = tensor<4xf32>
func.func @reduction(%x: tensor<8x3x4xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %y = linalg.reduce ins(%x : tensor<8x3x4xf32>) outs(%e : !t) dimensions = [1]
    (%in: f32, %init: f32) {
      %q = arith.addf %in, %init : f32
      linalg.yield %q : f32
    }
  // expected-remark @+1 {{a product by channel is not folded: the channels are made by a reduction (linalg.reduce)}}
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
func.func @shared_contraction(%x: tensor<8x2xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %zero = arith.constant dense<0.0> : !t
  %w = ml_program.global_load_const @w : tensor<2x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<8x2xf32>, tensor<2x4xf32>) outs(%zero : !t) -> !t
  %k = "test.keep"(%y) : (!t) -> index
  // expected-remark @+1 {{a product by channel is not folded: the contraction that makes the channels has other users}}
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
func.func @shared_weight(%x: tensor<8x2xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %zero = arith.constant dense<0.0> : !t
  %w = ml_program.global_load_const @w : tensor<2x4xf32>
  %y = linalg.matmul ins(%x, %w : tensor<8x2xf32>, tensor<2x4xf32>) outs(%zero : !t) -> !t
  %k = "test.keep"(%w) : (tensor<2x4xf32>) -> index
  // expected-remark @+1 {{a product by channel is not folded: the weight that makes the channels has other users}}
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
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
func.func @encoded_weight(%x: tensor<8x2xf32>) -> !t {
  %f = arith.constant dense<[0.5, 2.0, 3.0, 4.0]> : !v
  %e = tensor.empty() : !t
  %zero = arith.constant dense<0.0> : !t
  %w = ml_program.global_load_const @w : tensor<2x4xf32>
  %we = lowbit.encode %w : tensor<2x4xf32> to tensor<2x4xf32, #w8>
  %y = linalg.matmul ins(%x, %we : tensor<8x2xf32>, tensor<2x4xf32, #w8>) outs(%zero : !t) -> !t
  // expected-remark @+1 {{a product by channel is not folded: the weight that makes the channels is encoded already}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r : !t
}
