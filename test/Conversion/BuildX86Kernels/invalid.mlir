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
