// RUN: quant-opt %s --lowbit-fuse-epilogues | FileCheck %s --implicit-check-not=@integers

#id = affine_map<(m, n) -> (m, n)>
#none = affine_map<(m, n) -> ()>

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
func.func private @integers(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<2x16x128xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = i8, scale_per_row, overwrite, encoding = #w8, reduction = 64 : i64, columns = 40 : i64}}

// Codes for the next layer: the kernel stores bytes.
// CHECK-LABEL: func.func @requantized(
// CHECK-DAG: %[[E:.*]] = tensor.empty(%{{.*}}) : tensor<?x40xi8>
// CHECK: %[[Y:.*]] = lowbit.call_kernel @[[$CODES:lowbit_matmul_i8_f32_64x40_i8_per_row_then_maximumf_divf_roundeven_minimumf_avx512vnni]] ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x64xi8>, tensor<?xf32>, tensor<2x16x128xi8>, tensor<2x1x32xf32>, tensor<f32>) outs(%[[E]] : tensor<?x40xi8>) -> tensor<?x40xi8>
// CHECK: return %[[Y]]
func.func @requantized(%x: tensor<?x64xi8>, %s: tensor<?xf32>, %w: tensor<2x16x128xi8>, %ws: tensor<2x1x32xf32>, %scale: tensor<f32>, %e: tensor<?x40xf32>, %o: tensor<?x40xi8>) -> tensor<?x40xi8> {
  %zero = arith.constant 0.0 : f32
  %most = arith.constant 1.27e+02 : f32
  %y = lowbit.call_kernel @integers ins(%x, %s, %w, %ws : tensor<?x64xi8>, tensor<?xf32>, tensor<2x16x128xi8>, tensor<2x1x32xf32>) outs(%e : tensor<?x40xf32>) -> tensor<?x40xf32>
  %z = linalg.generic {indexing_maps = [#id, #none, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %scale : tensor<?x40xf32>, tensor<f32>) outs(%o : tensor<?x40xi8>) {
  ^bb0(%sum: f32, %one: f32, %out: i8):
    %0 = arith.maximumf %sum, %zero : f32
    %1 = arith.divf %0, %one : f32
    %2 = math.roundeven %1 : f32
    %3 = arith.minimumf %2, %most : f32
    %4 = arith.fptosi %3 : f32 to i8
    linalg.yield %4 : i8
  } -> tensor<?x40xi8>
  return %z : tensor<?x40xi8>
}
// CHECK: func.func private @[[$CODES]]({{.*}}, memref<f32, strided<[], offset: ?>>, memref<?x40xi8, strided<[?, 1], offset: ?>>)
