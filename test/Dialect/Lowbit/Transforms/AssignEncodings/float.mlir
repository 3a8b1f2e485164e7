// RUN: quant-opt --lowbit-assign-encodings=recipe=int8-dynamic %s \
// RUN:   --verify-diagnostics | FileCheck %s

// Layers that cannot be encoded say why, as an attribute and as a remark.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<4x4xf32>

// CHECK-LABEL: func @activations(
func.func @activations(%x: !m, %c: !m) -> !m {
  // CHECK: linalg.matmul {lowbit.float = "both operands are activations", lowbit.layer = "layer0"}
  // expected-remark @+1 {{layer 'layer0' stays float: both operands are activations}}
  %0 = linalg.matmul ins(%x, %x : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// CHECK-LABEL: func @element_types(
func.func @element_types(%x: tensor<4x4xf64>, %i: tensor<4x4xi8>)
    -> (tensor<4x4xf64>, tensor<4x4xi8>) {
  %w = arith.constant dense<1.0> : tensor<4x4xf64>
  // CHECK: lowbit.float = "elements of the weight are f64, not f32, f16 or bf16"
  // expected-remark @+1 {{elements of the weight are f64, not f32, f16 or bf16}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf64>, tensor<4x4xf64>)
      outs(%x : tensor<4x4xf64>) -> tensor<4x4xf64>
  %v = arith.constant dense<1> : tensor<4x4xi8>
  // expected-remark @+1 {{elements of the weight are i8, not f32, f16 or bf16}}
  %1 = linalg.matmul ins(%i, %v : tensor<4x4xi8>, tensor<4x4xi8>)
      outs(%i : tensor<4x4xi8>) -> tensor<4x4xi8>
  return %0, %1 : tensor<4x4xf64>, tensor<4x4xi8>
}

// CHECK-LABEL: func @kinds(
func.func @kinds(%x: tensor<4xf32>, %image: tensor<1x1x4x4xf32>,
    %r: tensor<1x1x2x2xf32>) -> (tensor<4xf32>, tensor<1x1x2x2xf32>,
    tensor<4xf32>) {
  %w = arith.constant dense<1.0> : !m
  // CHECK: lowbit.float = "not a matmul, batch_matmul, conv or gather (linalg.vecmat)"
  // expected-remark @+1 {{not a matmul, batch_matmul, conv or gather (linalg.vecmat)}}
  %0 = linalg.vecmat ins(%x, %w : tensor<4xf32>, !m)
      outs(%x : tensor<4xf32>) -> tensor<4xf32>
  %filter = arith.constant dense<1.0> : tensor<1x1x3x3xf32>
  // CHECK: linalg.conv_2d_nchw_fchw {{.*}}lowbit.weight_encoding
  %1 = linalg.conv_2d_nchw_fchw
      ins(%image, %filter : tensor<1x1x4x4xf32>, tensor<1x1x3x3xf32>)
      outs(%r : tensor<1x1x2x2xf32>) -> tensor<1x1x2x2xf32>
  // Not a sum of products, but it sums over a weight.
  // CHECK: lowbit.float = "not a matmul, batch_matmul, conv or gather (linalg.reduce)"
  // expected-remark @+1 {{not a matmul, batch_matmul, conv or gather (linalg.reduce)}}
  %2 = linalg.reduce { arith.addf } ins(%w : !m) outs(%x : tensor<4xf32>)
      dimensions = [0]
  return %0, %1, %2 : tensor<4xf32>, tensor<1x1x2x2xf32>, tensor<4xf32>
}

// CHECK-LABEL: func @ranks(
func.func @ranks(%x: tensor<4x3xf32>, %y: tensor<4x5xf32>,
    %index: tensor<3xindex>, %out: tensor<3xf32>)
    -> (tensor<4x5xf32>, tensor<3xf32>) {
  %v = arith.constant dense<1.0> : tensor<3xf32>
  // CHECK: lowbit.float = "the weight has rank 1, not 2"
  // expected-remark @+1 {{the weight has rank 1, not 2}}
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%x, %v : tensor<4x3xf32>, tensor<3xf32>)
      outs(%y : tensor<4x5xf32>) -> tensor<4x5xf32>
  %table = arith.constant dense<1.0> : tensor<2x3x4xf32>
  // CHECK: lowbit.float = "the weight has rank 3, not 2"
  // expected-remark @+1 {{the weight has rank 3, not 2}}
  %1 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>,
      affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%index : tensor<3xindex>) outs(%out : tensor<3xf32>) {
  ^bb0(%i: index, %o: f32):
    %value = tensor.extract %table[%i, %i, %i] : tensor<2x3x4xf32>
    linalg.yield %value : f32
  } -> tensor<3xf32>
  return %0, %1 : tensor<4x5xf32>, tensor<3xf32>
}

// A weight that is encoded already is left.
// CHECK-LABEL: func @encoded(
func.func @encoded(%x: !m, %c: !m) -> !m {
  // CHECK: linalg.matmul {lowbit.layer = "layer8"} ins
  %w = arith.constant dense<1.0> : !m
  %e = lowbit.encode %w : !m to tensor<4x4xf32, #w8>
  // expected-remark @+1 {{layer 'layer8' stays as it is: the weight is encoded already}}
  %0 = linalg.matmul ins(%x, %e : !m, tensor<4x4xf32, #w8>) outs(%c : !m) -> !m
  return %0 : !m
}
