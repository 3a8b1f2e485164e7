// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

// (C52) Zero points of activations, and codes without a sign.

#w4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per group<32> along 0, zero_point = u4, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#w8 = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#w2 = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>

// Unsigned codes are the unsigned side of the products, read where they lie. What
// their zero points add is taken off by the sums of the weight's columns, which
// few rows find as a further row of ones; of many the first block does, and
// keeps them for the others.
// CHECK-LABEL: func.func private @vnni
// CHECK-SAME: %[[A:[a-z0-9]+]]: memref<?x64xi8{{[^:]*:[^:]*}}: memref<?xf32{{[^:]*:[^:]*}}, %[[AZ:[a-z0-9]+]]: memref<?xi8
// CHECK-NOT: memref<?x80xi8>
// CHECK: %[[Z:.*]] = memref.load %[[AZ]]
// CHECK: %[[ZI:.*]] = arith.extui %[[Z]] : i8 to i32
// CHECK: %[[CODES:.*]] = vector.maskedload %[[A]]
// CHECK-NOT: arith.xori
// CHECK: arith.extui %{{.*}} : vector<16xi8> to vector<16xi32>
// CHECK: arith.subi
// CHECK: scf.parallel
// CHECK: scf.if
// CHECK: vector.load %[[A]]
// CHECK: %[[X:.*]] = vector.bitcast %{{.*}} : vector<16xi32> to vector<64xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.*}}, %[[X]], %{{.*}})
// CHECK: arith.muli
// CHECK: else
// CHECK: %[[SUMS:.*]] = memref.alloc() {{.*}} : memref<2x2x16xi32>
// CHECK: %[[ONES:.*]] = arith.constant dense<1> : vector<64xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.*}}, %[[ONES]], %{{.*}})
// CHECK: vector.store %{{.*}}, %[[SUMS]]
// CHECK: %[[S:.*]] = vector.load %[[SUMS]]
// CHECK: arith.muli %{{.*}}, %[[S]]
// CHECK: arith.subi
// CHECK: memref.dealloc %[[SUMS]]
func.func private @vnni(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<?xi8, strided<[1], offset: ?>>, memref<2x16x64xi8>, memref<2x2x32xf32>, memref<2x2x32xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = ui8, activation_zero_points, scale_per_row, encoding = #w4, reduction = 64 : i64, columns = 40 : i64}}

// Weights are signed then: those of 8 bits as they are or flipped.
// CHECK-LABEL: func.func private @signed_weight
// CHECK-NOT: arith.xori
// CHECK-NOT: memref<?x1xi32>
// CHECK: vpdpbusd
// CHECK: return
func.func private @signed_weight(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<?xi8, strided<[1], offset: ?>>, memref<2x16x128xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = ui8, activation_zero_points, scale_per_row, encoding = #i8, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @unsigned_weight
// CHECK: arith.constant 128 : i32
// CHECK: arith.constant dense<-128> : vector<64xi8>
// CHECK: arith.xori
// CHECK: vpdpbusd
func.func private @unsigned_weight(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<?xi8, strided<[1], offset: ?>>, memref<2x16x128xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = ui8, activation_zero_points, scale_per_row, encoding = #w8, reduction = 64 : i64, columns = 40 : i64}}

// In words the zero point is taken off when they are widened.
// CHECK-LABEL: func.func private @avx2
// CHECK: arith.extsi %{{.*}} : i8 to i32
// CHECK: %[[LESS:.*]] = arith.subi %{{.*}} : vector<8xi32>
// CHECK: arith.trunci %[[LESS]] : vector<8xi32> to vector<8xi16>
// CHECK: scf.parallel
// CHECK-NOT: memref.alloc
// CHECK: llvm.x86.avx2.pmadd.wd
func.func private @avx2(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<i8, strided<[], offset: ?>>, memref<3x32x16xi8>, memref<3x1x16xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = i8, activation_zero_points, encoding = #w2, reduction = 64 : i64, columns = 40 : i64}}
