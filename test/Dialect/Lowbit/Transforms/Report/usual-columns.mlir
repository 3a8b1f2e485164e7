// What nothing is known of has no column in the table of all layers: kernels that
// no pass has planned, unless a layer stayed float. Where nothing is encoded there
// is no ratio either.

// RUN: quant-opt %s --lowbit-materialize-weights -o %t.mlir
// RUN: quant-opt %t.mlir -o /dev/null --lowbit-report 2>&1 | FileCheck %s --implicit-check-not=planned
// CHECK: layer shape encoding {{ *}}bits before after SQNR dB{{$}}
// CHECK-NEXT: fc 4x2 i8 f32/axis<1>
// CHECK: encoded: 16 of 32 bytes
// RUN: quant-opt %t.mlir -o /dev/null --lowbit-report=columns=layer,kernel 2>&1 | FileCheck %s --check-prefix=ASKED
// ASKED: layer kernel
// ASKED: fc not planned
// ASKED: not planned: lowbit-plan-x86-kernels in front of lowbit-report says which kernel
// RUN: quant-opt %t.mlir -o /dev/null --lowbit-plan-x86-kernels=isa=avx2 --lowbit-report 2>&1 | FileCheck %s --check-prefix=PLANNED
// PLANNED: SQNR dB kernel
// PLANNED: {{^}}[1] avx2 i8

// RUN: sed 's/lowbit.layer = "fc"/lowbit.layer = "fc", lowbit.float = "because"/; s/%%e = .*/%%e = arith.addf %%w, %%w : tensor<4x2xf32>/; s/, #i8>/>/' %s > %t.float.mlir
// RUN: quant-opt %t.float.mlir -o /dev/null --lowbit-report 2>&1 | FileCheck %s --check-prefix=FLOAT
// FLOAT: kernel{{$}}
// FLOAT: fc {{.*}}float: because
// FLOAT: encoded: nothing{{$}}
// FLOAT-NEXT: all weights:

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>

func.func @main(%x: tensor<1x4xf32>, %o: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<[[127.0, 127.0], [2.0, 3.0], [-1.0, 1.0], [4.0, 5.0]]> : tensor<4x2xf32>
  %e = lowbit.encode %w : tensor<4x2xf32> to tensor<4x2xf32, #i8>
  %y = linalg.matmul {lowbit.layer = "fc"} ins(%x, %e : tensor<1x4xf32>, tensor<4x2xf32, #i8>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
