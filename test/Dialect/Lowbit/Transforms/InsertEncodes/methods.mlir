// RUN: quant-opt --lowbit-insert-encodes %s --split-input-file --verify-diagnostics | FileCheck %s

// Layers that share a weight and sum over the same axis share the encode, which
// names them all.

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
!m = tensor<4x4xf32>

// CHECK-LABEL: func @shared(
func.func @shared(%x: !m, %c: !m) -> (!m, !m, !m, !m) {
  // CHECK: %[[W:.+]] = arith.constant
  // CHECK-DAG: %[[A:.+]] = lowbit.encode %[[W]] range(full) method<gptq> layers["a", "b"] along 0 :
  // CHECK-DAG: %[[B:.+]] = lowbit.encode %[[W]] range(full) method<gptq> layers["c"] along 1 :
  // CHECK-DAG: %[[C:.+]] = lowbit.encode %[[W]] method<hqq> layers["d"] along 0 :
  // CHECK-NOT: lowbit.encode
  // CHECK: linalg.matmul {lowbit.layer = "a"} ins(%{{.*}}, %[[A]] :
  // CHECK: linalg.matmul {lowbit.layer = "b"} ins(%{{.*}}, %[[A]] :
  // CHECK: linalg.matmul indexing_maps{{.*}} ins(%{{.*}}, %[[B]] :
  // CHECK: linalg.matmul {lowbit.layer = "d"} ins(%{{.*}}, %[[C]] :
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #w4, lowbit.weight_range = #lowbit.range<full>,
      lowbit.weight_method = #lowbit.method<gptq>} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %1 = linalg.matmul {lowbit.layer = "b", lowbit.weight_encoding = #w4, lowbit.weight_range = #lowbit.range<full>,
      lowbit.weight_method = #lowbit.method<gptq>} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %2 = linalg.matmul indexing_maps = [#mk, #nk, #mn] {lowbit.layer = "c", lowbit.weight_encoding = #w4,
      lowbit.weight_range = #lowbit.range<full>, lowbit.weight_method = #lowbit.method<gptq>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %3 = linalg.matmul {lowbit.layer = "d", lowbit.weight_encoding = #w4,
      lowbit.weight_method = #lowbit.method<hqq>} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0, %1, %2, %3 : !m, !m, !m, !m
}

// -----

!m = tensor<4x4xf32>
func.func @method_alone(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{has lowbit.weight_method without lowbit.weight_encoding}}
  %0 = linalg.matmul {lowbit.weight_method = #lowbit.method<hqq>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
!m = tensor<4x4xf32>
func.func @nameless(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{has method 'gptq', which asks for the inputs of a layer by its name, and no lowbit.layer; run lowbit-name-layers}}
  %0 = linalg.matmul {lowbit.weight_encoding = #w4, lowbit.weight_method = #lowbit.method<gptq>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
!m = tensor<4x4xf32>
func.func @misfit(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{method 'wanda' prunes, and the encoding keeps every value}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #w4, lowbit.weight_method = #lowbit.method<wanda>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

// A gather reads what the method of a product makes of the weight (C154), also
// where it is loaded twice, and stands before.

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
!m = tensor<4x4xf32>
ml_program.global public @t(#ml_program.extern : !m) : !m
// CHECK-LABEL: func @tied(
func.func @tied(%x: !m, %c: !m, %ids: tensor<4xindex>) -> (!m, !m) {
  // CHECK: lowbit.encode %{{.*}} method<gptq> layers["head"] along 1 :
  // CHECK: lowbit.encode %{{.*}} method<gptq> layers["head"] along 1 :
  %w = ml_program.global_load_const @t : !m
  %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<4xindex>) outs(%c : !m) attrs = {lowbit.layer = "table",
      lowbit.weight_encoding = #w4, lowbit.weight_method = #lowbit.method<gptq>} {
  ^bb0(%row: index, %out: f32):
    %column = linalg.index 1 : index
    %value = tensor.extract %w[%row, %column] : !m
    linalg.yield %value : f32
  } -> !m
  %v = ml_program.global_load_const @t : !m
  %2 = linalg.matmul indexing_maps = [#mk, #nk, #mn] {lowbit.layer = "head", lowbit.weight_encoding = #w4,
      lowbit.weight_method = #lowbit.method<gptq>} ins(%x, %v : !m, !m) outs(%c : !m) -> !m
  return %g, %2 : !m, !m
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>
!m = tensor<4x4xf32>
func.func @alone(%c: !m, %ids: tensor<4xindex>) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{has method 'gptq', which asks for inputs, and no layer with inputs has the same weight, encoding and method in this function}}
  %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<4xindex>) outs(%c : !m) attrs = {lowbit.layer = "table",
      lowbit.weight_encoding = #w4, lowbit.weight_method = #lowbit.method<gptq>} {
  ^bb0(%row: index, %out: f32):
    %column = linalg.index 1 : index
    %value = tensor.extract %w[%row, %column] : !m
    linalg.yield %value : f32
  } -> !m
  return %g : !m
}
