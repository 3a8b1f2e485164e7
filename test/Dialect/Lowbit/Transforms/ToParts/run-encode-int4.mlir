// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#i4_group = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<2> along 0>

// Groups of two along the first axis, the last one short, one all zero. Codes
// are packed along the other axis.
func.func private @i4_group(%x: tensor<5x3xf32>) {
  vector.print str "i4_group\n"
  // CHECK-LABEL: {{^}}i4_group{{$}}
  %e = lowbit.encode %x : tensor<5x3xf32> to tensor<5x3xf32, #i4_group>
  %p:2 = lowbit.disassemble %e : tensor<5x3xf32, #i4_group>
    to tensor<5x2xi8>, tensor<3x3xf16>
  %c = arith.extui %p#0 : tensor<5x2xi8> to tensor<5x2xi32>
  %cu = tensor.cast %c : tensor<5x2xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}145, 7]
  // CHECK-NEXT: {{ *\[+}}71, 12]
  // CHECK-NEXT: {{ *\[+}}121, 0]
  // CHECK-NEXT: {{ *\[+}}4, 0]
  // CHECK-NEXT: {{ *\[+}}9, 7]
  %s = arith.extf %p#1 : tensor<3x3xf16> to tensor<3x3xf32>
  %su = tensor.cast %s : tensor<3x3xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 1.14258, 0.0714111]
  // CHECK-NEXT: {{ *\[+}}0.5, 0.285645, 1]
  // CHECK-NEXT: {{ *\[+}}0.856934, 1, 2]
  %d = lowbit.decode %e : tensor<5x3xf32, #i4_group> to tensor<5x3xf32>
  %du = tensor.cast %d : tensor<5x3xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, -7.99805, 0.499878]
  // CHECK-NEXT: {{ *\[+}}7, 4.57031, -0.285645]
  // CHECK-NEXT: {{ *\[+}}-3.5, 1.99951, 0]
  // CHECK-NEXT: {{ *\[+}}2, 0, 0]
  // CHECK-NEXT: {{ *\[+}}-5.99854, 0, 14]
  return
}

#u4_group = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per group<3> along 0, zero_point = u4>

// Zero points are packed like codes, two to a byte.
func.func private @u4_group(%x: tensor<?x?xf32>) {
  vector.print str "u4_group\n"
  // CHECK-LABEL: {{^}}u4_group{{$}}
  %e = lowbit.encode %x : tensor<?x?xf32> to tensor<?x?xf32, #u4_group>
  %p:3 = lowbit.disassemble %e : tensor<?x?xf32, #u4_group>
    to tensor<?x?xi8>, tensor<?x?xf32>, tensor<?x?xi8>
  %c = arith.extui %p#0 : tensor<?x?xi8> to tensor<?x?xi32>
  %cu = tensor.cast %c : tensor<?x?xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}6, 15]
  // CHECK-NEXT: {{ *\[+}}255, 0]
  // CHECK-NEXT: {{ *\[+}}192, 5]
  // CHECK-NEXT: {{ *\[+}}15, 0]
  // CHECK-NEXT: {{ *\[+}}0, 15]
  %su = tensor.cast %p#1 : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.7, 0.8, 0.05]
  // CHECK-NEXT: {{ *\[+}}0.533333, 1, 0.933333]
  %z = arith.extui %p#2 : tensor<?x?xi8> to tensor<?x?xi32>
  %zu = tensor.cast %z : tensor<?x?xi32> to tensor<*xi32>
  call @printMemrefI32(%zu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}165, 5]
  // CHECK-NEXT: {{ *\[+}}11, 0]
  %d = lowbit.decode %e : tensor<?x?xf32, #u4_group> to tensor<?x?xf32>
  %du = tensor.cast %d : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.7, -8, 0.5]
  // CHECK-NEXT: {{ *\[+}}7, 4, -0.25]
  // CHECK-NEXT: {{ *\[+}}-3.5, 1.6, 0]
  // CHECK-NEXT: {{ *\[+}}2.13333, 0, 0]
  // CHECK-NEXT: {{ *\[+}}-5.86667, 0, 14]
  return
}

#i4_full = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>

// The value of largest magnitude takes code -8, so its scale is negative where
// it is positive. Of -8 and 8 the first counts.
func.func private @i4_full(%x: tensor<2x4xf32>) {
  vector.print str "i4_full\n"
  // CHECK-LABEL: {{^}}i4_full{{$}}
  %e = lowbit.encode %x range(full) : tensor<2x4xf32> to tensor<2x4xf32, #i4_full>
  %p:2 = lowbit.disassemble %e : tensor<2x4xf32, #i4_full>
    to tensor<2x2xi8>, tensor<2xf32>
  %c = arith.extui %p#0 : tensor<2x2xi8> to tensor<2x2xi32>
  %cu = tensor.cast %c : tensor<2x2xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}120, 207]
  // CHECK-NEXT: {{ *\[+}}120, 65]
  %su = tensor.cast %p#1 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}-1, 1]
  %d = lowbit.decode %e : tensor<2x4xf32, #i4_full> to tensor<2x4xf32>
  %du = tensor.cast %d : tensor<2x4xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}8, -7, 1, 4]
  // CHECK-NEXT: {{ *\[+}}-8, 7, 1, 4]
  return
}

func.func @main() {
  %i4_group = arith.constant dense<[[1.0, -8.0, 0.5], [7.0, 4.0, -0.25], [-3.5, 2.0, 0.0], [2.0, 0.0, 0.0], [-6.0, 0.0, 14.0]]> : tensor<5x3xf32>
  call @i4_group(%i4_group) : (tensor<5x3xf32>) -> ()
  %u4_group = arith.constant dense<[[1.0, -8.0, 0.5], [7.0, 4.0, -0.25], [-3.5, 2.0, 0.0], [2.0, 0.0, 0.0], [-6.0, 0.0, 14.0]]> : tensor<5x3xf32>
  %u4_group_d = tensor.cast %u4_group : tensor<5x3xf32> to tensor<?x?xf32>
  call @u4_group(%u4_group_d) : (tensor<?x?xf32>) -> ()
  %i4_full = arith.constant dense<[[8.0, -8.0, 1.0, 4.5], [-8.0, 8.0, 1.0, 4.5]]> : tensor<2x4xf32>
  call @i4_full(%i4_full) : (tensor<2x4xf32>) -> ()
  return
}
