// RUN: quant-opt %s --lowbit-raise-attention --canonicalize --cse --verify-diagnostics | FileCheck %s

// (C221) Reshapes to sizes that are computed.

// The sizes are those of the operand, in order: the operand itself is the query.

// CHECK-LABEL: @reshaped
// CHECK-NOT: tensor.reshape
// CHECK: lowbit.attention
// CHECK-NOT: linalg.batch_matmul
func.func @reshaped(%q: tensor<?x?x2x4xf32>, %k: tensor<?x8x?xf32>, %v: tensor<?x?x6xf32>, %b: index, %n: index, %m: index) -> tensor<?x?x6xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : i64
  %d0 = tensor.dim %q, %c0 : tensor<?x?x2x4xf32>
  %d1 = tensor.dim %q, %c1 : tensor<?x?x2x4xf32>
  %i0 = arith.index_cast %d0 : index to i64
  %i1 = arith.index_cast %d1 : index to i64
  %shape = tensor.from_elements %i0, %i1, %c8 : tensor<3xi64>
  %r = tensor.reshape %q(%shape) : (tensor<?x?x2x4xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %es = tensor.empty(%b, %n, %m) : tensor<?x?x?xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %s = linalg.batch_matmul ins(%r, %k : tensor<?x?x8xf32>, tensor<?x8x?xf32>) outs(%fs : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<?x?x?xf32>) outs(%es : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %eo = tensor.empty(%b, %n) : tensor<?x?x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<?x?x6xf32>) -> tensor<?x?x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<?x?x?xf32>, tensor<?x?x6xf32>) outs(%fo : tensor<?x?x6xf32>) -> tensor<?x?x6xf32>
  return %w : tensor<?x?x6xf32>
}

// They are not: elements move between batch and queries.

// CHECK-LABEL: @mixed
// CHECK: %[[R:.*]] = tensor.reshape
// CHECK: tensor.expand_shape %[[R]]
// CHECK: lowbit.attention
// CHECK-NOT: linalg.batch_matmul
func.func @mixed(%q: tensor<?x?x2x4xf32>, %k: tensor<?x8x?xf32>, %v: tensor<?x?x6xf32>, %b: index, %n: index, %m: index) -> tensor<?x?x6xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : i64
  %d0 = tensor.dim %q, %c0 : tensor<?x?x2x4xf32>
  %d1 = tensor.dim %q, %c1 : tensor<?x?x2x4xf32>
  %i0 = arith.index_cast %d0 : index to i64
  %i1 = arith.index_cast %d1 : index to i64
  %shape = tensor.from_elements %i1, %i0, %c8 : tensor<3xi64>
  %r = tensor.reshape %q(%shape) : (tensor<?x?x2x4xf32>, tensor<3xi64>) -> tensor<?x?x8xf32>
  %es = tensor.empty(%b, %n, %m) : tensor<?x?x?xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %s = linalg.batch_matmul ins(%r, %k : tensor<?x?x8xf32>, tensor<?x8x?xf32>) outs(%fs : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<?x?x?xf32>) outs(%es : tensor<?x?x?xf32>) -> tensor<?x?x?xf32>
  %eo = tensor.empty(%b, %n) : tensor<?x?x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<?x?x6xf32>) -> tensor<?x?x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<?x?x?xf32>, tensor<?x?x6xf32>) outs(%fo : tensor<?x?x6xf32>) -> tensor<?x?x6xf32>
  return %w : tensor<?x?x6xf32>
}
