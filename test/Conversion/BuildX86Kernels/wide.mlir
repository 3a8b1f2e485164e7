// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

// (C11) Numbers of 16 and 32 bits as they are.

#f32 = #lowbit.encoding<#lowbit.float<f32>, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#scaled = #lowbit.encoding<#lowbit.float<f32>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#f16 = #lowbit.encoding<#lowbit.float<f16>, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#bf16 = #lowbit.encoding<#lowbit.float<bf16>, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#pairs = #lowbit.encoding<#lowbit.float<bf16>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#avx2 = #lowbit.encoding<#lowbit.float<bf16>, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>

// Read where they lie, by many rows too, and multiplied by nothing.
// CHECK-LABEL: func.func private @f32
// CHECK-SAME: %[[W:[^:]*]]: memref<2x64x128xi8>
// CHECK-NOT: memref.alloc
// CHECK-NOT: arith.mulf
// CHECK: %[[BYTES:.*]] = vector.load %[[W]]{{.*}} : memref<2x64x128xi8>, vector<64xi8>
// CHECK: %[[NUMBERS:.*]] = vector.bitcast %[[BYTES]] : vector<64xi8> to vector<16xf32>
// CHECK: vector.fma %{{.*}}, %[[NUMBERS]],
// CHECK-NOT: memref.alloc
// CHECK-NOT: arith.mulf
// CHECK: return
func.func private @f32(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<2x64x128xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", encoding = #f32, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @scaled
// CHECK: arith.mulf
// CHECK: memref.alloc
func.func private @scaled(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<2x64x128xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", encoding = #scaled, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @f16
// CHECK: vector.bitcast %{{.*}} : vector<32xi8> to vector<16xf16>
// CHECK: arith.extf %{{.*}} : vector<16xf16> to vector<16xf32>
func.func private @f16(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<2x64x64xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", encoding = #f16, reduction = 64 : i64, columns = 40 : i64}}

// The upper halves of f32 numbers.
// CHECK-LABEL: func.func private @bf16
// CHECK: vector.bitcast %{{.*}} : vector<32xi8> to vector<16xi16>
// CHECK: arith.extui
// CHECK: arith.shli
// CHECK: vector.bitcast %{{.*}} : vector<16xi32> to vector<16xf32>
func.func private @bf16(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<2x64x64xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", encoding = #bf16, reduction = 64 : i64, columns = 40 : i64}}

// (C217) Both sides are bf16 numbers: multiplied as they lie, and not scaled.
// CHECK-LABEL: func.func private @pairs
// CHECK-NOT: memref.alloc
// CHECK: %[[BYTES:.*]] = vector.load {{.*}} : memref<2x32x128xi8>, vector<64xi8>
// CHECK: %[[WORDS:.*]] = vector.bitcast %[[BYTES]] : vector<64xi8> to vector<32xi16>
// CHECK: %[[PAIRS:.*]] = vector.bitcast %[[WORDS]] : vector<32xi16> to vector<32xbf16>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512bf16.dpbf16ps.512"(%{{.*}}, %{{.*}}, %[[PAIRS]])
// CHECK-NOT: memref.alloc
// CHECK-NOT: math.fma
// CHECK: return
func.func private @pairs(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<2x32x128xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", activation = bf16, encoding = #pairs, reduction = 64 : i64, columns = 40 : i64}}

// Of pairs without the instruction the first is the lower half of 32 bits.
// CHECK-LABEL: func.func private @avx2
// CHECK: vector.bitcast %{{.*}} : vector<32xi8> to vector<8xi32>
// CHECK: arith.shli
// CHECK: arith.andi %{{.*}} : vector<8xi32>
// CHECK: vector.fma
func.func private @avx2(memref<?x128xi8, strided<[?, 1], offset: ?>>, memref<3x32x64xi8>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = bf16, encoding = #avx2, reduction = 64 : i64, columns = 40 : i64}}
