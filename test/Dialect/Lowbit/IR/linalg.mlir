// RUN: quant-opt %s | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s
// RUN: quant-opt %s --canonicalize --cse | FileCheck %s

// (C30) A linalg op takes encoded inputs as they are: the operation of the
// decoded tensors, whatever its name.

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#t = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<64> along 1, zero_point = u4>
#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#c = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per tensor>

// CHECK-LABEL: @matmul_c30
func.func @matmul_c30(%x: tensor<?x384xf32>, %w: tensor<384x64xf32, #w>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: linalg.matmul ins(%{{.*}}, %{{.*}} : tensor<?x384xf32>, tensor<384x64xf32, #lowbit.encoding<{{.*}}>>)
  %0 = linalg.matmul ins(%x, %w : tensor<?x384xf32>, tensor<384x64xf32, #w>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// CHECK-LABEL: @both_encoded_transposed_c30
func.func @both_encoded_transposed_c30(%x: tensor<?x384xf32, #a>, %w: tensor<64x384xf32, #t>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: linalg.matmul indexing_maps = {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x384xf32, #lowbit.encoding<{{.*}}>>, tensor<64x384xf32, #lowbit.encoding<{{.*}}>>)
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%x, %w : tensor<?x384xf32, #a>, tensor<64x384xf32, #t>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// CHECK-LABEL: @batch_matmul_c30
func.func @batch_matmul_c30(%x: tensor<2x3x4xf32, #a>, %y: tensor<2x4x5xf32, #w>, %o: tensor<2x3x5xf32>) -> tensor<2x3x5xf32> {
  // CHECK: linalg.batch_matmul
  %0 = linalg.batch_matmul ins(%x, %y : tensor<2x3x4xf32, #a>, tensor<2x4x5xf32, #w>) outs(%o : tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  return %0 : tensor<2x3x5xf32>
}

// CHECK-LABEL: @matvec_c30
func.func @matvec_c30(%w: tensor<64x384xf32, #t>, %x: tensor<384xf32>, %o: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK: linalg.matvec
  %0 = linalg.matvec ins(%w, %x : tensor<64x384xf32, #t>, tensor<384xf32>) outs(%o : tensor<64xf32>) -> tensor<64xf32>
  return %0 : tensor<64xf32>
}

// CHECK-LABEL: @conv_c30
func.func @conv_c30(%x: tensor<1x8x8x3xf32>, %w: tensor<3x3x3x16xf32, #c>, %o: tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32> {
  // CHECK: linalg.conv_2d_nhwc_hwcf
  %0 = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32, #c>) outs(%o : tensor<1x6x6x16xf32>) -> tensor<1x6x6x16xf32>
  return %0 : tensor<1x6x6x16xf32>
}

// CHECK-LABEL: @contract_c30
func.func @contract_c30(%x: tensor<3x4xf32, #a>, %w: tensor<4x5xf32, #w>, %o: tensor<5x3xf32>) -> tensor<5x3xf32> {
  // CHECK: linalg.contract
  %0 = linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (n, m)>]
    ins(%x, %w : tensor<3x4xf32, #a>, tensor<4x5xf32, #w>) outs(%o : tensor<5x3xf32>) -> tensor<5x3xf32>
  return %0 : tensor<5x3xf32>
}

// Elementwise, with the encoded operand broadcast.
// CHECK-LABEL: @generic_c30
func.func @generic_c30(%x: tensor<4x8xf32, #a>, %b: tensor<8xf32, #c>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: linalg.generic
  // CHECK-SAME: ins(%{{.*}}, %{{.*}} : tensor<4x8xf32, #lowbit.encoding<{{.*}}>>, tensor<8xf32, #lowbit.encoding<{{.*}}>>)
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%x, %b : tensor<4x8xf32, #a>, tensor<8xf32, #c>) outs(%o : tensor<4x8xf32>) {
  ^bb0(%p: f32, %q: f32, %r: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// (C31) A gather reads the elements of the decoded table.
// CHECK-LABEL: @gather_c31
func.func @gather_c31(%ids: tensor<7xi64>, %table: tensor<100x8xf32, #a>, %o: tensor<7x8xf32>) -> tensor<7x8xf32> {
  // CHECK: tensor.extract %{{.*}}[%{{.*}}, %{{.*}}] : tensor<100x8xf32, #lowbit.encoding<{{.*}}>>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%ids : tensor<7xi64>) outs(%o : tensor<7x8xf32>) {
  ^bb0(%id: i64, %r: f32):
    %i = arith.index_cast %id : i64 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %table[%i, %j] : tensor<100x8xf32, #a>
    linalg.yield %v : f32
  } -> tensor<7x8xf32>
  return %0 : tensor<7x8xf32>
}
