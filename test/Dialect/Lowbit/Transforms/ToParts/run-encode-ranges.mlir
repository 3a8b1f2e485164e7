// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed: ranges -2..2 of the first row and 0..4 of the second are given;
// values beyond them saturate.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#absmax = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

func.func private @absmax(%x: tensor<2x3xf32>, %lo: tensor<2xf32>, %hi: tensor<2xf32>) {
  vector.print str "absmax\n"
  // CHECK-LABEL: {{^}}absmax{{$}}
  %e = lowbit.encode %x range(absmax) ranges(%lo, %hi : tensor<2xf32>, tensor<2xf32>) : tensor<2x3xf32> to tensor<2x3xf32, #absmax>
  %p:2 = lowbit.disassemble %e : tensor<2x3xf32, #absmax> to tensor<2x3xi8>, tensor<2xf32>
  %c = arith.extsi %p#0 : tensor<2x3xi8> to tensor<2x3xi32>
  %cu = tensor.cast %c : tensor<2x3xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}64, -128, 127]
  // CHECK-NEXT: {{ *\[+}}0, 64, -16]
  %su = tensor.cast %p#1 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.015748, 0.0314961]
  return
}

#full = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

func.func private @full(%x: tensor<2x3xf32>, %lo: tensor<2xf32>, %hi: tensor<2xf32>) {
  vector.print str "full\n"
  // CHECK-LABEL: {{^}}full{{$}}
  %e = lowbit.encode %x range(full) ranges(%lo, %hi : tensor<2xf32>, tensor<2xf32>) : tensor<2x3xf32> to tensor<2x3xf32, #full>
  %p:2 = lowbit.disassemble %e : tensor<2x3xf32, #full> to tensor<2x3xi8>, tensor<2xf32>
  %c = arith.extsi %p#0 : tensor<2x3xi8> to tensor<2x3xi32>
  %cu = tensor.cast %c : tensor<2x3xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}64, -128, 127]
  // CHECK-NEXT: {{ *\[+}}0, -64, 16]
  %su = tensor.cast %p#1 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.015625, -0.03125]
  return
}

#minmax = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, zero_point = u8>

func.func private @minmax(%x: tensor<2x3xf32>, %lo: tensor<2xf32>, %hi: tensor<2xf32>) {
  vector.print str "minmax\n"
  // CHECK-LABEL: {{^}}minmax{{$}}
  %e = lowbit.encode %x range(minmax) ranges(%lo, %hi : tensor<2xf32>, tensor<2xf32>) : tensor<2x3xf32> to tensor<2x3xf32, #minmax>
  %p:3 = lowbit.disassemble %e : tensor<2x3xf32, #minmax> to tensor<2x3xi8>, tensor<2xf32>, tensor<2xi8>
  %c = arith.extui %p#0 : tensor<2x3xi8> to tensor<2x3xi32>
  %cu = tensor.cast %c : tensor<2x3xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}191, 0, 255]
  // CHECK-NEXT: {{ *\[+}}0, 127, 0]
  %su = tensor.cast %p#1 : tensor<2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.0156863, 0.0156863]
  %z = arith.extui %p#2 : tensor<2xi8> to tensor<2xi32>
  %zu = tensor.cast %z : tensor<2xi32> to tensor<*xi32>
  call @printMemrefI32(%zu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}127, 0]
  return
}

func.func @main() {
  %x = arith.constant dense<[[1.0, -3.0, 100.0], [0.0, 2.0, -0.5]]> : tensor<2x3xf32>
  %lo = arith.constant dense<[-2.0, 0.0]> : tensor<2xf32>
  %hi = arith.constant dense<[2.0, 4.0]> : tensor<2xf32>
  call @absmax(%x, %lo, %hi) : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>) -> ()
  call @full(%x, %lo, %hi) : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>) -> ()
  call @minmax(%x, %lo, %hi) : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xf32>) -> ()
  return
}
