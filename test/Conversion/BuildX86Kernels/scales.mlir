// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

// Scales of one byte and nested ones, as floats: (C63), (C64).

#mx = #lowbit.encoding<#lowbit.float<f4E2M1FN>, scale = f8E8M0FNU per group<32> along 0, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>
#mx8 = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f8E8M0FNU per group<32> along 0, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>
#nv = #lowbit.encoding<#lowbit.float<f4E2M1FN>, scale = f8E4M3FN per group<16> along 0, nested_scale = f32 per tensor, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#dq = #lowbit.encoding<#lowbit.codebook<nf4>, scale = u8 per group<32> along 1, nested_scale = f16 per 256, layout = #lowbit.panels<columns = 16, step = 1, reduction = 1>>
#same = #lowbit.encoding<#lowbit.codebook<nf4>, scale = u8 per group<32> along 0, nested_scale = f32 per 256, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>

// Exponents: 2^-127 is the denormal number, the last code NaN.
// CHECK-LABEL: func.func private @exponents
// CHECK: %[[C:.*]] = arith.extui %{{.*}} : vector<8xi8> to vector<8xi32>
// CHECK: arith.shli %[[C]]
// CHECK: arith.constant dense<4194304> : vector<8xi32>
// CHECK: arith.maxui
// CHECK: arith.cmpi eq, %[[C]]
// CHECK: arith.constant dense<2143289344> : vector<8xi32>
// CHECK: %[[S:.*]] = vector.bitcast %{{.*}} : vector<8xi32> to vector<8xf32>
// CHECK: arith.mulf %[[S]], %{{.*}} : vector<8xf32>
func.func private @exponents(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<3x64x8xi8>, memref<3x2x16xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #mx, reduction = 64 : i64, columns = 40 : i64}}

// Codes of 8 bits are floats by arithmetic, too: 2^120 times their bits.
// CHECK-LABEL: func.func private @floats
// CHECK: arith.extsi %{{.*}} : vector<8xi8> to vector<8xi32>
// CHECK: arith.constant dense<1.329228E+36> : vector<8xf32>
// CHECK: vector.fma
func.func private @floats(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<3x64x16xi8>, memref<3x2x16xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #mx8, reduction = 64 : i64, columns = 40 : i64}}

// The first rows of many decode the scales of a panel for all of them.
// CHECK-LABEL: func.func private @nested
// CHECK-SAME: %[[N:[a-z0-9]+]]: memref<f32>
// CHECK: scf.parallel
// CHECK: scf.if
// CHECK: else
// CHECK: %[[SCALES:.*]] = memref.alloc() {{.*}} : memref<4x2x16xf32>
// CHECK: vpdpbusd
// CHECK: memref.load %[[N]][] : memref<f32>
// CHECK: arith.mulf
// CHECK: vector.store %{{.*}}, %[[SCALES]]
// CHECK: vpdpbusd
// CHECK: vector.load %[[SCALES]]
// CHECK: math.fma
// CHECK: memref.dealloc %[[SCALES]]
func.func private @nested(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<2x16x64xi8>, memref<2x4x32xi8>, memref<f32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = i8, encoding = #nv, reduction = 64 : i64, columns = 40 : i64}}

// Scales of one column are neighbours: columns have others. Those beyond the
// last column take its.
// CHECK-LABEL: func.func private @gathered
// CHECK: %[[LAST:.*]] = arith.constant dense<39> : vector<8xindex>
// CHECK: arith.minui %{{.*}}, %[[LAST]]
// CHECK: %[[P:.*]] = arith.divui
// CHECK: vector.gather %{{.*}}[%{{.*}}] [%[[P]]]
func.func private @gathered(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<3x64x8xi8>, memref<3x2x16xi8>, memref<1xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #dq, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @same
// CHECK-NOT: vector.gather
// CHECK: memref.load %{{.*}} : memref<1xf32>
func.func private @same(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<3x64x8xi8>, memref<3x2x16xi8>, memref<1xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #same, reduction = 64 : i64, columns = 40 : i64}}
