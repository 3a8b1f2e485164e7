// RUN: quant-opt %s --convert-lowbit-to-x86="isa=avx512vnni" | FileCheck %s

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#w8t = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 1>>
#w4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 0, zero_point = u4, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#row = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#all = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#u8row = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, zero_point = u8>
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// Adds to what is there.
// CHECK-LABEL: func.func @plain
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>, %[[W:.*]]: tensor<?x?xf32>, %[[O:.*]]: tensor<?x?xf32>)
// CHECK: %[[Y:.*]] = lowbit.call_kernel @lowbit_matmul_f32_accumulate_avx512vnni ins(%[[X]], %[[W]] : {{.*}}) outs(%[[O]] :
// CHECK: return %[[Y]]
func.func @plain(%x: tensor<?x?xf32>, %w: tensor<?x?xf32>, %o: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x?xf32>, tensor<?x?xf32>) outs(%o : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// CHECK-LABEL: func.func @batch
// CHECK: lowbit.call_kernel @lowbit_batch_matmul_f32_accumulate_avx512vnni
func.func @batch(%x: tensor<2x?x3xf32>, %w: tensor<2x3x?xf32>, %o: tensor<2x?x?xf32>) -> tensor<2x?x?xf32> {
  %y = linalg.batch_matmul ins(%x, %w : tensor<2x?x3xf32>, tensor<2x3x?xf32>) outs(%o : tensor<2x?x?xf32>) -> tensor<2x?x?xf32>
  return %y : tensor<2x?x?xf32>
}

// A fill with +0 is not read; one with -0 is, because 0 + -0 is not -0.
// CHECK-LABEL: func.func @overwrite
// CHECK: linalg.fill
// CHECK: %[[E:.*]] = tensor.empty() : tensor<4x6xf32>
// CHECK: lowbit.call_kernel @lowbit_matmul_f32_transposed_avx512vnni {{.*}} outs(%[[E]] :
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: lowbit.call_kernel @lowbit_matmul_f32_transposed_accumulate_avx512vnni {{.*}} outs(%[[F]] :
func.func @overwrite(%x: tensor<4x5xf32>, %w: tensor<6x5xf32>) -> (tensor<4x6xf32>, tensor<4x6xf32>) {
  %zero = arith.constant 0.0 : f32
  %minus = arith.constant -0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %y = linalg.matmul indexing_maps = [#lhs, #rhs, #out] ins(%x, %w : tensor<4x5xf32>, tensor<6x5xf32>) outs(%f : tensor<4x6xf32>) -> tensor<4x6xf32>
  %g = linalg.fill ins(%minus : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  %z = linalg.matmul indexing_maps = [#lhs, #rhs, #out] ins(%x, %w : tensor<4x5xf32>, tensor<6x5xf32>) outs(%g : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %y, %z : tensor<4x6xf32>, tensor<4x6xf32>
}

// The parts of both operands, activation first. Attributes stay.
// CHECK-LABEL: func.func @integer
// CHECK: %[[AC:.*]], %[[AS:.*]] = lowbit.disassemble %{{.*}} : tensor<?x64xf32
// CHECK: %[[WC:.*]], %[[WS:.*]] = lowbit.disassemble %{{.*}} : tensor<64x40xf32
// CHECK: lowbit.call_kernel @lowbit_matmul_i8_f32_64x40_i8_per_row_accumulate_avx512vnni ins(%[[AC]], %[[AS]], %[[WC]], %[[WS]] : {{.*}}) {lowbit.layer = "a"}
// A second layer of the same shape calls the same function.
// CHECK: lowbit.call_kernel @lowbit_matmul_i8_f32_64x40_i8_per_row_accumulate_avx512vnni {{.*}} {lowbit.layer = "b"}
func.func @integer(%a: tensor<?x64xf32, #row>, %w: tensor<64x40xf32, #w8>, %v: tensor<64x40xf32, #w8>, %o: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %y = linalg.matmul {lowbit.layer = "a"} ins(%a, %w : tensor<?x64xf32, #row>, tensor<64x40xf32, #w8>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  %z = linalg.matmul {lowbit.layer = "b"} ins(%a, %v : tensor<?x64xf32, #row>, tensor<64x40xf32, #w8>) outs(%y : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %z : tensor<?x40xf32>
}

// CHECK-LABEL: func.func @per_tensor
// CHECK: lowbit.call_kernel @lowbit_matmul_i8_f32_64x40_transposed_i8_per_tensor_accumulate_avx512vnni
func.func @per_tensor(%a: tensor<?x64xf32, #all>, %w: tensor<40x64xf32, #w8t>, %o: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %y = linalg.matmul indexing_maps = [#lhs, #rhs, #out] ins(%a, %w : tensor<?x64xf32, #all>, tensor<40x64xf32, #w8t>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}

// Zero points of activations are a part too.
// CHECK-LABEL: func.func @zero_points
// CHECK: %[[AC:.*]], %[[AS:.*]], %[[AZ:.*]] = lowbit.disassemble %{{.*}} : tensor<?x64xf32
// CHECK: lowbit.call_kernel @lowbit_matmul_i8_f32_64x40_u8_zp_per_row_accumulate_avx512vnni ins(%[[AC]], %[[AS]], %[[AZ]], %{{.*}}, %{{.*}} :
func.func @zero_points(%a: tensor<?x64xf32, #u8row>, %w: tensor<64x40xf32, #w8>, %o: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %y = linalg.matmul ins(%a, %w : tensor<?x64xf32, #u8row>, tensor<64x40xf32, #w8>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}

// CHECK-LABEL: func.func @weight_only
// CHECK: %[[C:.*]], %[[S:.*]], %[[Z:.*]] = lowbit.disassemble
// CHECK: lowbit.call_kernel @lowbit_matmul_u4_f16_g32_zp_64x40_accumulate_avx512vnni ins(%{{.*}}, %[[C]], %[[S]], %[[Z]] :
func.func @weight_only(%x: tensor<?x64xf32>, %w: tensor<64x40xf32, #w4>, %o: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x64xf32>, tensor<64x40xf32, #w4>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}

// One declaration for each, with the spec of its body.
// CHECK: func.func private @lowbit_matmul_f32_accumulate_avx512vnni(memref<?x?xf32, strided<[?, 1], offset: ?>>, {{.*}}) attributes {lowbit.kernel_spec = {isa = "avx512vnni", kind = "x86.matmul"
// CHECK: func.func private @lowbit_batch_matmul_f32_accumulate_avx512vnni(
// CHECK: func.func private @lowbit_matmul_f32_transposed_avx512vnni({{.*}} overwrite, {{.*}}transposed
// CHECK: func.func private @lowbit_matmul_f32_transposed_accumulate_avx512vnni(
// CHECK: func.func private @lowbit_matmul_i8_f32_64x40_i8_per_row_accumulate_avx512vnni(memref<?x64xi8, {{.*}}>, memref<?xf32, {{.*}}>, memref<2x16x128xi8>, memref<2x1x32xf32>, memref<?x40xf32, {{.*}}>) attributes {lowbit.kernel_spec = {activation = i8, columns = 40 : i64, encoding = {{.*}}
// CHECK-NOT: @lowbit_matmul_i8_f32_64x40_i8_per_row_accumulate_avx512vnni(
// CHECK: func.func private @lowbit_matmul_i8_f32_64x40_transposed_i8_per_tensor_accumulate_avx512vnni(memref<?x64xi8, {{.*}}>, memref<f32, {{.*}}>
// CHECK: func.func private @lowbit_matmul_i8_f32_64x40_u8_zp_per_row_accumulate_avx512vnni(memref<?x64xi8, {{.*}}>, memref<?xf32, {{.*}}>, memref<?xi8, {{.*}}>, memref<2x16x128xi8>, memref<2x1x32xf32>, memref<?x40xf32, {{.*}}>) attributes {lowbit.kernel_spec = {activation = ui8, activation_zero_points, columns = 40 : i64
// CHECK: func.func private @lowbit_matmul_u4_f16_g32_zp_64x40_accumulate_avx512vnni(memref<?x64xf32, {{.*}}>, memref<2x64x16xi8>, memref<2x2x32xf16>, memref<2x2x32xi8>
