// RUN: quant-opt %s --lowbit-to-parts --allow-unregistered-dialect | FileCheck %s

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!e = tensor<?x4xf32, #e>

// CHECK-LABEL: func.func @scf_if(
// CHECK-SAME: %[[B:[^:]*]]: i1, %[[C0:[^:]*]]: tensor<?x4xi8>, %[[S0:[^:]*]]: tensor<?xf32>, %[[C1:[^:]*]]: tensor<?x4xi8>, %[[S1:[^:]*]]: tensor<?xf32>)
func.func @scf_if(%b: i1, %x: !e, %y: !e) -> !e {
  // CHECK: %[[R:.*]]:2 = scf.if %[[B]] -> (tensor<?x4xi8>, tensor<?xf32>)
  %0 = scf.if %b -> !e {
    // CHECK: scf.yield %[[C0]], %[[S0]]
    scf.yield %x : !e
  } else {
    // CHECK: scf.yield %[[C1]], %[[S1]]
    scf.yield %y : !e
  }
  // CHECK: return %[[R]]#0, %[[R]]#1
  return %0 : !e
}

// CHECK-LABEL: func.func @scf_for(
// CHECK-SAME: %{{[^:]*}}: index, %[[C0:[^:]*]]: tensor<?x4xi8>, %[[S0:[^:]*]]: tensor<?xf32>, %[[C1:[^:]*]]: tensor<?x4xi8>, %[[S1:[^:]*]]: tensor<?xf32>)
func.func @scf_for(%n: index, %x: !e, %y: !e) -> !e {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: %[[R:.*]]:4 = scf.for {{.*}} iter_args(%[[A:.*]] = %[[C0]], %[[B:.*]] = %[[S0]], %[[C:.*]] = %[[C1]], %[[D:.*]] = %[[S1]])
  %0:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %y) -> (!e, !e) {
    // CHECK: scf.yield %[[C]], %[[D]], %[[A]], %[[B]]
    scf.yield %b, %a : !e, !e
  }
  // CHECK: return %[[R]]#0, %[[R]]#1
  return %0#0 : !e
}

// CHECK-LABEL: func.func @scf_while(
func.func @scf_while(%x: !e) -> !e {
  // CHECK: scf.while (%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}) : (tensor<?x4xi8>, tensor<?xf32>) -> (tensor<?x4xi8>, tensor<?xf32>)
  %0 = scf.while (%a = %x) : (!e) -> !e {
    %c = "test.condition"() : () -> i1
    // CHECK: scf.condition(%{{.*}}) %[[A]], %[[B]]
    scf.condition(%c) %a : !e
  } do {
  ^bb0(%b: !e):
    scf.yield %b : !e
  }
  return %0 : !e
}

// A loop of blocks whose arguments are encoded, in a function whose own are not.

// CHECK-LABEL: func.func @branches(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[B:.*]]: i1)
func.func @branches(%x: tensor<?x4xf32>, %b: i1) -> tensor<?x4xf32> {
  %0 = lowbit.encode %x : tensor<?x4xf32> to !e
  // CHECK: cf.br ^[[LOOP:.*]](%{{.*}}, %{{.*}} : tensor<?x4xi8>, tensor<?xf32>)
  cf.br ^loop(%0 : !e)
^loop(%a: !e):
  // CHECK: ^[[LOOP]](%[[C:.*]]: tensor<?x4xi8>, %[[S:.*]]: tensor<?xf32>):
  // CHECK: cf.cond_br %[[B]], ^[[LOOP]](%[[C]], %[[S]] : tensor<?x4xi8>, tensor<?xf32>), ^[[END:.*]](%[[C]], %[[S]] : tensor<?x4xi8>, tensor<?xf32>)
  cf.cond_br %b, ^loop(%a : !e), ^end(%a : !e)
^end(%c: !e):
  // CHECK: ^[[END]](%[[CE:.*]]: tensor<?x4xi8>, %[[SE:.*]]: tensor<?xf32>):
  // CHECK: linalg.generic {{.*}} ins(%[[CE]], %[[SE]] : tensor<?x4xi8>, tensor<?xf32>)
  %1 = lowbit.decode %c : !e to tensor<?x4xf32>
  return %1 : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @select(
// CHECK-SAME: %[[B:[^:]*]]: i1, %[[C0:[^:]*]]: tensor<?x4xi8>, %[[S0:[^:]*]]: tensor<?xf32>, %[[C1:[^:]*]]: tensor<?x4xi8>, %[[S1:[^:]*]]: tensor<?xf32>)
func.func @select(%b: i1, %x: !e, %y: !e) -> !e {
  // CHECK: %[[C:.*]] = arith.select %[[B]], %[[C0]], %[[C1]] : tensor<?x4xi8>
  // CHECK: %[[S:.*]] = arith.select %[[B]], %[[S0]], %[[S1]] : tensor<?xf32>
  %0 = arith.select %b, %x, %y : !e
  // CHECK: return %[[C]], %[[S]]
  return %0 : !e
}

// Blocks that nothing reaches go away.

// CHECK-LABEL: func.func @unreachable(
// CHECK-NOT: ^
// CHECK: return
// CHECK-NEXT: }
func.func @unreachable(%x: !e) -> !e {
  return %x : !e
^loop(%a: !e):
  cf.br ^loop(%a : !e)
}

// Blocks of an operation that knows nothing of parts: the branch carries them.

// CHECK-LABEL: func.func @branch_in_region(
// CHECK: test.region
// CHECK: cf.br ^[[NEXT:.*]](%{{.*}}, %{{.*}} : tensor<?x4xi8>, tensor<?xf32>)
// CHECK: ^[[NEXT]](%{{.*}}: tensor<?x4xi8>, %{{.*}}: tensor<?xf32>):
func.func @branch_in_region(%x: !e) {
  "test.region"() ({
    cf.br ^next(%x : !e)
  ^next(%a: !e):
    "test.end"() : () -> ()
  }) : () -> ()
  return
}
