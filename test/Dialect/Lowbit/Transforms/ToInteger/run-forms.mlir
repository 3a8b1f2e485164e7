// RUN: quant-opt %s --lowbit-to-integer --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md,
// with fused multiply-adds in exact arithmetic.

func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#panels_a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#panels_w = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<3> along 0, layout = #lowbit.panels<columns = 8, step = 2, reduction = 0>>

// The weight in panels: two tiles per group of three.
func.func private @panels(%a: tensor<?x5xf32>, %w: tensor<5x9xf32>, %o: tensor<?x9xf32>) {
  vector.print str "panels\n"
  // CHECK-LABEL: {{^}}panels{{$}}
  %ae = lowbit.encode %a : tensor<?x5xf32> to tensor<?x5xf32, #panels_a>
  %we = lowbit.encode %w : tensor<5x9xf32> to tensor<5x9xf32, #panels_w>
  %y = linalg.matmul ins(%ae, %we : tensor<?x5xf32, #panels_a>, tensor<5x9xf32, #panels_w>) outs(%o : tensor<?x9xf32>) -> tensor<?x9xf32>
  %u = tensor.cast %y : tensor<?x9xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}3.80641, 2.41484, -3.54513, -11.3045, 1.57776, 11.5574, -14.9868, -7.94878, 4.83186]
  // CHECK-NEXT: {{ *\[+}}10.6237, -0.746531, 8.00913, 1.45557, 2.40021, -2.00074, -1.20794, -11.5379, 2.66891]
  return
}

#batch_a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>
#batch_w = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0, 2>, zero_point = u8>

func.func private @batch(%a: tensor<?x?x3xf32>, %w: tensor<?x3x2xf32>, %o: tensor<?x?x2xf32>) {
  vector.print str "batch\n"
  // CHECK-LABEL: {{^}}batch{{$}}
  %ae = lowbit.encode %a : tensor<?x?x3xf32> to tensor<?x?x3xf32, #batch_a>
  %we = lowbit.encode %w : tensor<?x3x2xf32> to tensor<?x3x2xf32, #batch_w>
  %y = linalg.batch_matmul ins(%ae, %we : tensor<?x?x3xf32, #batch_a>, tensor<?x3x2xf32, #batch_w>) outs(%o : tensor<?x?x2xf32>) -> tensor<?x?x2xf32>
  %u = tensor.cast %y : tensor<?x?x2xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}3.68601, 4.48235]
  // CHECK-NEXT: {{ *\[+}}5.87304, 13.6363]
  // CHECK-NEXT: {{ *\[+}}11.7283, -10.6058]
  // CHECK-NEXT: {{ *\[+}}0.998031, -5.37059]
  return
}

#vecmat_a = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
#vecmat_w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>

// A scale per element of the reduction is a group of one.
func.func private @vecmat(%a: tensor<4xf32>, %w: tensor<4x3xf32>, %o: tensor<3xf32>) {
  vector.print str "vecmat\n"
  // CHECK-LABEL: {{^}}vecmat{{$}}
  %ae = lowbit.encode %a : tensor<4xf32> to tensor<4xf32, #vecmat_a>
  %we = lowbit.encode %w : tensor<4x3xf32> to tensor<4x3xf32, #vecmat_w>
  %y = linalg.vecmat ins(%ae, %we : tensor<4xf32, #vecmat_a>, tensor<4x3xf32, #vecmat_w>) outs(%o : tensor<3xf32>) -> tensor<3xf32>
  %u = tensor.cast %y : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}9.10714, 0.803572, -3.875]
  return
}

#unary = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

