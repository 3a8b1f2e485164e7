// What LLVM makes of kernels for AMX: two by two registers of sums stay in
// registers around the loop over the reduction, which reads four others.
// RUN: quant-opt %s --lowbit-lower-to-x86="isa=amx" \
// RUN:   | %llvm_tools/mlir-translate --mlir-to-llvmir | %llvm_tools/opt -O3 \
// RUN:   | %llvm_tools/llc -O3 -mtriple=x86_64-linux-gnu \
// RUN:       -mattr=+avx512f,+avx512bw,+avx512vl,+avx512dq,+avx512vnni,+avx512bf16,+amx-tile,+amx-int8 \
// RUN:   | FileCheck %s
// CHECK: lowbit_matmul_i4_f32_2048x64_i8_per_row_amx..omp_par{{.*}}:
// CHECK: ldtilecfg
// CHECK-COUNT-4: tilezero %tmm
// CHECK: .LBB[[LOOP:[0-9_]+]]:
// CHECK-COUNT-3: tileloadd
// CHECK-COUNT-2: tdpbsud
// CHECK: tileloadd
// CHECK-COUNT-2: tdpbsud
// CHECK-NOT: tile
// CHECK: j{{[a-z]+}} .LBB[[LOOP]]
// CHECK-COUNT-4: tilestored

#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
func.func @main(%x: tensor<?x2048xf32, #a8>, %w: tensor<2048x64xf32, #w4>) -> tensor<?x64xf32> {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %m = tensor.dim %x, %c0 : tensor<?x2048xf32, #a8>
  %e = tensor.empty(%m) : tensor<?x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x64xf32>) -> tensor<?x64xf32>
  %y = linalg.matmul ins(%x, %w : tensor<?x2048xf32, #a8>, tensor<2048x64xf32, #w4>) outs(%f : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
