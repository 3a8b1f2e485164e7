// RUN: quant-opt %s --lowbit-expand-math="roundeven" | FileCheck %s
// RUN: quant-opt %s --lowbit-expand-math | FileCheck %s --check-prefix=STAYS
// STAYS-COUNT-3: math.roundeven

// Adding 2^23 rounds to the nearest whole number, the even one of two.
// CHECK-LABEL: func.func @f32
// CHECK-SAME: (%[[X:.*]]: vector<16xf32>)
// CHECK-DAG: %[[WHOLE:.*]] = arith.constant dense<0x4B000000> : vector<16xf32>
// CHECK-DAG: %[[ABS:.*]] = math.absf %[[X]]
// CHECK: %[[UP:.*]] = arith.addf %[[ABS]], %[[WHOLE]]
// CHECK: %[[ROUNDED:.*]] = arith.subf %[[UP]], %[[WHOLE]]
// CHECK: %[[SMALL:.*]] = arith.cmpf ogt, %[[WHOLE]], %[[ABS]]
// CHECK: %[[Y:.*]] = arith.select %[[SMALL]], %[[ROUNDED]], %[[X]]
// CHECK: math.copysign %[[Y]], %[[X]]
func.func @f32(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.roundeven %x : vector<16xf32>
  return %y : vector<16xf32>
}

// CHECK-LABEL: func.func @others
// CHECK-NOT: math.roundeven
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: return
func.func @others(%x: f64, %y: f16) -> (f64, f16) {
  %0 = math.roundeven %x : f64
  %1 = math.roundeven %y : f16
  return %0, %1 : f64, f16
}