// Not a sum of products: -(-(exp(0) * 127 - 0.5) + exp(0) * 64).
func.func private @unary(%a: tensor<2xf32>, %w: tensor<2xf32>, %o: tensor<1xf32>) {
  vector.print str "unary\n"
  // CHECK-LABEL: {{^}}unary{{$}}
  %ae = lowbit.encode %a : tensor<2xf32> to tensor<2xf32, #unary>
  %we = lowbit.encode %w : tensor<2xf32> to tensor<2xf32, #unary>
  %y = linalg.generic {indexing_maps = [affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%ae, %we : tensor<2xf32, #unary>, tensor<2xf32, #unary>) outs(%o : tensor<1xf32>) {
  ^bb0(%x: f32, %v: f32, %out: f32):
    %e = math.exp %x : f32
    %p = arith.mulf %e, %v : f32
    %s = arith.addf %out, %p : f32
    %n = arith.negf %s : f32
    linalg.yield %n : f32
  } -> tensor<1xf32>
  %u = tensor.cast %y : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [62.5]
  return
}

func.func @main() {
  %panels_a = arith.constant dense<[[0.5, -2.5, -2.75, 1.0, -0.75], [0.5, -1.0, -1.75, -2.25, -0.75]]> : tensor<2x5xf32>
  %panels_a_d = tensor.cast %panels_a : tensor<2x5xf32> to tensor<?x5xf32>
  %panels_w = arith.constant dense<[[2.0, -0.5, -0.75, 0.5, 3.0, -0.75, 0.5, -0.5, 0.75], [-0.25, 0.75, 0.25, 1.0, 2.75, -2.25, 0.5, -0.25, -1.0], [-1.75, -2.75, -0.5, 2.0, -2.5, -0.5, 3.0, 2.75, -1.75], [-3.0, 1.0, -3.0, -1.25, 0.0, 2.25, -2.5, 1.0, 0.25], [-2.25, 2.25, 2.25, 0.0, 2.75, 0.75, 2.5, 3.0, 0.5]]> : tensor<5x9xf32>
  %panels_o = arith.constant dense<[[-1.25, -2.25, 0.5, -2.0, 1.5, 2.75, -1.5, 0.25, -2.75], [-2.0, -0.75, 2.5, 3.0, 1.0, 0.5, 0.5, -2.75, -0.75]]> : tensor<2x9xf32>
  %panels_o_d = tensor.cast %panels_o : tensor<2x9xf32> to tensor<?x9xf32>
  call @panels(%panels_a_d, %panels_w, %panels_o_d) : (tensor<?x5xf32>, tensor<5x9xf32>, tensor<?x9xf32>) -> ()
  %batch_a = arith.constant dense<[[[3.0, -0.5, -1.75], [-1.75, 1.25, -3.0]], [[3.0, 2.25, 0.5], [-0.25, 1.75, 0.25]]]> : tensor<2x2x3xf32>
  %batch_a_d = tensor.cast %batch_a : tensor<2x2x3xf32> to tensor<?x?x3xf32>
  %batch_w = arith.constant dense<[[[-0.25, -1.0], [-0.25, 1.5], [-2.75, -3.0]], [[1.5, -0.75], [2.0, -3.0], [2.5, -2.25]]]> : tensor<2x3x2xf32>
  %batch_w_d = tensor.cast %batch_w : tensor<2x3x2xf32> to tensor<?x3x2xf32>
  %batch_o = arith.constant dense<[[[-0.5, 3.0], [-2.5, 1.0]], [[1.5, -0.5], [-2.75, 0.25]]]> : tensor<2x2x2xf32>
  %batch_o_d = tensor.cast %batch_o : tensor<2x2x2xf32> to tensor<?x?x2xf32>
  call @batch(%batch_a_d, %batch_w_d, %batch_o_d) : (tensor<?x?x3xf32>, tensor<?x3x2xf32>, tensor<?x?x2xf32>) -> ()
  %vecmat_a = arith.constant dense<[-0.5, 2.25, 1.25, -1.0]> : tensor<4xf32>
  %vecmat_w = arith.constant dense<[[-2.75, 0.5, -1.5], [1.25, 2.25, -1.0], [2.5, 0.0, 0.25], [1.75, 1.75, 2.5]]> : tensor<4x3xf32>
  %vecmat_o = arith.constant dense<[3.0, -2.25, -0.5]> : tensor<3xf32>
  call @vecmat(%vecmat_a, %vecmat_w, %vecmat_o) : (tensor<4xf32>, tensor<4x3xf32>, tensor<3xf32>) -> ()
  %unary_a = arith.constant dense<0.0> : tensor<2xf32>
  %unary_w = arith.constant dense<[127.0, 64.0]> : tensor<2xf32>
  %unary_o = arith.constant dense<-0.5> : tensor<1xf32>
  call @unary(%unary_a, %unary_w, %unary_o) : (tensor<2xf32>, tensor<2xf32>, tensor<1xf32>) -> ()
  return
}
