// RUN: quant-opt %s --split-input-file --lowbit-build-x86-kernels -verify-diagnostics

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an x86 kernel}}
func.func private @kind(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "arm.matmul", isa = "avx2"}}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an x86 kernel}}
func.func private @isa(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "neon"}}

// -----

// A spec is for one instruction set, not for where it is read.
// expected-error @below {{'lowbit.kernel_spec' is not the spec of an x86 kernel}}
func.func private @host(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "host"}}

// -----

#rows = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
// expected-error @below {{'lowbit.kernel_spec' is not the spec of an x86 kernel}}
func.func private @rows(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #rows, reduction = 4 : i64, columns = 4 : i64}}

// -----

#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>
// expected-error @below {{'lowbit.kernel_spec' is not the spec of an x86 kernel}}
func.func private @sizes(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #panels, reduction = 4 : i64}}

// -----

// (C51) Specs that are well formed, but whose kernel would not compute what it
// says.
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
// expected-error @below {{does not fit together: integer products need affine codes or a table of integers}}
func.func private @codebook(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = i8, encoding = #nf4, reduction = 4 : i64, columns = 4 : i64}}

// -----

#u8 = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
// expected-error @below {{does not fit together: i32 could overflow in sums of 70000 products of up to 32640}}
func.func private @overflow(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = i8, encoding = #u8, reduction = 70000 : i64, columns = 4 : i64}}

// -----

#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
// expected-error @below {{does not fit together: the weight's panels have 32 columns and step 1, but avx2 needs 16 and 1}}
func.func private @columns(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #panels, reduction = 4 : i64, columns = 4 : i64}}

// -----

#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>
// expected-error @below {{does not fit together: a batched kernel takes no encoded weight}}
func.func private @batched(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", batched, encoding = #panels, reduction = 4 : i64, columns = 4 : i64}}

// -----

#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>
// expected-error @below {{does not fit together: an encoded weight has its order from its panels}}
func.func private @transposed(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", transposed, encoding = #panels, reduction = 4 : i64, columns = 4 : i64}}

// -----

#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>
// expected-error @below {{does not fit together: a size is negative}}
func.func private @negative(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #panels, reduction = -4 : i64, columns = 4 : i64}}

// -----

// expected-error @below {{does not fit together: integer products need an encoded weight}}
func.func private @plain(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = i8}}

// -----

// expected-error @below {{does not fit together: only codes have zero points}}
func.func private @zero_points(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation_zero_points}}

// -----

// (C51) Less a zero point codes have 9 bits.
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
// expected-error @below {{does not fit together: i32 could overflow in sums of 70000 products of up to 32640}}
func.func private @shifted(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = ui8, encoding = #i8, reduction = 70000 : i64, columns = 4 : i64}}

// -----

// expected-error @below {{does not fit together: encoded activations need an encoded weight}}
func.func private @bf16(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = bf16}}

// -----

// Panels of pairs, which f32 activations do not multiply.
#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
// expected-error @below {{does not fit together: the weight's panels have 16 columns and step 2, but avx2 needs 16 and 1}}
func.func private @pairs(memref<?x?xf32>) attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #panels, reduction = 4 : i64, columns = 4 : i64}}
