// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s

// The forms of lowbit.attention (C160), (C170), (C176).

#k8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>>
#m8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

// CHECK-LABEL: @plain
func.func @plain(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x6xf32>) -> tensor<2x4x5x6xf32> {
  // CHECK: lowbit.attention %{{.*}}, %{{.*}}, %{{.*}} scale = 1.250000e-01 : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x6xf32> -> tensor<2x4x5x6xf32>
  %y = lowbit.attention %q, %k, %v scale = 0.125
    : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x6xf32> -> tensor<2x4x5x6xf32>
  return %y : tensor<2x4x5x6xf32>
}

// CHECK-LABEL: @joined_c162
func.func @joined_c162(%q: tensor<?x?x32xf32>, %k: tensor<?x?x16xf32, #m8>, %v: tensor<?x?x12xf32>, %m: tensor<?x1x1x?xf32, #m8>, %a: tensor<4xf32>) -> (tensor<?x?x24xf32>, tensor<?x4x?xf32>) {
  // CHECK: %{{.*}}, %lse = lowbit.attention %{{.*}}, %{{.*}}, %{{.*}} heads [4, 2] scale = 5.000000e-01 soft_cap = 3.000000e+01 causal window [64, -1] top_left mask(%{{.*}} : tensor<?x1x1x?xf32, #{{.*}}>) alibi(%{{.*}} : tensor<4xf32>) : {{.*}} -> tensor<?x?x24xf32> lse(tensor<?x4x?xf32>)
  %y, %lse = lowbit.attention %q, %k, %v heads [4, 2] scale = 0.5 soft_cap = 30.0 causal window [64, -1] top_left
    mask(%m : tensor<?x1x1x?xf32, #m8>) alibi(%a : tensor<4xf32>)
    : tensor<?x?x32xf32>, tensor<?x?x16xf32, #m8>, tensor<?x?x12xf32> -> tensor<?x?x24xf32> lse(tensor<?x4x?xf32>)
  return %y, %lse : tensor<?x?x24xf32>, tensor<?x4x?xf32>
}

// CHECK-LABEL: @past
func.func @past(%q: tensor<2x4x1x8xbf16>, %k: tensor<2x4x1x8xbf16>, %v: tensor<2x4x1x8xbf16>, %pk: tensor<2x4x?x8xbf16, #k8>, %pv: tensor<2x4x?x8xbf16, #k8>) -> (tensor<2x4x1x8xbf16>, tensor<2x4x?x8xbf16>, tensor<2x4x?x8xbf16>) {
  // CHECK: %{{.*}}, %present_key, %present_value = lowbit.attention {{.*}} past(%{{.*}}, %{{.*}} : tensor<2x4x?x8xbf16, #{{.*}}>, tensor<2x4x?x8xbf16, #{{.*}}>) : {{.*}} -> tensor<2x4x1x8xbf16> present(tensor<2x4x?x8xbf16>, tensor<2x4x?x8xbf16>)
  %y, %nk, %nv = lowbit.attention %q, %k, %v scale = 0.125 past(%pk, %pv : tensor<2x4x?x8xbf16, #k8>, tensor<2x4x?x8xbf16, #k8>)
    : tensor<2x4x1x8xbf16>, tensor<2x4x1x8xbf16>, tensor<2x4x1x8xbf16> -> tensor<2x4x1x8xbf16> present(tensor<2x4x?x8xbf16>, tensor<2x4x?x8xbf16>)
  return %y, %nk, %nv : tensor<2x4x1x8xbf16>, tensor<2x4x?x8xbf16>, tensor<2x4x?x8xbf16>
}

// CHECK-LABEL: @sequences
func.func @sequences(%q: tensor<1x4x9x8xf32>, %k: tensor<1x2x?x8xf32>, %v: tensor<1x2x?x8xf32>, %kp: tensor<?x2x16x8xf32>, %qo: tensor<4xi32>, %ko: tensor<4xi64>, %n: tensor<3xi64>, %t: tensor<3x?xi32>) -> (tensor<1x4x9x8xf32>, tensor<1x4x9x8xf32>) {
  // CHECK: lowbit.attention {{.*}} query_offsets(%{{.*}} : tensor<4xi32>) key_offsets(%{{.*}} : tensor<4xi64>) :
  %y = lowbit.attention %q, %k, %v scale = 0.125 query_offsets(%qo : tensor<4xi32>) key_offsets(%ko : tensor<4xi64>)
    : tensor<1x4x9x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32> -> tensor<1x4x9x8xf32>
  // CHECK: lowbit.attention {{.*}} kv_lengths(%{{.*}} : tensor<3xi64>) query_offsets(%{{.*}} : tensor<4xi32>) pages(%{{.*}} : tensor<3x?xi32>) :
  %z = lowbit.attention %q, %kp, %kp scale = 0.125 kv_lengths(%n : tensor<3xi64>) query_offsets(%qo : tensor<4xi32>) pages(%t : tensor<3x?xi32>)
    : tensor<1x4x9x8xf32>, tensor<?x2x16x8xf32>, tensor<?x2x16x8xf32> -> tensor<1x4x9x8xf32>
  return %y, %z : tensor<1x4x9x8xf32>, tensor<1x4x9x8xf32>
}
