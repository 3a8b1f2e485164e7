// RUN: quant-opt %s --lowbit-to-parts --canonicalize --cse | FileCheck %s

// What the executed tests cannot see: that parts are operands of the generic
// wherever their places ascend with the loops, and that tables stay encoded.

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#u4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 0, zero_point = u4>
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<32> along 1>
#i3 = #lowbit.encoding<#lowbit.affine<i3>, scale = f32 per tensor>
#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>
#half = #lowbit.encoding<#lowbit.affine<i8>, scale = bf16 per tensor>

// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$BYTES:.*]] = affine_map<(d0, d1) -> (d0, d1 floordiv 2)>
// CHECK-DAG: #[[$GROUPS:.*]] = affine_map<(d0, d1) -> (d0 floordiv 32, d1)>
// CHECK-DAG: #[[$GROUP_BYTES:.*]] = affine_map<(d0, d1) -> (d0 floordiv 32, d1 floordiv 2)>

// CHECK-LABEL: func.func @bytes(
// CHECK-SAME: %[[C:.*]]: tensor<?x64xi8>, %[[S:.*]]: tensor<?xf32>)
func.func @bytes(%x: tensor<?x64xf32, #i8>) -> tensor<?x64xf32> {
  // CHECK: linalg.generic {indexing_maps = [#[[$ID]], #[[$ROW]], #[[$ID]]], {{.*}}} ins(%[[C]], %[[S]] : tensor<?x64xi8>, tensor<?xf32>)
  // CHECK-NOT: linalg.index
  // CHECK: linalg.yield
  %0 = lowbit.decode %x : tensor<?x64xf32, #i8> to tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// CHECK-LABEL: func.func @nibbles(
func.func @nibbles(%x: tensor<80x5xf32, #u4>) -> tensor<80x5xf32> {
  // CHECK: linalg.generic {indexing_maps = [#[[$BYTES]], #[[$GROUPS]], #[[$GROUP_BYTES]], #[[$ID]]], {{.*}}} ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<80x3xi8>, tensor<3x5xf16>, tensor<3x3xi8>)
  // CHECK-NOT: tensor.extract
  // CHECK: linalg.yield
  %0 = lowbit.decode %x : tensor<80x5xf32, #u4> to tensor<80x5xf32>
  return %0 : tensor<80x5xf32>
}

// A code of three bits may go on in the next byte.

// CHECK-LABEL: func.func @straddling(
// CHECK-SAME: %[[C:.*]]: tensor<4x4xi8>, %[[S:.*]]: tensor<f32>)
func.func @straddling(%x: tensor<4x9xf32, #i3>) -> tensor<4x9xf32> {
  // CHECK: linalg.generic {{.*}} ins(%[[S]] : tensor<f32>)
  // CHECK-COUNT-2: tensor.extract %[[C]]
  %0 = lowbit.decode %x : tensor<4x9xf32, #i3> to tensor<4x9xf32>
  return %0 : tensor<4x9xf32>
}

// CHECK-LABEL: func.func @panels(
// CHECK-SAME: %[[C:.*]]: tensor<2x2x32xi8>, %[[S:.*]]: tensor<2x1x8xf32>)
func.func @panels(%x: tensor<7x9xf32, #panels>) -> tensor<7x9xf32> {
  // CHECK: linalg.generic {indexing_maps = [#[[$ID]]], {{.*}}} outs(%{{.*}} : tensor<7x9xf32>)
  // CHECK: tensor.extract %[[C]][%{{.*}}, %{{.*}}, %{{.*}}]
  // CHECK: tensor.extract %[[S]][%{{.*}}, %{{.*}}, %{{.*}}]
  %0 = lowbit.decode %x : tensor<7x9xf32, #panels> to tensor<7x9xf32>
  return %0 : tensor<7x9xf32>
}

// Reals of another type: computed in f32, then converted.

// CHECK-LABEL: func.func @half(
func.func @half(%x: tensor<4xf16, #half>) -> tensor<4xf16> {
  // CHECK: arith.extf %{{.*}} : bf16 to f32
  // CHECK: %[[P:.*]] = arith.mulf %{{.*}}, %{{.*}} : f32
  // CHECK: arith.truncf %[[P]] : f32 to f16
  %0 = lowbit.decode %x : tensor<4xf16, #half> to tensor<4xf16>
  return %0 : tensor<4xf16>
}

// A gather decodes what it reads; the levels stand in front of it.

// CHECK-LABEL: func.func @gather(
// CHECK-SAME: %[[C:.*]]: tensor<100x32xi8>, %[[S:.*]]: tensor<100x2xf16>, %[[IDS:.*]]: tensor<?xindex>, %[[O:.*]]: tensor<?x64xf32>)
func.func @gather(%table: tensor<100x64xf32, #nf4>, %ids: tensor<?xindex>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[LEVELS:.*]] = arith.constant dense<{{.*}}> : tensor<16xf32>
  // CHECK-NOT: tensor<100x64xf32>
  // CHECK: linalg.generic {{.*}} ins(%[[IDS]] : tensor<?xindex>) outs(%[[O]] : tensor<?x64xf32>) attrs = {lowbit.layer = "words"}
  // CHECK: ^bb0(%[[ID:.*]]: index, %{{.*}}: f32):
  // CHECK: tensor.extract %[[C]][%[[ID]], %{{.*}}] : tensor<100x32xi8>
  // CHECK: tensor.extract %[[LEVELS]][%{{.*}}] : tensor<16xf32>
  // CHECK: tensor.extract %[[S]][%[[ID]], %{{.*}}] : tensor<100x2xf16>
  %0 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<?xindex>) outs(%o : tensor<?x64xf32>) attrs = {lowbit.layer = "words"} {
  ^bb0(%id: index, %out: f32):
    %c = linalg.index 1 : index
    %v = tensor.extract %table[%id, %c] : tensor<100x64xf32, #nf4>
    linalg.yield %v : f32
  } -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
