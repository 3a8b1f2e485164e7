// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#i2_axes = #lowbit.encoding<#lowbit.affine<i2>, scale = bf16 per axis<0, 1>>

// Blocks along no axis: a scale for each element of a row of five.
func.func private @i2_axes(%x: tensor<1x5xf32>) {
  vector.print str "i2_axes\n"
  // CHECK-LABEL: {{^}}i2_axes{{$}}
  %e = lowbit.encode %x : tensor<1x5xf32> to tensor<1x5xf32, #i2_axes>
  %p:2 = lowbit.disassemble %e : tensor<1x5xf32, #i2_axes>
    to tensor<1x2xi8>, tensor<1x5xbf16>
  %c = arith.extui %p#0 : tensor<1x2xi8> to tensor<1x2xi32>
  %cu = tensor.cast %c : tensor<1x2xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}29, 3]
  %s = arith.extf %p#1 : tensor<1x5xbf16> to tensor<1x5xf32>
  %su = tensor.cast %s : tensor<1x5xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 2, 3, 1, 5]
  %d = lowbit.decode %e : tensor<1x5xf32, #i2_axes> to tensor<1x5xf32>
  %du = tensor.cast %d : tensor<1x5xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, -2, 3, 0, -5]
  return
}

#u2_group = #lowbit.encoding<#lowbit.affine<u2>, scale = f32 per group<4> along 0, zero_point = u2>

// Four codes to a byte, and a short last group.
func.func private @u2_group(%x: tensor<?xf32>) {
  vector.print str "u2_group\n"
  // CHECK-LABEL: {{^}}u2_group{{$}}
  %e = lowbit.encode %x : tensor<?xf32> to tensor<?xf32, #u2_group>
  %p:3 = lowbit.disassemble %e : tensor<?xf32, #u2_group>
    to tensor<?xi8>, tensor<?xf32>, tensor<?xi8>
  %c = arith.extui %p#0 : tensor<?xi8> to tensor<?xi32>
  %cu = tensor.cast %c : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}62, 7]
  %su = tensor.cast %p#1 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1.33333, 3]
  %z = arith.extui %p#2 : tensor<?xi8> to tensor<?xi32>
  %zu = tensor.cast %z : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%zu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}5]
  %d = lowbit.decode %e : tensor<?xf32, #u2_group> to tensor<?xf32>
  %du = tensor.cast %d : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1.33333, 2.66667, 2.66667, -1.33333, 6, 0, -3]
  return
}

#i3_tensor = #lowbit.encoding<#lowbit.affine<i3>, scale = f32 per tensor>

// Three bits: codes straddle bytes, nine of them take four.
func.func private @i3_tensor(%x: tensor<1x9xf32>) {
  vector.print str "i3_tensor\n"
  // CHECK-LABEL: {{^}}i3_tensor{{$}}
  %e = lowbit.encode %x : tensor<1x9xf32> to tensor<1x9xf32, #i3_tensor>
  %p:2 = lowbit.disassemble %e : tensor<1x9xf32, #i3_tensor>
    to tensor<1x4xi8>, tensor<f32>
  %c = arith.extui %p#0 : tensor<1x4xi8> to tensor<1x4xi32>
  %cu = tensor.cast %c : tensor<1x4xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}171, 114, 24, 3]
  %su = tensor.cast %p#1 : tensor<f32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1]
  %d = lowbit.decode %e : tensor<1x9xf32, #i3_tensor> to tensor<1x9xf32>
  %du = tensor.cast %d : tensor<1x9xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}3, -3, 2, 1, -1, 0, -2, 0, 3]
  return
}

func.func @main() {
  %i2_axes = arith.constant dense<[[1.0, -2.0, 3.0, 0.0, -5.0]]> : tensor<1x5xf32>
  call @i2_axes(%i2_axes) : (tensor<1x5xf32>) -> ()
  %u2_group = arith.constant dense<[1.0, 2.0, 3.0, -1.0, 6.0, 0.0, -3.0]> : tensor<7xf32>
  %u2_group_d = tensor.cast %u2_group : tensor<7xf32> to tensor<?xf32>
  call @u2_group(%u2_group_d) : (tensor<?xf32>) -> ()
  %i3_tensor = arith.constant dense<[[3.0, -3.0, 2.0, 1.0, -1.0, 0.4, -2.0, 0.0, 3.0]]> : tensor<1x9xf32>
  call @i3_tensor(%i3_tensor) : (tensor<1x9xf32>) -> ()
  return
}
