// RUN: quant-opt %s --lowbit-to-integer --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md,
// with fused multiply-adds in exact arithmetic.

func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#int8_a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#int8_w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>

// Per token by per output channel, three rows of any number.
func.func private @int8(%a: tensor<?x5xf32>, %w: tensor<5x2xf32>, %o: tensor<?x2xf32>) {
  vector.print str "int8\n"
  // CHECK-LABEL: {{^}}int8{{$}}
  %ae = lowbit.encode %a : tensor<?x5xf32> to tensor<?x5xf32, #int8_a>
  %we = lowbit.encode %w : tensor<5x2xf32> to tensor<5x2xf32, #int8_w>
  %y = linalg.matmul ins(%ae, %we : tensor<?x5xf32, #int8_a>, tensor<5x2xf32, #int8_w>) outs(%o : tensor<?x2xf32>) -> tensor<?x2xf32>
  %u = tensor.cast %y : tensor<?x2xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1.16526, -4.41677]
  // CHECK-NEXT: {{ *\[+}}12.4823, -11.5094]
  // CHECK-NEXT: {{ *\[+}}4.52018, 5.7387]
  return
}

#int4_groups_a = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, zero_point = u8>
#int4_groups_w = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<2> along 1, zero_point = u4>

// Groups of two along the reduction, the last one short, with zero points on
// both sides; the weight is transposed.
func.func private @int4_groups(%a: tensor<2x5xf32>, %w: tensor<3x5xf32>, %o: tensor<2x3xf32>) {
  vector.print str "int4_groups\n"
  // CHECK-LABEL: {{^}}int4_groups{{$}}
  %ae = lowbit.encode %a : tensor<2x5xf32> to tensor<2x5xf32, #int4_groups_a>
  %we = lowbit.encode %w : tensor<3x5xf32> to tensor<3x5xf32, #int4_groups_w>
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%ae, %we : tensor<2x5xf32, #int4_groups_a>, tensor<3x5xf32, #int4_groups_w>) outs(%o : tensor<2x3xf32>) -> tensor<2x3xf32>
  %u = tensor.cast %y : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1.43608, -10.4273, 7.13177]
  // CHECK-NEXT: {{ *\[+}}7.86154, -15.0125, 7.7755]
  return
}

#dynamic_groups_a = #lowbit.encoding<#lowbit.affine<i8>, scale = bf16 per tensor>
#dynamic_groups_w = #lowbit.encoding<#lowbit.affine<i2>, scale = f32 per group<3> along 0>

// No size is known but that of a group.
func.func private @dynamic_groups(%a: tensor<?x?xf32>, %w: tensor<?x?xf32>, %o: tensor<?x?xf32>) {
  vector.print str "dynamic_groups\n"
  // CHECK-LABEL: {{^}}dynamic_groups{{$}}
  %ae = lowbit.encode %a : tensor<?x?xf32> to tensor<?x?xf32, #dynamic_groups_a>
  %we = lowbit.encode %w : tensor<?x?xf32> to tensor<?x?xf32, #dynamic_groups_w>
  %y = linalg.matmul ins(%ae, %we : tensor<?x?xf32, #dynamic_groups_a>, tensor<?x?xf32, #dynamic_groups_w>) outs(%o : tensor<?x?xf32>) -> tensor<?x?xf32>
  %u = tensor.cast %y : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}2.23792, -1.14453, 7.83295]
  // CHECK-NEXT: {{ *\[+}}-8.16345, 1.35767, 1.15985]
  return
}

func.func @main() {
  %int8_a = arith.constant dense<[[2.75, 0.75, 1.25, 2.5, 0.5], [1.75, 2.0, -1.75, -2.75, -1.25], [-1.25, 2.25, 2.5, -3.0, 0.0]]> : tensor<3x5xf32>
  %int8_a_d = tensor.cast %int8_a : tensor<3x5xf32> to tensor<?x5xf32>
  %int8_w = arith.constant dense<[[2.0, -2.25], [1.75, -2.5], [-0.25, 2.0], [-1.25, -1.0], [-1.5, 1.25]]> : tensor<5x2xf32>
  %int8_o = arith.constant dense<[[-1.5, 3.0], [-0.25, -0.25], [0.0, 0.5]]> : tensor<3x2xf32>
  %int8_o_d = tensor.cast %int8_o : tensor<3x2xf32> to tensor<?x2xf32>
  call @int8(%int8_a_d, %int8_w, %int8_o_d) : (tensor<?x5xf32>, tensor<5x2xf32>, tensor<?x2xf32>) -> ()
  %int4_groups_a = arith.constant dense<[[0.25, 0.0, 3.0, 2.0, 1.75], [1.25, 0.75, -1.0, 3.0, -0.25]]> : tensor<2x5xf32>
  %int4_groups_w = arith.constant dense<[[-1.75, 2.25, -2.0, 2.25, 0.75], [-2.5, -2.75, -0.25, -3.0, -2.25], [0.0, 3.0, -0.25, 2.0, 2.5]]> : tensor<3x5xf32>
  %int4_groups_o = arith.constant dense<[[2.0, 0.75, -0.25], [0.0, -1.5, 0.0]]> : tensor<2x3xf32>
  call @int4_groups(%int4_groups_a, %int4_groups_w, %int4_groups_o) : (tensor<2x5xf32>, tensor<3x5xf32>, tensor<2x3xf32>) -> ()
  %dynamic_groups_a = arith.constant dense<[[-0.75, -1.5, 3.0, -3.0, -2.5, -2.0, 3.0], [1.25, 2.5, -1.75, 1.5, -0.75, 0.0, -3.0]]> : tensor<2x7xf32>
  %dynamic_groups_a_d = tensor.cast %dynamic_groups_a : tensor<2x7xf32> to tensor<?x?xf32>
  %dynamic_groups_w = arith.constant dense<[[0.75, 2.0, 1.0], [-2.25, 0.25, -1.5], [3.0, 2.5, -2.0], [0.0, 2.75, 2.25], [1.25, 0.75, -2.75], [1.5, -0.25, -2.5], [-1.5, 0.25, 1.5]]> : tensor<7x3xf32>
  %dynamic_groups_w_d = tensor.cast %dynamic_groups_w : tensor<7x3xf32> to tensor<?x?xf32>
  %dynamic_groups_o = arith.constant dense<[[0.0, 0.75, 2.25], [1.25, -0.75, 1.0]]> : tensor<2x3xf32>
  %dynamic_groups_o_d = tensor.cast %dynamic_groups_o : tensor<2x3xf32> to tensor<?x?xf32>
  call @dynamic_groups(%dynamic_groups_a_d, %dynamic_groups_w_d, %dynamic_groups_o_d) : (tensor<?x?xf32>, tensor<?x?xf32>, tensor<?x?xf32>) -> ()
  return
}
