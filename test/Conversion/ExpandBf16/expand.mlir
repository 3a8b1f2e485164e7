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
