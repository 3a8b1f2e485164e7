// One layer, to be quantized to 8-bit weights and activations.
ml_program.global public @w(#ml_program.extern<tensor<8x5xf32>>) : tensor<8x5xf32>
func.func @main(%x: tensor<3x8xf32>) -> tensor<3x5xf32> {
  %w = ml_program.global_load_const @w : tensor<8x5xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<3x5xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<3x5xf32>) -> tensor<3x5xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<3x8xf32>, tensor<8x5xf32>)
      outs(%f : tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}
