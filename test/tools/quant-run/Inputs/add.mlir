// Adds a weight to two inputs, one of them of any number of rows.
ml_program.global public @"layer.bias"(#ml_program.extern<tensor<2xf32>>) : tensor<2xf32>
func.func @main(%a: tensor<?x2xf32> {lowbit.name = "a"},
                %b: tensor<2xf32> {lowbit.name = "b"})
    -> (tensor<?x2xf32> {lowbit.name = "sum"}) {
  %w = ml_program.global_load_const @"layer.bias" : tensor<2xf32>
  %0 = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>,
                       affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%a, %b, %w : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>)
      outs(%a : tensor<?x2xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32, %o: f32):
    %s = arith.addf %x, %y : f32
    %t = arith.addf %s, %z : f32
    linalg.yield %t : f32
  } -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
