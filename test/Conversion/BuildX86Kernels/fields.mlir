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
