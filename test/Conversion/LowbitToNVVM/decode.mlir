// RUN: quant-opt %s --convert-lowbit-to-nvvm | FileCheck %s

// (C204) Where queries are few and their number is known, heads that share keys
// share a block, and blocks share keys if there are enough of them.

// CHECK-LABEL: @short
// CHECK: @lowbit_attention_f16_d64_sm_80_launch ins
func.func @short(%q: tensor<1x4x1x64xf16>, %k: tensor<1x4x200x64xf16>) -> tensor<1x4x1x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<1x4x1x64xf16>, tensor<1x4x200x64xf16>, tensor<1x4x200x64xf16> -> tensor<1x4x1x64xf16>
  return %y : tensor<1x4x1x64xf16>
}

// CHECK-LABEL: @long
// CHECK: @lowbit_attention_f16_d64_split_keys_sm_80_launch ins
func.func @long(%q: tensor<1x4x1x64xf16>, %k: tensor<1x4x2000x64xf16>) -> tensor<1x4x1x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<1x4x1x64xf16>, tensor<1x4x2000x64xf16>, tensor<1x4x2000x64xf16> -> tensor<1x4x1x64xf16>
  return %y : tensor<1x4x1x64xf16>
}

// Enough sequences and heads for all of the GPU.
// CHECK-LABEL: @many
// CHECK: @lowbit_attention_f16_d64_sm_80_launch ins
func.func @many(%q: tensor<64x4x1x64xf16>, %k: tensor<64x4x2000x64xf16>) -> tensor<64x4x1x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<64x4x1x64xf16>, tensor<64x4x2000x64xf16>, tensor<64x4x2000x64xf16> -> tensor<64x4x1x64xf16>
  return %y : tensor<64x4x1x64xf16>
}

// How many keys there are is found at run time; so is how many sequences.
// CHECK-LABEL: @open
// CHECK: @lowbit_attention_f16_d64_grouped_packed_heads_split_keys_sm_80_launch ins
func.func @open(%q: tensor<?x4x16x64xf16>, %k: tensor<?x2x?x64xf16>) -> tensor<?x4x16x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<?x4x16x64xf16>, tensor<?x2x?x64xf16>, tensor<?x2x?x64xf16> -> tensor<?x4x16x64xf16>
  return %y : tensor<?x4x16x64xf16>
}

// CHECK-LABEL: @rows
// CHECK: @lowbit_attention_f16_d64_grouped_sm_80_launch ins
func.func @rows(%q: tensor<1x4x17x64xf16>, %k: tensor<1x2x?x64xf16>) -> tensor<1x4x17x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<1x4x17x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16> -> tensor<1x4x17x64xf16>
  return %y : tensor<1x4x17x64xf16>
}

// (C206) A table of pages, as i32, behind the lengths.
// CHECK-LABEL: @pages
// CHECK: @lowbit_attention_f16_d64_grouped_key_lengths_packed_heads_split_keys_paged_sm_80_launch
// CHECK-SAME: ins(%{{.*}} : tensor<2x4x1x64xf16>, tensor<?x2x16x64xf16>, tensor<?x2x16x64xf16>, tensor<2xi32>, tensor<2x?xi32>, f32)
func.func @pages(%q: tensor<2x4x1x64xf16>, %k: tensor<?x2x16x64xf16>, %n: tensor<2xi32>, %t: tensor<2x?xi64>) -> tensor<2x4x1x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 kv_lengths(%n : tensor<2xi32>) pages(%t : tensor<2x?xi64>)
    : tensor<2x4x1x64xf16>, tensor<?x2x16x64xf16>, tensor<?x2x16x64xf16> -> tensor<2x4x1x64xf16>
  return %y : tensor<2x4x1x64xf16>
}
