// RUN: quant-opt %s --split-input-file --verify-diagnostics

// Constraints of lowbit.attention, of sequences, pages and lse.

func.func @offsets_c173(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %o: tensor<3xi32>) {
  // expected-error @+1 {{expects a batch of 1}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 query_offsets(%o : tensor<3xi32>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @offsets_c187(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x8xf32>, %o: tensor<0xi32>) {
  // expected-error @+1 {{expects offsets of one element more than there are sequences, got 'tensor<0xi32>'}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 query_offsets(%o : tensor<0xi32>) key_offsets(%o : tensor<0xi32>) : tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x8xf32> -> tensor<1x4x5x8xf32>
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

// -----

func.func @key_offsets_c174(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %n: tensor<3xi32>, %p: tensor<2x3xi32>) {
  // expected-error @+1 {{has key_offsets, but pages say where keys lie}}
  %r = lowbit.attention %q, %k, %k scale = 0.125 query_offsets(%n : tensor<3xi32>) key_offsets(%n : tensor<3xi32>) pages(%p : tensor<2x3xi32>) : tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x8xf32> -> tensor<1x4x5x8xf32>
  return
}
