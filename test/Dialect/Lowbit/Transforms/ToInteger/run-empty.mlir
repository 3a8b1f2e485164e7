// RUN: quant-opt %s --lowbit-to-integer --lowbit-to-parts | %run_main | FileCheck %s
// RUN: quant-opt %s --lowbit-to-integer | FileCheck %s --check-prefix=INTEGER --implicit-check-not=linalg.matmul

// The number of groups is not a division by zero.
// INTEGER-LABEL: @one_group
// INTEGER-NOT: arith.ceildivui
// INTEGER-LABEL: @no_groups

// Sums over nothing: by (C52) the result is fma(+0, scale, init). There is one
// group where the weight has no groups, and none where it has.

func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#ag = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<2> along 1>
#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#wg = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<2> along 0>

func.func private @one_group(%a: tensor<2x0xf32>, %w: tensor<0x3xf32>, %o: tensor<2x3xf32>) {
  %ae = lowbit.encode %a : tensor<2x0xf32> to tensor<2x0xf32, #a>
  %we = lowbit.encode %w : tensor<0x3xf32> to tensor<0x3xf32, #w>
  %y = linalg.matmul ins(%ae, %we : tensor<2x0xf32, #a>, tensor<0x3xf32, #w>) outs(%o : tensor<2x3xf32>) -> tensor<2x3xf32>
  %u = tensor.cast %y : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 2, 3]
  // CHECK-NEXT: {{ *\[+}}4, 5, 6]
  return
}

func.func private @no_groups(%a: tensor<2x0xf32>, %w: tensor<0x3xf32>, %o: tensor<2x3xf32>) {
  %ae = lowbit.encode %a : tensor<2x0xf32> to tensor<2x0xf32, #a>
  %we = lowbit.encode %w : tensor<0x3xf32> to tensor<0x3xf32, #wg>
  %y = linalg.matmul ins(%ae, %we : tensor<2x0xf32, #a>, tensor<0x3xf32, #wg>) outs(%o : tensor<2x3xf32>) -> tensor<2x3xf32>
  %u = tensor.cast %y : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 2, 3]
  // CHECK-NEXT: {{ *\[+}}4, 5, 6]
  return
}

func.func private @first_grouped(%a: tensor<2x0xf32>, %w: tensor<0x3xf32>, %o: tensor<2x3xf32>) {
  %ae = lowbit.encode %a : tensor<2x0xf32> to tensor<2x0xf32, #ag>
  %we = lowbit.encode %w : tensor<0x3xf32> to tensor<0x3xf32, #w>
  %y = linalg.matmul ins(%ae, %we : tensor<2x0xf32, #ag>, tensor<0x3xf32, #w>) outs(%o : tensor<2x3xf32>) -> tensor<2x3xf32>
  %u = tensor.cast %y : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 2, 3]
  // CHECK-NEXT: {{ *\[+}}4, 5, 6]
  return
}

func.func private @dynamic(%a: tensor<2x?xf32>, %w: tensor<?x3xf32>, %o: tensor<2x3xf32>) {
  %ae = lowbit.encode %a : tensor<2x?xf32> to tensor<2x?xf32, #a>
  %we = lowbit.encode %w : tensor<?x3xf32> to tensor<?x3xf32, #wg>
  %y = linalg.matmul ins(%ae, %we : tensor<2x?xf32, #a>, tensor<?x3xf32, #wg>) outs(%o : tensor<2x3xf32>) -> tensor<2x3xf32>
  %u = tensor.cast %y : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 2, 3]
  // CHECK-NEXT: {{ *\[+}}4, 5, 6]
  return
}

func.func @main() {
  %a = tensor.empty() : tensor<2x0xf32>
  %w = tensor.empty() : tensor<0x3xf32>
  %a_d = tensor.cast %a : tensor<2x0xf32> to tensor<2x?xf32>
  %w_d = tensor.cast %w : tensor<0x3xf32> to tensor<?x3xf32>
  %o = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>
  call @one_group(%a, %w, %o) : (tensor<2x0xf32>, tensor<0x3xf32>, tensor<2x3xf32>) -> ()
  call @no_groups(%a, %w, %o) : (tensor<2x0xf32>, tensor<0x3xf32>, tensor<2x3xf32>) -> ()
  call @first_grouped(%a, %w, %o) : (tensor<2x0xf32>, tensor<0x3xf32>, tensor<2x3xf32>) -> ()
  call @dynamic(%a_d, %w_d, %o) : (tensor<2x?xf32>, tensor<?x3xf32>, tensor<2x3xf32>) -> ()
  return
}
