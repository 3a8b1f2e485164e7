// RUN: quant-opt %s --split-input-file --verify-diagnostics

// Constraints of lowbit.attention, of further operands and results.

func.func @long_mask_c168(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %m: tensor<8xi1>) {
  // expected-error @+1 {{or with fewer keys}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 mask(%m : tensor<8xi1>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @mask_of_sequences_c168(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x8xf32>, %m: tensor<7xi1>, %o: tensor<3xi32>) {
  // expected-error @+1 {{has a mask, which says nothing of sequences}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 mask(%m : tensor<7xi1>) query_offsets(%o : tensor<3xi32>) key_offsets(%o : tensor<3xi32>) : tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x8xf32> -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @past_c169(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %p: tensor<2x4x3x8xf32>, %n: tensor<2xi32>) {
  // expected-error @+1 {{no kv_lengths, query_offsets or pages}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 past(%p, %p : tensor<2x4x3x8xf32>, tensor<2x4x3x8xf32>) kv_lengths(%n : tensor<2xi32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @past_shape_c169(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x6xf32>, %p: tensor<2x4x3x8xf32>) {
  // expected-error @+1 {{expects past values of shape 2x4x3x6}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 past(%p, %p : tensor<2x4x3x8xf32>, tensor<2x4x3x8xf32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x6xf32> -> tensor<2x4x5x6xf32>
  return
}

// -----

func.func @past_rank_c169(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %p: tensor<2x3x32xf32>) {
  // expected-error @+1 {{expects past keys of rank 4}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 past(%p, %p : tensor<2x3x32xf32>, tensor<2x3x32xf32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @present_c170(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{only where there are past ones}}
  %r:3 = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32> present(tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32>)
  return
}

// -----

func.func @present_shape_c170(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %p: tensor<2x4x3x8xf32>) {
  // expected-error @+1 {{expects present keys of shape 2x4x10x8}}
  %r:3 = lowbit.attention %q, %k, %v scale = 0.125 past(%p, %p : tensor<2x4x3x8xf32>, tensor<2x4x3x8xf32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32> present(tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32>)
  return
}

// -----

func.func @lengths_c171(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %n: tensor<3xi64>) {
  // expected-error @+1 {{expects kv_lengths of shape 2}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 kv_lengths(%n : tensor<3xi64>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @slopes_c172(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %a: tensor<3xf32>) {
  // expected-error @+1 {{expects alibi slopes of shape 4}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 alibi(%a : tensor<3xf32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @slope_type_c172(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %a: tensor<4xf16>) {
  // expected-error @+1 {{expects alibi slopes in f32}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 alibi(%a : tensor<4xf16>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @offsets_c173(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %o: tensor<3xi32>) {
  // expected-error @+1 {{expects a batch of 1}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 query_offsets(%o : tensor<3xi32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @key_offsets_c173(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x8xf32>, %o: tensor<3xi32>) {
  // expected-error @+1 {{has key_offsets, which give lengths}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 key_offsets(%o : tensor<3xi32>) : tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x8xf32> -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @key_batch_c173(%q: tensor<1x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %o: tensor<3xi32>) {
  // expected-error @+1 {{expects a batch of 1}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 query_offsets(%o : tensor<3xi32>) key_offsets(%o : tensor<3xi32>) : tensor<1x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @numbers_c173(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x8xf32>, %o: tensor<3xi32>, %p: tensor<4xi32>) {
  // expected-error @+1 {{expects key_offsets of shape 3}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 query_offsets(%o : tensor<3xi32>) key_offsets(%p : tensor<4xi32>) : tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x8xf32> -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @pages_c174(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %t: tensor<2x3xi32>) {
  // expected-error @+1 {{has pages, which need kv_lengths}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 pages(%t : tensor<2x3xi32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @pages_shape_c174(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %t: tensor<4x3xi32>, %n: tensor<2xi32>) {
  // expected-error @+1 {{expects pages of shape 2x3}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 kv_lengths(%n : tensor<2xi32>) pages(%t : tensor<4x3xi32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @page_rank_c174(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %t: tensor<2xi32>, %n: tensor<2xi32>) {
  // expected-error @+1 {{expects pages of rank 2}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 kv_lengths(%n : tensor<2xi32>) pages(%t : tensor<2xi32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @lse_c175(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{gives lse in f32}}
  %r:2 = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32> lse(tensor<2x4x5xf16>)
  return
}

// -----

func.func @lse_shape_c175(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{expects lse of shape 2x4x5}}
  %r:2 = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32> lse(tensor<2x4x7xf32>)
  return
}
