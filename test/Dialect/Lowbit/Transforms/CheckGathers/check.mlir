// RUN: quant-opt %s --lowbit-check-gathers | FileCheck %s

// A second run adds nothing, whatever was simplified in between.
// RUN: quant-opt %s --lowbit-check-gathers --canonicalize --cse -o %t.once
// RUN: quant-opt %t.once --lowbit-check-gathers --canonicalize --cse | diff %t.once -
// RUN: quant-opt %s --lowbit-check-gathers --lowbit-check-gathers | FileCheck %s

#ids = affine_map<(d0, d1) -> (d0)>
#out = affine_map<(d0, d1) -> (d0, d1)>

// The row comes from data and is checked; the column is the position in a loop
// of the table's size and is not.
// CHECK-LABEL: func.func @row
func.func @row(%ids: tensor<4xi64>, %table: tensor<10x8xf32>, %init: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: %[[ROW:.*]] = arith.index_cast
  // CHECK: %[[SIZE:.*]] = arith.constant 10 : index
  // CHECK: %[[INSIDE:.*]] = arith.cmpi ult, %[[ROW]], %[[SIZE]] : index
  // CHECK-NEXT: cf.assert %[[INSIDE]], "an index is outside the 10 rows that 'words' reads from"
  // CHECK-NEXT: tensor.extract
  // CHECK-NOT: cf.assert
  %0 = linalg.generic {indexing_maps = [#ids, #out], iterator_types = ["parallel", "parallel"], lowbit.layer = "words"}
      ins(%ids : tensor<4xi64>) outs(%init : tensor<4x8xf32>) {
  ^bb0(%id: i64, %o: f32):
    %r = arith.index_cast %id : i64 to index
    %c = linalg.index 1 : index
    %v = tensor.extract %table[%r, %c] : tensor<10x8xf32>
    linalg.yield %v : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Sizes that are not known are asked for, once and not in the body; a constant inside needs no check, one
// outside fails whenever it runs.
// CHECK-LABEL: func.func @sizes
func.func @sizes(%table: tensor<?x8xf32>, %init: tensor<4x9xf32>) -> tensor<4x9xf32> {
  // CHECK: tensor.dim
  // CHECK: linalg.generic
  // CHECK: cf.assert %{{.*}}, "an index is outside the rows that a gather reads from"
  // CHECK: cf.assert %{{.*}}, "an index is outside the 8 elements of dimension 1 that a gather reads from"
  // CHECK: tensor.extract
  // CHECK-NOT: cf.assert
  %0 = linalg.generic {indexing_maps = [#out], iterator_types = ["parallel", "parallel"]} outs(%init : tensor<4x9xf32>) {
  ^bb0(%o: f32):
    %r = linalg.index 0 : index
    %c = linalg.index 1 : index
    %v = tensor.extract %table[%r, %c] : tensor<?x8xf32>
    linalg.yield %v : f32
  } -> tensor<4x9xf32>
  return %0 : tensor<4x9xf32>
}

// CHECK-LABEL: func.func @constant
func.func @constant(%table: tensor<10x8xf32>, %init: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK-NOT: cf.assert
  %c9 = arith.constant 9 : index
  %0 = linalg.generic {indexing_maps = [#out], iterator_types = ["parallel", "parallel"]} outs(%init : tensor<4x8xf32>) {
  ^bb0(%o: f32):
    %c = linalg.index 1 : index
    %v = tensor.extract %table[%c9, %c] : tensor<10x8xf32>
    linalg.yield %v : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// An assert of another size, and one that comes later, check nothing.
// CHECK-LABEL: func.func @other_asserts
func.func @other_asserts(%table: tensor<10xf32>, %init: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: cf.assert %{{.*}}, "mine"
  // CHECK: cf.assert %{{.*}}, "an index is outside the 10 rows that a gather reads from"
  // CHECK: tensor.extract
  // CHECK: cf.assert %{{.*}}, "too late"
  %c12 = arith.constant 12 : index
  %c10 = arith.constant 10 : index
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%init : tensor<4xf32>) {
  ^bb0(%o: f32):
    %d = linalg.index 0 : index
    %i = arith.muli %d, %d : index
    %in12 = arith.cmpi ult, %i, %c12 : index
    cf.assert %in12, "mine"
    %v = tensor.extract %table[%i] : tensor<10xf32>
    %in10 = arith.cmpi ult, %i, %c10 : index
    cf.assert %in10, "too late"
    linalg.yield %v : f32
  } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Of constants, those that lead outside.
// CHECK-LABEL: func.func @constants
func.func @constants(%table: tensor<10x8xf32>, %init: tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  // CHECK-NOT: cf.assert
  // CHECK: tensor.extract
  // CHECK: cf.assert %{{.*}}, "an index is outside the 10 rows that a gather reads from"
  // CHECK: tensor.extract
  %in = arith.constant dense<[9, 0]> : tensor<2xi64>
  %out = arith.constant dense<[9, -1]> : tensor<2xi64>
  %0 = linalg.generic {indexing_maps = [#ids, #out], iterator_types = ["parallel", "parallel"]}
      ins(%in : tensor<2xi64>) outs(%init : tensor<2x8xf32>) {
  ^bb0(%id: i64, %o: f32):
    %r = arith.index_cast %id : i64 to index
    %c = linalg.index 1 : index
    %v = tensor.extract %table[%r, %c] : tensor<10x8xf32>
    linalg.yield %v : f32
  } -> tensor<2x8xf32>
  %1 = linalg.generic {indexing_maps = [#ids, #out], iterator_types = ["parallel", "parallel"]}
      ins(%out : tensor<2xi64>) outs(%init : tensor<2x8xf32>) {
  ^bb0(%id: i64, %o: f32):
    %r = arith.index_cast %id : i64 to index
    %c = linalg.index 1 : index
    %v = tensor.extract %table[%r, %c] : tensor<10x8xf32>
    linalg.yield %v : f32
  } -> tensor<2x8xf32>
  return %0, %1 : tensor<2x8xf32>, tensor<2x8xf32>
}
