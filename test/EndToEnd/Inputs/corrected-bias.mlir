// Two products of one input as torch stores them, one with a bias behind it, and
// a convolution of an image whose channels are constant.

ml_program.global public @fc1.weight(#ml_program.extern<tensor<24x64xf32>>) : tensor<24x64xf32>
ml_program.global public @fc1.bias(#ml_program.extern<tensor<24xf32>>) : tensor<24xf32>
ml_program.global public @fc2.weight(#ml_program.extern<tensor<16x64xf32>>) : tensor<16x64xf32>
ml_program.global public @conv.weight(#ml_program.extern<tensor<8x64x3x3xf32>>) : tensor<8x64x3x3xf32>
#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d1)>
func.func @main(%x: tensor<?x64xf32> {lowbit.name = "x"}) -> (tensor<?x24xf32> {lowbit.name = "y1"}, tensor<?x16xf32> {lowbit.name = "y2"}, tensor<?x8x2x2xf32> {lowbit.name = "y3"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x64xf32>
  %w1 = ml_program.global_load_const @fc1.weight : tensor<24x64xf32>
  %b1 = ml_program.global_load_const @fc1.bias : tensor<24xf32>
  %w2 = ml_program.global_load_const @fc2.weight : tensor<16x64xf32>
  %w3 = ml_program.global_load_const @conv.weight : tensor<8x64x3x3xf32>
  %t1e = tensor.empty() : tensor<64x24xf32>
  %t1 = linalg.transpose ins(%w1 : tensor<24x64xf32>) outs(%t1e : tensor<64x24xf32>) permutation = [1, 0]
  %e1 = tensor.empty(%m) : tensor<?x24xf32>
  %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<?x24xf32>) -> tensor<?x24xf32>
  %y1 = linalg.matmul ins(%x, %t1 : tensor<?x64xf32>, tensor<64x24xf32>) outs(%f1 : tensor<?x24xf32>) -> tensor<?x24xf32>
  %r1 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%y1, %b1 : tensor<?x24xf32>, tensor<24xf32>) outs(%e1 : tensor<?x24xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x24xf32>
  %t2e = tensor.empty() : tensor<64x16xf32>
  %t2 = linalg.transpose ins(%w2 : tensor<16x64xf32>) outs(%t2e : tensor<64x16xf32>) permutation = [1, 0]
  %e2 = tensor.empty(%m) : tensor<?x16xf32>
  %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<?x16xf32>) -> tensor<?x16xf32>
  %y2 = linalg.matmul ins(%x, %t2 : tensor<?x64xf32>, tensor<64x16xf32>) outs(%f2 : tensor<?x16xf32>) -> tensor<?x16xf32>
  %ie = tensor.empty(%m) : tensor<?x64x4x4xf32>
  %image = linalg.broadcast ins(%x : tensor<?x64xf32>) outs(%ie : tensor<?x64x4x4xf32>) dimensions = [2, 3]
  %e3 = tensor.empty(%m) : tensor<?x8x2x2xf32>
  %f3 = linalg.fill ins(%zero : f32) outs(%e3 : tensor<?x8x2x2xf32>) -> tensor<?x8x2x2xf32>
  %y3 = linalg.conv_2d_nchw_fchw {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>} ins(%image, %w3 : tensor<?x64x4x4xf32>, tensor<8x64x3x3xf32>) outs(%f3 : tensor<?x8x2x2xf32>) -> tensor<?x8x2x2xf32>
  return %r1, %y2, %y3 : tensor<?x24xf32>, tensor<?x16xf32>, tensor<?x8x2x2xf32>
}
