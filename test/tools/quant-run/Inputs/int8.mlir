// One layer with an 8-bit weight and 8-bit activations.
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
func.func @main(%x: tensor<3x8xf32>) -> tensor<3x5xf32> {
  %w = arith.constant dense<"0x0000803F000000BF0000004000008040000000C1"> : tensor<5xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x5xf32>
  %wide = linalg.broadcast ins(%w : tensor<5xf32>) outs(%e : tensor<8x5xf32>) dimensions = [0]
  %we = lowbit.encode %wide : tensor<8x5xf32> to tensor<8x5xf32, #w8>
  %xe = lowbit.encode %x : tensor<3x8xf32> to tensor<3x8xf32, #a8>
  %o = tensor.empty() : tensor<3x5xf32>
  %f = linalg.fill ins(%zero : f32) outs(%o : tensor<3x5xf32>) -> tensor<3x5xf32>
  %0 = linalg.matmul ins(%xe, %we : tensor<3x8xf32, #a8>, tensor<8x5xf32, #w8>)
      outs(%f : tensor<3x5xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}
