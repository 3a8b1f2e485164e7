// Two linear layers on the affine part of a norm, whose channels are far from
// equally large; and a third behind a ReLU.

ml_program.global public @gamma(#ml_program.extern<tensor<1024xf32>>) : tensor<1024xf32>
ml_program.global public @beta(#ml_program.extern<tensor<1024xf32>>) : tensor<1024xf32>
ml_program.global public @a.weight(#ml_program.extern<tensor<1024x64xf32>>) : tensor<1024x64xf32>
ml_program.global public @b.weight(#ml_program.extern<tensor<64x1024xf32>>) : tensor<64x1024xf32>
ml_program.global public @b.bias(#ml_program.extern<tensor<64xf32>>) : tensor<64xf32>
ml_program.global public @c.weight(#ml_program.extern<tensor<64x32xf32>>) : tensor<64x32xf32>
#id = affine_map<(d0, d1) -> (d0, d1)>
#channel = affine_map<(d0, d1) -> (d1)>
func.func @main(%x: tensor<?x1024xf32> {lowbit.name = "x"})
    -> (tensor<?x64xf32> {lowbit.name = "a"}, tensor<?x32xf32> {lowbit.name = "c"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x1024xf32>
  %gamma = ml_program.global_load_const @gamma : tensor<1024xf32>
  %beta = ml_program.global_load_const @beta : tensor<1024xf32>
  %wa = ml_program.global_load_const @a.weight : tensor<1024x64xf32>
  %wb = ml_program.global_load_const @b.weight : tensor<64x1024xf32>
  %bias = ml_program.global_load_const @b.bias : tensor<64xf32>
  %wc = ml_program.global_load_const @c.weight : tensor<64x32xf32>
  %e = tensor.empty(%m) : tensor<?x1024xf32>
  %g = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gamma : tensor<?x1024xf32>, tensor<1024xf32>) outs(%e : tensor<?x1024xf32>) {
  ^bb0(%in: f32, %v: f32, %o: f32):
    %p = arith.mulf %in, %v : f32
    linalg.yield %p : f32
  } -> tensor<?x1024xf32>
  %n = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%g, %beta : tensor<?x1024xf32>, tensor<1024xf32>) outs(%e : tensor<?x1024xf32>) {
  ^bb0(%in: f32, %v: f32, %o: f32):
    %s = arith.addf %in, %v : f32
    linalg.yield %s : f32
  } -> tensor<?x1024xf32>
  %e64 = tensor.empty(%m) : tensor<?x64xf32>
  %f64 = linalg.fill ins(%zero : f32) outs(%e64 : tensor<?x64xf32>) -> tensor<?x64xf32>
  %a = linalg.matmul ins(%n, %wa : tensor<?x1024xf32>, tensor<1024x64xf32>) outs(%f64 : tensor<?x64xf32>) -> tensor<?x64xf32>
  %te = tensor.empty() : tensor<1024x64xf32>
  %wbt = linalg.transpose ins(%wb : tensor<64x1024xf32>) outs(%te : tensor<1024x64xf32>) permutation = [1, 0]
  %b = linalg.matmul ins(%n, %wbt : tensor<?x1024xf32>, tensor<1024x64xf32>) outs(%f64 : tensor<?x64xf32>) -> tensor<?x64xf32>
  %r = linalg.generic {indexing_maps = [#id, #channel, #id], iterator_types = ["parallel", "parallel"]}
      ins(%b, %bias : tensor<?x64xf32>, tensor<64xf32>) outs(%e64 : tensor<?x64xf32>) {
  ^bb0(%in: f32, %v: f32, %o: f32):
    %s = arith.addf %in, %v : f32
    %q = arith.maximumf %s, %zero : f32
    linalg.yield %q : f32
  } -> tensor<?x64xf32>
  %e32 = tensor.empty(%m) : tensor<?x32xf32>
  %f32 = linalg.fill ins(%zero : f32) outs(%e32 : tensor<?x32xf32>) -> tensor<?x32xf32>
  %c = linalg.matmul ins(%r, %wc : tensor<?x64xf32>, tensor<64x32xf32>) outs(%f32 : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %a, %c : tensor<?x64xf32>, tensor<?x32xf32>
}
