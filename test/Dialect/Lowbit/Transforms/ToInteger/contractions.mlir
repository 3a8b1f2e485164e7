// RUN: quant-opt %s --lowbit-to-integer --canonicalize | FileCheck %s

#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#w4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 0, zero_point = u4>
#g4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 0, zero_point = u4>

// CHECK-DAG: #[[$OUT:.*]] = affine_map<(d0, d1, d2) -> (d2, d0, d1)>
// CHECK-DAG: #[[$GROUPED_A:.*]] = affine_map<(d0, d1, d2, d3) -> (d1, d0 * 32 + d3)>
// CHECK-DAG: #[[$GROUPED_W:.*]] = affine_map<(d0, d1, d2, d3) -> (d0 * 32 + d3, d2)>
// CHECK-DAG: #[[$GROUPED_OUT:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>
// CHECK-DAG: #[[$SCALE:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[$RESULT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[$EXTENT:.*]] = affine_map<(d0, d1, d2, d3) -> (d3)>
// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func.func @grouped(
// CHECK-SAME: %[[X:.*]]: tensor<?x80xf32, #{{.*}}>, %[[W:.*]]: tensor<80x64xf32, #{{.*}}>, %[[O:.*]]: tensor<?x64xf32>)
func.func @grouped(%x: tensor<?x80xf32, #a>, %w: tensor<80x64xf32, #w4>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[XC:.*]], %[[XS:.*]] = lowbit.disassemble %[[X]]
  // CHECK: %[[WC:.*]], %[[WS:.*]], %[[WZ:.*]] = lowbit.disassemble %[[W]]

  // The short last group is filled up with zeros.
  // CHECK: %[[XI:.*]] = linalg.generic {{.*}} ins(%[[XC]] : tensor<?x80xi8>)
  // CHECK: %[[XPAD:.*]] = tensor.pad %[[XI]] low[0, 0] high[0, 16]
  // CHECK: %[[WI:.*]] = linalg.generic {{.*}} ins(%[[WC]], %[[WZ]] : tensor<80x32xi8>, tensor<3x32xi8>)
  // CHECK: %[[WPAD:.*]] = tensor.pad %[[WI]] low[0, 0] high[16, 0]

  // CHECK: %[[SUMS:.*]] = linalg.generic {indexing_maps = [#[[$GROUPED_A]], #[[$GROUPED_W]], #[[$EXTENT]], #[[$GROUPED_OUT]]], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
  // CHECK-SAME: ins(%[[XPAD]], %[[WPAD]], %{{.*}} : tensor<?x96xi32>, tensor<96x64xi32>, tensor<32xi8>)
  // CHECK-SAME: outs(%{{.*}} : tensor<3x?x64xi32>) attrs = {lowbit.layer = "query"}
  // CHECK: arith.muli
  // CHECK: arith.addi

  // CHECK: %[[SCALED:.*]] = linalg.generic {indexing_maps = [#[[$OUT]], #[[$SCALE]], #[[$RESULT]]], iterator_types = ["parallel", "parallel", "reduction"]}
  // CHECK-SAME: ins(%[[SUMS]], %[[WS]] : tensor<3x?x64xi32>, tensor<3x64xf16>)
  // CHECK: ^bb0(%[[ACC:.*]]: i32, %[[S:.*]]: f16, %[[F:.*]]: f32):
  // CHECK: %[[ACCF:.*]] = arith.sitofp %[[ACC]] : i32 to f32
  // CHECK: %[[SF:.*]] = arith.extf %[[S]] : f16 to f32
  // CHECK: math.fma %[[ACCF]], %[[SF]], %[[F]] : f32

  // CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[$ID]], #[[$ROW]], #[[$ID]], #[[$ID]]], iterator_types = ["parallel", "parallel"]}
  // CHECK-SAME: ins(%[[SCALED]], %[[XS]], %[[O]] : tensor<?x64xf32>, tensor<?xf32>, tensor<?x64xf32>)
  // CHECK: ^bb0(%[[F:.*]]: f32, %[[S:.*]]: f32, %[[INIT:.*]]: f32, %{{.*}}: f32):
  // CHECK: math.fma %[[F]], %[[S]], %[[INIT]] : f32
  // CHECK: return %[[Y]]
  %0 = linalg.matmul {lowbit.layer = "query"} ins(%x, %w : tensor<?x80xf32, #a>, tensor<80x64xf32, #w4>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// One scale along the reduction: one group, and nothing to fill up.

// CHECK-LABEL: func.func @one_group(
func.func @one_group(%x: tensor<?x80xf32, #a>, %w: tensor<80x64xf32, #w8>, %o: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK-NOT: tensor.pad
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<?x80xi32>, tensor<80x64xi32>) outs(%{{.*}} : tensor<1x?x64xi32>)
  // CHECK-NOT: lowbit.decode
  %0 = linalg.matmul ins(%x, %w : tensor<?x80xf32, #a>, tensor<80x64xf32, #w8>) outs(%o : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

// The operand with groups is the weight, whichever comes first.

// CHECK-LABEL: func.func @weight_first(
// CHECK-SAME: %[[W:.*]]: tensor<64x8xf32, #{{.*}}>, %[[X:.*]]: tensor<64x4xf32, #{{.*}}>, %{{.*}}: tensor<8x4xf32>)
func.func @weight_first(%w: tensor<64x8xf32, #g4>, %x: tensor<64x4xf32, #w8>, %o: tensor<8x4xf32>) -> tensor<8x4xf32> {
  // CHECK-DAG: %[[XC:.*]], %[[XS:.*]] = lowbit.disassemble %[[X]]
  // CHECK-DAG: %[[WC:.*]], %[[WS:.*]], %[[WZ:.*]] = lowbit.disassemble %[[W]]
  // CHECK: ins(%{{.*}}, %[[WS]] : tensor<2x8x4xi32>, tensor<2x8xf16>)
  // CHECK: ins(%{{.*}}, %[[XS]], %{{.*}} : tensor<8x4xf32>, tensor<4xf32>, tensor<8x4xf32>)
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%w, %x : tensor<64x8xf32, #g4>, tensor<64x4xf32, #w8>) outs(%o : tensor<8x4xf32>) -> tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}
