// RUN: quant-opt %s --split-input-file --lowbit-assign-encodings=recipe=f16 2>&1 | FileCheck %s

// (C144) What is no selection of channels at constant indices is a gather, though
// it be marked as one.

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
!w = tensor<4x6xf32>
!o = tensor<2x6xf32>

// CHECK-LABEL: func.func @constant(
// CHECK-NOT: lowbit.layer
func.func @constant() -> !o {
  %w = arith.constant dense<1.0> : !w
  %i = arith.constant dense<[3, 0]> : tensor<2xi64>
  %e = tensor.empty() : !o
  %o = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%e : !o) attrs = {lowbit.selection} {
  ^bb0(%a: i64, %b: f32):
    %row = arith.index_cast %a : i64 to index
    %column = linalg.index 1 : index
    %p = tensor.extract %w[%row, %column] : !w
    linalg.yield %p : f32
  } -> !o
  return %o : !o
}

// CHECK-LABEL: func.func @outside(
// CHECK: lowbit.layer
func.func @outside() -> !o {
  %w = arith.constant dense<1.0> : !w
  %i = arith.constant dense<[3, 4]> : tensor<2xi64>
  %e = tensor.empty() : !o
  %o = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%e : !o) attrs = {lowbit.selection} {
  ^bb0(%a: i64, %b: f32):
    %row = arith.index_cast %a : i64 to index
    %column = linalg.index 1 : index
    %p = tensor.extract %w[%row, %column] : !w
    linalg.yield %p : f32
  } -> !o
  return %o : !o
}

// CHECK-LABEL: func.func @from_data(
// CHECK: lowbit.layer
func.func @from_data(%i: tensor<2xi64>) -> !o {
  %w = arith.constant dense<1.0> : !w
  %e = tensor.empty() : !o
  %o = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%e : !o) attrs = {lowbit.selection} {
  ^bb0(%a: i64, %b: f32):
    %row = arith.index_cast %a : i64 to index
    %column = linalg.index 1 : index
    %p = tensor.extract %w[%row, %column] : !w
    linalg.yield %p : f32
  } -> !o
  return %o : !o
}

// CHECK-LABEL: func.func @other_place(
// CHECK: lowbit.layer
func.func @other_place() -> !o {
  %w = arith.constant dense<1.0> : !w
  %i = arith.constant dense<[3, 0]> : tensor<2xi64>
  %e = tensor.empty() : !o
  %o = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%e : !o) attrs = {lowbit.selection} {
  ^bb0(%a: i64, %b: f32):
    %row = arith.index_cast %a : i64 to index
    %column = linalg.index 0 : index
    %p = tensor.extract %w[%row, %column] : !w
    linalg.yield %p : f32
  } -> !o
  return %o : !o
}

// CHECK-LABEL: func.func @unmarked(
// CHECK: lowbit.layer
func.func @unmarked() -> !o {
  %w = arith.constant dense<1.0> : !w
  %i = arith.constant dense<[3, 0]> : tensor<2xi64>
  %e = tensor.empty() : !o
  %o = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%e : !o) {
  ^bb0(%a: i64, %b: f32):
    %row = arith.index_cast %a : i64 to index
    %column = linalg.index 1 : index
    %p = tensor.extract %w[%row, %column] : !w
    linalg.yield %p : f32
  } -> !o
  return %o : !o
}
