// RUN: quant-opt %s --split-input-file --verify-diagnostics --lowbit-fold-scales | FileCheck %s

// Products that stay because the type of what makes the channels cannot hold them.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<3x4xf32>
!v = tensor<4xf32>
ml_program.global public @w(#ml_program.extern<tensor<4x4xi8>>) : tensor<4x4xi8>
func.func @integers(%x: tensor<3x4xi8>) -> !t {
  %f = arith.constant dense<[2.0, 3.0, 4.0, 5.0]> : !v
  %zero = arith.constant dense<0.0> : !t
  %e = tensor.empty() : !t
  %w = ml_program.global_load_const @w : tensor<4x4xi8>
  %y = linalg.matmul ins(%x, %w : tensor<3x4xi8>, tensor<4x4xi8>) outs(%zero : !t) -> !t
  // expected-remark @+1 {{a product by channel is not folded: of the weight that makes the channels elements of i8 are not floats}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r : !t
}

// -----

// 1e6 would be infinite in f16, and 1e-6 has lost bits.
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<3x4xf32>
!v = tensor<4xf32>
ml_program.global public @w(#ml_program.extern<tensor<4x4xf16>>) : tensor<4x4xf16>
func.func @factors(%x: tensor<3x4xf16>) -> (!t, !t) {
  %large = arith.constant dense<[1.0e6, 3.0, 0.0, 5.0]> : !v
  %small = arith.constant dense<[1.0, 3.0, 1.0e-6, 5.0]> : !v
  %zero = arith.constant dense<0.0> : !t
  %e = tensor.empty() : !t
  %w = ml_program.global_load_const @w : tensor<4x4xf16>
  %y = linalg.matmul ins(%x, %w : tensor<3x4xf16>, tensor<4x4xf16>) outs(%zero : !t) -> !t
  // expected-remark @+1 {{a product by channel is not folded (2 ops): of the weight that makes the channels a factor leaves the range of f16}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %large : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  %v = ml_program.global_load_const @w : tensor<4x4xf16>
  %z = linalg.matmul ins(%x, %v : tensor<3x4xf16>, tensor<4x4xf16>) outs(%zero : !t) -> !t
  %s = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%z, %small : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r, %s : !t, !t
}

// -----

// Factors that fit, with a constant whose products with them do not.
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<3x4xf16>
!v = tensor<4xf16>
// CHECK-LABEL: func @products(
// CHECK-COUNT-3: arith.mulf
func.func @products(%x: !t) -> !t {
  %g = arith.constant dense<[3.0e4, 1.0, 1.0, 1.0]> : !v
  %f = arith.constant dense<[4.0, 3.0, 2.0, 5.0]> : !v
  %e = tensor.empty() : !t
  %n = linalg.negf ins(%x : !t) outs(%e : !t) -> !t
  %y = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%n, %g : !t, !v) outs(%e : !t) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %p = arith.mulf %a, %b : f16
    %q = arith.mulf %p, %a : f16
    linalg.yield %q : f16
  } -> !t
  // expected-remark @+1 {{a product by channel is not folded: of the vector that makes the channels a product leaves the range of f16}}
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %p = arith.mulf %a, %b : f16
    linalg.yield %p : f16
  } -> !t
  return %r : !t
}
