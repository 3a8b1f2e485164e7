// RUN: quant-opt %s --lowbit-build-nvvm-kernels --split-input-file --verify-diagnostics

// Launches that cannot be written.

!m = memref<?x?x?x?xbf16, strided<[?, ?, ?, ?], offset: ?>>
// expected-error@+1 {{'lowbit.attention_launch' is not that of a launch: there is no part 'sequence_mayor'}}
func.func private @unknown(!m, !m, !m, f32, !m) attributes {lowbit.attention_launch = {sequence_mayor, spec = {
  kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64}}}

// -----

// expected-error@+1 {{'lowbit.attention_launch' is not that of a launch: it is no dictionary}}
func.func private @none() attributes {lowbit.attention_launch}

// -----

!m = memref<?x?x?x?xbf16, strided<[?, ?, ?, ?], offset: ?>>
!t = memref<?x?xi32, strided<[?, ?], offset: ?>>
// expected-error@+1 {{'lowbit.attention_launch' is not that of a launch: 'paged' is without 'key_lengths'}}
func.func private @pages(!m, !m, !m, !t, f32, !m) attributes {lowbit.attention_launch = {spec = {
  kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, paged}}}
