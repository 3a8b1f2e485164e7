// RUN: quant-opt %s --lowbit-fuse-epilogues | FileCheck %s --implicit-check-not=@product --implicit-check-not=@batched
// RUN: quant-opt %s --lowbit-fuse-epilogues --lowbit-fuse-epilogues | FileCheck %s

#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (m)>
#column = affine_map<(m, n) -> (n)>
#none = affine_map<(m, n) -> ()>
!rows = memref<?x?xf32, strided<[?, 1], offset: ?>>

func.func private @product(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", overwrite}}
func.func private @batched(memref<?x?x?xf32, strided<[?, ?, 1], offset: ?>>, memref<?x?x?xf32, strided<[?, ?, 1], offset: ?>>, memref<?x?x?xf32, strided<[?, ?, 1], offset: ?>>)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", batched}}

// Each operand has the dimensions that it varies in; equal layers share kernel
// and function. The layer keeps its name.
// CHECK-LABEL: func.func @layers(
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<8x16xf32>, %[[B:.*]]: tensor<16xf32>, %[[R:.*]]: tensor<?x16xf32>, %[[S:.*]]: tensor<?xf32>, %[[E:.*]]: tensor<?x16xf32>
// CHECK: %[[Y:.*]] = lowbit.call_kernel @[[$KERNEL:lowbit_matmul_f32_then_addf_mulf_avx512]] ins(%[[X]], %[[W]], %[[B]], %[[R]], %[[S]] : tensor<?x8xf32>, tensor<8x16xf32>, tensor<16xf32>, tensor<?x16xf32>, tensor<?xf32>) outs(%[[E]] : tensor<?x16xf32>) {lowbit.layer = "up"} -> tensor<?x16xf32>
// CHECK: lowbit.call_kernel @[[$KERNEL]] ins(%{{.*}}, %{{.*}}, %[[B]], %[[Y]], %[[S]] :
// CHECK-NOT: linalg.generic
func.func @layers(%x: tensor<?x8xf32>, %w: tensor<8x16xf32>, %b: tensor<16xf32>, %r: tensor<?x16xf32>, %s: tensor<?xf32>, %e: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %half = arith.constant 5.0e-01 : f32
  %y = lowbit.call_kernel @product ins(%x, %w : tensor<?x8xf32>, tensor<8x16xf32>) outs(%e : tensor<?x16xf32>) {lowbit.layer = "up"} -> tensor<?x16xf32>
  %z = linalg.generic {indexing_maps = [#column, #id, #id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%b, %y, %r, %s : tensor<16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?xf32>) outs(%e : tensor<?x16xf32>) {
  ^bb0(%bias: f32, %sum: f32, %residual: f32, %scale: f32, %out: f32):
    %0 = arith.addf %sum, %bias : f32
    %1 = arith.addf %0, %residual : f32
    %2 = arith.mulf %1, %scale : f32
    %3 = arith.mulf %2, %half : f32
    linalg.yield %3 : f32
  } -> tensor<?x16xf32>
  %y1 = lowbit.call_kernel @product ins(%x, %w : tensor<?x8xf32>, tensor<8x16xf32>) outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
  %z1 = linalg.generic {indexing_maps = [#column, #id, #id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%b, %y1, %z, %s : tensor<16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, tensor<?xf32>) outs(%e : tensor<?x16xf32>) {
  ^bb0(%bias: f32, %sum: f32, %residual: f32, %scale: f32, %out: f32):
    %0 = arith.addf %sum, %bias : f32
    %1 = arith.addf %0, %residual : f32
    %2 = arith.mulf %1, %scale : f32
    %3 = arith.mulf %2, %half : f32
    linalg.yield %3 : f32
  } -> tensor<?x16xf32>
  return %z1 : tensor<?x16xf32>
}

// What lies between product and generic goes behind the kernel. A sum may be
// read several times, and one number is an operand without dimensions.
// CHECK-LABEL: func.func @expanded(
// CHECK: %[[R:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2]] : tensor<2x4x16xf32> into tensor<8x16xf32>
// CHECK: %[[S:.*]] = tensor.collapse_shape %{{.*}} {{\[\[}}0, 1]] : tensor<2x4xf32> into tensor<8xf32>
// CHECK: %[[Y:.*]] = lowbit.call_kernel @lowbit_matmul_f32_then_mulf_avx512 ins(%{{.*}}, %{{.*}}, %{{.*}}, %[[R]], %[[S]], %{{.*}} : tensor<8x8xf32>, tensor<8x16xf32>, tensor<16xf32>, tensor<8x16xf32>, tensor<8xf32>, tensor<f32>)
// CHECK: %[[Z:.*]] = tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]] output_shape [2, 4, 16]
// CHECK: return %[[Z]]
func.func @expanded(%x: tensor<8x8xf32>, %w: tensor<8x16xf32>, %b: tensor<16xf32>, %r: tensor<2x4x16xf32>, %s: tensor<2x4xf32>, %g: tensor<f32>, %e: tensor<8x16xf32>, %o: tensor<2x4x16xf32>) -> tensor<2x4x16xf32> {
  %y = lowbit.call_kernel @product ins(%x, %w : tensor<8x8xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %v = tensor.expand_shape %y [[0, 1], [2]] output_shape [2, 4, 16] : tensor<8x16xf32> into tensor<2x4x16xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(b, s, n) -> (b, s, n)>, affine_map<(b, s, n) -> (b, s, n)>, affine_map<(b, s, n) -> (n)>, affine_map<(b, s, n) -> (b, s, n)>, affine_map<(b, s, n) -> (b, s)>, affine_map<(b, s, n) -> ()>, affine_map<(b, s, n) -> (b, s, n)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v, %v, %b, %r, %s, %g : tensor<2x4x16xf32>, tensor<2x4x16xf32>, tensor<16xf32>, tensor<2x4x16xf32>, tensor<2x4xf32>, tensor<f32>) outs(%o : tensor<2x4x16xf32>) {
  ^bb0(%sum: f32, %again: f32, %bias: f32, %residual: f32, %scale: f32, %one: f32, %out: f32):
    %0 = arith.mulf %sum, %again : f32
    %1 = arith.mulf %0, %bias : f32
    %2 = arith.mulf %1, %residual : f32
    %3 = arith.mulf %2, %scale : f32
    %4 = arith.mulf %3, %one : f32
    linalg.yield %4 : f32
  } -> tensor<2x4x16xf32>
  return %z : tensor<2x4x16xf32>
}

// What is written in another order is put into it behind the kernel; loops may
// run in the order of either.
// CHECK-LABEL: func.func @transposed(
// CHECK: %[[Y:.*]] = lowbit.call_kernel @lowbit_matmul_f32_then_addf_avx512 ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<8x8xf32>, tensor<8x16xf32>, tensor<16xf32>)
// CHECK: %[[V:.*]] = tensor.expand_shape %[[Y]] {{\[\[}}0], [1, 2]] output_shape [8, 4, 4] : tensor<8x16xf32> into tensor<8x4x4xf32>
// CHECK: linalg.transpose ins(%[[V]] : tensor<8x4x4xf32>) outs(%{{.*}} : tensor<4x8x4xf32>) permutation = [1, 0, 2]
// CHECK: lowbit.call_kernel @lowbit_matmul_f32_then_addf_avx512 ins(
// CHECK: linalg.transpose ins({{.*}} : tensor<8x16xf32>) outs(%{{.*}} : tensor<16x8xf32>) permutation = [1, 0]
func.func @transposed(%x: tensor<8x8xf32>, %w: tensor<8x16xf32>, %b: tensor<4x4xf32>, %flat: tensor<16xf32>, %e: tensor<8x16xf32>, %o: tensor<4x8x4xf32>, %t: tensor<16x8xf32>) -> (tensor<4x8x4xf32>, tensor<16x8xf32>) {
  %y = lowbit.call_kernel @product ins(%x, %w : tensor<8x8xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %v = tensor.expand_shape %y [[0], [1, 2]] output_shape [8, 4, 4] : tensor<8x16xf32> into tensor<8x4x4xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(s, h, d) -> (s, h, d)>, affine_map<(s, h, d) -> (h, d)>, affine_map<(s, h, d) -> (h, s, d)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%v, %b : tensor<8x4x4xf32>, tensor<4x4xf32>) outs(%o : tensor<4x8x4xf32>) {
  ^bb0(%sum: f32, %bias: f32, %out: f32):
    %0 = arith.addf %sum, %bias : f32
    linalg.yield %0 : f32
  } -> tensor<4x8x4xf32>
  %y1 = lowbit.call_kernel @product ins(%x, %w : tensor<8x8xf32>, tensor<8x16xf32>) outs(%e : tensor<8x16xf32>) -> tensor<8x16xf32>
  %z1 = linalg.generic {indexing_maps = [affine_map<(n, m) -> (m, n)>, affine_map<(n, m) -> (n)>, affine_map<(n, m) -> (n, m)>], iterator_types = ["parallel", "parallel"]}
      ins(%y1, %flat : tensor<8x16xf32>, tensor<16xf32>) outs(%t : tensor<16x8xf32>) {
  ^bb0(%sum: f32, %bias: f32, %out: f32):
    %0 = arith.addf %sum, %bias : f32
    linalg.yield %0 : f32
  } -> tensor<16x8xf32>
  return %z, %z1 : tensor<4x8x4xf32>, tensor<16x8xf32>
}

// A mask for all entries of a batch, added to scores on top of what is there.
// CHECK-LABEL: func.func @scores(
// CHECK: lowbit.call_kernel @lowbit_batch_matmul_f32_accumulate_then_mulf_addf_avx512 ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x4x8xf32>, tensor<?x8x4xf32>, tensor<4x4xf32>) outs(%{{.*}} : tensor<?x4x4xf32>)
func.func @scores(%q: tensor<?x4x8xf32>, %k: tensor<?x8x4xf32>, %mask: tensor<4x4xf32>, %e: tensor<?x4x4xf32>) -> tensor<?x4x4xf32> {
  %scale = arith.constant 1.25e-01 : f32
  %y = lowbit.call_kernel @batched ins(%q, %k : tensor<?x4x8xf32>, tensor<?x8x4xf32>) outs(%e : tensor<?x4x4xf32>) -> tensor<?x4x4xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> (m, n)>, affine_map<(b, m, n) -> (b, m, n)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%y, %mask : tensor<?x4x4xf32>, tensor<4x4xf32>) outs(%e : tensor<?x4x4xf32>) {
  ^bb0(%sum: f32, %add: f32, %out: f32):
    %0 = arith.mulf %sum, %scale : f32
    %1 = arith.addf %0, %add : f32
    linalg.yield %1 : f32
  } -> tensor<?x4x4xf32>
  return %z : tensor<?x4x4xf32>
}

// Kernels that nothing calls any more are gone, functions of epilogues are there
// once, and a kernel has the operands in front of the result.
// CHECK: func.func private @lowbit_epilogue_addf_mulf(%[[SUM:.*]]: f32, %[[BIAS:.*]]: f32, %{{.*}}: f32, %{{.*}}: f32) -> f32 {
// CHECK-NEXT: arith.addf %[[SUM]], %[[BIAS]]
// CHECK: func.func private @[[$KERNEL]](memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>) attributes {lowbit.kernel_spec = {epilogue = {function = @lowbit_epilogue_addf_mulf, operands = [array<i64: 1>, array<i64: 0, 1>, array<i64: 0>], type = (f32, f32, f32, f32) -> f32}
// CHECK-NOT: @lowbit_epilogue_addf_mulf_1
