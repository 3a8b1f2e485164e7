// RUN: quant-opt --lowbit-assign-encodings=recipe=int8-dynamic %s --split-input-file \
// RUN:   --verify-diagnostics | FileCheck %s

// What selects elements of a weight, or reads it through other ops, is listed
// too, with a reason that holds.

#i = affine_map<(j, i) -> (i)>
#j = affine_map<(j, i) -> (j)>
#ji = affine_map<(j, i) -> (j, i)>
!t = tensor<8x4xf32>

// CHECK-LABEL: func @gathers(
func.func @gathers(%ids: tensor<3xindex>, %id: tensor<3x1xindex>, %o: tensor<4xf32>, %b: tensor<3x4xf32>)
    -> (tensor<4xf32>, f32, tensor<3x1x4xf32>, tensor<3x4xf32>) {
  %c0 = arith.constant 0 : index
  %t = arith.constant dense<1.0> : !t
  // CHECK: linalg.generic {{.*}}lowbit.float = "a gather that sums what it reads (linalg.generic)"
  // expected-remark @+1 {{a gather that sums what it reads (linalg.generic)}}
  %sum = linalg.generic {indexing_maps = [#i, #j], iterator_types = ["parallel", "reduction"]}
      ins(%ids : tensor<3xindex>) outs(%o : tensor<4xf32>) {
  ^bb0(%id0: index, %acc: f32):
    %j = linalg.index 0 : index
    %v = tensor.extract %t[%id0, %j] : !t
    %s = arith.addf %acc, %v : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  // CHECK: tensor.extract {{.*}} {lowbit.float = "not a matmul, batch_matmul, conv or gather (tensor.extract)"
  // expected-remark @+1 {{not a matmul, batch_matmul, conv or gather (tensor.extract)}}
  %one = tensor.extract %t[%c0, %c0] : !t
  // CHECK: tensor.gather {{.*}}lowbit.float = "not a matmul, batch_matmul, conv or gather (tensor.gather)"
  // expected-remark @+1 {{not a matmul, batch_matmul, conv or gather (tensor.gather)}}
  %rows = tensor.gather %t[%id] gather_dims([0]) : (!t, tensor<3x1xindex>) -> tensor<3x1x4xf32>

  // The first table is the op's weight.
  // CHECK: linalg.generic {{.*}}lowbit.weight_encoding = {{.*}} per axis<0>
  // expected-remark @+2 {{layer 'layer3' keeps a further table float: an op gathers from one encoded table}}
  %u = arith.constant dense<2.0> : tensor<12x4xf32>
  %two = linalg.generic {indexing_maps = [#j, #ji], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<3xindex>) outs(%b : tensor<3x4xf32>) {
  ^bb0(%id0: index, %out: f32):
    %j = linalg.index 1 : index
    %v = tensor.extract %t[%id0, %j] : !t
    %w = tensor.extract %u[%id0, %j] : tensor<12x4xf32>
    %s = arith.addf %v, %w : f32
    linalg.yield %s : f32
  } -> tensor<3x4xf32>
  return %sum, %one, %rows, %two : tensor<4xf32>, f32, tensor<3x1x4xf32>, tensor<3x4xf32>
}

// -----

!x = tensor<2x4x8xf32>
!o = tensor<2x4x16xf32>
// CHECK-LABEL: func @indirect(
func.func @indirect(%x: !x, %o: !o, %e: tensor<2x8x16xf32>, %bias: tensor<16xf32>) -> (!o, !o) {
  %w = arith.constant dense<1.5> : tensor<2x16x8xf32>
  %wt = linalg.transpose ins(%w : tensor<2x16x8xf32>) outs(%e : tensor<2x8x16xf32>) permutation = [0, 2, 1]
  // CHECK: linalg.batch_matmul {lowbit.float = "the weight is read through linalg.transpose"
  // expected-remark @+1 {{the weight is read through linalg.transpose}}
  %0 = linalg.batch_matmul ins(%x, %wt : !x, tensor<2x8x16xf32>) outs(%o : !o) -> !o
  // What is added to the product is no weight.
  %b = arith.constant dense<1.0> : tensor<16xf32>
  %init = linalg.broadcast ins(%b : tensor<16xf32>) outs(%o : !o) dimensions = [0, 1]
  // CHECK: linalg.batch_matmul {lowbit.float = "both operands are activations"
  // expected-remark @+1 {{both operands are activations}}
  %1 = linalg.batch_matmul ins(%x, %e : !x, tensor<2x8x16xf32>) outs(%init : !o) -> !o
  return %0, %1 : !o, !o
}

// -----

!x = tensor<3x8xf64>
!o = tensor<3x4xf64>
// CHECK-LABEL: func @f64(
func.func @f64(%x: !x, %o: !o) -> !o {
  %w = arith.constant dense<1.5> : tensor<8x4xf32>
  // CHECK-NOT: activation_encoding
  // CHECK: lowbit.weight_encoding
  // expected-remark @+1 {{layer 'layer0' keeps a float activation: its elements are f64, not f32, f16 or bf16}}
  %0 = linalg.matmul ins(%x, %w : !x, tensor<8x4xf32>) outs(%o : !o) -> !o
  return %0 : !o
}
