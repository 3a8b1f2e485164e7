// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

// (C200) Codes of seven bits: four, two and one. The sign bit, which is flipped,
// is in the last field.

#i7 = #lowbit.encoding<#lowbit.affine<i7>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>

// CHECK-LABEL: func.func private @seven_bits
// CHECK: vector.load %{{.*}}[%{{.*}}, %{{.*}}, %c0{{[_0-9]*}}] : memref<2x16x112xi8>, vector<64xi8>
// CHECK-NOT: arith.xori
// CHECK: vector.load %{{.*}}[%{{.*}}, %{{.*}}, %c64{{[_0-9]*}}] : memref<2x16x112xi8>, vector<32xi8>
// CHECK: arith.constant dense<4> : vector<32xi16>
// CHECK: arith.shli
// CHECK: arith.ori %{{.*}} : vector<64xi8>
// CHECK: vector.load %{{.*}}[%{{.*}}, %{{.*}}, %c96{{[_0-9]*}}] : memref<2x16x112xi8>, vector<16xi8>
// CHECK: arith.xori %{{.*}} : vector<64xi8>
// CHECK: arith.constant dense<6> : vector<32xi16>
// CHECK: arith.shli
// CHECK: arith.ori %{{.*}} : vector<64xi8>
// CHECK: vpdpbusd
func.func private @seven_bits(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<2x16x112xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = i8, scale_per_row, overwrite, encoding = #i7, reduction = 64 : i64, columns = 40 : i64}}

// A single row leaves codes of two bits where they lie in their bytes, and shifts
// sums to the right instead; several shift codes.

#i2 = #lowbit.encoding<#lowbit.affine<i2>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>

// CHECK-LABEL: func.func private @in_place
// CHECK: scf.for
// CHECK: arith.shrui
// CHECK: vpdpbusd
// CHECK-NOT: arith.shrsi
// CHECK: %[[TILE:.*]] = vector.load %{{.*}} : memref<2x512xi8>, vector<32xi8>
// CHECK: %[[TWICE:.*]] = vector.shuffle %[[TILE]], %[[TILE]]
// CHECK: %[[MASK:.*]] = arith.constant dense<[3, 3, {{.*}}, 12, 12]> : vector<64xi8>
// CHECK: %[[CODES:.*]] = arith.andi %[[TWICE]], %[[MASK]]
// CHECK: %[[FLIP:.*]] = arith.constant dense<[2, 2, {{.*}}, 8, 8]> : vector<64xi8>
// CHECK: arith.xori %[[CODES]], %[[FLIP]]
// CHECK: arith.constant dense<[48, 48, {{.*}}, -64, -64]> : vector<64xi8>
// CHECK-NOT: arith.shrui
// CHECK: vpdpbusd
// CHECK: arith.constant dense<[0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2]> : vector<16xi32>
// CHECK: arith.shrsi
// CHECK: arith.constant dense<[4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 6, 6]> : vector<16xi32>
// CHECK: arith.shrsi
// CHECK: return
func.func private @in_place(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<2x16x32xi8>, memref<2x2x32xf16>, memref<?x64xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = i8, scale_per_row, overwrite, encoding = #i2, reduction = 64 : i64, columns = 64 : i64}}

// Where weights are the signed side there is no room for the highest code.
// CHECK-LABEL: func.func private @signed_side
// CHECK-NOT: arith.shrsi
// CHECK: return
func.func private @signed_side(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<2x16x32xi8>, memref<2x2x32xf16>, memref<?x64xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = ui8, scale_per_row, overwrite, encoding = #i2, reduction = 64 : i64, columns = 64 : i64}}
