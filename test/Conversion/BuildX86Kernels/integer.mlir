// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

// What is decided by the instruction set: the dot product, the width of its
// operands, and how activations are made ready for it.

#w4 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#w2 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#avxvnni = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 16, step = 4, reduction = 0>>
#avx2 = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
#sse2 = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 8, step = 2, reduction = 0>>

// Bytes by bytes, from where they are: 64 is a multiple of 4. Signed weights
// need the sums of activations.
// CHECK-LABEL: func.func private @vnni
// CHECK-SAME: %[[A:[^:]*]]: memref<?x64xi8
// CHECK-NOT: lowbit.kernel_spec
// CHECK: %[[SUMS:.*]] = memref.alloc(%{{.*}}) {{.*}}: memref<?x1xi32>
// CHECK: vector.maskedload %[[A]]
// CHECK: vector.reduction <add>
// CHECK: memref.store %{{.*}}, %[[SUMS]]
// CHECK: scf.parallel
// CHECK: arith.xori %{{.*}} : vector<64xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// CHECK: arith.sitofp %{{.*}} : vector<16xi32> to vector<16xf32>
// CHECK: math.fma
// CHECK: vector.maskedstore
// CHECK: memref.dealloc %[[SUMS]]
func.func private @vnni(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<2x16x128xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = i8, scale_per_row, overwrite, encoding = #w4, reduction = 64 : i64, columns = 40 : i64}}

// Words by words, of activations that are widened once.
// CHECK-LABEL: func.func private @avx512
// CHECK: %[[CODES:.*]] = memref.alloc(%{{.*}}) {{.*}}: memref<?x80xi16>
// CHECK: arith.extsi %{{.*}} : vector<16xi8> to vector<16xi16>
// CHECK: vector.store %{{.*}}, %[[CODES]]
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.pmaddw.d.512"({{.*}}) : (vector<32xi16>, vector<32xi16>) -> vector<16xi32>
// CHECK-NOT: vpdpbusd
func.func private @avx512(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<2x32x64xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", activation = i8, encoding = #w2, reduction = 64 : i64, columns = 40 : i64}}

// Unsigned weights need no sums.
// CHECK-LABEL: func.func private @avx2
// CHECK-NOT: vector.reduction
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"({{.*}}) : (vector<16xi16>, vector<16xi16>) -> vector<8xi32>
func.func private @avx2(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<3x32x16xi8>, memref<3x1x16xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = i8, encoding = #avx2, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @avxvnni
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"({{.*}}) : (vector<8xi32>, vector<32xi8>, vector<32xi8>) -> vector<8xi32>
func.func private @avxvnni(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<3x16x32xi8>, memref<3x1x16xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avxvnni", activation = i8, encoding = #avxvnni, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @sse2
// CHECK: llvm.call_intrinsic "llvm.x86.sse2.pmadd.wd"({{.*}}) : (vector<8xi16>, vector<8xi16>) -> vector<4xi32>
func.func private @sse2(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<5x32x8xi8>, memref<5x1x8xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "sse2", activation = i8, encoding = #sse2, reduction = 64 : i64, columns = 40 : i64}}
