// RUN: quant-opt --lowbit-insert-encodes %s | FileCheck %s

// Operands become encoded as assigned; equal encodes are made once.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<2> along 0>
#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

#extern = #ml_program.extern : tensor<4x4xf32>
ml_program.global public @w(#extern) : tensor<4x4xf32>
ml_program.global public @v(#extern) : tensor<4x4xf32>

!m = tensor<4x4xf32>

// CHECK-LABEL: func @weights(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x4xf32>
func.func @weights(%x: !m, %c: !m) -> (!m, !m, !m, !m) {
  // CHECK: %[[W:.+]] = ml_program.global_load_const @w
  // CHECK-DAG: %[[FULL:.+]] = lowbit.encode %[[W]] range(full) : tensor<4x4xf32> to tensor<4x4xf32, #lowbit.encoding<#lowbit.affine<i4>
  // CHECK-DAG: %[[W4:.+]] = lowbit.encode %[[W]] : tensor<4x4xf32> to tensor<4x4xf32, #lowbit.encoding<#lowbit.affine<i4>
  // CHECK-DAG: %[[W8:.+]] = lowbit.encode %[[W]] : tensor<4x4xf32> to tensor<4x4xf32, #lowbit.encoding<#lowbit.affine<i8>
  // CHECK-NOT: lowbit.encode
  %w = ml_program.global_load_const @w : !m
  // CHECK: linalg.matmul {lowbit.layer = "a"} ins(%[[X]], %[[W8]] :
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #w8}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.matmul {lowbit.layer = "b"} ins(%[[X]], %[[W8]] :
  %1 = linalg.matmul {lowbit.layer = "b", lowbit.weight_encoding = #w8}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.matmul {lowbit.layer = "c"} ins(%[[X]], %[[W4]] :
  %2 = linalg.matmul {lowbit.layer = "c", lowbit.weight_encoding = #w4}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.matmul {lowbit.layer = "d"} ins(%[[X]], %[[FULL]] :
  %3 = linalg.matmul {lowbit.layer = "d", lowbit.weight_encoding = #w4,
      lowbit.weight_range = #lowbit.range<full>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0, %1, %2, %3 : !m, !m, !m, !m
}

// CHECK-LABEL: func @activations(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x4xf32>
func.func @activations(%x: tensor<?x4xf32>, %c: tensor<?x4xf32>)
    -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK: %[[XE:.+]] = lowbit.encode %[[X]] : tensor<?x4xf32> to tensor<?x4xf32,
  // CHECK-NOT: lowbit.encode %[[X]]
  // CHECK: %[[W:.+]] = ml_program.global_load_const @w
  // CHECK: %[[WE:.+]] = lowbit.encode %[[W]]
  // CHECK: %[[V:.+]] = ml_program.global_load_const @v
  // CHECK: %[[VE:.+]] = lowbit.encode %[[V]]
  // CHECK: linalg.matmul ins(%[[XE]], %[[WE]] :
  // CHECK: linalg.matmul ins(%[[XE]], %[[VE]] :
  %w = ml_program.global_load_const @w : !m
  %v = ml_program.global_load_const @v : !m
  %0 = linalg.matmul {lowbit.weight_encoding = #w8,
      lowbit.activation_encoding = #a8}
      ins(%x, %w : tensor<?x4xf32>, !m) outs(%c : tensor<?x4xf32>)
      -> tensor<?x4xf32>
  %1 = linalg.matmul {lowbit.weight_encoding = #w8,
      lowbit.activation_encoding = #a8}
      ins(%x, %v : tensor<?x4xf32>, !m) outs(%c : tensor<?x4xf32>)
      -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func @gather(
func.func @gather(%ids: tensor<3xi64>, %out: tensor<3x4xf32>)
    -> tensor<3x4xf32> {
  // CHECK: %[[T:.+]] = ml_program.global_load_const @w
  // CHECK: %[[TE:.+]] = lowbit.encode %[[T]]
  // CHECK: linalg.generic
  // CHECK-SAME: attrs = {lowbit.layer = "embed"}
  // CHECK: tensor.extract %[[TE]][%{{.+}}, %{{.+}}] : tensor<4x4xf32, #lowbit.encoding
  %table = ml_program.global_load_const @w : !m
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<3xi64>) outs(%out : tensor<3x4xf32>)
      attrs = {lowbit.layer = "embed", lowbit.weight_encoding = #a8} {
  ^bb0(%id: i64, %o: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %value = tensor.extract %table[%row, %column] : !m
    linalg.yield %value : f32
  } -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// A layer without an encoding stays.
// CHECK-LABEL: func @float(
func.func @float(%x: !m, %c: !m) -> !m {
  // CHECK-NOT: lowbit.encode
  // CHECK: linalg.matmul {lowbit.float = "no rule matches", lowbit.layer = "e"}
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.matmul {lowbit.layer = "e", lowbit.float = "no rule matches"}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}
