// RUN: quant-opt --lowbit-normalize-contractions --canonicalize --cse %s \
// RUN:   | FileCheck %s
// RUN: not quant-opt \
// RUN:   --lowbit-normalize-contractions=max-iterations=1 %s 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LIMIT

// Between two layers the reshapes cancel, and layers on one activation share
// its rows.

// LIMIT: error: lowbit-normalize-contractions did not converge in 1 iterations

#extern = #ml_program.extern : tensor<6x6xf32>
ml_program.global public @a(#extern) : tensor<6x6xf32>
ml_program.global public @b(#extern) : tensor<6x6xf32>
ml_program.global public @c(#extern) : tensor<6x6xf32>

!x = tensor<?x3x6xf32>

// CHECK-LABEL: func @chain(
// CHECK-SAME: %[[X:.+]]: tensor<?x3x6xf32>
func.func @chain(%x: !x) -> (!x, !x) {
  // CHECK-DAG: %[[A:.+]] = ml_program.global_load_const @a
  // CHECK-DAG: %[[B:.+]] = ml_program.global_load_const @b
  // CHECK-DAG: %[[C:.+]] = ml_program.global_load_const @c
  // CHECK: %[[ROWS:.+]] = tensor.collapse_shape %[[X]]
  // CHECK: %[[FIRST:.+]] = linalg.matmul ins(%[[ROWS]], %[[A]] :
  // CHECK-NOT: tensor.collapse_shape
  // CHECK: linalg.matmul ins(%[[FIRST]], %[[B]] :
  // CHECK: linalg.matmul ins(%[[ROWS]], %[[C]] :
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %dim = tensor.dim %x, %c0 : !x
  %e = tensor.empty(%dim) : !x
  %init = linalg.fill ins(%zero : f32) outs(%e : !x) -> !x
  %we = tensor.empty(%dim) : tensor<?x6x6xf32>
  %a = ml_program.global_load_const @a : tensor<6x6xf32>
  %a3 = linalg.broadcast ins(%a : tensor<6x6xf32>)
      outs(%we : tensor<?x6x6xf32>) dimensions = [0]
  %b = ml_program.global_load_const @b : tensor<6x6xf32>
  %b3 = linalg.broadcast ins(%b : tensor<6x6xf32>)
      outs(%we : tensor<?x6x6xf32>) dimensions = [0]
  %c = ml_program.global_load_const @c : tensor<6x6xf32>
  %c3 = linalg.broadcast ins(%c : tensor<6x6xf32>)
      outs(%we : tensor<?x6x6xf32>) dimensions = [0]
  %0 = linalg.batch_matmul ins(%x, %a3 : !x, tensor<?x6x6xf32>)
      outs(%init : !x) -> !x
  %1 = linalg.batch_matmul ins(%0, %b3 : !x, tensor<?x6x6xf32>)
      outs(%init : !x) -> !x
  %2 = linalg.batch_matmul ins(%x, %c3 : !x, tensor<?x6x6xf32>)
      outs(%init : !x) -> !x
  return %1, %2 : !x, !x
}
