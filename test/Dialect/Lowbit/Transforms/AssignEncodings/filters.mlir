// What methods, groups and scales per channel mean for filters.

// RUN: rm -rf %t && split-file %s %t
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=gptq-int4-g36 2>&1 | FileCheck %s --check-prefix=GPTQ
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=gptq-int4-g36 2>/dev/null | quant-opt --pass-pipeline="builtin.module(func.func(lowbit-insert-encodes))" 2>&1 | FileCheck %s --check-prefix=ENCODE
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=mse-int8 2>/dev/null | quant-opt --pass-pipeline="builtin.module(func.func(lowbit-insert-encodes))" 2>&1 | FileCheck %s --check-prefix=MSE
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=wanda-int8-2:4 2>&1 | FileCheck %s --check-prefix=WANDA
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=int4-g128 2>&1 | FileCheck %s --check-prefix=LONG
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=%t/static.yaml | FileCheck %s --check-prefix=STATIC
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=%t/window.yaml 2>&1 | FileCheck %s --check-prefix=WINDOW

// GPTQ: remark: 2 layers get no method of the recipe: no axis of channels is summed over for method 'gptq': square, depthwise
// The layers' channels lie along one axis, and they sum over the window too. (C147)
// ENCODE: lowbit.encode {{.*}} method<gptq> layers["filter"] along 1 window [2, 3] : tensor<8x6x3x3xf32>
// ENCODE: lowbit.encode {{.*}} method<gptq> layers["few"] along 2 window [0, 1] : tensor<3x3x3x8xf32>
// ENCODE: lowbit.encode {{.*}} method<gptq> layers["batch"] along 1 : tensor<4x8x16xf32>

// Errors of a depthwise convolution count with the channels of its depth. (C140)
// MSE: lowbit.encode {{.*}} method<mse> layers["square"] along 2 : tensor<3x3x3xf32>
// MSE: lowbit.encode {{.*}} method<mse> layers["depthwise"] along 2 : tensor<3x3x8xf32>

// Runs of channels at one place of the window are none of a patch's inputs.
// WANDA-DAG: layer 'filter' gets no method of the recipe: the 6 channels of a window are no whole number of runs of 4 for method 'wanda'
// WANDA-DAG: layer 'few' gets no method of the recipe: the 3 channels of a window are no whole number of runs of 4 for method 'wanda'
// WANDA: batch_matmul {{.*}}#lowbit.method<wanda>

// The last run of n:m that is a short one keeps more.
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=int8-2:4 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT-DAG: remark: layer 'filter' has a short last run: 2 of its 2 values are kept, as axis 1 has 6, no whole number of runs of 4
// SHORT-DAG: remark: layer 'few' has a short last run: 2 of its 3 values are kept, as axis 2 has 3, no whole number of runs of 4
// SHORT-DAG: remark: 2 layers have a short last run: {{.*}}: square, depthwise

// What scales inputs and looks at them says once that it cannot.
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=awq-int4-g36 2>&1 | FileCheck %s --check-prefix=AWQ
// AWQ: remark: 2 layers get no method of the recipe: no axis of channels is summed over for method 'awq', and inputs are not scaled: square, depthwise
// AWQ: layer = "filter"{{.*}}lowbit.scale_inputs
// AWQ: depthwise_conv
// AWQ-NOT: lowbit.scale_inputs
// AWQ: batch_matmul {{.*}}lowbit.scale_inputs

// LONG-DAG: remark: layer 'filter' has one group for the whole axis: blocks of the whole window and 14 are longer than axis 1, which has 6
// LONG-DAG: remark: layer 'few' has one group for the whole axis: blocks of the whole window and 14 are longer than axis 2, which has 3

// Channels of a depthwise convolution are those of its depth. (C140)
// STATIC: conv_2d_nchw_fchw {{.*}}activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
// STATIC: depthwise_conv_2d_nhwc_hwc {{.*}}activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<3>>
// STATIC: depthwise_conv_2d_nhwc_hwc {{.*}}activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<3>>

// WINDOW: layer 'filter' gets no method of the recipe: scales differ within the window for method 'gptq'

//--- static.yaml
version: 1
default: int8
rules:
  - {match: {op: conv}, weight: int8, activation: int8-per-channel-static}

//--- window.yaml
version: 1
default: float
rules:
  - match: {layer: filter}
    weight: "#lowbit.encoding<#lowbit.affine<i4>, scale = f16 per axis<0, 2, 3>>"
    method: gptq

//--- in.mlir
func.func @layers(%x: tensor<2x6x9x9xf32>, %few: tensor<2x9x9x3xf32>, %y: tensor<2x9x9x8xf32>, %a: tensor<4x5x8xf32>,
                  %o0: tensor<2x8x7x7xf32>, %o1: tensor<2x7x7x8xf32>, %o2: tensor<2x7x7x3xf32>, %o3: tensor<4x5x16xf32>) {
  %filter = arith.constant dense<1.0> : tensor<8x6x3x3xf32>
  %0 = linalg.conv_2d_nchw_fchw {lowbit.layer = "filter"} ins(%x, %filter : tensor<2x6x9x9xf32>, tensor<8x6x3x3xf32>) outs(%o0 : tensor<2x8x7x7xf32>) -> tensor<2x8x7x7xf32>
  %hwcf = arith.constant dense<2.0> : tensor<3x3x3x8xf32>
  %1 = linalg.conv_2d_nhwc_hwcf {lowbit.layer = "few"} ins(%few, %hwcf : tensor<2x9x9x3xf32>, tensor<3x3x3x8xf32>) outs(%o1 : tensor<2x7x7x8xf32>) -> tensor<2x7x7x8xf32>
  // As many channels as the window has rows, and more.
  %square = arith.constant dense<3.0> : tensor<3x3x3xf32>
  %2 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.layer = "square"} ins(%few, %square : tensor<2x9x9x3xf32>, tensor<3x3x3xf32>) outs(%o2 : tensor<2x7x7x3xf32>) -> tensor<2x7x7x3xf32>
  %depth = arith.constant dense<4.0> : tensor<3x3x8xf32>
  %3 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.layer = "depthwise"} ins(%y, %depth : tensor<2x9x9x8xf32>, tensor<3x3x8xf32>) outs(%o1 : tensor<2x7x7x8xf32>) -> tensor<2x7x7x8xf32>
  %batch = arith.constant dense<5.0> : tensor<4x8x16xf32>
  %4 = linalg.batch_matmul {lowbit.layer = "batch"} ins(%a, %batch : tensor<4x5x8xf32>, tensor<4x8x16xf32>) outs(%o3 : tensor<4x5x16xf32>) -> tensor<4x5x16xf32>
  return
}
