// RUN: quant-opt %s --lowbit-insert-observers --verify-diagnostics \
// RUN:   | FileCheck %s --implicit-check-not=lowbit.observe

// CHECK-LABEL: @no_match_parallel
func.func @no_match_parallel(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %r = scf.forall (%i) in (4) shared_outs(%o = %x) -> tensor<4x4xf32> {
    %row = tensor.extract_slice %o[%i, 0] [1, 4] [1, 1] : tensor<4x4xf32> to tensor<1x4xf32>
    // expected-remark @below {{not observed: its input is made in a parallel loop, from which rows would come in any order}}
    %0 = linalg.matmul ins(%row, %w : tensor<1x4xf32>, tensor<4x4xf32>) outs(%row : tensor<1x4xf32>) -> tensor<1x4xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %0 into %o[%i, 0] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<4x4xf32>
    }
  }
  return %r : tensor<4x4xf32>
}

// A gather has no activation, and no remark.
// CHECK-LABEL: @gather
func.func @gather(%ids: tensor<3xi64>, %o: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %table = arith.constant dense<1.0> : tensor<10x4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<3xi64>) outs(%o : tensor<3x4xf32>) {
  ^bb0(%id: i64, %out: f32):
    %row = arith.index_cast %id : i64 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %table[%row, %j] : tensor<10x4xf32>
    linalg.yield %v : f32
  } -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}
