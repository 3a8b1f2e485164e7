// RUN: quant-opt %s --split-input-file --verify-diagnostics

func.func private @kernel(memref<4xf32>)

// (C23)
func.func @no_output_c23(%x: tensor<4xf32>) {
  // expected-error @below {{expects at least one output: a kernel has no other effect}}
  "lowbit.call_kernel"(%x) <{callee = @kernel, operandSegmentSizes = array<i32: 1, 0>}> : (tensor<4xf32>) -> ()
  return
}

// -----

func.func private @kernel(memref<4xf32>)

// (C24)
func.func @result_c24(%x: tensor<4xf32>) {
  // expected-error @below {{expects one result for each output, of its type}}
  "lowbit.call_kernel"(%x) <{callee = @kernel, operandSegmentSizes = array<i32: 0, 1>}> : (tensor<4xf32>) -> ()
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func private @kernel(memref<4xf32>, memref<4xf32>)

// (C25)
func.func @encoded_c25(%e: tensor<4xf32, #e>, %x: tensor<4xf32>) {
  // expected-error @below {{takes stored parts, not an encoded tensor}}
  %0 = lowbit.call_kernel @kernel ins(%e : tensor<4xf32, #e>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @kernel(memref<4xf32>, memref<4xf32>)

// Equal ones become one, whatever is stored to the memref between them. (C70)
func.func @memref_c70(%m: memref<4xf32>, %x: tensor<4xf32>) {
  // expected-error @below {{takes tensors and scalars, whose values no one can change; not 'memref<4xf32>'}}
  %0 = lowbit.call_kernel @kernel ins(%m : memref<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @kernel(!llvm.ptr, memref<4xf32>)

func.func @pointer_c70(%p: !llvm.ptr, %x: tensor<4xf32>) {
  // expected-error @below {{takes tensors and scalars, whose values no one can change; not '!llvm.ptr'}}
  %0 = lowbit.call_kernel @kernel ins(%p : !llvm.ptr) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

// (C26)
func.func @no_callee_c26(%x: tensor<4xf32>) {
  // expected-error @below {{calls @kernel, which is no function}}
  %0 = lowbit.call_kernel @kernel ins() outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @kernel(memref<4xf32>) -> i32

func.func @results_c26(%x: tensor<4xf32>) {
  // expected-error @below {{calls @kernel, which has results; a kernel writes to its outputs}}
  %0 = lowbit.call_kernel @kernel ins() outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @kernel(memref<4xf32>, index)

func.func @operand_count_c26(%x: tensor<4xf32>) {
  // expected-error @below {{passes 1 operands to @kernel, which takes 2}}
  %0 = lowbit.call_kernel @kernel ins() outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @kernel(memref<4xi8>, memref<4xf32>)

func.func @element_type_c26(%x: tensor<4xf32>) {
  // expected-error @below {{passes operand 0 of type 'tensor<4xf32>' to @kernel, which takes 'memref<4xi8>'}}
  %0 = lowbit.call_kernel @kernel ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @kernel(memref<8xf32>)

func.func @size_c26(%x: tensor<4xf32>) {
  // expected-error @below {{passes operand 0 of type 'tensor<4xf32>' to @kernel, which takes 'memref<8xf32>'}}
  %0 = lowbit.call_kernel @kernel ins() outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func private @kernel(tensor<4xf32>)

func.func @not_buffers_c26(%x: tensor<4xf32>) {
  // expected-error @below {{passes operand 0 of type 'tensor<4xf32>' to @kernel, which takes 'tensor<4xf32>'}}
  %0 = lowbit.call_kernel @kernel ins() outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return
}
