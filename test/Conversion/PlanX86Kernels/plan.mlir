// RUN: quant-opt %s --lowbit-plan-x86-kernels="isa=avx512vnni" | FileCheck %s
// RUN: not quant-opt %s --lowbit-plan-x86-kernels="isa=mmx" 2>&1 | FileCheck %s --check-prefix=ISA

// ISA: error: unknown instruction set 'mmx': use host, amx, avx512bf16, avx512vnni, avx512, avxvnni, avx2 or sse2

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#wo = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, offset = f32>
#row = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#one = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#a4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>

// Weights in rows count as packed.
// CHECK-LABEL: func.func @matmul
// CHECK: linalg.matmul {lowbit.kernel = "avx512vnni {{.*}}"} ins(%{{.*}}, %{{.*}} : tensor<4x8xf32, {{.*}}>, tensor<8x8xf32,
func.func @matmul(%a: tensor<4x8xf32, #row>, %w: tensor<8x8xf32, #w8>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = linalg.matmul ins(%a, %w : tensor<4x8xf32, #row>, tensor<8x8xf32, #w8>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// Panels cannot hold offsets: decoded.
// CHECK-LABEL: func.func @offsets
// CHECK: linalg.matmul {lowbit.kernel = "decoded whole: the weight cannot be packed: panels hold no offsets"}
func.func @offsets(%a: tensor<4x8xf32>, %w: tensor<8x8xf32, #wo>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = linalg.matmul ins(%a, %w : tensor<4x8xf32>, tensor<8x8xf32, #wo>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// Integers stay integers without a kernel.
// CHECK-LABEL: func.func @narrow
// CHECK: linalg.matmul {lowbit.kernel = "loops on integers: activations other than i8, u8 and bf16 have no kernel"}
func.func @narrow(%a: tensor<4x8xf32, #a4>, %w: tensor<8x8xf32, #w8>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = linalg.matmul ins(%a, %w : tensor<4x8xf32, #a4>, tensor<8x8xf32, #w8>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A convolution is planned as the product that it becomes.
// CHECK-LABEL: func.func @convolution
// CHECK: linalg.conv_1d_nwc_wcf {lowbit.kernel = "avx512vnni {{.*}}"}
func.func @convolution(%a: tensor<1x9x8xf32, #one>, %w: tensor<1x8x8xf32, #one>, %o: tensor<1x9x8xf32>) -> tensor<1x9x8xf32> {
  %y = linalg.conv_1d_nwc_wcf ins(%a, %w : tensor<1x9x8xf32, #one>, tensor<1x8x8xf32, #one>) outs(%o : tensor<1x9x8xf32>) -> tensor<1x9x8xf32>
  return %y : tensor<1x9x8xf32>
}

// CHECK-LABEL: func.func @reduce
// CHECK: linalg.reduce {{.*}} {lowbit.kernel = "decoded whole: only matmul and batch_matmul have kernels"}
func.func @reduce(%x: tensor<4x8xf32, #row>, %o: tensor<4xf32>) -> tensor<4xf32> {
  %y = linalg.reduce {arith.addf} ins(%x : tensor<4x8xf32, #row>) outs(%o : tensor<4xf32>) dimensions = [1]
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func.func @unary
// CHECK: linalg.generic {{.*}} attrs = {lowbit.kernel = "decoded whole: only matmul and batch_matmul have kernels"}
func.func @unary(%a: tensor<8xf32, #one>, %w: tensor<8xf32, #one>, %o: tensor<f32>) -> tensor<f32> {
  %y = linalg.generic {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>], iterator_types = ["reduction"]}
      ins(%a, %w : tensor<8xf32, #one>, tensor<8xf32, #one>) outs(%o : tensor<f32>) {
  ^bb0(%x: f32, %v: f32, %out: f32):
    %e = math.exp %x : f32
    %p = arith.mulf %e, %v : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %y : tensor<f32>
}

// CHECK-LABEL: func.func @gather
// CHECK: linalg.generic {{.*}} attrs = {lowbit.kernel = "gather, decoding what it reads"}
func.func @gather(%t: tensor<8x8xf32, #w8>, %ids: tensor<4xindex>, %o: tensor<4xf32>) -> tensor<4xf32> {
  %y = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} ins(%ids : tensor<4xindex>) outs(%o : tensor<4xf32>) {
  ^bb0(%i: index, %e: f32):
    %x = tensor.extract %t[%i, %i] : tensor<8x8xf32, #w8>
    linalg.yield %x : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// CHECK-LABEL: func.func @plain
// CHECK-NOT: lowbit.kernel
func.func @plain(%a: tensor<4x8xf32>, %w: tensor<8x8xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = linalg.matmul ins(%a, %w : tensor<4x8xf32>, tensor<8x8xf32>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// A sparse activation that is encoded when the model runs: nothing can.
// CHECK-LABEL: func.func @sparse
// CHECK: linalg.matmul {lowbit.kernel = "none: a sparse operand is encoded when the model runs"}
#sparse = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, sparsity = #lowbit.nm<2:4 along 1>>
func.func @sparse(%a: tensor<4x8xf32>, %w: tensor<8x8xf32, #w8>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %e = lowbit.encode %a : tensor<4x8xf32> to tensor<4x8xf32, #sparse>
  %y = linalg.matmul ins(%e, %w : tensor<4x8xf32, #sparse>, tensor<8x8xf32, #w8>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
