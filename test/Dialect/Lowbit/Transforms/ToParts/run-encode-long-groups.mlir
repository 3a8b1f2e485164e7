// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed: groups that are longer than a dynamic axis. They are not filled up,
// which for these would take more memory than there is.

func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})
func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})

#long = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<9223372036854775807> along 0>

func.func private @long(%x: tensor<?x2xf32>) {
  %e = lowbit.encode %x : tensor<?x2xf32> to tensor<?x2xf32, #long>
  %p:2 = lowbit.disassemble %e : tensor<?x2xf32, #long> to tensor<?x2xi8>, tensor<?x2xf32>
  %c = arith.extsi %p#0 : tensor<?x2xi8> to tensor<?x2xi32>
  %cu = tensor.cast %c : tensor<?x2xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  %su = tensor.cast %p#1 : tensor<?x2xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  return
}

func.func @main() {
  // CHECK: sizes = [3, 2] {{.*}} data =
  // CHECK-NEXT: {{ *\[+}}127, -1]
  // CHECK-NEXT: {{ *\[+}}64, 0]
  // CHECK-NEXT: {{ *\[+}}0, 127]
  // CHECK: sizes = [1, 2] {{.*}} data =
  // CHECK-NEXT: {{ *\[+}}1, 2]
  %x = arith.constant dense<[[127.0, -2.0], [64.0, 1.0], [0.0, 254.0]]> : tensor<3x2xf32>
  %xd = tensor.cast %x : tensor<3x2xf32> to tensor<?x2xf32>
  call @long(%xd) : (tensor<?x2xf32>) -> ()
  // CHECK: sizes = [0, 2] {{.*}} data =
  // CHECK: sizes = [0, 2] {{.*}} data =
  %none = tensor.empty() : tensor<0x2xf32>
  %none_d = tensor.cast %none : tensor<0x2xf32> to tensor<?x2xf32>
  call @long(%none_d) : (tensor<?x2xf32>) -> ()
  return
}
