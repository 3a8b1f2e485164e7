// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

#nf512 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#nf2 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>
#nf = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 8, step = 1, reduction = 0>>

// All sixteen levels in one register, which takes four bits of an index.
// CHECK-LABEL: func.func private @avx512
// CHECK: %[[LEVELS:.*]] = arith.constant dense<[-1.000000e+00, -0.6961928, {{.*}}, 1.000000e+00]> : vector<16xf32>
// CHECK: %[[BYTES:.*]] = arith.extui %{{.*}} : vector<16xi8> to vector<16xi32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"(%[[LEVELS]], %[[BYTES]])
// CHECK: %[[UPPER:.*]] = arith.shrui %[[BYTES]], %{{.*}} : vector<16xi32>
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"(%[[LEVELS]], %[[UPPER]])
// CHECK: arith.mulf
// CHECK: vector.fma
func.func private @avx512(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<2x64x16xi8>, memref<2x2x32xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", encoding = #nf512, reduction = 64 : i64, columns = 40 : i64}}

// Two registers of eight, and a choice.
// CHECK-LABEL: func.func private @avx2
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.permps"
// CHECK: llvm.call_intrinsic "llvm.x86.avx2.permps"
// CHECK: arith.cmpi uge
// CHECK: arith.select
func.func private @avx2(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<3x64x8xi8>, memref<3x2x16xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #nf2, reduction = 64 : i64, columns = 40 : i64}}

// CHECK-LABEL: func.func private @sse2
// CHECK-NOT: llvm.call_intrinsic
// CHECK: arith.cmpi eq
func.func private @sse2(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<5x64x4xi8>, memref<5x2x8xf16>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "sse2", encoding = #nf, reduction = 64 : i64, columns = 40 : i64}}

#mulaw512 = #lowbit.encoding<#lowbit.mulaw<8, 255>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#mulaw = #lowbit.encoding<#lowbit.mulaw<8, 255>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>

// More levels than registers look up lie in memory.
// CHECK-LABEL: func.func private @many_levels
// CHECK: %[[LEVELS:.*]] = memref.alloc() {{.*}}: memref<256xf32>
// CHECK-COUNT-32: vector.store %{{.*}}, %[[LEVELS]]
// CHECK: scf.parallel
// CHECK: vector.gather %[[LEVELS]]
// CHECK: memref.dealloc %[[LEVELS]]
func.func private @many_levels(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<3x64x16xi8>, memref<3x1x16xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", encoding = #mulaw, reduction = 64 : i64, columns = 40 : i64}}

// Where there are look-ups of bytes, each of the four of a level is one of 256,
// for two tiles at a time.
// CHECK-LABEL: func.func private @many_bytes
// CHECK-NOT: memref<256xf32>
// CHECK: vector.load %{{.*}} : memref<2x2048xi8>, vector<64xi8>
// CHECK: vector.shuffle %{{.*}} [0, 1, 2, 3, 16, 17, 18, 19, 32, 33, 34, 35, 48, {{.*}}] : vector<64xi8>
// CHECK-COUNT-8: llvm.call_intrinsic "llvm.x86.avx512.vpermi2var.qi.512"
// CHECK: vector.shuffle %{{.*}} [0, 64, 1, 65, {{.*}}] : vector<64xi8>
// CHECK: vector.shuffle %{{.*}} [0, 1, 64, 65, 2, 3, 66, 67, {{.*}}] : vector<64xi8>
// CHECK-COUNT-4: arith.mulf
// CHECK: vector.fma
func.func private @many_bytes(memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<2x64x32xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512bf16", encoding = #mulaw512, reduction = 64 : i64, columns = 40 : i64}}

// Whatever is no kernel, or has a body, is left alone.
// CHECK-LABEL: func.func private @other(f32){{$}}
func.func private @other(f32)
// CHECK-LABEL: func.func @body
// CHECK-NEXT: return
func.func @body() {
  return
}
