// RUN: quant-opt %s --convert-lowbit-to-nvvm | FileCheck %s

// (C213) Where the first query stands is an argument, unless that is where the
// last one stands at the last key.

!n = tensor<1x1x4x32xf16>
!m = tensor<1x1x9x32xf16>

// CHECK-LABEL: @rows
// CHECK: %[[P:.*]] = arith.constant 0 : i32
// CHECK: @lowbit_attention_f16_d32_causal_top_left_sm_80_launch ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[P]] :
func.func @rows(%q: !n, %k: !m) -> !n {
  %y = lowbit.attention %q, %k, %k scale = 1.0 causal top_left : !n, !m, !m -> !n
  return %y : !n
}

// CHECK-LABEL: @square
// CHECK: @lowbit_attention_f16_d32_causal_sm_80_launch
func.func @square(%q: !n, %k: !n) -> !n {
  %y = lowbit.attention %q, %k, %k scale = 1.0 causal top_left : !n, !n, !n -> !n
  return %y : !n
}

// A window of no limit asks for no places.
// CHECK-LABEL: @everywhere
// CHECK: @lowbit_attention_f16_d32_sm_80_launch
func.func @everywhere(%q: !n, %k: !m) -> !n {
  %y = lowbit.attention %q, %k, %k scale = 1.0 window [-1, 1073741824] top_left : !n, !m, !m -> !n
  return %y : !n
}

// CHECK-LABEL: @past
// CHECK: arith.constant 1.000000e+00
// CHECK: %[[D:.*]] = tensor.dim %arg2, %{{.*}} : tensor<1x1x?x32xf16>
// CHECK-NEXT: %[[P:.*]] = arith.index_cast %[[D]] : index to i32
// CHECK: %[[LEFT:.*]] = arith.constant 7 : i32
// CHECK: @lowbit_attention_f16_d32_top_left_window_left_sm_80_launch ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[P]], %[[LEFT]] :
func.func @past(%q: tensor<1x1x20x32xf16>, %k: !m, %p: tensor<1x1x?x32xf16>) -> tensor<1x1x20x32xf16> {
  %y = lowbit.attention %q, %k, %k scale = 1.0 window [7, -1] top_left past(%p, %p : tensor<1x1x?x32xf16>, tensor<1x1x?x32xf16>) : tensor<1x1x20x32xf16>, !m, !m -> tensor<1x1x20x32xf16>
  return %y : tensor<1x1x20x32xf16>
}

// (C168), (C213) A mask of fewer keys is filled up: the last keys take no part.
// CHECK-LABEL: @short_mask
// CHECK: %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[M:.*]] = tensor.pad %arg2 low[0, 0] high[0, 3]
// CHECK: tensor.yield %[[NONE]] : f32
// CHECK: tensor<4x6xf32> to tensor<4x9xf32>
// CHECK: tensor.expand_shape %[[M]]
func.func @short_mask(%q: !n, %k: !m, %m: tensor<4x6xf32>) -> !n {
  %y = lowbit.attention %q, %k, %k scale = 1.0 mask(%m : tensor<4x6xf32>) : !n, !m, !m -> !n
  return %y : !n
}
