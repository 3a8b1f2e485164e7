// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.
// The reduction is the last axis; scales per index of the other, which every
// column repeats.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#u8_panels = #lowbit.encoding<#lowbit.affine<u8>, scale = f16 per axis<0>, zero_point = u8, layout = #lowbit.panels<columns = 8, step = 4, reduction = 1>>

func.func private @u8_panels(%x: tensor<3x5xf32>) {
  vector.print str "u8_panels\n"
  // CHECK-LABEL: {{^}}u8_panels{{$}}
  %e = lowbit.encode %x : tensor<3x5xf32> to tensor<3x5xf32, #u8_panels>
  %p:3 = lowbit.disassemble %e : tensor<3x5xf32, #u8_panels>
    to tensor<1x2x32xi8>, tensor<1x1x8xf16>, tensor<1x1x8xi8>
  %c = arith.extui %p#0 : tensor<1x2x32xi8> to tensor<1x2x32xi32>
  %cu = tensor.cast %c : tensor<1x2x32xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0, 128, 255, 110, 56, 255, 28, 226, 255, 28, 227, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  // CHECK-NEXT: {{ *\[+}}237, 0, 0, 0, 0, 0, 0, 0, 198, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  %s = arith.extf %p#1 : tensor<1x1x8xf16> to tensor<1x1x8xf32>
  %su = tensor.cast %s : tensor<1x1x8xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}0.0549011, 0.0353088, 0.0353088, 0, 0, 0, 0, 0]
  %z = arith.extui %p#2 : tensor<1x1x8xi8> to tensor<1x1x8xi32>
  %zu = tensor.cast %z : tensor<1x1x8xi32> to tensor<*xi32>
  call @printMemrefI32(%zu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}128, 113, 170, 0, 0, 0, 0, 0]
  %d = lowbit.decode %e : tensor<3x5xf32, #u8_panels> to tensor<3x5xf32>
  %du = tensor.cast %d : tensor<3x5xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}-7.02734, 0, 6.97244, -0.98822, 5.98422]
  // CHECK-NEXT: {{ *\[+}}-2.0126, 5.01385, -3.00125, 3.9899, -3.9899]
  // CHECK-NEXT: {{ *\[+}}3.00125, -5.01385, 2.0126, -6.0025, 0.988647]
  return
}

func.func @main() {
  %u8_panels = arith.constant dense<[[-7.0, 0.0, 7.0, -1.0, 6.0], [-2.0, 5.0, -3.0, 4.0, -4.0], [3.0, -5.0, 2.0, -6.0, 1.0]]> : tensor<3x5xf32>
  call @u8_panels(%u8_panels) : (tensor<3x5xf32>) -> ()
  return
}
