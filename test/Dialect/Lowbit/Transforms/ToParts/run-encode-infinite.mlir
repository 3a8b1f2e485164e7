// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// (C192) A scale that is not finite, or too large for its type, is stored as NaN,
// as is all that is decoded with it. Of nested scales that is the nested one.

func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#wide = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#half = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>
#shifted = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, zero_point = u8>
#nested = #lowbit.encoding<#lowbit.affine<i8>, scale = u8 per axis<0>, nested_scale = f32 per 1>

func.func @main() {
  %x = arith.constant dense<[[1.0, 0x7F800000, 2.0], [0.0, -2.0, 127.0], [0.0, 1.0, 0xFF800000]]> : tensor<3x3xf32>
  %large = arith.constant dense<[[1.0, 9.0e6, 2.0], [0.0, -2.0, 127.0], [0.0, 1.0, -9.0e6]]> : tensor<3x3xf32>

  %e0 = lowbit.encode %x : tensor<3x3xf32> to tensor<3x3xf32, #wide>
  %p0:2 = lowbit.disassemble %e0 : tensor<3x3xf32, #wide> to tensor<3x3xi8>, tensor<3xf32>
  %s0 = tensor.cast %p0#1 : tensor<3xf32> to tensor<*xf32>
  call @printMemrefF32(%s0) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[}}{{-?}}nan, 1, {{-?}}nan]
  %d0 = lowbit.decode %e0 : tensor<3x3xf32, #wide> to tensor<3x3xf32>
  %u0 = tensor.cast %d0 : tensor<3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u0) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]
  // CHECK-NEXT: {{ *\[+}}0, -2, 127]
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]

  %e1 = lowbit.encode %large : tensor<3x3xf32> to tensor<3x3xf32, #half>
  %d1 = lowbit.decode %e1 : tensor<3x3xf32, #half> to tensor<3x3xf32>
  %u1 = tensor.cast %d1 : tensor<3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u1) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]
  // CHECK-NEXT: {{ *\[+}}0, -2, 127]
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]

  %e2 = lowbit.encode %x : tensor<3x3xf32> to tensor<3x3xf32, #shifted>
  %d2 = lowbit.decode %e2 : tensor<3x3xf32, #shifted> to tensor<3x3xf32>
  %u2 = tensor.cast %d2 : tensor<3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u2) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]
  // CHECK-NEXT: {{ *\[+}}0, -2
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]

  %e3 = lowbit.encode %x : tensor<3x3xf32> to tensor<3x3xf32, #nested>
  %d3 = lowbit.decode %e3 : tensor<3x3xf32, #nested> to tensor<3x3xf32>
  %u3 = tensor.cast %d3 : tensor<3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%u3) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]
  // CHECK-NEXT: {{ *\[+}}0, -2, 127]
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]
  return
}
