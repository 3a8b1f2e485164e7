// RUN: quant-opt %s --lowbit-decode | FileCheck %s

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#t = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<64> along 1>

// CHECK-LABEL: @weight
// CHECK-SAME: (%[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<64x32xf32, #{{.*}}>, %[[O:.*]]: tensor<?x32xf32>)
func.func @weight(%x: tensor<?x64xf32>, %w: tensor<64x32xf32, #w>, %o: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK: %[[D:.*]] = lowbit.decode %[[W]] : tensor<64x32xf32, #{{.*}}> to tensor<64x32xf32>
  // CHECK: linalg.matmul {lowbit.layer = "query"} ins(%[[X]], %[[D]] : tensor<?x64xf32>, tensor<64x32xf32>)
  %0 = linalg.matmul {lowbit.layer = "query"} ins(%x, %w : tensor<?x64xf32>, tensor<64x32xf32, #w>) outs(%o : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// CHECK-LABEL: @both
// CHECK-SAME: (%[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: tensor<64x32xf32, #{{.*}}>
func.func @both(%x: tensor<?x64xf32>, %w: tensor<64x32xf32, #w>, %o: tensor<?x32xf32>) -> tensor<?x32xf32> {
  // CHECK: %[[E:.*]] = lowbit.encode %[[X]]
  %xe = lowbit.encode %x : tensor<?x64xf32> to tensor<?x64xf32, #a>
  // CHECK-DAG: %[[XD:.*]] = lowbit.decode %[[E]]
  // CHECK-DAG: %[[WD:.*]] = lowbit.decode %[[W]]
  // CHECK: linalg.matmul ins(%[[XD]], %[[WD]] : tensor<?x64xf32>, tensor<64x32xf32>)
  %0 = linalg.matmul ins(%xe, %w : tensor<?x64xf32, #a>, tensor<64x32xf32, #w>) outs(%o : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

// One decode serves both operands of an op.

// CHECK-LABEL: @same_operand_twice
// CHECK-SAME: (%[[W:.*]]: tensor<8x8xf32, #{{.*}}>
func.func @same_operand_twice(%w: tensor<8x8xf32, #w>, %o: tensor<8x8xf32>) -> tensor<8x8xf32> {
  // CHECK: %[[D:.*]] = lowbit.decode %[[W]]
  // CHECK-NOT: lowbit.decode
  // CHECK: linalg.matmul ins(%[[D]], %[[D]] :
  %0 = linalg.matmul ins(%w, %w : tensor<8x8xf32, #w>, tensor<8x8xf32, #w>) outs(%o : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}

// CHECK-LABEL: @gather
// CHECK-SAME: (%[[T:.*]]: tensor<100x64xf32, #{{.*}}>, %[[I:.*]]: tensor<?xindex>
func.func @gather(%table: tensor<100x64xf32, #t>, %ids: tensor<?xindex>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[D:.*]] = lowbit.decode %[[T]]
  // CHECK: linalg.generic
  // CHECK: tensor.extract %[[D]][%{{.*}}, %{{.*}}] : tensor<100x64xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<?xindex>) outs(%o : tensor<?x64xf32>) {
  ^bb0(%id: index, %out: f32):
    %c = linalg.index 1 : index
    %v = tensor.extract %table[%id, %c] : tensor<100x64xf32, #t>
    linalg.yield %v : f32
  } -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// Other uses of encoded tensors are for lowbit-to-parts.

// CHECK-LABEL: @left_alone
// CHECK-NOT: lowbit.decode
// CHECK: tensor.dim
// CHECK: lowbit.disassemble
func.func @left_alone(%w: tensor<?x32xf32, #w>) -> (index, tensor<?x32xi8>, tensor<?x32xf32, #w>) {
  %c0 = arith.constant 0 : index
  %d = tensor.dim %w, %c0 : tensor<?x32xf32, #w>
  %p:2 = lowbit.disassemble %w : tensor<?x32xf32, #w> to tensor<?x32xi8>, tensor<32xf32>
  return %d, %p#0, %w : index, tensor<?x32xi8>, tensor<?x32xf32, #w>
}

// An encoded tensor that is made in the body is decoded there.

// CHECK-LABEL: @made_in_body
func.func @made_in_body(%c: tensor<8x8xi8>, %s: tensor<8xf32>, %o: tensor<8xf32>) -> tensor<8xf32> {
  // CHECK: linalg.generic
  // CHECK: %[[E:.*]] = lowbit.assemble
  // CHECK: %[[D:.*]] = lowbit.decode %[[E]]
  // CHECK: tensor.extract %[[D]]
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%o : tensor<8xf32>) {
  ^bb0(%out: f32):
    %e = lowbit.assemble %c, %s : tensor<8x8xi8>, tensor<8xf32> to tensor<8x8xf32, #w>
    %i = linalg.index 0 : index
    %v = tensor.extract %e[%i, %i] : tensor<8x8xf32, #w>
    linalg.yield %v : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// CHECK-LABEL: @attention
// CHECK-SAME: %[[K:[a-z0-9]*]]: tensor<1x2x5x8xf32, #{{.*}}>
func.func @attention(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32, #w>) -> tensor<1x2x3x8xf32> {
  // CHECK: %[[D:.*]] = lowbit.decode %[[K]]
  // CHECK: lowbit.attention %{{.*}}, %[[D]], %[[D]] scale = 5.000000e-01 :
  %0 = lowbit.attention %q, %k, %k scale = 0.5 : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32, #w>, tensor<1x2x5x8xf32, #w> -> tensor<1x2x3x8xf32>
  return %0 : tensor<1x2x3x8xf32>
}
