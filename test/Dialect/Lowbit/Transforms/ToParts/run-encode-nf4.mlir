// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#nf4_group = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<3> along 1>

// The levels nearest to x / absmax.
func.func private @nf4_group(%x: tensor<?x6xf32>) {
  vector.print str "nf4_group\n"
  // CHECK-LABEL: {{^}}nf4_group{{$}}
  %e = lowbit.encode %x : tensor<?x6xf32> to tensor<?x6xf32, #nf4_group>
  %p:2 = lowbit.disassemble %e : tensor<?x6xf32, #nf4_group>
    to tensor<?x3xi8>, tensor<?x2xf16>
  %c = arith.extui %p#0 : tensor<?x3xi8> to tensor<?x3xi32>
  %cu = tensor.cast %c : tensor<?x3xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}15, 40, 175]
  // CHECK-NEXT: {{ *\[+}}119, 7, 239]
  %s = arith.extf %p#1 : tensor<?x2xf16> to tensor<?x2xf32>
  %su = tensor.cast %s : tensor<?x2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}2, 1]
  // CHECK-NEXT: {{ *\[+}}1, 4]
  %d = lowbit.decode %e : tensor<?x6xf32, #nf4_group> to tensor<?x6xf32>
  %du = tensor.cast %d : tensor<?x6xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}2, -2, 0.159161, -0.525073, 1, 0.246112]
  // CHECK-NEXT: {{ *\[+}}0, 0, 0, -4, 4, 2.89183]
  return
}

#nf4_tensor = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per tensor>

func.func private @nf4_tensor(%x: tensor<2x4xf32>) {
  vector.print str "nf4_tensor\n"
  // CHECK-LABEL: {{^}}nf4_tensor{{$}}
  %e = lowbit.encode %x : tensor<2x4xf32> to tensor<2x4xf32, #nf4_tensor>
  %p:2 = lowbit.disassemble %e : tensor<2x4xf32, #nf4_tensor>
    to tensor<2x2xi8>, tensor<f32>
  %c = arith.extui %p#0 : tensor<2x2xi8> to tensor<2x2xi32>
  %cu = tensor.cast %c : tensor<2x2xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}15, 120]
  // CHECK-NEXT: {{ *\[+}}103, 239]
  %su = tensor.cast %p#1 : tensor<f32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1]
  %d = lowbit.decode %e : tensor<2x4xf32, #nf4_tensor> to tensor<2x4xf32>
  %du = tensor.cast %d : tensor<2x4xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, -1, 0.0795803, 0]
  // CHECK-NEXT: {{ *\[+}}0, -0.09105, 1, 0.722957]
  return
}

func.func @main() {
  %nf4_group = arith.constant dense<[[2.0, -2.0, 0.1, -0.5, 1.0, 0.25], [0.0, 0.0, 0.0, -4.0, 4.0, 3.0]]> : tensor<2x6xf32>
  %nf4_group_d = tensor.cast %nf4_group : tensor<2x6xf32> to tensor<?x6xf32>
  call @nf4_group(%nf4_group_d) : (tensor<?x6xf32>) -> ()
  %nf4_tensor = arith.constant dense<[[1.0, -1.0, 0.04, 0.0395], [-0.0455, -0.0456, 0.9, 0.8]]> : tensor<2x4xf32>
  call @nf4_tensor(%nf4_tensor) : (tensor<2x4xf32>) -> ()
  return
}
