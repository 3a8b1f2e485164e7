// RUN: quant-opt %s --split-input-file --lowbit-build-x86-kernels -verify-diagnostics

// Epilogues: an operand too few, or of dimensions that there are not.
// expected-error @below {{'lowbit.kernel_spec' is not the spec of an x86 kernel}}
func.func private @operands(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f32, f32) -> f32}}}

// -----

// expected-error @below {{does not fit together: an operand of the epilogue has dimensions [1, 2], but the result has 2}}
func.func private @dims(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [array<i64: 1, 2>], type = (f32, f32) -> f32}}}

// -----

// expected-error @below {{does not fit together: an operand of the epilogue has dimensions [1, 0], which do not ascend}}
func.func private @order(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [array<i64: 1, 0>], type = (f32, f32) -> f32}}}

// -----

// expected-error @below {{does not fit together: in 'f', 'arith.constant' does not compute on numbers}}
func.func private @vectors(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f32) -> f32}}}
func.func private @f(%x: f32) -> f32 {
  %0 = arith.constant dense<1.0> : vector<4xf32>
  return %x : f32
}

// -----

// expected-error @below {{does not fit together: the epilogue has elements of type i24, which are not whole bytes}}
func.func private @bytes(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [array<i64: 1>], type = (f32, i24) -> f32}}}

// -----

// expected-error @below {{does not fit together: the epilogue is not of sums in f32}}
func.func private @sums(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", epilogue = {function = @f, operands = [], type = (f64) -> f32}}}

// -----

#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
// expected-error @below {{does not fit together: the last vector of narrow results has one column}}
func.func private @one_column(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", activation = i8, overwrite, encoding = #panels, reduction = 4 : i64, columns = 17 : i64, epilogue = {function = @f, operands = [], type = (f32) -> i8}}}

// -----

#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
// expected-error @below {{does not fit together: c has no sums to add to}}
func.func private @narrow(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = i8, encoding = #panels, reduction = 4 : i64, columns = 9 : i64, epilogue = {function = @f, operands = [], type = (f32) -> i8}}}

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

// -----

// Layouts of results: a dimension that is missing, or is not there, columns that
// are not last, heads that no vectors fill, and no size of a head.
// expected-error @below {{does not fit together: c lacks dimension 0 of the product}}
func.func private @lacks(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", overwrite, result_dims = array<i64: 1, 1>, result_inner = 32 : i64}}

// -----

// expected-error @below {{does not fit together: c has a part of dimension 2, but the product has 2 dimensions}}
func.func private @there_is_none(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", overwrite, result_dims = array<i64: 0, 2, 1>, result_inner = 32 : i64}}

// -----

// expected-error @below {{does not fit together: columns are not the last dimension of c}}
func.func private @not_last(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", overwrite, result_dims = array<i64: 1, 0>, result_inner = 32 : i64}}

// -----

// expected-error @below {{does not fit together: the last dimension of c has 12 columns, no multiple of 8}}
func.func private @heads(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", overwrite, result_dims = array<i64: 1, 0, 1>, result_inner = 12 : i64}}

// -----

// expected-error @below {{does not fit together: what c has lies in another order}}
func.func private @adds(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", result_dims = array<i64: 1, 0, 1>, result_inner = 16 : i64}}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an x86 kernel}}
func.func private @no_size(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", overwrite, result_dims = array<i64: 1, 0, 1>}}
