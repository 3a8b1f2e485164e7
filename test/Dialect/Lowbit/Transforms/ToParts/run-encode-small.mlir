// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// (C42), (C64) Executed: scales that are too small for their type. Expected values
// are by hand.

func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#plain = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per axis<0>>
#nested = #lowbit.encoding<#lowbit.affine<i4>, scale = u8 per axis<0>, nested_scale = f16 per 2>
#product = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per axis<0>, nested_scale = f32 per 2>

// Zeros have 1; others the smallest, 2^-24, of which 7 * 2^-25 is 3.5 steps; half
// more than that is stored as it is.
func.func private @plain(%x: tensor<4x2xf32>) {
  %e = lowbit.encode %x : tensor<4x2xf32> to tensor<4x2xf32, #plain>
  %p:2 = lowbit.disassemble %e : tensor<4x2xf32, #plain> to tensor<4x1xi8>, tensor<4xf16>
  %s = arith.extf %p#1 : tensor<4xf16> to tensor<4xf32>
  %su = tensor.cast %s : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [1, 5.96046e-08, 5.96046e-08, 1.19209e-07]
  %d = lowbit.decode %e : tensor<4x2xf32, #plain> to tensor<4x2xf32>
  %du = tensor.cast %d : tensor<4x2xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: 0, 0
  // CHECK-NEXT: 0, 0
  // CHECK-NEXT: 2.38419e-07, -1.19209e-07
  // CHECK-NEXT: 8.34465e-07, 0
  return
}

// The first two share a nested scale, which is 2^-24 and not 1.
func.func private @nested(%x: tensor<4x2xf32>) {
  %e = lowbit.encode %x : tensor<4x2xf32> to tensor<4x2xf32, #nested>
  %p:3 = lowbit.disassemble %e : tensor<4x2xf32, #nested> to tensor<4x1xi8>, tensor<4xi8>, tensor<2xf16>
  %c = arith.uitofp %p#1 : tensor<4xi8> to tensor<4xf32>
  %cu = tensor.cast %c : tensor<4xf32> to tensor<*xf32>
  call @printMemrefF32(%cu) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [1, 1, 1, 2]
  %n = arith.extf %p#2 : tensor<2xf16> to tensor<2xf32>
  %nu = tensor.cast %n : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%nu) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [5.96046e-08, 5.96046e-08]
  return
}

// Stored, but its product with the smallest scale of f16 would be 0: 2^-125 it is.
func.func private @product(%x: tensor<2x1xf32>) {
  %e = lowbit.encode %x : tensor<2x1xf32> to tensor<2x1xf32, #product>
  %p:3 = lowbit.disassemble %e : tensor<2x1xf32, #product> to tensor<2x1xi8>, tensor<2xf16>, tensor<1xf32>
  %nu = tensor.cast %p#2 : tensor<1xf32> to tensor<*xf32>
  call @printMemrefF32(%nu) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: [2.35099e-38]
  return
}

func.func @main() {
  %x = arith.constant dense<[[0.0, 0.0], [1.0e-12, 0.0], [0x34600000, 0xB4000000], [8.34465e-07, 0.0]]> : tensor<4x2xf32>
  call @plain(%x) : (tensor<4x2xf32>) -> ()
  call @nested(%x) : (tensor<4x2xf32>) -> ()
  %y = arith.constant dense<[[7.0e-36], [0.0]]> : tensor<2x1xf32>
  call @product(%y) : (tensor<2x1xf32>) -> ()
  return
}
