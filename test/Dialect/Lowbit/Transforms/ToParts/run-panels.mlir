// RUN: quant-opt %s --lowbit-to-parts | %run_main | FileCheck %s

// Executed; expected values are those of an independent model of docs/spec.md:
// codes, scales, zero points, and the decoded values.
// Panels of eight columns and tiles of two reduction indices: nine columns make
// two panels, groups of three are filled up to four. Padding is zero.

func.func private @printMemrefI32(tensor<*xi32> {bufferization.access = "read"})
func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#i4_panels = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per group<3> along 0, layout = #lowbit.panels<columns = 8, step = 2, reduction = 0>>

func.func private @i4_panels(%x: tensor<5x9xf32>) {
  vector.print str "i4_panels\n"
  // CHECK-LABEL: {{^}}i4_panels{{$}}
  %e = lowbit.encode %x : tensor<5x9xf32> to tensor<5x9xf32, #i4_panels>
  %p:2 = lowbit.disassemble %e : tensor<5x9xf32, #i4_panels>
    to tensor<2x3x8xi8>, tensor<2x2x8xf32>
  %c = arith.extui %p#0 : tensor<2x3x8xi8> to tensor<2x3x8xi32>
  %cu = tensor.cast %c : tensor<2x3x8xi32> to tensor<*xi32>
  call @printMemrefI32(%cu) : (tensor<*xi32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}217, 112, 77, 151, 148, 9, 217, 112]
  // CHECK-NEXT: {{ *\[+}}199, 0, 60, 0, 115, 0, 199, 0]
  // CHECK-NEXT: {{ *\[+}}127, 151, 151, 25, 249, 113, 127, 151]
  // CHECK-NEXT: {{ *\[+}}4, 9, 0, 0, 0, 0, 0, 0]
  // CHECK-NEXT: {{ *\[+}}3, 0, 0, 0, 0, 0, 0, 0]
  // CHECK-NEXT: {{ *\[+}}9, 1, 0, 0, 0, 0, 0, 0]
  %su = tensor.cast %p#1 : tensor<2x2x8xf32> to tensor<*xf32>
  call @printMemrefF32(%su) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}1, 0.714286, 0.714286, 1, 0.714286, 0.714286, 1, 0.714286]
  // CHECK-NEXT: {{ *\[+}}0.857143, 0.571429, 0.857143, 0.857143, 0.571429, 0.857143, 0.857143, 0.571429]
  // CHECK-NEXT: {{ *\[+}}0.714286, 0, 0, 0, 0, 0, 0, 0]
  // CHECK-NEXT: {{ *\[+}}0.857143, 0, 0, 0, 0, 0, 0, 0]
  %d = lowbit.decode %e : tensor<5x9xf32, #i4_panels> to tensor<5x9xf32>
  %du = tensor.cast %d : tensor<5x9xf32> to tensor<*xf32>
  call @printMemrefF32(%du) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}-7, -2.14286, 2.85714, -7, -2.14286, 2.85714, -7, -2.14286, 2.85714]
  // CHECK-NEXT: {{ *\[+}}0, 5, -5, 0, 5, -5, 0, 5, -5]
  // CHECK-NEXT: {{ *\[+}}7, -2.85714, 2.14286, 7, -2.85714, 2.14286, 7, -2.85714, 2.14286]
  // CHECK-NEXT: {{ *\[+}}-0.857143, 4, -6, -0.857143, 4, -6, -0.857143, 4, -6]
  // CHECK-NEXT: {{ *\[+}}6, -4, 0.857143, 6, -4, 0.857143, 6, -4, 0.857143]
  return
}

func.func @main() {
  %i4_panels = arith.constant dense<[[-7.0, -2.0, 3.0, -7.0, -2.0, 3.0, -7.0, -2.0, 3.0], [0.0, 5.0, -5.0, 0.0, 5.0, -5.0, 0.0, 5.0, -5.0], [7.0, -3.0, 2.0, 7.0, -3.0, 2.0, 7.0, -3.0, 2.0], [-1.0, 4.0, -6.0, -1.0, 4.0, -6.0, -1.0, 4.0, -6.0], [6.0, -4.0, 1.0, 6.0, -4.0, 1.0, 6.0, -4.0, 1.0]]> : tensor<5x9xf32>
  call @i4_panels(%i4_panels) : (tensor<5x9xf32>) -> ()
  return
}
