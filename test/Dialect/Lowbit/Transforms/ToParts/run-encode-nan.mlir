// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.
// A NaN makes the scale of its block NaN and all codes of it the lowest.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#absmax_nan = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

func.func private @absmax_nan(%x: tensor<2x3xf32>) {
  vector.print str "absmax_nan\n"
  // CHECK-LABEL: {{^}}absmax_nan{{$}}
  %e = lowbit.encode %x : tensor<2x3xf32> to tensor<2x3xf32, #absmax_nan>
  %p:2 = lowbit.disassemble %e : tensor<2x3xf32, #absmax_nan>
    to tensor<2x3xi8>, tensor<2xf32>
  %c = arith.extsi %p#0 : tensor<2x3xi8> to tensor<2x3xi32>
  %cu = tensor.cast %c : tensor<2x3xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}-128, -128, -128]
  // CHECK-NEXT: {{ *\[+}}1, 0, 127]
  %su = tensor.cast %p#1 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, 1]
  %d = lowbit.decode %e : tensor<2x3xf32, #absmax_nan> to tensor<2x3xf32>
  %du = tensor.cast %d : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]
  // CHECK-NEXT: {{ *\[+}}1, 0, 127]
  return
}

#full_nan = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>

func.func private @full_nan(%x: tensor<2x4xf32>) {
  vector.print str "full_nan\n"
  // CHECK-LABEL: {{^}}full_nan{{$}}
  %e = lowbit.encode %x range(full) : tensor<2x4xf32> to tensor<2x4xf32, #full_nan>
  %p:2 = lowbit.disassemble %e : tensor<2x4xf32, #full_nan>
    to tensor<2x2xi8>, tensor<2xf32>
  %c = arith.extui %p#0 : tensor<2x2xi8> to tensor<2x2xi32>
  %cu = tensor.cast %c : tensor<2x2xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}136, 136]
  // CHECK-NEXT: {{ *\[+}}8, 1]
  %su = tensor.cast %p#1 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, 2]
  %d = lowbit.decode %e : tensor<2x4xf32, #full_nan> to tensor<2x4xf32>
  %du = tensor.cast %d : tensor<2x4xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan, {{-?}}nan]
  // CHECK-NEXT: {{ *\[+}}-16, 0, 2, 0]
  return
}

#minmax_nan = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per axis<0>, zero_point = u4>

func.func private @minmax_nan(%x: tensor<2x3xf32>) {
  vector.print str "minmax_nan\n"
  // CHECK-LABEL: {{^}}minmax_nan{{$}}
  %e = lowbit.encode %x : tensor<2x3xf32> to tensor<2x3xf32, #minmax_nan>
  %p:3 = lowbit.disassemble %e : tensor<2x3xf32, #minmax_nan>
    to tensor<2x2xi8>, tensor<2xf16>, tensor<1xi8>
  %c = arith.extui %p#0 : tensor<2x2xi8> to tensor<2x2xi32>
  %cu = tensor.cast %c : tensor<2x2xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0, 0]
  // CHECK-NEXT: {{ *\[+}}1, 15]
  %s = arith.extf %p#1 : tensor<2xf16> to tensor<2xf32>
  %su = tensor.cast %s : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, 1]
  %z = arith.extui %p#2 : tensor<1xi8> to tensor<1xi32>
  %zu = tensor.cast %z : tensor<1xi32> to tensor<*xi32>
  call @printMemrefI32(%zu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0]
  %d = lowbit.decode %e : tensor<2x3xf32, #minmax_nan> to tensor<2x3xf32>
  %du = tensor.cast %d : tensor<2x3xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}{{-?}}nan, {{-?}}nan, {{-?}}nan]
  // CHECK-NEXT: {{ *\[+}}1, 0, 15]
  return
}

func.func @main() {
  %absmax_nan = arith.constant dense<[[1.0, 0x7FC00000, 2.0], [1.0, 0.0, 127.0]]> : tensor<2x3xf32>
  call @absmax_nan(%absmax_nan) : (tensor<2x3xf32>) -> ()
  %full_nan = arith.constant dense<[[1.0, 0x7FC00000, 2.0, 0x7FC00000], [-16.0, 0.0, 2.0, 1.0]]> : tensor<2x4xf32>
  call @full_nan(%full_nan) : (tensor<2x4xf32>) -> ()
  %minmax_nan = arith.constant dense<[[1.0, 0x7FC00000, 2.0], [1.0, 0.0, 15.0]]> : tensor<2x3xf32>
  call @minmax_nan(%minmax_nan) : (tensor<2x3xf32>) -> ()
  return
}
