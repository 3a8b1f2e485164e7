// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

// Panels of pairs of reduction indices, whatever the processor.

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#zp = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 0, zero_point = u4, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#zp8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, zero_point = i8, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#w6 = #lowbit.encoding<#lowbit.affine<i6>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#f8 = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#avx2 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>

// Levels in a register: 0 is 0, 16256 one. Activations are read as they lie, and
// sums over a group multiplied by its scales. Few rows weave two tiles: bytes,
// each twice, are indices, in the order that interleaving gives; activations of
// each tile go to its half of the lanes. Sums are put in order in the end.
// CHECK-LABEL: func.func private @short_codes
// CHECK-SAME: %[[A:[^:]*]]: memref<?x128xi8
// CHECK: scf.if
// CHECK: %[[LEVELS:.*]] = arith.constant dense<[0, 16256, 16384, {{.*}}]> : vector<32xi16>
// CHECK-NOT: memref.alloc(%
// CHECK: scf.for
// CHECK: %[[TWO:.*]] = vector.load %{{.*}} : memref<2x1024xi8>, vector<64xi8>
// CHECK: vector.shuffle %[[TWO]], %[[TWO]] [0, 64, 1, 65, 2, 66, 3, 67, 4, 68, 5, 69, 6, 70, 7, 71, 16, 80,
// CHECK-NOT: arith.andi
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.hi.512"(%[[LEVELS]], %{{.*}})
// CHECK: vector.load %[[A]]{{.*}} : memref<{{.*}}>, vector<4xi8>
// CHECK: vector.load %[[A]]{{.*}} : memref<{{.*}}>, vector<4xi8>
// CHECK: arith.constant dense<[true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, true, false,
// CHECK: arith.select
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"({{.*}}) : (vector<16xf32>, vector<32xbf16>, vector<32xbf16>) -> vector<16xf32>
// CHECK: vector.shuffle %{{.*}} [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23] : vector<16xf32>
// CHECK: vector.shuffle %{{.*}} [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31] : vector<16xf32>
// CHECK: arith.addf
// CHECK: math.fma
// Many rows decode tile by tile.
// CHECK: %[[SCRATCH:.*]] = memref.alloc() {{.*}}xi16>
// CHECK: %[[ONE:.*]] = vector.load %{{.*}} : memref<2x32x32xi8>, vector<32xi8>
// CHECK: arith.extui %[[ONE]] : vector<32xi8> to vector<32xi16>
// CHECK: vector.store %{{.*}}, %[[SCRATCH]]
func.func private @short_codes(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x32xi8>, memref<2x2x32xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #w4, reduction = 64 : i64, columns = 40 : i64}}

// What zero points leave, modulo 32, is looked up: 15 is followed by -16.
// CHECK-LABEL: func.func private @zero_points
// CHECK: arith.constant dense<[0, 16256, {{.*}}, 16752, -16000, {{.*}}, -16512]> : vector<32xi16>
// CHECK: arith.subi %{{.*}} : vector<32xi16>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.hi.512"
func.func private @zero_points(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x32xi8>, memref<2x2x32xf16>, memref<2x2x32xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #zp, reduction = 64 : i64, columns = 40 : i64}}

// Longer codes are looked up byte by byte, in 256 bytes each. The highest bit of
// a code chooses between pairs of registers. Where sums do not put columns in
// order, codes are before.
// CHECK-LABEL: func.func private @bytes
// CHECK: scf.if
// CHECK: %[[CODES:.*]] = vector.load %{{.*}} : memref<2x2048xi8>, vector<64xi8>
// CHECK: arith.cmpi slt, %[[CODES]]
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"
// CHECK: arith.select
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"
// CHECK: vector.shuffle %{{.*}} [0, 64, 1, 65, 2, 66, 3, 67, 4, 68, 5, 69, 6, 70, 7, 71, 16, {{.*}}] : vector<64xi8>
// CHECK: vector.shuffle %{{.*}} [8, 72, 9, 73, {{.*}}] : vector<64xi8>
// CHECK: dpbf16ps
// CHECK: vector.shuffle %{{.*}} [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23] : vector<16xf32>
// CHECK: %[[SCRATCH:.*]] = memref.alloc() {{.*}}xi16>
// CHECK: vector.shuffle %{{.*}} [0, 1, 2, 3, 4, 5, 6, 7, 32, 33, 34, 35, 36, 37, 38, 39, 8, {{.*}}] : vector<64xi8>
// CHECK: vector.store %{{.*}}, %[[SCRATCH]]
func.func private @bytes(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x64xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #w8, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @floats
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"
func.func private @floats(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x64xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #f8, reduction = 64 : i64, columns = 40 : i64}}

// How far codes lie from zero points is looked up, and gets a sign.
// CHECK-LABEL: func.func private @distances
// CHECK: arith.xori
// CHECK: %[[BELOW:.*]] = arith.cmpi ult
// CHECK: arith.maxui
// CHECK: arith.minui
// CHECK: arith.subi
// CHECK: %[[SIGNED:.*]] = arith.ori
// CHECK: arith.select %[[BELOW]], %[[SIGNED]]
func.func private @distances(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x64xi8>, memref<2x1x32xf32>, memref<2x1x32xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #zp8, reduction = 64 : i64, columns = 40 : i64}}

// Of codes of six bits one register has all bytes.
// CHECK-LABEL: func.func private @six_bits
// CHECK-COUNT-2: llvm.call_intrinsic "llvm.x86.avx512.permvar.qi.512"
func.func private @six_bits(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x48xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #w6, reduction = 64 : i64, columns = 40 : i64}}

// (C217) Levels that bf16 does not hold: activations become f32.
// CHECK-LABEL: func.func private @other_levels
// CHECK: memref.alloc(%{{.*}}) {{.*}}: memref<?x80xf32>
// CHECK: arith.shli
// CHECK: vector.fma
// CHECK-NOT: dpbf16ps
func.func private @other_levels(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x64x16xi8>, memref<2x2x32xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #nf4, reduction = 64 : i64, columns = 40 : i64}}

// Without the instruction, too; a tile has two steps of f32.
// CHECK-LABEL: func.func private @avx2
// CHECK: memref.alloc(%{{.*}}) {{.*}}: memref<?x72xf32>
// CHECK: vector.shuffle %{{.*}} [0, 2, 4, 6, 8, 10, 12, 14] : vector<16xi8>
// CHECK: vector.shuffle %{{.*}} [1, 3, 5, 7, 9, 11, 13, 15] : vector<16xi8>
// CHECK: vector.fma
func.func private @avx2(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<3x32x16xi8>, memref<3x2x16xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = bf16, encoding = #avx2, reduction = 64 : i64, columns = 40 : i64}}
