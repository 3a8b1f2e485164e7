// RUN: quant-opt %s --lowbit-expand-bf16 | FileCheck %s

// CHECK-LABEL: func.func @extend
// CHECK-NOT: arith.extf
// CHECK: arith.shli %{{.*}} : vector<8xi32>
// CHECK: %[[Y:.*]] = arith.bitcast %{{.*}} : vector<8xi32> to vector<8xf32>
// CHECK: return %[[Y]]
func.func @extend(%x: vector<8xbf16>) -> vector<8xf32> {
  %y = arith.extf %x : vector<8xbf16> to vector<8xf32>
  return %y : vector<8xf32>
}

// A NaN stays one, and ties go to the even number.
// CHECK-LABEL: func.func @truncate
// CHECK-SAME: (%[[X:.*]]: f32)
// CHECK-NOT: arith.truncf
// CHECK: %[[NAN:.*]] = arith.cmpf une, %[[X]], %[[X]]
// CHECK: arith.addi
// CHECK: arith.shrui
// CHECK: arith.select %[[NAN]]
// CHECK: arith.bitcast %{{.*}} : i16 to bf16
func.func @truncate(%x: f32) -> bf16 {
  %y = arith.truncf %x : f32 to bf16
  return %y : bf16
}

// CHECK-LABEL: func.func @other
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @other(%x: f32) -> f16 {
  %y = arith.truncf %x : f32 to f16
  return %y : f16
}

// By way of an f32 that is rounded to odd.
// CHECK-LABEL: func.func @truncate_f64
// CHECK-SAME: (%[[X:.*]]: vector<4xf64>)
// CHECK: %[[NEAREST:.*]] = arith.truncf %[[X]] : vector<4xf64> to vector<4xf32>
// CHECK: arith.ori %{{.*}} : vector<4xi32>
// CHECK-NOT: arith.truncf %{{.*}} to vector<4xbf16>
// CHECK: arith.bitcast %{{.*}} : vector<4xi16> to vector<4xbf16>
func.func @truncate_f64(%x: vector<4xf64>) -> vector<4xbf16> {
  %y = arith.truncf %x : vector<4xf64> to vector<4xbf16>
  return %y : vector<4xbf16>
}

// CHECK-LABEL: func.func @extend_f64
// CHECK: %[[F:.*]] = arith.bitcast %{{.*}} : i32 to f32
// CHECK: arith.extf %[[F]] : f32 to f64
func.func @extend_f64(%x: bf16) -> f64 {
  %y = arith.extf %x : bf16 to f64
  return %y : f64
}
