// RUN: quant-opt %s --lowbit-verify-encoded | FileCheck %s
// RUN: quant-opt %s --canonicalize --cse --lowbit-verify-encoded | FileCheck %s

// Every place where an encoded tensor may stand, in one module that passes.

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!enc = tensor<8x8xf32, #e>

// (C32) Made by encode and assemble. (C33) Used by decode, disassemble, dim.
// CHECK-LABEL: @ops_c32_c33
func.func @ops_c32_c33(%x: tensor<8x8xf32>, %c: tensor<8x8xi8>, %s: tensor<8xf32>) -> (tensor<8x8xf32>, tensor<8xf32>, index) {
  %c0 = arith.constant 0 : index
  %0 = lowbit.encode %x : tensor<8x8xf32> to !enc
  %1 = lowbit.assemble %c, %s : tensor<8x8xi8>, tensor<8xf32> to !enc
  %2 = lowbit.decode %0 : !enc to tensor<8x8xf32>
  %3:2 = lowbit.disassemble %1 : !enc to tensor<8x8xi8>, tensor<8xf32>
  %4 = tensor.dim %0, %c0 : !enc
  return %2, %3#1, %4 : tensor<8x8xf32>, tensor<8xf32>, index
}

// Linalg inputs, named and generic, and gathers.
// CHECK-LABEL: @linalg_c33
func.func @linalg_c33(%a: !enc, %b: !enc, %ids: tensor<8xi64>, %o: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = linalg.matmul {lowbit.weight_encoding = #e} ins(%a, %b : !enc, !enc) outs(%o : tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%ids, %a : tensor<8xi64>, !enc) outs(%0 : tensor<8x8xf32>) {
  ^bb0(%id: i64, %p: f32, %r: f32):
    %i = arith.index_cast %id : i64 to index
    %j = linalg.index 1 : index
    %v = tensor.extract %b[%i, %j] : !enc
    %s = arith.addf %v, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x8xf32>
  return %1 : tensor<8x8xf32>
}

#keys = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>>
func.func @attention_c176(%q: tensor<1x2x3x8xf32, #keys>, %k: tensor<1x2x5x8xf32, #keys>) -> tensor<1x2x3x8xf32> {
  %0 = lowbit.attention %q, %k, %k scale = 0.5 : tensor<1x2x3x8xf32, #keys>, tensor<1x2x5x8xf32, #keys>, tensor<1x2x5x8xf32, #keys> -> tensor<1x2x3x8xf32>
  return %0 : tensor<1x2x3x8xf32>
}

// Function boundaries and calls.
// CHECK-LABEL: @callee
func.func private @callee(!enc) -> !enc
// An element read outside of linalg is one of the decoded tensor.
// CHECK-LABEL: @extract_c31
func.func @extract_c31(%e: !enc, %i: index) -> f32 {
  %0 = tensor.extract %e[%i, %i] : !enc
  return %0 : f32
}

// CHECK-LABEL: @calls
func.func @calls(%e: !enc) -> !enc {
  %0 = func.call @callee(%e) : (!enc) -> !enc
  return %0 : !enc
}

// Structured control flow.
// CHECK-LABEL: @structured
func.func @structured(%a: !enc, %b: !enc, %p: i1, %n: index) -> !enc {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %0 = scf.if %p -> !enc {
    scf.yield %a : !enc
  } else {
    scf.yield %b : !enc
  }
  %1 = scf.for %i = %c0 to %n step %c1 iter_args(%e = %0) -> !enc {
    %d = lowbit.decode %e : !enc to tensor<8x8xf32>
    %r = lowbit.encode %d : tensor<8x8xf32> to !enc
    scf.yield %r : !enc
  }
  %2 = scf.while (%e = %1) : (!enc) -> !enc {
    scf.condition(%p) %e : !enc
  } do {
  ^bb0(%e: !enc):
    scf.yield %e : !enc
  }
  %3 = scf.index_switch %n -> !enc
  case 0 {
    scf.yield %2 : !enc
  }
  default {
    scf.yield %a : !enc
  }
  // Canonicalization makes this of the scf.if above.
  %4 = arith.select %p, %3, %b : !enc
  return %4 : !enc
}

// Branches between blocks.
// CHECK-LABEL: @unstructured
func.func @unstructured(%a: !enc, %b: !enc, %p: i1) -> !enc {
  cf.cond_br %p, ^bb1(%a : !enc), ^bb2(%b : !enc)
^bb1(%0: !enc):
  cf.br ^bb3(%0 : !enc)
^bb2(%1: !enc):
  cf.br ^bb3(%1 : !enc)
^bb3(%2: !enc):
  return %2 : !enc
}
