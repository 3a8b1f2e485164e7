ml_program.global public @conv(#ml_program.extern : tensor<16x8x3x3xf32>) : tensor<16x8x3x3xf32>
ml_program.global public @last(#ml_program.extern : tensor<3x3x8x12xf32>) : tensor<3x3x8x12xf32>
ml_program.global public @pixel(#ml_program.extern : tensor<12x8x1x1xf32>) : tensor<12x8x1x1xf32>
ml_program.global public @depth(#ml_program.extern : tensor<3x3x8xf32>) : tensor<3x3x8xf32>
ml_program.global public @groups(#ml_program.extern : tensor<2x6x4x3x3xf32>) : tensor<2x6x4x3x3xf32>
ml_program.global public @batch(#ml_program.extern : tensor<4x8x16xf32>) : tensor<4x8x16xf32>

// With strides, dilation, padding, channels first and last, groups.
func.func @main(%x: tensor<4x8x9x9xf32> {lowbit.name = "x"}, %y: tensor<4x9x9x8xf32> {lowbit.name = "y"},
                %v: tensor<4x2x4x9x9xf32> {lowbit.name = "v"}, %a: tensor<4x5x8xf32> {lowbit.name = "a"})
    -> (tensor<4x16x5x5xf32> {lowbit.name = "conv"}, tensor<4x5x5x12xf32> {lowbit.name = "last"},
        tensor<4x12x9x9xf32> {lowbit.name = "pixel"}, tensor<4x7x7x8xf32> {lowbit.name = "depth"},
        tensor<4x2x6x7x7xf32> {lowbit.name = "groups"}, tensor<4x5x16xf32> {lowbit.name = "batch"}) {
  %zero = arith.constant 0.0 : f32
  %conv = ml_program.global_load_const @conv : tensor<16x8x3x3xf32>
  %o0 = arith.constant dense<0.0> : tensor<4x16x5x5xf32>
  %padded = tensor.pad %x low[0, 0, 1, 1] high[0, 0, 1, 1] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<4x8x9x9xf32> to tensor<4x8x11x11xf32>
  %0 = linalg.conv_2d_nchw_fchw {strides = dense<2> : tensor<2xi64>}
      ins(%padded, %conv : tensor<4x8x11x11xf32>, tensor<16x8x3x3xf32>) outs(%o0 : tensor<4x16x5x5xf32>) -> tensor<4x16x5x5xf32>
  %last = ml_program.global_load_const @last : tensor<3x3x8x12xf32>
  %o1 = arith.constant dense<0.0> : tensor<4x5x5x12xf32>
  %1 = linalg.conv_2d_nhwc_hwcf {dilations = dense<2> : tensor<2xi64>}
      ins(%y, %last : tensor<4x9x9x8xf32>, tensor<3x3x8x12xf32>) outs(%o1 : tensor<4x5x5x12xf32>) -> tensor<4x5x5x12xf32>
  %pixel = ml_program.global_load_const @pixel : tensor<12x8x1x1xf32>
  %o2 = arith.constant dense<0.0> : tensor<4x12x9x9xf32>
  %2 = linalg.conv_2d_nchw_fchw
      ins(%x, %pixel : tensor<4x8x9x9xf32>, tensor<12x8x1x1xf32>) outs(%o2 : tensor<4x12x9x9xf32>) -> tensor<4x12x9x9xf32>
  %depth = ml_program.global_load_const @depth : tensor<3x3x8xf32>
  %o3 = arith.constant dense<0.0> : tensor<4x7x7x8xf32>
  %3 = linalg.depthwise_conv_2d_nhwc_hwc
      ins(%y, %depth : tensor<4x9x9x8xf32>, tensor<3x3x8xf32>) outs(%o3 : tensor<4x7x7x8xf32>) -> tensor<4x7x7x8xf32>
  %groups = ml_program.global_load_const @groups : tensor<2x6x4x3x3xf32>
  %o4 = arith.constant dense<0.0> : tensor<4x2x6x7x7xf32>
  %4 = linalg.conv_2d_ngchw_gfchw
      ins(%v, %groups : tensor<4x2x4x9x9xf32>, tensor<2x6x4x3x3xf32>) outs(%o4 : tensor<4x2x6x7x7xf32>) -> tensor<4x2x6x7x7xf32>
  %batch = ml_program.global_load_const @batch : tensor<4x8x16xf32>
  %o5 = arith.constant dense<0.0> : tensor<4x5x16xf32>
  %5 = linalg.batch_matmul
      ins(%a, %batch : tensor<4x5x8xf32>, tensor<4x8x16xf32>) outs(%o5 : tensor<4x5x16xf32>) -> tensor<4x5x16xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<4x16x5x5xf32>, tensor<4x5x5x12xf32>, tensor<4x12x9x9xf32>, tensor<4x7x7x8xf32>, tensor<4x2x6x7x7xf32>, tensor<4x5x16xf32>
}
