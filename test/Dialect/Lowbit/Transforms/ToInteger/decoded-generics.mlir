// RUN: quant-opt %s --lowbit-to-integer --verify-diagnostics | FileCheck %s

// Generics that upstream takes for contractions, but that are decoded.

#t = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#r = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>

// CHECK-LABEL: @not_summed_over
func.func @not_summed_over(%x: tensor<f32, #t>, %w: tensor<4xf32, #t>, %o: tensor<f32>) -> tensor<f32> {
  // CHECK: linalg.generic
  // expected-remark @+1 {{contracts decoded operands: the activation is not summed over}}
  %0 = linalg.generic {indexing_maps = [affine_map<(k) -> ()>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>], iterator_types = ["reduction"]}
      ins(%x, %w : tensor<f32, #t>, tensor<4xf32, #t>) outs(%o : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// To upstream these are contractions: it looks through unary operations.

// CHECK-LABEL: @unary_operand
func.func @unary_operand(%x: tensor<4xf32, #t>, %w: tensor<4xf32, #t>, %o: tensor<f32>) -> tensor<f32> {
  // CHECK-COUNT-2: lowbit.decode
  // CHECK: math.exp
  // expected-remark @+1 {{contracts decoded operands (2 ops): its body is not a sum of products}}
  %0 = linalg.generic {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>], iterator_types = ["reduction"]}
      ins(%x, %w : tensor<4xf32, #t>, tensor<4xf32, #t>) outs(%o : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %e = math.exp %a : f32
    %p = arith.mulf %e, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: @negated_sum
func.func @negated_sum(%x: tensor<4xf32, #t>, %o: tensor<f32>) -> tensor<f32> {
  // CHECK: lowbit.decode
  // CHECK: arith.negf
  // (The remark above counts this one, too.)
  %0 = linalg.generic {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>], iterator_types = ["reduction"]}
      ins(%x, %x : tensor<4xf32, #t>, tensor<4xf32, #t>) outs(%o : tensor<f32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    %n = arith.negf %s : f32
    linalg.yield %n : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}

// A row of the first operand is not one of the result.

// CHECK-LABEL: @lost_row
func.func @lost_row(%x: tensor<2x3x4xf32, #r>, %w: tensor<4xf32, #t>, %o: tensor<2xf32>) -> tensor<2xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // expected-remark @+1 {{its result is not indexed by the loops that are not summed over}}
  %0 = linalg.generic {indexing_maps = [affine_map<(m, b, k) -> (m, b, k)>, affine_map<(m, b, k) -> (k)>, affine_map<(m, b, k) -> (m)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<2x3x4xf32, #r>, tensor<4xf32, #t>) outs(%o : tensor<2xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
