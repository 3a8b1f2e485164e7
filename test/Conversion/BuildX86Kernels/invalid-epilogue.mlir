// RUN: quant-opt %s --split-input-file --lowbit-build-x86-kernels -verify-diagnostics

// Epilogues: an operand too few, or of dimensions that there are not.
// expected-error @below {{'lowbit.kernel_spec' is not the spec of an x86 kernel}}
func.func private @operands(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f32, f32) -> f32}}}

// -----

// expected-error @below {{does not fit together: an operand of the epilogue has dimensions [1, 2], but the result has 2}}
func.func private @dims(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [array<i64: 1, 2>], type = (f32, f32) -> f32}}}

// -----

// expected-error @below {{does not fit together: the epilogue is not of sums in f32}}
func.func private @sums(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f64) -> f32}}}

// -----

#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
// expected-error @below {{does not fit together: the last vector of narrow results has one column}}
func.func private @one_column(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = i8, overwrite, encoding = #panels, reduction = 4 : i64, columns = 9 : i64, epilogue = {function = @f, operands = [], type = (f32) -> i8}}}

// -----

// expected-error @below {{does not fit together: there is no function 'f'}}
func.func private @missing(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f32) -> f32}}}

// -----

// expected-error @below {{does not fit together: 'f' has type (f64) -> f64, but the epilogue's is (f32) -> f32}}
func.func private @type(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f32) -> f32}}}
func.func private @f(%x: f64) -> f64 {
  return %x : f64
}

// -----

// expected-error @below {{does not fit together: in 'f', 'func.call' does not compute on vectors}}
func.func private @call(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f32) -> f32}}}
func.func private @f(%x: f32) -> f32 {
  %0 = func.call @f(%x) : (f32) -> f32
  return %0 : f32
}

// -----

// expected-error @below {{does not fit together: 'f' is not one block}}
func.func private @declared(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f32) -> f32}}}
func.func private @f(f32) -> f32
