// RUN: quant-opt %s --lowbit-check-gathers | FileCheck %s

// Outside of bodies, too, an index may come from data.
// CHECK-LABEL: func.func @extract
// CHECK: %[[SIZE:.*]] = tensor.dim
// CHECK: %[[INSIDE:.*]] = arith.cmpi ult, %{{.*}}, %[[SIZE]] : index
// CHECK: cf.assert %[[INSIDE]], "an index is outside the rows that an op reads from"
// CHECK: tensor.extract %
func.func @extract(%x: tensor<?xf32>, %i: tensor<i64>) -> f32 {
  %a = tensor.extract %i[] : tensor<i64>
  %ii = arith.index_cast %a : i64 to index
  %v = tensor.extract %x[%ii] : tensor<?xf32>
  return %v : f32
}

// CHECK-LABEL: func.func @insert
// CHECK: cf.assert %{{.*}}, "an index is outside the 4 rows that an element is put into"
// CHECK: tensor.insert %
func.func @insert(%x: tensor<4xf32>, %v: f32, %i: index) -> tensor<4xf32> {
  %y = tensor.insert %v into %x[%i] : tensor<4xf32>
  return %y : tensor<4xf32>
}

// The offset is at most the size of the tensor, the size at most what is left.
// CHECK-LABEL: func.func @slice
// CHECK-SAME: %[[I:[a-z0-9]*]]: index, %[[N:[a-z0-9]*]]: index
// CHECK: %[[C10:.*]] = arith.constant 10 : index
// CHECK: %[[BEGIN:.*]] = arith.cmpi ule, %[[I]], %[[C10]] : index
// CHECK: %[[REST:.*]] = arith.subi %[[C10]], %[[I]] : index
// CHECK: %[[END:.*]] = arith.cmpi ule, %[[N]], %[[REST]] : index
// CHECK: %[[INSIDE:.*]] = arith.andi %[[BEGIN]], %[[END]] : i1
// CHECK: cf.assert %[[INSIDE]], "a slice is outside the 10 rows that an op takes it from"
// CHECK-NOT: cf.assert
// CHECK: tensor.extract_slice
func.func @slice(%x: tensor<10x4xf32>, %i: index, %n: index) -> tensor<?x2xf32> {
  %y = tensor.extract_slice %x[%i, 1] [%n, 2] [1, 1] : tensor<10x4xf32> to tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// With strides the last element that is read has to be inside.
// CHECK-LABEL: func.func @strides
// CHECK: %[[REACH:.*]] = arith.muli
// CHECK: arith.cmpi ult, %[[REACH]], %{{.*}} : index
// CHECK: cf.assert %{{.*}}, "a slice is outside the elements of dimension 1 that 'fc' takes it from"
// CHECK: tensor.insert_slice
func.func @strides(%x: tensor<2x3xf32>, %y: tensor<2x?xf32>) -> tensor<2x?xf32> {
  %0 = tensor.insert_slice %x into %y[0, 1] [2, 3] [1, 2] {lowbit.layer = "fc"} : tensor<2x3xf32> into tensor<2x?xf32>
  return %0 : tensor<2x?xf32>
}

// What is taken whole, or known at compile time, needs no check.
// CHECK-LABEL: func.func @whole
// CHECK-NOT: cf.assert
// CHECK: return
func.func @whole(%x: tensor<?x4xf32>) -> tensor<?x2xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %y = tensor.extract_slice %x[0, 1] [%n, 2] [1, 1] : tensor<?x4xf32> to tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}
