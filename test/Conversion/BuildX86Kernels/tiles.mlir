// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per group<72> along 0, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>

// Fewer rows than a register has are for vectors. For more the panel's integers
// are written once, two by two registers of sums go over a group in equal steps,
// of nine tiles here, and vectors add what sums start from and scale them.
// CHECK-LABEL: func.func private @amx(
// CHECK-SAME: %[[A:.*]]: memref<?x144xi8,
// CHECK: %[[FILLS:.*]] = arith.cmpi uge, %{{.*}}, %c16
// CHECK: scf.if %[[FILLS]] {
// CHECK: %[[W:.*]] = memref.alloc() {alignment = 64 : i64} : memref<36x2x64xi8>
// CHECK: %[[SUMS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<32x2x16xi32>
// CHECK: %[[REALS:.*]] = memref.alloc() {alignment = 64 : i64} : memref<32x2x16xf32>
// CHECK-COUNT-2: vector.store %{{.*}}, %[[W]]
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c32{{.*}}
// CHECK: scf.for
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tilezero.internal"(%c16_i16{{.*}}, %c64_i16{{.*}})
// CHECK: scf.for {{.*}} to %c18{{[_0-9]*}} step %c9{{[_0-9]*}} iter_args({{.*}}) -> (!llvm.x86_amx, !llvm.x86_amx, !llvm.x86_amx, !llvm.x86_amx)
// CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%c9_i16{{.*}}, %c64_i16{{.*}},
// CHECK: llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%c16_i16{{.*}}, %c36_i16{{.*}},
// CHECK: llvm.call_intrinsic "llvm.x86.tdpbsud.internal"(%c16_i16{{.*}}, %c64_i16{{.*}}, %c36_i16{{.*}},
// CHECK-COUNT-3: "llvm.x86.tdpbsud.internal"
// CHECK: scf.yield
// CHECK-COUNT-4: llvm.call_intrinsic "llvm.x86.tilestored64.internal"
// CHECK: scf.for
// CHECK: vector.load %[[SUMS]]
// CHECK: arith.addi
// CHECK: arith.sitofp
// CHECK: math.fma
// CHECK: vector.store %{{.*}}, %[[REALS]]
// Then sixteen rows at once, and vectors for fewer.
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c16{{.*}}
// CHECK: "llvm.x86.tdpbsud.internal"
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %c8{{.*}}
// CHECK: "llvm.x86.avx512.vpdpbusd.512"
func.func private @amx(memref<?x144xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<2x36x64xi8>, memref<2x2x32xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "amx", activation = i8, scale_per_row, overwrite, encoding = #w4, reduction = 144 : i64, columns = 64 : i64}}

#f8 = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>

// Products of reals are for vectors.
// CHECK-LABEL: func.func private @reals(
// CHECK: "llvm.x86.avx512bf16.dpbf16ps.512"
// CHECK-NOT: llvm.x86.t
func.func private @reals(memref<?x288xi8, strided<[?, 1], offset: ?>>, memref<2x72x64xi8>, memref<2x1x32xf32>, memref<?x40xf32, strided<[?, 1], offset: ?>>)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "amx", activation = bf16, overwrite, encoding = #f8, reduction = 144 : i64, columns = 40 : i64}}
