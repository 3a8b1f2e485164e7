// RUN: quant-opt %s --lowbit-call-library | FileCheck %s

// CHECK-DAG: func.func private @log1p(f64) -> f64
// CHECK-DAG: func.func private @expm1f(f32) -> f32

// CHECK-LABEL: func.func @scalar
// CHECK: call @log1p(%{{.*}}) : (f64) -> f64
func.func @scalar(%x: f64) -> f64 {
  %0 = math.log1p %x : f64
  return %0 : f64
}

// CHECK-LABEL: func.func @vector
// CHECK-COUNT-2: call @expm1f
func.func @vector(%x: vector<2xf32>) -> vector<2xf32> {
  %0 = math.expm1 %x : vector<2xf32>
  return %0 : vector<2xf32>
}

// All else is left to the conversions that follow.
// CHECK-LABEL: func.func @others
// CHECK: math.exp
// CHECK: math.erf
// CHECK: math.floor
func.func @others(%x: f64) -> f64 {
  %0 = math.exp %x : f64
  %1 = math.erf %0 : f64
  %2 = math.floor %1 : f64
  return %2 : f64
}
