// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#u5_scalar = #lowbit.encoding<#lowbit.affine<u5>, scale = f32 per tensor, zero_point = u5>

// A tensor of rank 0 takes a byte for its code and one for its zero point.
func.func private @u5_scalar(%x: tensor<f32>) {
  vector.print str "u5_scalar\n"
  // CHECK-LABEL: {{^}}u5_scalar{{$}}
  %e = lowbit.encode %x : tensor<f32> to tensor<f32, #u5_scalar>
  %p:3 = lowbit.disassemble %e : tensor<f32, #u5_scalar>
    to tensor<i8>, tensor<f32>, tensor<i8>
  %c = arith.extui %p#0 : tensor<i8> to tensor<i32>
  %cu = tensor.cast %c : tensor<i32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}31]
  %su = tensor.cast %p#1 : tensor<f32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.0967742]
  %z = arith.extui %p#2 : tensor<i8> to tensor<i32>
  %zu = tensor.cast %z : tensor<i32> to tensor<*xi32>
  call @printMemrefI32(%zu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0]
  %d = lowbit.decode %e : tensor<f32, #u5_scalar> to tensor<f32>
  %du = tensor.cast %d : tensor<f32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}3]
  return
}

func.func @main() {
  %u5_scalar = arith.constant dense<3.0> : tensor<f32>
  call @u5_scalar(%u5_scalar) : (tensor<f32>) -> ()
  return
}
