// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

// Panels of pairs of reduction indices, whatever the processor.

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#zp = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 0, zero_point = u4, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#f8 = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#avx2 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>

// Levels in a register: 0 is 0, 15840 one. Activations are read as they lie,
// and sums over a group multiplied by its scales.
// CHECK-LABEL: func.func private @short_codes
// CHECK-SAME: %[[A:[^:]*]]: memref<?x128xi8
// CHECK: %[[LEVELS:.*]] = arith.constant dense<[0, 16256, 16384, {{.*}}]> : vector<32xi16>
// CHECK-NOT: memref.alloc(%
// CHECK: %[[INDEX:.*]] = arith.extui %{{.*}} : vector<32xi8> to vector<32xi16>
// CHECK-NOT: arith.andi
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.hi.512"(%[[LEVELS]], %[[INDEX]])
// CHECK: vector.load %[[A]]{{.*}} : memref<{{.*}}>, vector<4xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"({{.*}}) : (vector<16xf32>, vector<32xbf16>, vector<32xbf16>) -> vector<16xf32>
// CHECK: math.fma
func.func private @short_codes(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x32xi8>, memref<2x2x32xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #w4, reduction = 64 : i64, columns = 40 : i64}}

// What zero points leave, modulo 32, is looked up: 15 is followed by -16.
// CHECK-LABEL: func.func private @zero_points
// CHECK: arith.constant dense<[0, 16256, {{.*}}, 16752, -16000, {{.*}}, -16512]> : vector<32xi16>
// CHECK: arith.subi %{{.*}} : vector<32xi16>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.hi.512"
func.func private @zero_points(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x32xi8>, memref<2x2x32xf16>, memref<2x2x32xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #zp, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @bytes
// CHECK: arith.sitofp %{{.*}} : vector<16xi32> to vector<16xf32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.cvtne2ps2bf16.512"
func.func private @bytes(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x64xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #w8, reduction = 64 : i64, columns = 40 : i64}}

// 256 levels in eight registers.
// CHECK-LABEL: func.func private @floats
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.hi.512"
// CHECK-COUNT-3: arith.select
func.func private @floats(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x64xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #f8, reduction = 64 : i64, columns = 40 : i64}}

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
