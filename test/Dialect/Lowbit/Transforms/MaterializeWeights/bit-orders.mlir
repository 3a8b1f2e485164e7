// RUN: quant-opt %s --lowbit-materialize-weights | FileCheck %s

// (C73), (C122) Codes 1..7 of a row in each order, and of a block that is short.

#low = #lowbit.encoding<#lowbit.affine<u4>>
#high = #lowbit.encoding<#lowbit.affine<u4>, layout = #lowbit.rows<high_first>>
#split = #lowbit.encoding<#lowbit.affine<u4>, layout = #lowbit.rows<split<4>>>
#high3 = #lowbit.encoding<#lowbit.affine<u3>, layout = #lowbit.rows<high_first>>

// CHECK-LABEL: func.func @orders
// 0x21, 0x43, 0x65, 0x07
// CHECK-DAG: arith.constant dense<{{\[\[}}33, 67, 101, 7]]> : tensor<1x4xi8>
// 0x12, 0x34, 0x56, 0x70
// CHECK-DAG: arith.constant dense<{{\[\[}}18, 52, 86, 112]]> : tensor<1x4xi8>
// 0x31, 0x42, then 5, 6 and 7: 0x75, 0x06
// CHECK-DAG: arith.constant dense<{{\[\[}}49, 66, 117, 6]]> : tensor<1x4xi8>
// 001 010 01|1 100 101 1|10 111 ...
// CHECK-DAG: arith.constant dense<{{\[\[}}41, -53, -72]]> : tensor<1x3xi8>
func.func @orders() -> (tensor<1x7xf32, #low>, tensor<1x7xf32, #high>, tensor<1x7xf32, #split>,
                        tensor<1x7xf32, #high3>) {
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]]> : tensor<1x7xf32>
  %0 = lowbit.encode %w : tensor<1x7xf32> to tensor<1x7xf32, #low>
  %1 = lowbit.encode %w : tensor<1x7xf32> to tensor<1x7xf32, #high>
  %2 = lowbit.encode %w : tensor<1x7xf32> to tensor<1x7xf32, #split>
  %3 = lowbit.encode %w : tensor<1x7xf32> to tensor<1x7xf32, #high3>
  return %0, %1, %2, %3 : tensor<1x7xf32, #low>, tensor<1x7xf32, #high>, tensor<1x7xf32, #split>,
    tensor<1x7xf32, #high3>
}
