// RUN: quant-opt %s --lowbit-expand-math="library" | FileCheck %s

// CHECK-LABEL: func.func @missing
// CHECK-DAG: math.sin
// CHECK-DAG: math.cos
// CHECK: %[[N:.*]] = arith.sitofp %{{.*}} : i64 to f32
// CHECK: %[[MAGNITUDE:.*]] = math.powf %{{.*}}, %[[N]] : f32
// CHECK: math.copysign %[[MAGNITUDE]]
// CHECK-NOT: math.sincos
// CHECK-NOT: math.fpowi
func.func @missing(%x: f32, %n: index) -> (f32, f32, f32) {
  %s, %c = math.sincos %x : f32
  %i = arith.index_cast %n : index to i64
  %y = math.fpowi %x, %i : f32, i64
  return %s, %c, %y : f32, f32, f32
}

// CHECK-LABEL: func.func @stay
// CHECK: math.exp
// CHECK: math.powf
func.func @stay(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  %1 = math.powf %0, %x : f32
  return %1 : f32
}
