// RUN: quant-opt %s --convert-nvvm-to-simt | FileCheck %s

// Products and loads of matrices that do not need each other are done at one
// meeting of the lanes.

// CHECK-DAG: llvm.mlir.global internal constant @[[LIST:lowbit_simt_parts.*]]() {{.*}} : !llvm.array<2 x ptr>
// CHECK-DAG: llvm.mlir.global internal constant @[[BATCH:lowbit_simt_batch.*]]() {{.*}} : !llvm.struct<(struct<(i32, i16, i16, array<7 x i32>, i32, ptr)>, ptr)>

#load = #nvvm.ld_st_matrix_shape<m = 8, n = 8>
#b16 = #nvvm.ld_st_matrix_elt_type<b16>
#row = #nvvm.mma_layout<row>
#col = #nvvm.mma_layout<col>
#shape = #nvvm.shape<m = 16, n = 8, k = 16>
#bf16 = #nvvm.mma_type<bf16>
!quad = !llvm.struct<(i32, i32, i32, i32)>
!sum = !llvm.struct<(f32, f32, f32, f32)>

gpu.module @m {
  // As kernels are written: a load, a product with it, the next load, ...
  // CHECK-LABEL: llvm.func internal @m.step.thread(
  // CHECK: llvm.alloca {{.*}} x !llvm.array<32 x i64>
  // CHECK: addressof @lowbit_simt_batch{{.*}} : !llvm.ptr
  // CHECK: llvm.call @lowbit_simt_op(
  // CHECK-COUNT-8: llvm.load %{{.*}} : !llvm.ptr -> i32
  // CHECK: addressof @lowbit_simt_batch{{.*}} : !llvm.ptr
  // CHECK: %[[RESULTS:.*]] = llvm.getelementptr %{{.*}}[20]
  // CHECK: llvm.call @lowbit_simt_op(%{{.*}}, %{{.*}}, %[[RESULTS]])
  // CHECK-COUNT-8: llvm.load %{{.*}} : !llvm.ptr -> f32
  // CHECK-NOT: lowbit_simt_op
  // CHECK: llvm.return
  llvm.func @step(%p: !llvm.ptr<3>, %q: !llvm.ptr<3>, %a: i32, %c: f32, %out: !llvm.ptr<1>) {
    %l = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %l0 = llvm.extractvalue %l[0] : !quad
    %l1 = llvm.extractvalue %l[1] : !quad
    %x = nvvm.mma.sync A[%a, %a, %a, %a] B[%l0, %l1] C[%c, %c, %c, %c]
      {layoutA = #row, layoutB = #col, multiplicandAPtxType = #bf16, multiplicandBPtxType = #bf16, shape = #shape} : (i32, i32, f32) -> !sum
    %x0 = llvm.extractvalue %x[0] : !sum
    %r = nvvm.ldmatrix %q {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %r0 = llvm.extractvalue %r[0] : !quad
    %r1 = llvm.extractvalue %r[1] : !quad
    %y = nvvm.mma.sync A[%a, %a, %a, %a] B[%r0, %r1] C[%c, %c, %c, %c]
      {layoutA = #row, layoutB = #col, multiplicandAPtxType = #bf16, multiplicandBPtxType = #bf16, shape = #shape} : (i32, i32, f32) -> !sum
    %y0 = llvm.extractvalue %y[0] : !sum
    %s = llvm.fadd %x0, %y0 : f32
    llvm.store %s, %out : f32, !llvm.ptr<1>
    llvm.return
  }

  // A product that adds to another one's result comes after it.
  // CHECK-LABEL: llvm.func internal @m.chain.thread(
  // CHECK-COUNT-2: addressof @lowbit_simt_mma_16_8_16
  // CHECK: llvm.return
  llvm.func @chain(%a: i32, %c: f32, %out: !llvm.ptr<1>) {
    %x = nvvm.mma.sync A[%a, %a, %a, %a] B[%a, %a] C[%c, %c, %c, %c]
      {layoutA = #row, layoutB = #col, multiplicandAPtxType = #bf16, multiplicandBPtxType = #bf16, shape = #shape} : (i32, i32, f32) -> !sum
    %x0 = llvm.extractvalue %x[0] : !sum
    %y = nvvm.mma.sync A[%a, %a, %a, %a] B[%a, %a] C[%x0, %c, %c, %c]
      {layoutA = #row, layoutB = #col, multiplicandAPtxType = #bf16, multiplicandBPtxType = #bf16, shape = #shape} : (i32, i32, f32) -> !sum
    llvm.return
  }

  // What touches memory stays between loads; loads of another kind do too.
  // CHECK-LABEL: llvm.func internal @m.barrier.thread(
  // CHECK: addressof @lowbit_simt_ldmatrix_4_0
  // CHECK: addressof @lowbit_simt_barrier_0
  // CHECK: addressof @lowbit_simt_ldmatrix_4_0
  // CHECK: addressof @lowbit_simt_ldmatrix_4_1
  // CHECK: llvm.return
  llvm.func @barrier(%p: !llvm.ptr<3>) {
    %l = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    nvvm.barrier0
    %r = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %t = nvvm.ldmatrix %p {num = 4 : i32, layout = #col, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    llvm.return
  }

  // 8 at a time, and what is left.
  // CHECK-LABEL: llvm.func internal @m.many.thread(
  // CHECK: addressof @lowbit_simt_batch
  // CHECK-COUNT-32: llvm.load
  // CHECK: addressof @lowbit_simt_ldmatrix_4_0
  // CHECK: llvm.return
  llvm.func @many(%p: !llvm.ptr<3>) {
    %0 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %1 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %2 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %3 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %4 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %5 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %6 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %7 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    %8 = nvvm.ldmatrix %p {num = 4 : i32, layout = #row, shape = #load, eltType = #b16} : (!llvm.ptr<3>) -> !quad
    llvm.return
  }
}
