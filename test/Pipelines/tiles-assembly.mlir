// What LLVM makes of kernels for AMX: two by two registers of sums stay in
// registers around the loop over the reduction, which reads four others; none is
// spilled, whatever of a group no whole step takes.
// DEFINE: %{compile} = quant-opt %s --lowbit-lower-to-x86="isa=amx" \
// DEFINE:   | %llvm_tools/mlir-translate --mlir-to-llvmir | %llvm_tools/opt -O3 \
// DEFINE:   | %llvm_tools/llc -O3 -mtriple=x86_64-linux-gnu \
// DEFINE:       -mattr=+avx512f,+avx512bw,+avx512vl,+avx512dq,+avx512vnni,+avx512bf16,+amx-tile,+amx-int8
// RUN: %{compile} | FileCheck %s --implicit-check-not=1024-byte
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
// CHECK: lowbit_matmul_i4_f32_g72_144x70_i8_per_row_amx..omp_par{{.*}}:
// CHECK: tdpbsud
// CHECK: lowbit_matmul_i4_f32_g100_250x70_i8_per_row_amx..omp_par{{.*}}:
// CHECK: tdpbsud
// CHECK: lowbit_matmul_i4_f32_g32_4304x64_i8_per_row_amx..omp_par{{.*}}:
// CHECK: tdpbsud

#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#axis = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#g72 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per group<72> along 0, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#g100 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per group<100> along 0, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#g32 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
func.func @main(%x0: tensor<16x2048xf32, #a8>, %w0: tensor<2048x64xf32, #axis>, %x1: tensor<16x144xf32, #a8>, %w1: tensor<144x70xf32, #g72>,
                %x2: tensor<16x250xf32, #a8>, %w2: tensor<250x70xf32, #g100>, %x3: tensor<16x4304xf32, #a8>, %w3: tensor<4304x64xf32, #g32>)
    -> (tensor<16x64xf32>, tensor<16x70xf32>, tensor<16x70xf32>, tensor<16x64xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16x64xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16x64xf32>) -> tensor<16x64xf32>
  %e70 = tensor.empty() : tensor<16x70xf32>
  %f70 = linalg.fill ins(%zero : f32) outs(%e70 : tensor<16x70xf32>) -> tensor<16x70xf32>
  %y0 = linalg.matmul ins(%x0, %w0 : tensor<16x2048xf32, #a8>, tensor<2048x64xf32, #axis>) outs(%f : tensor<16x64xf32>) -> tensor<16x64xf32>
  %y1 = linalg.matmul ins(%x1, %w1 : tensor<16x144xf32, #a8>, tensor<144x70xf32, #g72>) outs(%f70 : tensor<16x70xf32>) -> tensor<16x70xf32>
  %y2 = linalg.matmul ins(%x2, %w2 : tensor<16x250xf32, #a8>, tensor<250x70xf32, #g100>) outs(%f70 : tensor<16x70xf32>) -> tensor<16x70xf32>
  %y3 = linalg.matmul ins(%x3, %w3 : tensor<16x4304xf32, #a8>, tensor<4304x64xf32, #g32>) outs(%f : tensor<16x64xf32>) -> tensor<16x64xf32>
  return %y0, %y1, %y2, %y3 : tensor<16x64xf32>, tensor<16x70xf32>, tensor<16x70xf32>, tensor<16x64xf32>
}
