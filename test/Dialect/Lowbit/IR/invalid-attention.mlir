// RUN: quant-opt %s --split-input-file --verify-diagnostics

// Constraints of lowbit.attention, of query, key and value, of scores and of windows.

func.func @rank_c160(%q: tensor<4x8xf32>, %k: tensor<4x8xf32>, %v: tensor<4x8xf32>) {
  // expected-error @+1 {{expects query, key and value of rank 4}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32> -> tensor<4x8xf32>
  return
}

// -----

func.func @ranks_c160(%q: tensor<2x4x5x8xf32>, %k: tensor<2x7x32xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{of one rank}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x7x32xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @no_heads_c161(%q: tensor<2x5x32xf32>, %k: tensor<2x5x32xf32>, %v: tensor<2x5x32xf32>) {
  // expected-error @+1 {{needs heads [query heads, key heads]}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x5x32xf32>, tensor<2x5x32xf32>, tensor<2x5x32xf32> -> tensor<2x5x32xf32>
  return
}

// -----

func.func @heads_c161(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{has heads, which an axis of query and key tells}}
  %r = lowbit.attention %q, %k, %v heads [4, 4] scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @one_head_c161(%q: tensor<2x5x32xf32>, %k: tensor<2x5x32xf32>, %v: tensor<2x5x32xf32>) {
  // expected-error @+1 {{of at least one each}}
  %r = lowbit.attention %q, %k, %v heads [4] scale = 0.125 : tensor<2x5x32xf32>, tensor<2x5x32xf32>, tensor<2x5x32xf32> -> tensor<2x5x32xf32>
  return
}

// -----

func.func @indivisible_c161(%q: tensor<2x5x32xf32>, %k: tensor<2x5x32xf32>, %v: tensor<2x5x32xf32>) {
  // expected-error @+1 {{expects a last axis of 3 heads of one size}}
  %r = lowbit.attention %q, %k, %v heads [3, 3] scale = 0.125 : tensor<2x5x32xf32>, tensor<2x5x32xf32>, tensor<2x5x32xf32> -> tensor<2x5x32xf32>
  return
}

// -----

func.func @dynamic_c161(%q: tensor<2x?x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{expects heads and their sizes to be known}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x?x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x?x5x8xf32>
  return
}

// -----

func.func @multiple_c162(%q: tensor<2x4x5x8xf32>, %k: tensor<2x3x7x8xf32>, %v: tensor<2x3x7x8xf32>) {
  // expected-error @+1 {{expects a multiple of 3 key heads as query heads, got 4}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x3x7x8xf32>, tensor<2x3x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @size_c163(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x6xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{to have one size, got 8 and 6}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x4x7x6xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @keys_c163(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x6x8xf32>) {
  // expected-error @+1 {{expects key and value to differ in the size of heads alone}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x6x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @batch_c163(%q: tensor<2x4x5x8xf32>, %k: tensor<3x4x7x8xf32>, %v: tensor<3x4x7x8xf32>) {
  // expected-error @+1 {{expects keys and values of 2 sequences}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<3x4x7x8xf32>, tensor<3x4x7x8xf32> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @type_c164(%q: tensor<2x4x5x8xf64>, %k: tensor<2x4x7x8xf64>, %v: tensor<2x4x7x8xf64>) {
  // expected-error @+1 {{expects f32, f16 or bf16, got f64}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf64>, tensor<2x4x7x8xf64>, tensor<2x4x7x8xf64> -> tensor<2x4x5x8xf64>
  return
}

// -----

func.func @types_c164(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf16>) {
  // expected-error @+1 {{of one element type}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf16> -> tensor<2x4x5x8xf32>
  return
}

// -----

func.func @result_c165(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x8xf32>) {
  // expected-error @+1 {{expects a result of shape 2x4x5x8}}
  %r = lowbit.attention %q, %k, %v scale = 0.125 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x6xf32>
  return
}

// -----

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
