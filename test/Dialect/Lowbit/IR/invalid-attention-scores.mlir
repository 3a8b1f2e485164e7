// RUN: quant-opt %s --split-input-file --verify-diagnostics

// Constraints of lowbit.attention, of scores, windows and masks.

func.func @scale_c166(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{expects a finite scale}}
  %r = lowbit.attention %q, %k, %v scale = 0x7FF0000000000000 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @soft_cap_c166(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{expects a finite soft_cap above 0}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 soft_cap = 0.0 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @window_c167(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{expects window [left, right]}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 window [3] : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @negative_c167(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{got [-2, 0]}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 window [-2, 0] : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @top_left_c167(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{has top_left, but neither causal, window nor alibi}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 top_left : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @mask_c168(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>, %m: tensor<2x3x5x7xi1>) {
  // expected-error @+1 {{expects a mask that can be broadcast to 2x4x5x7}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 mask(%m : tensor<2x3x5x7xi1>) : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

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

func.func @mask_type_c168(%q: tensor<2x4x5x8xf32>, %m: tensor<5x5xf64>) {
  // expected-error @+1 {{expects a mask of i1, f32, f16 or bf16, got 'f64'}}
  %r = lowbit.attention %q, %q, %q scale = 0.125 mask(%m : tensor<5x5xf64>) : tensor<2x4x5x8xf32>, tensor<2x4x5x8xf32>, tensor<2x4x5x8xf32> -> tensor<2x4x5x8xf32>
  return
}
