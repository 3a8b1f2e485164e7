// RUN: quant-opt %s --lowbit-expand-math | FileCheck %s

// Nothing is left that a library would have to compute, on scalars or vectors,
// in f32 or narrower.
// CHECK-LABEL: func.func @all
// CHECK-NOT: math.{{exp|log|erf|tanh|sin|cos|atan|asin|acos|cbrt}}
// CHECK: return
func.func @all(%x: f32, %v: vector<16xf32>, %h: vector<8xf16>) -> (f32, vector<16xf32>, vector<8xf16>) {
  %0 = math.exp %x : f32
  %1 = math.log %0 : f32
  %2 = math.erf %1 : f32
  %3 = math.tanh %2 : f32
  %4 = math.sin %3 : f32
  %5 = math.cos %4 : f32
  %6 = math.atan %5 : f32
  %7 = math.log1p %6 : f32
  %8 = math.expm1 %7 : f32
  %9 = math.log2 %8 : f32
  %10 = math.atan2 %9, %x : f32
  %11 = math.cbrt %10 : f32
  %12 = math.asin %11 : f32
  %13 = math.acos %12 : f32
  %v0 = math.exp %v : vector<16xf32>
  %v1 = math.log %v0 : vector<16xf32>
  %v2 = math.erf %v1 : vector<16xf32>
  %v3 = math.tanh %v2 : vector<16xf32>
  %h0 = math.exp %h : vector<8xf16>
  %h1 = math.tanh %h0 : vector<8xf16>
  return %13, %v3, %h1 : f32, vector<16xf32>, vector<8xf16>
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
