// RUN: quant-opt %s --convert-nvvm-to-simt | FileCheck %s
// RUN: quant-opt %s --convert-nvvm-to-simt | FileCheck %s --check-prefix=SITE

// Every op that lanes do together is a site of the emulator: its number, its
// slots, its attributes (lowbit/Simt/Abi.h).

// CHECK-NOT: gpu.module
gpu.module @m {
  // CHECK-LABEL: llvm.func internal @m.products.thread(
  llvm.func @products(%a: vector<2xf16>, %i: i32, %c: f32) {
    // CHECK: %[[SLOTS:.*]] = llvm.alloca {{.*}} x !llvm.array<32 x i64> {alignment = 8 : i64}
    // CHECK: %[[SLOT0:.*]] = llvm.getelementptr %[[SLOTS]][0]
    // CHECK: llvm.store %{{.*}}, %[[SLOT0]] : vector<2xf16>, !llvm.ptr
    // CHECK: llvm.store %{{.*}} : f32, !llvm.ptr
    // CHECK: llvm.mlir.addressof @lowbit_simt_mma_16_8_16_0_0_2_0 : !llvm.ptr
    // CHECK: llvm.call @lowbit_simt_op(%{{.*}}, %[[SLOTS]], %[[SLOTS]])
    // CHECK: %[[FIRST:.*]] = llvm.load %{{.*}} : !llvm.ptr -> f32
    // CHECK: llvm.insertvalue %[[FIRST]], %{{.*}}[0] : !llvm.struct<(f32, f32, f32, f32)>
    %f16 = nvvm.mma.sync A[%a, %a, %a, %a] B[%a, %a] C[%c, %c, %c, %c]
      {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>, shape = #nvvm.shape<m = 16, n = 8, k = 16>}
      : (vector<2xf16>, vector<2xf16>, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    // CHECK: llvm.mlir.addressof @lowbit_simt_mma_16_8_32_8_9_10_1 : !llvm.ptr
    %s8 = nvvm.mma.sync A[%i, %i, %i, %i] B[%i, %i] C[%i, %i, %i, %i]
      {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>,
       multiplicandAPtxType = #nvvm.mma_type<s8>, multiplicandBPtxType = #nvvm.mma_type<u8>,
       intOverflowBehavior = #nvvm.mma_int_overflow<satfinite>, shape = #nvvm.shape<m = 16, n = 8, k = 32>}
      : (i32, i32, i32) -> !llvm.struct<(i32, i32, i32, i32)>
    // CHECK: llvm.mlir.addressof @lowbit_simt_mma_sparse_16_8_32_1_1_2_2 : !llvm.ptr
    %zero = llvm.mlir.constant(0 : i32) : i32
    %sp = nvvm.mma.sp.sync A[%i, %i, %i, %i] B[%i, %i, %i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
      {orderedMetadata, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>,
       shape = #nvvm.shape<m = 16, n = 8, k = 32>}
      : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  }

  // CHECK-LABEL: llvm.func internal @m.warp.thread(
  llvm.func @warp(%p: !llvm.ptr<3>, %x: f32, %i: i32, %b: i1) {
    // CHECK: llvm.store %{{.*}} : !llvm.ptr<3>, !llvm.ptr
    // CHECK: addressof @lowbit_simt_ldmatrix_4_1 :
    %l = nvvm.ldmatrix %p {num = 4 : i32, layout = #nvvm.mma_layout<col>, shape = #nvvm.ld_st_matrix_shape<m = 8, n = 8>,
      eltType = #nvvm.ld_st_matrix_elt_type<b16>} : (!llvm.ptr<3>) -> !llvm.struct<(i32, i32, i32, i32)>
    // CHECK: addressof @lowbit_simt_shuffle_0_0 :
    %s = nvvm.shfl.sync bfly %i, %x, %i, %i : f32 -> f32
    // The predicate of a shuffle comes from a whole word.
    // CHECK: addressof @lowbit_simt_shuffle_1_1 :
    // CHECK: llvm.load {{.*}} -> f32
    // CHECK: %[[WORD:.*]] = llvm.load {{.*}} -> i32
    // CHECK: llvm.trunc %[[WORD]] : i32 to i1
    %v = nvvm.shfl.sync up %i, %x, %i, %i {return_value_and_is_valid} : f32 -> !llvm.struct<(f32, i1)>
    // CHECK: llvm.zext %{{.*}} : i1 to i32
    // CHECK: addressof @lowbit_simt_vote_2 :
    %vote = nvvm.vote.sync ballot %i, %b -> i32
    // CHECK: addressof @lowbit_simt_redux_1_0 :
    %r = nvvm.redux.sync add %i, %i : i32 -> i32
    // CHECK: addressof @lowbit_simt_match_1_32 :
    %m = nvvm.match.sync all %i, %i : i32 -> !llvm.struct<(i32, i1)>
    // CHECK: %[[ALL:.*]] = llvm.mlir.constant(-1 : i32)
    // CHECK: llvm.store %[[ALL]]
    // CHECK: addressof @lowbit_simt_elect :
    %e = nvvm.elect.sync -> i1
    // CHECK: addressof @lowbit_simt_warp_barrier :
    nvvm.bar.warp.sync %i : i32
    llvm.return
  }

  // CHECK-LABEL: llvm.func internal @m.block.thread(
  llvm.func @block(%s: !llvm.ptr<3>, %g: !llvm.ptr<1>, %i: i32) {
    // CHECK: addressof @lowbit_simt_barrier_0{{.*}} :
    nvvm.barrier0
    // CHECK: addressof @lowbit_simt_barrier_0{{.*}} :
    nvvm.barrier id = %i number_of_threads = %i
    // CHECK: addressof @lowbit_simt_barrier_1 :
    // CHECK: llvm.load {{.*}} -> i32
    %c = nvvm.barrier #nvvm.reduction<popc> %i -> i32
    // CHECK: addressof @lowbit_simt_arrive :
    nvvm.barrier.arrive id = %i number_of_threads = %i
    // The bytes that are read are always said.
    // CHECK: %[[BYTES:.*]] = llvm.mlir.constant(16 : i32)
    // CHECK: llvm.store %[[BYTES]]
    // CHECK: addressof @lowbit_simt_copy_16_1 :
    nvvm.cp.async.shared.global %s, %g, 16, cache = cg : !llvm.ptr<3>, !llvm.ptr<1>
    // CHECK: addressof @lowbit_simt_copy_8_0 :
    nvvm.cp.async.shared.global %s, %g, 8, cache = ca, %i : !llvm.ptr<3>, !llvm.ptr<1>, i32
    // CHECK: addressof @lowbit_simt_copy_commit :
    nvvm.cp.async.commit.group
    // CHECK: addressof @lowbit_simt_copy_wait_2 :
    nvvm.cp.async.wait.group 2
    llvm.return
  }
}

// A site is its op, its slots, its attributes and its place.
// SITE-LABEL: llvm.mlir.global internal constant @lowbit_simt_copy_wait_2() {{.*}} : !llvm.struct<(i32, i16, i16, array<7 x i32>, i32, ptr)>
// SITE: %[[OP:.*]] = llvm.mlir.constant(13 : i32)
// SITE: llvm.insertvalue %[[OP]], %{{.*}}[0]
// SITE: %[[GROUPS:.*]] = llvm.mlir.constant(2 : i32)
// SITE: llvm.insertvalue %[[GROUPS]], %{{.*}}[3, 0]
// SITE: %[[TEXT:.*]] = llvm.mlir.addressof @lowbit_simt_text
// SITE: llvm.insertvalue %[[TEXT]], %{{.*}}[5]
