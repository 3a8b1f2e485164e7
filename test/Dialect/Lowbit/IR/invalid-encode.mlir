// RUN: quant-opt %s --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

// (C17)
func.func @shape_c17(%x: tensor<4x8xf32>) {
  // expected-error @below {{expects shape and element type of 'tensor<4x8xf32>' and 'tensor<4x9xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>' to be equal}}
  %0 = lowbit.encode %x : tensor<4x8xf32> to tensor<4x9xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

func.func @element_type_c17(%x: tensor<4x8xf32>) {
  // expected-error @below {{expects shape and element type}}
  %0 = lowbit.encode %x : tensor<4x8xf32> to tensor<4x8xf16, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

func.func @decode_c17(%x: tensor<?x8xf32, #e>) {
  // expected-error @below {{expects shape and element type}}
  %0 = lowbit.decode %x : tensor<?x8xf32, #e> to tensor<4x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

func.func @encode_encoded(%x: tensor<8xf32, #e>) {
  // expected-error @below {{operand #0 must be ranked tensor of floats without encoding}}
  %0 = lowbit.encode %x : tensor<8xf32, #e> to tensor<8xf32, #e>
  return
}

// -----

func.func @encode_to_plain(%x: tensor<8xf32>) {
  // expected-error @below {{result #0 must be ranked tensor with a #lowbit.encoding}}
  %0 = lowbit.encode %x : tensor<8xf32> to tensor<8xf32>
  return
}

// -----

#p = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>

// (C18)
func.func @panels_c18(%x: tensor<?x8xf32>) {
  // expected-error @below {{into #lowbit.panels<columns = 8, step = 4, reduction = 0> needs a static shape}}
  %0 = lowbit.encode %x : tensor<?x8xf32> to tensor<?x8xf32, #p>
  return
}
