// RUN: quant-opt %s --lowbit-decompose-attention --canonicalize --cse | FileCheck %s --implicit-check-not="= lowbit.attention"

// What masks, past keys, sequences, pages and encodings become.

#k8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>>

// CHECK-LABEL: @scores_c179
func.func @scores_c179(%q: tensor<2x4x5x8xbf16>, %k: tensor<2x4x7x8xbf16>, %a: tensor<4xf32>, %m: tensor<5x7xbf16>) -> tensor<2x4x5x8xbf16> {
  // CHECK: linalg.batch_matmul indexing_maps = {{.*}} ins(%{{.*}} : tensor<8x5x8xbf16>, tensor<8x7x8xbf16>) outs(%{{.*}} : tensor<8x5x7xf32>)
  // CHECK: %[[T:.*]] = math.tanh
  // CHECK-NEXT: %[[C:.*]] = arith.mulf %[[T]], %cst
  // CHECK: %[[D:.*]] = math.absf
  // CHECK-NEXT: %[[L:.*]] = arith.mulf %{{.*}}, %[[D]]
  // CHECK-NEXT: %[[B:.*]] = arith.subf %[[C]], %[[L]]
  // CHECK-NEXT: %[[X:.*]] = arith.extf
  // CHECK-NEXT: %[[S:.*]] = arith.addf %[[B]], %[[X]]
  // CHECK: arith.cmpi sle
  // CHECK: arith.cmpi sge
  // CHECK: arith.andi
  // CHECK-NEXT: arith.select %{{.*}}, %[[S]], %cst
  // CHECK: arith.divf
  // CHECK-NEXT: arith.truncf
  %y = lowbit.attention %q, %k, %k scale = 0.125 soft_cap = 30.0 causal window [4, -1]
    mask(%m : tensor<5x7xbf16>) alibi(%a : tensor<4xf32>)
    : tensor<2x4x5x8xbf16>, tensor<2x4x7x8xbf16>, tensor<2x4x7x8xbf16> -> tensor<2x4x5x8xbf16>
  return %y : tensor<2x4x5x8xbf16>
}

// CHECK-LABEL: @past_c170
// CHECK-SAME: (%[[Q:.*]]: tensor<2x4x1x8xf32>, %[[K:.*]]: tensor<2x4x1x8xf32, #{{.*}}>, %[[P:.*]]: tensor<2x4x?x8xf32, #{{.*}}>)
func.func @past_c170(%q: tensor<2x4x1x8xf32>, %k: tensor<2x4x1x8xf32, #k8>, %p: tensor<2x4x?x8xf32, #k8>) -> (tensor<2x4x1x8xf32>, tensor<2x4x?x8xf32>) {
  // CHECK-DAG: %[[KD:.*]] = lowbit.decode %[[K]]
  // CHECK-DAG: %[[PD:.*]] = lowbit.decode %[[P]]
  // CHECK: %[[J:.*]] = tensor.concat dim(2) %[[PD]], %[[KD]]
  // CHECK: return %{{.*}}, %[[J]]
  %y, %pk, %pv = lowbit.attention %q, %k, %k scale = 0.125 past(%p, %p : tensor<2x4x?x8xf32, #k8>, tensor<2x4x?x8xf32, #k8>)
    : tensor<2x4x1x8xf32>, tensor<2x4x1x8xf32, #k8>, tensor<2x4x1x8xf32, #k8> -> tensor<2x4x1x8xf32> present(tensor<2x4x?x8xf32>, tensor<2x4x?x8xf32>)
  return %y, %pk : tensor<2x4x1x8xf32>, tensor<2x4x?x8xf32>
}

// Beyond the length values may be anything.

// CHECK-LABEL: @lengths_c178
// CHECK-SAME: %[[V:[a-z0-9]*]]: tensor<2x4x7x6xf32>, %[[N:[a-z0-9]*]]: tensor<2xi32>
func.func @lengths_c178(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x6xf32>, %n: tensor<2xi32>) -> tensor<2x4x5x6xf32> {
  // CHECK: %[[L:.*]] = linalg.generic {{.*}} ins(%[[N]] : tensor<2xi32>)
  // CHECK: arith.maxsi %{{.*}}, %c0_i32
  // CHECK: arith.minsi %{{.*}}, %c1073741824_i32
  // CHECK: %[[C:.*]] = linalg.generic {{.*}} ins(%[[V]], %[[L]] : tensor<2x4x7x6xf32>, tensor<2xi32>)
  // CHECK: arith.cmpi slt
  // CHECK: arith.maximumf
  // CHECK: tensor.collapse_shape %[[C]]
  %y = lowbit.attention %q, %k, %v scale = 0.125 kv_lengths(%n : tensor<2xi32>)
    : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x6xf32> -> tensor<2x4x5x6xf32>
  return %y : tensor<2x4x5x6xf32>
}

// Pages are gathered; those beyond the length are not read.

// CHECK-LABEL: @pages_c177
// CHECK-SAME: %[[K:[a-z0-9]*]]: tensor<9x4x16x8xf32>, %[[T:[a-z0-9]*]]: tensor<2x3xi32>
func.func @pages_c177(%q: tensor<2x4x5x8xf32>, %k: tensor<9x4x16x8xf32>, %t: tensor<2x3xi32>, %n: tensor<2xi32>) -> tensor<2x4x5x8xf32> {
  // CHECK: outs(%{{.*}} : tensor<2x4x48x8xf32>)
  // CHECK: %[[THERE:.*]] = arith.cmpi slt
  // CHECK: %[[ENTRY:.*]] = tensor.extract %[[T]]
  // CHECK: %[[INDEX:.*]] = arith.index_cast %[[ENTRY]]
  // CHECK: %[[PAGE:.*]] = arith.select %[[THERE]], %[[INDEX]], %c0
  // CHECK: %[[X:.*]] = tensor.extract %[[K]][%[[PAGE]],
  // CHECK: arith.select %[[THERE]], %[[X]], %cst
  %y = lowbit.attention %q, %k, %k scale = 0.125 kv_lengths(%n : tensor<2xi32>) pages(%t : tensor<2x3xi32>)
    : tensor<2x4x5x8xf32>, tensor<9x4x16x8xf32>, tensor<9x4x16x8xf32> -> tensor<2x4x5x8xf32>
  return %y : tensor<2x4x5x8xf32>
}

// Queries see the keys of their own sequence.

// CHECK-LABEL: @sequences_c177
func.func @sequences_c177(%q: tensor<1x4x9x8xf32>, %k: tensor<1x4x11x8xf32>, %o: tensor<4xi32>, %n: tensor<4xi32>) -> tensor<1x4x9x8xf32> {
  // CHECK: %[[KEYS:.*]]:2 = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} {{.*}} outs(%{{.*}} : tensor<11xi64>, tensor<11xi64>)
  // CHECK: %[[QUERIES:.*]]:2 = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} {{.*}} outs(%{{.*}} : tensor<9xi64>, tensor<9xi64>)
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[QUERIES]]#0, %[[KEYS]]#0 : tensor<1x4x9x11xf32>, tensor<9xi64>, tensor<11xi64>)
  // CHECK: arith.cmpi eq
  %y = lowbit.attention %q, %k, %k scale = 0.125 query_offsets(%o : tensor<4xi32>) key_offsets(%n : tensor<4xi32>)
    : tensor<1x4x9x8xf32>, tensor<1x4x11x8xf32>, tensor<1x4x11x8xf32> -> tensor<1x4x9x8xf32>
  return %y : tensor<1x4x9x8xf32>
}
