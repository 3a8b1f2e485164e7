// RUN: quant-opt %s --lowbit-expand-math | FileCheck %s

// Nothing is left that a library would have to compute, on scalars or vectors,
// in f32 or narrower.
// CHECK-LABEL: func.func @all
// CHECK-NOT: math.{{exp|log|erf|tan|sin|cos|atan|asin|acos|cbrt|pow|fpow}}
// CHECK: return
func.func @all(%x: vector<4x4xf32>) -> vector<4x4xf32> {
  %x0 = math.exp %x : vector<4x4xf32>
  %x1 = math.exp2 %x0 : vector<4x4xf32>
  %x2 = math.expm1 %x1 : vector<4x4xf32>
  %x3 = math.log %x2 : vector<4x4xf32>
  %x4 = math.log2 %x3 : vector<4x4xf32>
  %x5 = math.log10 %x4 : vector<4x4xf32>
  %x6 = math.log1p %x5 : vector<4x4xf32>
  %x7 = math.sinh %x6 : vector<4x4xf32>
  %x8 = math.cosh %x7 : vector<4x4xf32>
  %x9 = math.tanh %x8 : vector<4x4xf32>
  %x10 = math.asinh %x9 : vector<4x4xf32>
  %x11 = math.acosh %x10 : vector<4x4xf32>
  %x12 = math.atanh %x11 : vector<4x4xf32>
  %x13 = math.sin %x12 : vector<4x4xf32>
  %x14 = math.cos %x13 : vector<4x4xf32>
  %x15 = math.tan %x14 : vector<4x4xf32>
  %x16 = math.asin %x15 : vector<4x4xf32>
  %x17 = math.acos %x16 : vector<4x4xf32>
  %x18 = math.atan %x17 : vector<4x4xf32>
  %x19 = math.erf %x18 : vector<4x4xf32>
  %x20 = math.erfc %x19 : vector<4x4xf32>
  %x21 = math.cbrt %x20 : vector<4x4xf32>
  %s, %c = math.sincos %x21 : vector<4x4xf32>
  %t = math.atan2 %s, %c : vector<4x4xf32>
  %p = math.powf %t, %c : vector<4x4xf32>
  return %p : vector<4x4xf32>
}

// CHECK-LABEL: func.func @narrow
// CHECK-NOT: math.{{exp|log|erf|tan|sin|cos|atan|asin|acos|cbrt|pow|fpow}}
// CHECK: return
func.func @narrow(%h: vector<8xbf16>, %x: f16, %n: i32) -> (vector<8xbf16>, f16) {
  %h0 = math.exp %h : vector<8xbf16>
  %h1 = math.exp2 %h0 : vector<8xbf16>
  %h2 = math.expm1 %h1 : vector<8xbf16>
  %h3 = math.log %h2 : vector<8xbf16>
  %h4 = math.log2 %h3 : vector<8xbf16>
  %h5 = math.log10 %h4 : vector<8xbf16>
  %h6 = math.log1p %h5 : vector<8xbf16>
  %h7 = math.sinh %h6 : vector<8xbf16>
  %h8 = math.cosh %h7 : vector<8xbf16>
  %h9 = math.tanh %h8 : vector<8xbf16>
  %h10 = math.asinh %h9 : vector<8xbf16>
  %h11 = math.acosh %h10 : vector<8xbf16>
  %h12 = math.atanh %h11 : vector<8xbf16>
  %h13 = math.sin %h12 : vector<8xbf16>
  %h14 = math.cos %h13 : vector<8xbf16>
  %h15 = math.tan %h14 : vector<8xbf16>
  %h16 = math.asin %h15 : vector<8xbf16>
  %h17 = math.acos %h16 : vector<8xbf16>
  %h18 = math.atan %h17 : vector<8xbf16>
  %h19 = math.erf %h18 : vector<8xbf16>
  %h20 = math.erfc %h19 : vector<8xbf16>
  %h21 = math.cbrt %h20 : vector<8xbf16>
  %y = math.fpowi %x, %n : f16, i32
  return %h21, %y : vector<8xbf16>, f16
}

// Lanes that are not small are rare: the work for them is skipped.
// CHECK-LABEL: func.func @sine
// CHECK: %[[LARGE:.*]] = arith.cmpf oge
// CHECK: %[[ANY:.*]] = vector.reduction <or>, %[[LARGE]]
// CHECK: scf.if %[[ANY]]
func.func @sine(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.sin %x : vector<16xf32>
  return %y : vector<16xf32>
}

// Processors have these.
// CHECK-LABEL: func.func @stay
// CHECK: math.sqrt
// CHECK: math.fma
// CHECK: math.absf
func.func @stay(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.sqrt %x : vector<16xf32>
  %1 = math.fma %0, %x, %x : vector<16xf32>
  %2 = math.absf %1 : vector<16xf32>
  return %2 : vector<16xf32>
}
