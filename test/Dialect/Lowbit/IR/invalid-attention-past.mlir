// RUN: quant-opt %s --split-input-file --verify-diagnostics

// Constraints of lowbit.attention, of past and present keys, lengths and slopes.

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
