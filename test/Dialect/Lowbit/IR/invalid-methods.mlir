// RUN: quant-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{unknown method 'gtpq', expected one of: rtn, percentile, mse, hqq, kmeans, awq, gptq, magnitude, wanda, sparsegpt}}
func.func private @name_c123() attributes {a = #lowbit.method<gtpq>}

// -----

// expected-error @below {{method 'hqq' has no option 'damping'}}
func.func private @option_c123() attributes {a = #lowbit.method<hqq, damping = 0.1>}

// -----

// expected-error @below {{option 'damping' of method 'gptq' is a number from 0 up}}
func.func private @value_c123() attributes {a = #lowbit.method<gptq, damping = -1>}

// -----

// expected-error @below {{option 'static_groups' of method 'gptq' is true or false}}
func.func private @flag_c123() attributes {a = #lowbit.method<gptq, static_groups = 1>}

// -----

// expected-error @below {{'damping' is given twice}}
func.func private @twice_c123() attributes {a = #lowbit.method<gptq, damping = 1, damping = 2>}

// -----

// expected-error @below {{expects 'lowbit.weight_method' to be a #lowbit.method, got "gptq"}}
func.func private @attribute_c127() attributes {lowbit.weight_method = "gptq"}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @prunes_c124(%w: tensor<8x8xf32>) {
  // expected-error @below {{method 'magnitude' prunes, and the encoding keeps every value}}
  %0 = lowbit.encode %w method<magnitude> : tensor<8x8xf32> to tensor<8x8xf32, #w4>
  return
}

// -----

#s4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor, sparsity = #lowbit.nm<2:4 along 0>>
func.func @dense_c124(%w: tensor<8x8xf32>) {
  // expected-error @below {{method 'gptq' keeps every value; for a sparse encoding use 'sparsegpt'}}
  %0 = lowbit.encode %w method<gptq> layers["a"] along 0 : tensor<8x8xf32> to tensor<8x8xf32, #s4>
  return
}

// -----

#s4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor, sparsity = #lowbit.nm<2:4 along 0>>
func.func @axis_c124(%w: tensor<8x8xf32>) {
  // expected-error @below {{method 'wanda' prunes along the axis that is summed over, 1, and the encoding is sparse along axis 0}}
  %0 = lowbit.encode %w method<wanda> layers["a"] along 1 : tensor<8x8xf32> to tensor<8x8xf32, #s4>
  return
}

// -----

#book = #lowbit.encoding<#lowbit.kmeans<16, f32 per tensor>>
func.func @levels_c124(%w: tensor<8x8xf32>) {
  // expected-error @below {{method 'mse' does not learn the levels of codec 'kmeans<16>'; use 'kmeans'}}
  %0 = lowbit.encode %w method<mse> : tensor<8x8xf32> to tensor<8x8xf32, #book>
  return
}

// -----

#bf16 = #lowbit.encoding<#lowbit.float<bf16>>
func.func @scales_c124(%w: tensor<8x8xf32>) {
  // expected-error @below {{method 'hqq' finds scales, and the encoding stores none}}
  %0 = lowbit.encode %w method<hqq> : tensor<8x8xf32> to tensor<8x8xf32, #bf16>
  return
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @range_c124(%w: tensor<8x8xf32>) {
  // expected-error @below {{has a range, but method 'mse' finds ranges by itself}}
  %0 = lowbit.encode %w range(full) method<mse> : tensor<8x8xf32> to tensor<8x8xf32, #w4>
  return
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @matrices_c148(%w: tensor<2x8x8xf32>) {
  // expected-error @below {{has no matrices for method 'gptq': matrices of a batch share scales along axis 0}}
  %0 = lowbit.encode %w method<gptq> layers["a"] along 1 : tensor<2x8x8xf32> to tensor<2x8x8xf32, #w4>
  return
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @window_c147(%w: tensor<2x8x3x3xf32>) {
  // expected-error @below {{has axis 4 in the window of layers that sum over axis 1 of a tensor of rank 4}}
  %0 = lowbit.encode %w method<mse> layers["a"] along 1 window [2, 4] : tensor<2x8x3x3xf32> to tensor<2x8x3x3xf32, #w4>
  return
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @window_is_channels_c147(%w: tensor<2x8x3x3xf32>) {
  // expected-error @below {{has axis 1 in the window of layers that sum over axis 1 of a tensor of rank 4}}
  %0 = lowbit.encode %w method<mse> layers["a"] along 1 window [1] : tensor<2x8x3x3xf32> to tensor<2x8x3x3xf32, #w4>
  return
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @window_alone_c147(%w: tensor<2x8x3x3xf32>) {
  // expected-error @below {{has axis 2 in the window of layers that sum over none of a tensor of rank 4}}
  %0 = lowbit.encode %w window [2] : tensor<2x8x3x3xf32> to tensor<2x8x3x3xf32, #w4>
  return
}
