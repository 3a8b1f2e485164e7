// RUN: quant-opt %s --lowbit-build-x86-kernels | FileCheck %s --implicit-check-not=@f( --implicit-check-not=@g(

!rows = memref<?x?xf32, strided<[?, 1], offset: ?>>
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>

// The function of numbers computes on vectors, in a loop over the rows of a
// block: sums come from a scratch buffer, a bias along the columns, a factor for
// the row, and codes of 8 bits are stored.
// CHECK-LABEL: func.func private @codes(
// CHECK-SAME: %{{.*}}: memref<?x64xi8, {{.*}}>, %{{.*}}: memref<?xf32, {{.*}}>, %{{.*}}: memref<2x16x128xi8>, %{{.*}}: memref<2x1x32xf32>, %[[BIAS:.*]]: memref<40xf32, {{.*}}>, %[[FACTOR:.*]]: memref<?xf32, {{.*}}>, %[[C:.*]]: memref<?x40xi8, {{.*}}>)
// CHECK: scf.parallel
// CHECK: %[[SCRATCH:.*]] = memref.alloc() {alignment = 64 : i64} : memref<8x2x16xf32>
// CHECK-COUNT-16: vector.store %{{.*}}, %[[SCRATCH]]
// CHECK: scf.for %[[NUMBER:.*]] = %c0{{.*}} to %c16{{[_0-9]*}} step
// CHECK: %[[I:.*]] = arith.divui %[[NUMBER]], %c2
// CHECK: %[[J:.*]] = arith.remui %[[NUMBER]], %c2
// CHECK: %[[SUM:.*]] = vector.load %[[SCRATCH]][%[[I]], %[[J]],
// CHECK: %[[B:.*]] = vector.maskedload %[[BIAS]]
// CHECK: %[[F:.*]] = memref.load %[[FACTOR]]
// CHECK: %[[FS:.*]] = vector.broadcast %[[F]] : f32 to vector<16xf32>
// CHECK: %[[ADDED:.*]] = arith.addf %[[SUM]], %[[B]] : vector<16xf32>
// CHECK: %[[SCALED:.*]] = arith.mulf %[[ADDED]], %[[FS]] : vector<16xf32>
// CHECK: %[[CODES:.*]] = arith.fptosi %[[SCALED]] : vector<16xf32> to vector<16xi8>
// CHECK: vector.maskedstore %[[C]]{{.*}}, %[[CODES]] : memref<?x40xi8, {{.*}}>, vector<16xi1>, vector<16xi8>
// CHECK: memref.dealloc %[[SCRATCH]]
func.func private @codes(memref<?x64xi8, strided<[?, 1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<2x16x128xi8>, memref<2x1x32xf32>, memref<40xf32, strided<[1], offset: ?>>, memref<?xf32, strided<[1], offset: ?>>, memref<?x40xi8, strided<[?, 1], offset: ?>>)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512vnni", activation = i8, scale_per_row, overwrite, encoding = #w8, reduction = 64 : i64, columns = 40 : i64,
    epilogue = {function = @f, operands = [array<i64: 1>, array<i64: 0>], type = (f32, f32, f32) -> i8}}}
func.func private @f(%sum: f32, %bias: f32, %factor: f32) -> i8 {
  %0 = arith.addf %sum, %bias : f32
  %1 = arith.mulf %0, %factor : f32
  %2 = arith.fptosi %1 : f32 to i8
  return %2 : i8
}

// Sums of parts of the reduction are stored as they are until the last comes.
// CHECK-LABEL: func.func private @parts(
// CHECK: %[[LAST:.*]] = arith.cmpi eq
// CHECK: scf.if %[[LAST]] {
// CHECK: arith.negf
// CHECK: } else {
// CHECK-NOT: arith.negf
// CHECK: vector.maskedstore
func.func private @parts(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", overwrite,
    epilogue = {function = @g, operands = [], type = (f32) -> f32}}}
func.func private @g(%sum: f32) -> f32 {
  %0 = arith.negf %sum : f32
  return %0 : f32
}

// Functions are in their kernels then; those that others call stay.
// CHECK: func.func private @h(
func.func private @user(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", overwrite,
    epilogue = {function = @h, operands = [], type = (f32) -> f32}}}
func.func @caller(%x: f32) -> f32 {
  %0 = call @h(%x) : (f32) -> f32
  return %0 : f32
}
func.func private @h(%sum: f32) -> f32 {
  %0 = arith.negf %sum : f32
  return %0 : f32
}

// Heads of 32 columns lie behind one another, each with all rows.
// CHECK-LABEL: func.func private @heads(
// CHECK-SAME: %[[C:[a-z0-9]+]]: memref<?x?x32xf32, strided<[?, ?, 1], offset: ?>>)
// CHECK: %[[SIZE:.*]] = memref.dim %[[C]]
// CHECK: %[[INNER:.*]] = arith.remui %[[COLUMN:.*]], %[[SIZE]] : index
// CHECK: %[[HEAD:.*]] = arith.divui %[[COLUMN]], %[[SIZE]] : index
// CHECK: vector.maskedstore %[[C]][%[[HEAD]], %{{.*}}, %[[INNER]]]
// CHECK: vector.maskedload %[[C]][
func.func private @heads(!rows, !rows, memref<?x?x32xf32, strided<[?, ?, 1], offset: ?>>)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx2", overwrite, result_dims = array<i64: 1, 0, 1>, result_inner = 32 : i64}}
