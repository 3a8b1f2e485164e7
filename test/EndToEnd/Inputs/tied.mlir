// An embedding whose table is also the weight of the last layer.

ml_program.global public @wte.weight(#ml_program.extern<tensor<130x48xf32>>) : tensor<130x48xf32>
#id = affine_map<(d0, d1) -> (d0, d1)>
#first = affine_map<(d0, d1) -> (d0)>
func.func @main(%ids: tensor<?xi64> {lowbit.name = "ids"}) -> (tensor<?x130xf32> {lowbit.name = "logits"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %ids, %c0 : tensor<?xi64>
  %table = ml_program.global_load_const @wte.weight : tensor<130x48xf32>
  %e = tensor.empty(%n) : tensor<?x48xf32>
  %x = linalg.generic {indexing_maps = [#first, #id], iterator_types = ["parallel", "parallel"]} ins(%ids : tensor<?xi64>) outs(%e : tensor<?x48xf32>) {
  ^bb0(%i: i64, %o: f32):
    %row = arith.index_cast %i : i64 to index
    %col = linalg.index 1 : index
    %v = tensor.extract %table[%row, %col] : tensor<130x48xf32>
    %t = math.tanh %v : f32
    linalg.yield %t : f32
  } -> tensor<?x48xf32>
  %te = tensor.empty() : tensor<48x130xf32>
  %t = linalg.transpose ins(%table : tensor<130x48xf32>) outs(%te : tensor<48x130xf32>) permutation = [1, 0]
  %le = tensor.empty(%n) : tensor<?x130xf32>
  %f = linalg.fill ins(%zero : f32) outs(%le : tensor<?x130xf32>) -> tensor<?x130xf32>
  %y = linalg.matmul ins(%x, %t : tensor<?x48xf32>, tensor<48x130xf32>) outs(%f : tensor<?x130xf32>) -> tensor<?x130xf32>
  return %y : tensor<?x130xf32>
}
