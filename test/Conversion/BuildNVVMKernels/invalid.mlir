// RUN: quant-opt %s --split-input-file --lowbit-build-nvvm-kernels -verify-diagnostics

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: it is no dictionary}}
gpu.module @dictionary attributes {lowbit.kernel_spec = "attention"} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: unknown kind 'x86.matmul'}}
gpu.module @kind attributes {lowbit.kernel_spec = {kind = "x86.matmul", chip = "sm_80", element = "bf16", head_size = 64}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: unknown chip 'gfx942'; known are sm_75, sm_80, sm_86}}
gpu.module @chip attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "gfx942", element = "bf16", head_size = 64}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: it has no 'head_size'}}
gpu.module @missing attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16"}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: 'head_size' is not an integer}}
gpu.module @type attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = "64"}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: elements are f16 or bf16, not 'f32'}}
gpu.module @element attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "f32", head_size = 64}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: masks are bool, f16, bf16 or f32, not 'i32'}}
gpu.module @mask attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, mask = "i32"}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: 'causal' is not a unit attribute}}
gpu.module @flag attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, causal = true}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: it has an unknown part 'casual'}}
gpu.module @misspelled attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, casual}} {}

// -----

// expected-error @below {{there is no such kernel: sm_75 has no cp.async and no mma.sync of bf16; the kernels need sm_80 or newer}}
gpu.module @old attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_75", element = "f16", head_size = 64}} {}

// -----

// expected-error @below {{there is no such kernel: a head of queries and keys has 512 elements; kernels have 1 to 256}}
gpu.module @large attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 512}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: codes are i8, i4, f8E4M3FN or f8E5M2, not 'i2'}}
gpu.module @codes attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 64, key = "i2"}} {}

// -----

// expected-error @below {{'lowbit.kernel_spec' is not the spec of an NVVM kernel: scales are f16, bf16 or f32, not 'u8'}}
gpu.module @scales attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 64, value = "i8", value_scale = "u8"}} {}

// -----

// expected-error @below {{there is no such kernel: values have scales, but no codes}}
gpu.module @no_codes attributes {lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 64, value_scale = "f16"}} {}
