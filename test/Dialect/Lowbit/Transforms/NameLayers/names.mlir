// RUN: quant-opt --lowbit-name-layers %s | FileCheck %s
// RUN: quant-opt --lowbit-name-layers --lowbit-name-layers %s | FileCheck %s

// Where names come from; a second run changes none.

#extern = #ml_program.extern : tensor<4x4xf32>
ml_program.global public @encoder.query.weight(#extern) : tensor<4x4xf32>
ml_program.global public @"onnx::MatMul_12"(#extern) : tensor<4x4xf32>
ml_program.global public @embed.kernel(#extern) : tensor<4x4xf32>

!m = tensor<4x4xf32>
!b = tensor<2x4x4xf32>

// CHECK-LABEL: func @from_weight(
func.func @from_weight(%x: !m, %c: !m) -> (!m, !m, !m, !m) {
  %w = ml_program.global_load_const @encoder.query.weight : !m
  // CHECK: linalg.matmul {lowbit.layer = "encoder.query"}
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%c : !m) -> !m
      loc("/model/encoder/query/MatMul")
  // A second layer on the weight is named by its location, if that is free.
  // CHECK: linalg.matmul {lowbit.layer = "head"}
  %1 = linalg.matmul ins(%0, %w : !m, !m) outs(%c : !m) -> !m
      loc("/head/MatMul")
  // CHECK: linalg.matmul {lowbit.layer = "encoder.query_1"}
  %2 = linalg.matmul ins(%1, %w : !m, !m) outs(%c : !m) -> !m
      loc("/head/MatMul_1")
  // CHECK: linalg.matmul {lowbit.layer = "encoder.query_2"}
  %3 = linalg.matmul ins(%2, %w : !m, !m) outs(%c : !m) -> !m
  return %0, %1, %2, %3 : !m, !m, !m, !m
}

// Names that are there stay, also where they would be given to a layer before;
// of two that are equal the second gets a number.
// CHECK-LABEL: func @given(
func.func @given(%x: !m, %c: !m) -> (!m, !m, !m) {
  %w = arith.constant dense<2.0> : !m
  // CHECK: linalg.matmul {lowbit.layer = "mine_2"}
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%c : !m) -> !m
      loc("/mine/MatMul")
  // CHECK: linalg.matmul {lowbit.layer = "mine"}
  %1 = linalg.matmul {lowbit.layer = "mine"}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.matmul {lowbit.layer = "mine_1"}
  %2 = linalg.matmul {lowbit.layer = "mine"}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0, %1, %2 : !m, !m, !m
}

// CHECK-LABEL: func @from_location(
func.func @from_location(%x: !m, %c: !m, %y: !b) -> (!m, !m, !m, !m, !b) {
  %w = ml_program.global_load_const @"onnx::MatMul_12" : !m
  // CHECK: lowbit.layer = "decoder.0.up_proj"
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%c : !m) -> !m
      loc("/decoder/0/up proj/MatMul")
  // CHECK: lowbit.layer = "torch.path"
  %1 = linalg.matmul ins(%0, %w : !m, !m) outs(%c : !m) -> !m
      loc(fused["a.mlir":1:2, "torch.path", "later"])
  // CHECK: lowbit.layer = "inner"
  %2 = linalg.matmul ins(%1, %w : !m, !m) outs(%c : !m) -> !m
      loc(callsite("/inner/Gemm" at "/outer/Call"))
  // CHECK: lowbit.layer = "MatMul_3"
  %3 = linalg.matmul ins(%2, %w : !m, !m) outs(%c : !m) -> !m
      loc("MatMul_3")
  // CHECK: lowbit.layer = "self.attention"
  %4 = linalg.batch_matmul ins(%y, %y : !b, !b) outs(%y : !b) -> !b
      loc("/self/attention/MatMul")
  return %0, %1, %2, %3, %4 : !m, !m, !m, !m, !b
}

// CHECK-LABEL: func @others(
func.func @others(%x: !m, %ids: tensor<3xi64>, %image: tensor<1x1x4x4xf32>,
    %r: tensor<1x1x2x2xf32>, %out: tensor<3x4xf32>) -> (!m, tensor<3x4xf32>,
    tensor<1x1x2x2xf32>, tensor<4xf32>) {
  %w = arith.constant dense<1.0> : !m
  // CHECK: lowbit.layer = "layer12"
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%x : !m) -> !m
  %table = ml_program.global_load_const @embed.kernel : !m
  // CHECK: linalg.generic {{.+}} attrs = {lowbit.layer = "embed"}
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<3xi64>) outs(%out : tensor<3x4xf32>) {
  ^bb0(%id: i64, %o: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %value = tensor.extract %table[%row, %column] : !m
    linalg.yield %value : f32
  } -> tensor<3x4xf32>
  // CHECK: linalg.conv_2d_nchw_fchw {lowbit.layer = "conv"}
  %filter = arith.constant dense<1.0> : tensor<1x1x3x3xf32>
  %2 = linalg.conv_2d_nchw_fchw
      ins(%image, %filter : tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>)
      outs(%r : tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32> loc("/conv/Conv")
  // Sums of activations and elementwise ops are no layers.
  // CHECK: linalg.reduce
  // CHECK-NOT: lowbit.layer
  %init = tensor.empty() : tensor<4xf32>
  %3 = linalg.reduce { arith.addf } ins(%x : !m) outs(%init : tensor<4xf32>)
      dimensions = [0]
  return %0, %1, %2, %3 : !m, tensor<3x4xf32>, tensor<1x1x2x2xf32>,
      tensor<4xf32>
}
