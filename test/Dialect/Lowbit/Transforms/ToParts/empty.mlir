// RUN: quant-opt %s --lowbit-to-parts | FileCheck %s
// RUN: quant-opt %s --lowbit-lower-to-x86 -o /dev/null

#binary = #lowbit.encoding<#lowbit.codebook<binary>, scale = bf16 per tensor>

// A size of 0 times an unknown one stays unknown to bufferization: no codes are
// joined where there are none.
// CHECK-LABEL: func.func @joined
// CHECK-NOT: tensor.collapse_shape
func.func @joined(%x: tensor<3x0x?xf32>) -> tensor<3x0x?xf32> {
  %e = lowbit.encode %x range(mean) : tensor<3x0x?xf32> to tensor<3x0x?xf32, #binary>
  %d = lowbit.decode %e : tensor<3x0x?xf32, #binary> to tensor<3x0x?xf32>
  return %d : tensor<3x0x?xf32>
}
