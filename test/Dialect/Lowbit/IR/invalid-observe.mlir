// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func @integers_c115(%x: tensor<4x8xi8>) {
  // expected-error @below {{operand #0 must be ranked tensor without encoding or ranked memref, with dimensions, of f32, f16 or bf16, but got 'tensor<4x8xi8>'}}
  lowbit.observe %x layers = ["a"] axis = 1 : tensor<4x8xi8>
  return
}

// -----

func.func @scalar_c115(%x: tensor<f32>) {
  // expected-error @below {{operand #0 must be}}
  lowbit.observe %x layers = ["a"] axis = 0 : tensor<f32>
  return
}

// -----

func.func @unranked_c115(%x: memref<*xf32>) {
  // expected-error @below {{operand #0 must be}}
  lowbit.observe %x layers = ["a"] axis = 0 : memref<*xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

func.func @encoded_c115(%x: tensor<8xf32, #e>) {
  // expected-error @below {{operand #0 must be}}
  lowbit.observe %x layers = ["a"] axis = 0 : tensor<8xf32, #e>
  return
}

// -----

func.func @axis_c116(%x: tensor<4x8xf32>) {
  // expected-error @below {{expects an axis from 0 to 1, got 2}}
  lowbit.observe %x layers = ["a"] axis = 2 : tensor<4x8xf32>
  return
}

// -----

func.func @negative_axis_c116(%x: memref<4xf32>) {
  // expected-error @below {{expects an axis from 0 to 0, got -1}}
  lowbit.observe %x layers = ["a"] axis = -1 : memref<4xf32>
  return
}

// -----

func.func @no_layer_c117(%x: tensor<4x8xf32>) {
  // expected-error @below {{expects the name of at least one layer}}
  lowbit.observe %x layers = [] axis = 1 : tensor<4x8xf32>
  return
}

// -----

func.func @empty_name_c117(%x: tensor<4x8xf32>) {
  // expected-error @below {{expects names of layers in one line each, got ''}}
  lowbit.observe %x layers = ["a", ""] axis = 1 : tensor<4x8xf32>
  return
}

// -----

func.func @two_lines_c117(%x: tensor<4x8xf32>) {
  // expected-error @below {{expects names of layers in one line each}}
  lowbit.observe %x layers = ["a\0Ab"] axis = 1 : tensor<4x8xf32>
  return
}

// -----

func.func @twice_c117(%x: tensor<4x8xf32>) {
  // expected-error @below {{names layer 'a' twice}}
  lowbit.observe %x layers = ["a", "b", "a"] axis = 1 : tensor<4x8xf32>
  return
}

// -----

// (C27)
// expected-error @below {{expects 'lowbit.observers' to be an array of dictionaries with the names of 'layers', got [{}]}}
module attributes {lowbit.observers = [{}]} {
}
