// What a generic writes in another order the kernel stores so.
// RUN: quant-opt %s --lowbit-fuse-epilogues=remarks -verify-diagnostics | FileCheck %s

#bshd = affine_map<(b, s, h, d) -> (b, s, h, d)>
#bhsd = affine_map<(b, s, h, d) -> (b, h, s, d)>
#bhds = affine_map<(b, s, h, d) -> (b, h, d, s)>
#hd = affine_map<(b, s, h, d) -> (h, d)>
!rows = memref<?x?xf32, strided<[?, 1], offset: ?>>
!batch = memref<?x?x?xf32, strided<[?, ?, 1], offset: ?>>
func.func private @product(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", overwrite}}
func.func private @adding(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512"}}
func.func private @batched(!batch, !batch, !batch)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", batched, overwrite}}

// Rows and columns are split, and heads come before rows.
// CHECK-LABEL: func.func @heads(
// CHECK-SAME: %[[O:[a-z0-9]+]]: tensor<2x3x?x32xf32>)
// CHECK: %[[Y:.*]] = lowbit.call_kernel @lowbit_matmul_f32_then_addf_stored_0_1_0_1x32_avx512 ins({{.*}} : tensor<?x8xf32>, tensor<8x96xf32>, tensor<96xf32>) outs(%[[O]] : tensor<2x3x?x32xf32>) -> tensor<2x3x?x32xf32>
// CHECK-NEXT: return %[[Y]]
func.func @heads(%x: tensor<?x8xf32>, %w: tensor<8x96xf32>, %b: tensor<3x32xf32>, %s: index, %e: tensor<?x96xf32>, %o: tensor<2x3x?x32xf32>) -> tensor<2x3x?x32xf32> {
  %y = lowbit.call_kernel @product ins(%x, %w : tensor<?x8xf32>, tensor<8x96xf32>) outs(%e : tensor<?x96xf32>) -> tensor<?x96xf32>
  %v = tensor.expand_shape %y [[0, 1], [2, 3]] output_shape [2, %s, 3, 32] : tensor<?x96xf32> into tensor<2x?x3x32xf32>
  %z = linalg.generic {indexing_maps = [#bshd, #hd, #bhsd], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v, %b : tensor<2x?x3x32xf32>, tensor<3x32xf32>) outs(%o : tensor<2x3x?x32xf32>) {
  ^bb0(%sum: f32, %bias: f32, %out: f32):
    %0 = arith.addf %sum, %bias : f32
    linalg.yield %0 : f32
  } -> tensor<2x3x?x32xf32>
  return %z : tensor<2x3x?x32xf32>
}

// A generic that only moves elements has no function.
// CHECK-LABEL: func.func @moved(
// CHECK: lowbit.call_kernel @lowbit_batch_matmul_f32_stored_0_1_0_2x32_avx512 ins({{.*}} : tensor<6x?x8xf32>, tensor<6x8x32xf32>) outs({{.*}} : tensor<2x?x3x32xf32>) -> tensor<2x?x3x32xf32>
// CHECK-NEXT: return
func.func @moved(%x: tensor<6x?x8xf32>, %w: tensor<6x8x32xf32>, %s: index, %e: tensor<6x?x32xf32>, %o: tensor<2x?x3x32xf32>) -> tensor<2x?x3x32xf32> {
  %y = lowbit.call_kernel @batched ins(%x, %w : tensor<6x?x8xf32>, tensor<6x8x32xf32>) outs(%e : tensor<6x?x32xf32>) -> tensor<6x?x32xf32>
  %v = tensor.expand_shape %y [[0, 1], [2], [3]] output_shape [2, 3, %s, 32] : tensor<6x?x32xf32> into tensor<2x3x?x32xf32>
  %z = linalg.generic {indexing_maps = [#bshd, #bhsd], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v : tensor<2x3x?x32xf32>) outs(%o : tensor<2x?x3x32xf32>) {
  ^bb0(%sum: f32, %out: f32):
    linalg.yield %sum : f32
  } -> tensor<2x?x3x32xf32>
  return %z : tensor<2x?x3x32xf32>
}

// Where vectors do not stay together, or sums are added to what c has, elements
// are moved behind the kernel.
// CHECK-LABEL: func.func @apart(
// CHECK: lowbit.call_kernel @product
// CHECK: linalg.generic
// CHECK: lowbit.call_kernel @adding
// CHECK: linalg.generic
// CHECK: lowbit.call_kernel @lowbit_matmul_f32_then_negf_avx512
// CHECK: linalg.transpose {{.*}} permutation = [0, 2, 3, 1]
func.func @apart(%x: tensor<?x8xf32>, %w: tensor<8x96xf32>, %s: index, %e: tensor<?x96xf32>, %o: tensor<2x3x32x?xf32>, %p: tensor<2x3x?x32xf32>) -> (tensor<2x3x32x?xf32>, tensor<2x3x?x32xf32>, tensor<2x3x32x?xf32>) {
  %y = lowbit.call_kernel @product ins(%x, %w : tensor<?x8xf32>, tensor<8x96xf32>) outs(%e : tensor<?x96xf32>) -> tensor<?x96xf32>
  %v = tensor.expand_shape %y [[0, 1], [2, 3]] output_shape [2, %s, 3, 32] : tensor<?x96xf32> into tensor<2x?x3x32xf32>
  %z = linalg.generic {indexing_maps = [#bshd, #bhds], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v : tensor<2x?x3x32xf32>) outs(%o : tensor<2x3x32x?xf32>) {
  ^bb0(%sum: f32, %out: f32):
    linalg.yield %sum : f32
  } -> tensor<2x3x32x?xf32>
  %y1 = lowbit.call_kernel @adding ins(%x, %w : tensor<?x8xf32>, tensor<8x96xf32>) outs(%e : tensor<?x96xf32>) -> tensor<?x96xf32>
  %v1 = tensor.expand_shape %y1 [[0, 1], [2, 3]] output_shape [2, %s, 3, 32] : tensor<?x96xf32> into tensor<2x?x3x32xf32>
  %z1 = linalg.generic {indexing_maps = [#bshd, #bhsd], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v1 : tensor<2x?x3x32xf32>) outs(%p : tensor<2x3x?x32xf32>) {
  ^bb0(%sum: f32, %out: f32):
    linalg.yield %sum : f32
  } -> tensor<2x3x?x32xf32>
  %y2 = lowbit.call_kernel @product ins(%x, %w : tensor<?x8xf32>, tensor<8x96xf32>) outs(%e : tensor<?x96xf32>) -> tensor<?x96xf32>
  %v2 = tensor.expand_shape %y2 [[0, 1], [2, 3]] output_shape [2, %s, 3, 32] : tensor<?x96xf32> into tensor<2x?x3x32xf32>
  %z2 = linalg.generic {indexing_maps = [#bshd, #bhds], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v2 : tensor<2x?x3x32xf32>) outs(%o : tensor<2x3x32x?xf32>) {
  ^bb0(%sum: f32, %out: f32):
    %0 = arith.negf %sum : f32
    linalg.yield %0 : f32
  } -> tensor<2x3x32x?xf32>
  return %z, %z1, %z2 : tensor<2x3x32x?xf32>, tensor<2x3x?x32xf32>, tensor<2x3x32x?xf32>
}

#bhsn = affine_map<(b, h, s, n) -> (b, h, s, n)>
#bn = affine_map<(b, h, s, n) -> (b, n)>
#bsn = affine_map<(b, h, s, n) -> (b, s, n)>

// A mask of each text is repeated for its heads, unless it is as large as the
// scores of a head.
// CHECK-LABEL: func.func @masks(
// CHECK-SAME: %[[M:[a-z0-9]+]]: tensor<?x8xf32>, %[[L:[a-z0-9]+]]: tensor<?x4x8xf32>
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[M]] : tensor<?x8xf32>) outs(%{{.*}} : tensor<?x3x8xf32>)
// CHECK: %[[C:.*]] = tensor.collapse_shape %[[R]] {{\[\[}}0, 1], [2]]
// CHECK: lowbit.call_kernel @lowbit_batch_matmul_f32_then_addf_avx512 ins(%{{.*}}, %{{.*}}, %[[C]] : tensor<?x4x8xf32>, tensor<?x8x8xf32>, tensor<?x8xf32>)
// CHECK: lowbit.call_kernel @batched
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[L]] :
func.func @masks(%x: tensor<?x4x8xf32>, %w: tensor<?x8x8xf32>, %m: tensor<?x8xf32>, %l: tensor<?x4x8xf32>, %b: index, %e: tensor<?x4x8xf32>, %o: tensor<?x3x4x8xf32>) -> (tensor<?x3x4x8xf32>, tensor<?x3x4x8xf32>) {
  %y = lowbit.call_kernel @batched ins(%x, %w : tensor<?x4x8xf32>, tensor<?x8x8xf32>) outs(%e : tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
  %v = tensor.expand_shape %y [[0, 1], [2], [3]] output_shape [%b, 3, 4, 8] : tensor<?x4x8xf32> into tensor<?x3x4x8xf32>
  %z = linalg.generic {indexing_maps = [#bhsn, #bn, #bhsn], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v, %m : tensor<?x3x4x8xf32>, tensor<?x8xf32>) outs(%o : tensor<?x3x4x8xf32>) {
  ^bb0(%sum: f32, %mask: f32, %out: f32):
    %0 = arith.addf %sum, %mask : f32
    linalg.yield %0 : f32
  } -> tensor<?x3x4x8xf32>
  // expected-remark @below {{an operand has parts of all dimensions of the result}}
  %y1 = lowbit.call_kernel @batched ins(%x, %w : tensor<?x4x8xf32>, tensor<?x8x8xf32>) outs(%e : tensor<?x4x8xf32>) -> tensor<?x4x8xf32>
  %v1 = tensor.expand_shape %y1 [[0, 1], [2], [3]] output_shape [%b, 3, 4, 8] : tensor<?x4x8xf32> into tensor<?x3x4x8xf32>
  %z1 = linalg.generic {indexing_maps = [#bhsn, #bsn, #bhsn], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%v1, %l : tensor<?x3x4x8xf32>, tensor<?x4x8xf32>) outs(%o : tensor<?x3x4x8xf32>) {
  ^bb0(%sum: f32, %mask: f32, %out: f32):
    %0 = arith.addf %sum, %mask : f32
    linalg.yield %0 : f32
  } -> tensor<?x3x4x8xf32>
  return %z, %z1 : tensor<?x3x4x8xf32>, tensor<?x3x4x8xf32>
}
