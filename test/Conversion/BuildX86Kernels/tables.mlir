// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

// (C199) Levels as unsigned bytes: 127 is added, and taken off again by the sums
// of activations. A shuffle looks up within every sixteen bytes.

#vnni = #lowbit.encoding<#lowbit.codebook<nf4_i8>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#avx512 = #lowbit.encoding<#lowbit.float<f4E2M1FN>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#avx2 = #lowbit.encoding<#lowbit.codebook<nf4_i8>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
#sse2 = #lowbit.encoding<#lowbit.codebook<binary>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 8, step = 2, reduction = 0>>

// CHECK-LABEL: func.func private @vnni
// CHECK: %[[BIAS:.*]] = arith.constant -127 : i32
// CHECK: arith.muli %{{.*}}, %[[BIAS]] : i32
// CHECK-NOT: arith.xori
// CHECK: %[[LEVELS:.*]] = arith.constant dense<[0, 39, 60, 77, 91, 104, 115, 127, -119, -109, -98, -86, -73, -58, -37, -2, 0, 39, {{.*}}]> : vector<64xi8>
// CHECK: %[[W:.*]] = llvm.call_intrinsic "llvm.x86.avx512.pshuf.b.512"(%[[LEVELS]], %{{.*}}) : (vector<64xi8>, vector<64xi8>) -> vector<64xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%{{.*}}, %[[W]], %{{.*}})
func.func private @vnni(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<2x16x64xi8>, memref<2x2x32xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = i8, scale_per_row, overwrite, encoding = #vnni, reduction = 64 : i64, columns = 40 : i64}}

// The levels of E2M1 are halves: scales are halved.
// CHECK-LABEL: func.func private @avx512
// CHECK: %[[LEVELS:.*]] = arith.constant dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0, 12, {{.*}}]> : vector<32xi8>
// CHECK: %[[W:.*]] = llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"(%[[LEVELS]], %{{.*}})
// CHECK: arith.extui %[[W]] : vector<32xi8> to vector<32xi16>
// CHECK: %[[HALF:.*]] = arith.constant dense<5.000000e-01> : vector<16xf32>
// CHECK: %[[S:.*]] = arith.mulf %{{.*}}, %[[HALF]]
// CHECK: math.fma %{{.*}}, %[[S]], %{{.*}}
func.func private @avx512(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<2x32x32xi8>, memref<2x2x32xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", activation = i8, encoding = #avx512, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @avx2
// CHECK: llvm.call_intrinsic "llvm.x86.ssse3.pshuf.b.128"(%{{.*}}) : (vector<16xi8>, vector<16xi8>) -> vector<16xi8>
func.func private @avx2(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<3x32x16xi8>, memref<3x2x16xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", activation = i8, encoding = #avx2, reduction = 64 : i64, columns = 40 : i64}}

// SSE2 has no shuffle of bytes, and chooses by each bit.
// CHECK-LABEL: func.func private @sse2
// CHECK: %[[ZERO:.*]] = arith.constant dense<0> : vector<8xi8>
// CHECK: %[[BIT:.*]] = arith.cmpi ne
// CHECK: arith.select %[[BIT]], %{{.*}}, %{{.*}} : vector<8xi1>, vector<8xi8>
// CHECK: llvm.call_intrinsic "llvm.x86.sse2.pmadd.wd"
func.func private @sse2(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<f32, strided<[], offset: ?>>, memref<5x32x2xi8>, memref<5x2x8xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "sse2", activation = i8, encoding = #sse2, reduction = 64 : i64, columns = 40 : i64}}
