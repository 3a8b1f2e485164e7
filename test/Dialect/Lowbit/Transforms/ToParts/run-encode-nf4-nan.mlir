// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.
// A NaN makes all codes of its block the lowest.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#nf4_nan = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per axis<0>>

func.func private @nf4_nan(%x: tensor<2x2xf32>) {
  vector.print str "nf4_nan\n"
  // CHECK-LABEL: {{^}}nf4_nan{{$}}
  %e = lowbit.encode %x : tensor<2x2xf32> to tensor<2x2xf32, #nf4_nan>
  %p:2 = lowbit.disassemble %e : tensor<2x2xf32, #nf4_nan>
    to tensor<2x1xi8>, tensor<2xf32>
  %c = arith.extui %p#0 : tensor<2x1xi8> to tensor<2x1xi32>
  %cu = tensor.cast %c : tensor<2x1xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0]
  // CHECK-NEXT: {{ *\[+}}15]
  %su = tensor.cast %p#1 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, 1]
  %d = lowbit.decode %e : tensor<2x2xf32, #nf4_nan> to tensor<2x2xf32>
  %du = tensor.cast %d : tensor<2x2xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan]
  // CHECK-NEXT: {{ *\[+}}1, -1]
  return
}

func.func @main() {
  %nf4_nan = arith.constant dense<[[0x7FC00000, 1.0], [1.0, -1.0]]> : tensor<2x2xf32>
  call @nf4_nan(%nf4_nan) : (tensor<2x2xf32>) -> ()
  return
}
