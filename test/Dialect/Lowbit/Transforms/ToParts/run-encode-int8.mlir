// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#i8_axis = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// Scales 1 and 2: quotients half way between codes go to even ones. The scale
// of a row of zeros is 1.
func.func private @i8_axis(%x: tensor<?x6xf32>) {
  vector.print str "i8_axis\n"
  // CHECK-LABEL: {{^}}i8_axis{{$}}
  %e = lowbit.encode %x : tensor<?x6xf32> to tensor<?x6xf32, #i8_axis>
  %p:2 = lowbit.disassemble %e : tensor<?x6xf32, #i8_axis>
    to tensor<?x6xi8>, tensor<?xf32>
  %c = arith.extsi %p#0 : tensor<?x6xi8> to tensor<?x6xi32>
  %cu = tensor.cast %c : tensor<?x6xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0, 2, 2, 0, -2, 127]
  // CHECK-NEXT: {{ *\[+}}0, 0, 0, 0, 0, 0]
  // CHECK-NEXT: {{ *\[+}}-127, 2, 0, 2, 0, 1]
  %su = tensor.cast %p#1 : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 1, 2]
  %d = lowbit.decode %e : tensor<?x6xf32, #i8_axis> to tensor<?x6xf32>
  %du = tensor.cast %d : tensor<?x6xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0, 2, 2, 0, -2, 127]
  // CHECK-NEXT: {{ *\[+}}0, 0, 0, 0, 0, 0]
  // CHECK-NEXT: {{ *\[+}}-254, 4, 0, 4, 0, 2]
  return
}

#u8_tensor = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor, zero_point = u8>

// Zero lies in every range: the least value here is 1, the zero point 0.
func.func private @u8_tensor(%x: tensor<2x3xf32>) {
  vector.print str "u8_tensor\n"
  // CHECK-LABEL: {{^}}u8_tensor{{$}}
  %e = lowbit.encode %x : tensor<2x3xf32> to tensor<2x3xf32, #u8_tensor>
  %p:3 = lowbit.disassemble %e : tensor<2x3xf32, #u8_tensor>
    to tensor<2x3xi8>, tensor<f32>, tensor<i8>
  %c = arith.extui %p#0 : tensor<2x3xi8> to tensor<2x3xi32>
  %cu = tensor.cast %c : tensor<2x3xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}5, 10, 255]
  // CHECK-NEXT: {{ *\[+}}88, 128, 40]
  %su = tensor.cast %p#1 : tensor<f32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.2]
  %z = arith.extui %p#2 : tensor<i8> to tensor<i32>
  %zu = tensor.cast %z : tensor<i32> to tensor<*xi32>
  call @printMemrefI32(%zu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0]
  %d = lowbit.decode %e : tensor<2x3xf32, #u8_tensor> to tensor<2x3xf32>
  %du = tensor.cast %d : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 2, 51]
  // CHECK-NEXT: {{ *\[+}}17.6, 25.6, 8]
  return
}

#i8_zero_point = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<1>, zero_point = i8>

// The range -1..4 of the last column takes codes -128..127.
func.func private @i8_zero_point(%x: tensor<?x?xf32>) {
  vector.print str "i8_zero_point\n"
  // CHECK-LABEL: {{^}}i8_zero_point{{$}}
  %e = lowbit.encode %x : tensor<?x?xf32> to tensor<?x?xf32, #i8_zero_point>
  %p:3 = lowbit.disassemble %e : tensor<?x?xf32, #i8_zero_point>
    to tensor<?x?xi8>, tensor<?xf16>, tensor<?xi8>
  %c = arith.extsi %p#0 : tensor<?x?xi8> to tensor<?x?xi32>
  %cu = tensor.cast %c : tensor<?x?xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}127, -128]
  // CHECK-NEXT: {{ *\[+}}64, 127]
  // CHECK-NEXT: {{ *\[+}}-128, 25]
  %s = arith.extf %p#1 : tensor<?xf16> to tensor<?xf32>
  %su = tensor.cast %s : tensor<?xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.00392151, 0.0196075]
  %z = arith.extui %p#2 : tensor<?xi8> to tensor<?xi32>
  %zu = tensor.cast %z : tensor<?xi32> to tensor<*xi32>
  call @printMemrefI32(%zu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0, 179]
  %d = lowbit.decode %e : tensor<?x?xf32, #i8_zero_point> to tensor<?x?xf32>
  %du = tensor.cast %d : tensor<?x?xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.498032, -0.999985]
  // CHECK-NEXT: {{ *\[+}}0.250977, 3.99994]
  // CHECK-NEXT: {{ *\[+}}-0.501953, 1.99997]
  return
}

func.func @main() {
  %i8_axis = arith.constant dense<[[0.5, 1.5, 2.5, -0.5, -1.5, 127.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [-254.0, 3.0, 1.0, 5.0, -1.0, 2.0]]> : tensor<3x6xf32>
  %i8_axis_d = tensor.cast %i8_axis : tensor<3x6xf32> to tensor<?x6xf32>
  call @i8_axis(%i8_axis_d) : (tensor<?x6xf32>) -> ()
  %u8_tensor = arith.constant dense<[[1.0, 2.0, 51.0], [17.5, 25.5, 8.0]]> : tensor<2x3xf32>
  call @u8_tensor(%u8_tensor) : (tensor<2x3xf32>) -> ()
  %i8_zero_point = arith.constant dense<[[0.5, -1.0], [0.25, 4.0], [-0.5, 2.0]]> : tensor<3x2xf32>
  %i8_zero_point_d = tensor.cast %i8_zero_point : tensor<3x2xf32> to tensor<?x?xf32>
  call @i8_zero_point(%i8_zero_point_d) : (tensor<?x?xf32>) -> ()
  return
}
