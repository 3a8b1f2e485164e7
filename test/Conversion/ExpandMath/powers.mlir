// RUN: quant-opt %s --lowbit-expand-math --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @square
// CHECK-SAME: (%[[X:.*]]: vector<8xf32>)
// CHECK-NEXT: %[[Y:.*]] = arith.mulf %[[X]], %[[X]] : vector<8xf32>
// CHECK-NEXT: return %[[Y]]
func.func @square(%x: vector<8xf32>) -> vector<8xf32> {
  %two = arith.constant dense<2.0> : vector<8xf32>
  %y = math.powf %x, %two : vector<8xf32>
  return %y : vector<8xf32>
}

// -----

// CHECK-LABEL: func.func @broadcast
// CHECK: %[[TWO:.*]] = arith.mulf %[[X:.*]], %[[X]] : vector<8xf32>
// CHECK: arith.mulf %{{.*}} : vector<8xf32>
// CHECK-NOT: math
// CHECK: return
func.func @broadcast(%x: vector<8xf32>) -> vector<8xf32> {
  %three = arith.constant 3 : i64
  %n = vector.broadcast %three : i64 to vector<8xi64>
  %y = math.fpowi %x, %n : vector<8xf32>, vector<8xi64>
  return %y : vector<8xf32>
}

// -----

// CHECK-LABEL: func.func @inverse
// CHECK: arith.divf %{{.*}}, %{{.*}} : f64
// CHECK-NOT: math
func.func @inverse(%x: f64) -> f64 {
  %n = arith.constant -1 : i32
  %y = math.fpowi %x, %n : f64, i32
  return %y : f64
}

// -----

// Rounded once: in f64.
// CHECK-LABEL: func.func @fifth
// CHECK: %[[WIDE:.*]] = arith.extf %{{.*}} : f32 to f64
// CHECK-COUNT-3: arith.mulf %{{.*}} : f64
// CHECK: arith.truncf %{{.*}} : f64 to f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @fifth(%x: f16) -> f16 {
  %n = arith.constant 5.0 : f16
  %y = math.powf %x, %n : f16
  return %y : f16
}

// -----

// Not an integer, not one number, too many factors: only the second can be odd.
// CHECK-LABEL: func.func @general
// CHECK: math.copysign
// CHECK-NOT: math.{{powf|fpowi}}
// CHECK: return
func.func @general(%x: vector<2xf32>, %y: f32) -> (vector<2xf32>, vector<2xf32>, f32) {
  %half = arith.constant dense<0.5> : vector<2xf32>
  %0 = math.powf %x, %half : vector<2xf32>
  %different = arith.constant dense<[2, 3]> : vector<2xi32>
  %1 = math.fpowi %x, %different : vector<2xf32>, vector<2xi32>
  %large = arith.constant 1.0e+30 : f32
  %2 = math.powf %y, %large : f32
  return %0, %1, %2 : vector<2xf32>, vector<2xf32>, f32
}

// -----

// CHECK-LABEL: func.func @library
// CHECK: %[[N:.*]] = arith.sitofp %{{.*}} : i64 to f64
// CHECK: %[[MAGNITUDE:.*]] = math.powf %{{.*}}, %[[N]] : f64
// CHECK: math.copysign %[[MAGNITUDE]]
func.func @library(%x: f64, %n: i64) -> f64 {
  // expected-remark @+1 {{'math.powf' of 'f64' calls the C library}}
  %y = math.fpowi %x, %n : f64, i64
  return %y : f64
}
