// Two layers, as a frontend would hand them over: plain linalg on tensors.
func.func @mlp(%x: tensor<4x64xf32>) -> tensor<4x16xf32> {
  %w0 = arith.constant dense<0.25> : tensor<64x32xf32>
  %w1 = arith.constant dense<-0.5> : tensor<32x16xf32>
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty() : tensor<4x32xf32>
  %i0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x32xf32>) -> tensor<4x32xf32>
  %h = linalg.matmul ins(%x, %w0 : tensor<4x64xf32>, tensor<64x32xf32>)
                     outs(%i0 : tensor<4x32xf32>) -> tensor<4x32xf32>
  %e1 = tensor.empty() : tensor<4x16xf32>
  %i1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x16xf32>) -> tensor<4x16xf32>
  %y = linalg.matmul ins(%h, %w1 : tensor<4x32xf32>, tensor<32x16xf32>)
                     outs(%i1 : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %y : tensor<4x16xf32>
}
