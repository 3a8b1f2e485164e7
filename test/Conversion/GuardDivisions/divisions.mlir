// RUN: quant-opt %s --lowbit-guard-divisions | FileCheck %s

// CHECK-LABEL: func.func @unsigned
// CHECK-SAME: (%[[X:.*]]: i64, %[[Y:.*]]: i64)
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i64
// CHECK: %[[IS_ZERO:.*]] = arith.cmpi eq, %[[Y]], %[[ZERO]]
// CHECK: %[[SAFE:.*]] = arith.select %[[IS_ZERO]], %[[ONE]], %[[Y]]
// CHECK: %[[Q:.*]] = arith.divui %[[X]], %[[SAFE]]
// CHECK: %[[R:.*]] = arith.select %[[IS_ZERO]], %[[ZERO]], %[[Q]]
// CHECK: return %[[R]]
func.func @unsigned(%x: i64, %y: i64) -> i64 {
  %q = arith.divui %x, %y : i64
  return %q : i64
}

// CHECK-LABEL: func.func @signed_remainder
// CHECK-SAME: (%[[X:.*]]: i8, %[[Y:.*]]: i8)
// CHECK: %[[IS_ZERO:.*]] = arith.cmpi eq, %[[Y]], %
// CHECK: %[[MINUS_ONE:.*]] = arith.constant -1 : i8
// CHECK: %[[IS_MINUS_ONE:.*]] = arith.cmpi eq, %[[Y]], %[[MINUS_ONE]]
// CHECK: %[[SMALLEST:.*]] = arith.constant -128 : i8
// CHECK: %[[IS_SMALLEST:.*]] = arith.cmpi eq, %[[X]], %[[SMALLEST]]
// CHECK: %[[OVERFLOWS:.*]] = arith.andi %[[IS_MINUS_ONE]], %[[IS_SMALLEST]]
// CHECK: %[[TRAPS:.*]] = arith.ori %[[IS_ZERO]], %[[OVERFLOWS]]
// CHECK: %[[SAFE:.*]] = arith.select %[[TRAPS]], %{{.*}}, %[[Y]]
// CHECK: %[[Q:.*]] = arith.remsi %[[X]], %[[SAFE]]
// CHECK: arith.select %[[IS_ZERO]], %[[X]], %[[Q]]
func.func @signed_remainder(%x: i8, %y: i8) -> i8 {
  %r = arith.remsi %x, %y : i8
  return %r : i8
}

// CHECK-LABEL: func.func @vectors
// CHECK: arith.cmpi eq, %{{.*}} : vector<4xi32>
// CHECK: arith.floordivsi
// CHECK: arith.select %{{.*}} : vector<4xi1>, vector<4xi32>
func.func @vectors(%x: vector<4xi32>, %y: vector<4xi32>) -> vector<4xi32> {
  %q = arith.floordivsi %x, %y : vector<4xi32>
  return %q : vector<4xi32>
}

// CHECK-LABEL: func.func @every_kind
// CHECK-COUNT-6: arith.select
// CHECK: return
func.func @every_kind(%x: index, %y: index) -> (index, index, index) {
  %0 = arith.ceildivsi %x, %y : index
  %1 = arith.ceildivui %x, %y : index
  %2 = arith.remui %x, %y : index
  return %0, %1, %2 : index, index, index
}

// CHECK-LABEL: func.func @constant_zero
// CHECK: arith.select
func.func @constant_zero(%x: i64) -> i64 {
  %c0 = arith.constant 0 : i64
  %q = arith.divsi %x, %c0 : i64
  return %q : i64
}

// CHECK-LABEL: func.func @other_constants
// CHECK-NOT: arith.select
func.func @other_constants(%x: i64, %v: vector<2xi8>) -> (i64, vector<2xi8>) {
  %c3 = arith.constant 3 : i64
  %c = arith.constant dense<[3, 7]> : vector<2xi8>
  %q = arith.divsi %x, %c3 : i64
  %r = arith.remui %v, %c : vector<2xi8>
  return %q, %r : i64, vector<2xi8>
}
