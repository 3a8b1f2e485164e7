// RUN: quant-opt %s --lowbit-build-nvvm-kernels --split-input-file --verify-diagnostics

// Launches that cannot be written.

!m = memref<?x?x?x?xbf16, strided<[?, ?, ?, ?], offset: ?>>
// expected-error@+1 {{'lowbit.attention_launch' is not that of a launch: no launch is written for 'split_keys'}}
func.func private @split(!m, !m, !m, f32, !m) attributes {lowbit.attention_launch = {spec = {
  kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, split_keys}}}

// -----

!m = memref<?x?x?x?xbf16, strided<[?, ?, ?, ?], offset: ?>>
// expected-error@+1 {{'lowbit.attention_launch' is not that of a launch: no launch is written for 'paged'}}
func.func private @pages(!m, !m, !m, f32, !m) attributes {lowbit.attention_launch = {spec = {
  kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, paged}}}

// -----

!m = memref<?x?x?x?xbf16, strided<[?, ?, ?, ?], offset: ?>>
// expected-error@+1 {{'lowbit.attention_launch' is not that of a launch: there is no part 'sequence_mayor'}}
func.func private @unknown(!m, !m, !m, f32, !m) attributes {lowbit.attention_launch = {sequence_mayor, spec = {
  kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64}}}

// -----

// expected-error@+1 {{'lowbit.attention_launch' is not that of a launch: it is no dictionary}}
func.func private @none() attributes {lowbit.attention_launch}
