// RUN: quant-opt %s --lowbit-insert-observers | FileCheck %s
// RUN: quant-opt %s --lowbit-insert-observers | quant-opt --lowbit-insert-observers | FileCheck %s
// RUN: quant-opt %s --lowbit-insert-observers="gram=true layers='shared.*|head'" \
// RUN:   | FileCheck %s --check-prefix=CHOSEN --implicit-check-not=lowbit.observe

ml_program.global private @shared.q.weight(#ml_program.extern : tensor<8x4xf32>) : tensor<8x4xf32>
ml_program.global private @shared.k.weight(#ml_program.extern : tensor<8x4xf32>) : tensor<8x4xf32>
ml_program.global private @head.weight(#ml_program.extern : tensor<3x4xf32>) : tensor<3x4xf32>

// Layers that read one activation share the observer, behind the activation.
// CHECK-LABEL: @matmuls
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x8xf32>
// CHECK-NEXT: lowbit.observe %[[X]] layers = ["shared.q", "shared.k"] axis = 1 : tensor<?x8xf32>
// CHECK: %[[Q:.*]] = linalg.matmul {lowbit.layer = "shared.q"}
// CHECK-NEXT: lowbit.observe %[[Q]] layers = ["head"] axis = 1 : tensor<?x4xf32>
// CHECK: linalg.matmul {lowbit.layer = "shared.k"}
// CHOSEN-LABEL: @matmuls
// CHOSEN: lowbit.observe %{{.*}} layers = ["shared.q", "shared.k"] axis = 1 gram
// CHOSEN: lowbit.observe %{{.*}} layers = ["head"] axis = 1 gram
func.func @matmuls(%x: tensor<?x8xf32>, %o: tensor<?x4xf32>, %r: tensor<?x3xf32>) -> (tensor<?x3xf32>, tensor<?x4xf32>) {
  %wq = ml_program.global_load_const @shared.q.weight : tensor<8x4xf32>
  %wk = ml_program.global_load_const @shared.k.weight : tensor<8x4xf32>
  %wh = ml_program.global_load_const @head.weight : tensor<3x4xf32>
  %q = linalg.matmul ins(%x, %wq : tensor<?x8xf32>, tensor<8x4xf32>) outs(%o : tensor<?x4xf32>) -> tensor<?x4xf32>
  %k = linalg.matmul ins(%x, %wk : tensor<?x8xf32>, tensor<8x4xf32>) outs(%o : tensor<?x4xf32>) -> tensor<?x4xf32>
  %h = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%q, %wh : tensor<?x4xf32>, tensor<3x4xf32>) outs(%r : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %h, %k : tensor<?x3xf32>, tensor<?x4xf32>
}

// The weight may be on the left; the activation is read along another axis.
// CHECK-LABEL: @other_axis
// CHECK: lowbit.observe %[[X:.*]] layers = ["right"] axis = 1 : tensor<8x8xf32>
// CHECK-NEXT: lowbit.observe %[[X]] layers = ["left"] axis = 0 : tensor<8x8xf32>
func.func @other_axis(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %w = arith.constant dense<1.0> : tensor<8x8xf32>
  %0 = linalg.matmul {lowbit.layer = "right"} ins(%x, %w : tensor<8x8xf32>, tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = linalg.matmul {lowbit.layer = "left"} ins(%w, %x : tensor<8x8xf32>, tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0, %1 : tensor<8x8xf32>, tensor<8x8xf32>
}

// CHECK-LABEL: @ranks
// CHECK: lowbit.observe %{{.*}} layers = ["batch"] axis = 2 : tensor<2x3x8xf16>
// CHECK: lowbit.observe %{{.*}} layers = ["vector"] axis = 0 : tensor<8xbf16>
func.func @ranks(%x: tensor<2x3x8xf16>, %y: tensor<8xbf16>, %o: tensor<2x3x4xf16>, %p: tensor<4xbf16>) -> (tensor<2x3x4xf16>, tensor<4xbf16>) {
  %w = arith.constant dense<1.0> : tensor<2x8x4xf16>
  %v = arith.constant dense<1.0> : tensor<4x8xbf16>
  %0 = linalg.batch_matmul {lowbit.layer = "batch"} ins(%x, %w : tensor<2x3x8xf16>, tensor<2x8x4xf16>) outs(%o : tensor<2x3x4xf16>) -> tensor<2x3x4xf16>
  %1 = linalg.matvec {lowbit.layer = "vector"} ins(%v, %y : tensor<4x8xbf16>, tensor<8xbf16>) outs(%p : tensor<4xbf16>) -> tensor<4xbf16>
  return %0, %1 : tensor<2x3x4xf16>, tensor<4xbf16>
}

// Where the activation is encoded, its real values are observed.
#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// CHECK-LABEL: @encoded
// CHECK-SAME: (%[[X:[^:]*]]: tensor<?x8xf32>
// CHECK-NEXT: lowbit.observe %[[X]] layers = ["dynamic"] axis = 1
func.func @encoded(%x: tensor<?x8xf32>, %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %w = arith.constant dense<1.0> : tensor<8x8xf32>
  %e = lowbit.encode %x : tensor<?x8xf32> to tensor<?x8xf32, #a8>
  %0 = linalg.matmul {lowbit.layer = "dynamic"} ins(%e, %w : tensor<?x8xf32, #a8>, tensor<8x8xf32>) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
