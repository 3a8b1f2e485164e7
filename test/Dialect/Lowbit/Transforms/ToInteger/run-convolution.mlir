// RUN: quant-opt %s --lowbit-to-integer 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: quant-opt %s --lowbit-to-integer --lowbit-to-parts | %run_main | FileCheck %s
// RUN: quant-opt %s --lowbit-decode --lowbit-to-parts | %run_main | FileCheck %s

// Values are whole numbers that the encodings hold exactly, so that all
// lowerings give the exact sums.

func.func private @printMemrefF32(tensor<*xf32> {bufferization.access = "read"})

#image = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#filter = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// FORM-LABEL: func.func private @dense
// FORM-NOT: lowbit.decode
// FORM: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel", "reduction", "reduction", "reduction"]{{.*}}tensor<?x2x4x4xi32>, tensor<2x2x3x3xi32>
func.func private @dense(%x: tensor<?x2x4x4xf32>, %w: tensor<2x2x3x3xf32>, %o: tensor<?x2x2x2xf32>) {
  vector.print str "dense\n"
  // CHECK-LABEL: {{^}}dense{{$}}
  %xe = lowbit.encode %x : tensor<?x2x4x4xf32> to tensor<?x2x4x4xf32, #image>
  %we = lowbit.encode %w : tensor<2x2x3x3xf32> to tensor<2x2x3x3xf32, #filter>
  %y = linalg.conv_2d_nchw_fchw ins(%xe, %we : tensor<?x2x4x4xf32, #image>, tensor<2x2x3x3xf32, #filter>) outs(%o : tensor<?x2x2x2xf32>) -> tensor<?x2x2x2xf32>
  %u = tensor.cast %y : tensor<?x2x2x2xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}-6845, 6381]
  // CHECK-NEXT: {{ *\[+}}-3211, -20777]
  // CHECK-NEXT: {{ *\[+}}-5502, 22026]
  // CHECK-NEXT: {{ *\[+}}-19918, -22436]
  // CHECK-NEXT: {{ *\[+}}6367, -28762]
  // CHECK-NEXT: {{ *\[+}}13774, -26040]
  // CHECK-NEXT: {{ *\[+}}-8446, 3687]
  // CHECK-NEXT: {{ *\[+}}17468, -46357]
  return
}

#channel = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>
#window = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per block<[1, 3, *]>, zero_point = u8>

// One block is all of the window, and the last of its kind.
// FORM-LABEL: func.func private @depthwise
// FORM-NOT: lowbit.decode
func.func private @depthwise(%x: tensor<2x2x4x4xf32>, %w: tensor<2x3x3xf32>, %o: tensor<2x2x2x2xf32>) {
  vector.print str "depthwise\n"
  // CHECK-LABEL: {{^}}depthwise{{$}}
  %xe = lowbit.encode %x : tensor<2x2x4x4xf32> to tensor<2x2x4x4xf32, #channel>
  %we = lowbit.encode %w : tensor<2x3x3xf32> to tensor<2x3x3xf32, #window>
  %y = linalg.depthwise_conv_2d_nchw_chw ins(%xe, %we : tensor<2x2x4x4xf32, #channel>, tensor<2x3x3xf32, #window>) outs(%o : tensor<2x2x2x2xf32>) -> tensor<2x2x2x2xf32>
  %u = tensor.cast %y : tensor<2x2x2x2xf32> to tensor<*xf32>
  call @printMemrefF32(%u) : (tensor<*xf32>) -> ()
  // CHECK: data =
  // CHECK-NEXT: {{ *\[+}}-26920, 15155]
  // CHECK-NEXT: {{ *\[+}}-7514, 27071]
  // CHECK-NEXT: {{ *\[+}}8579, 18886]
  // CHECK-NEXT: {{ *\[+}}-56378, -18652]
  // CHECK-NEXT: {{ *\[+}}-37162, -17464]
  // CHECK-NEXT: {{ *\[+}}-30178, 6091]
  // CHECK-NEXT: {{ *\[+}}-614, -7393]
  // CHECK-NEXT: {{ *\[+}}-29221, -8051]
  return
}

func.func @main() {
  %x = arith.constant dense<[[[[127.0, 3.0, 65.0, 115.0], [-119.0, -91.0, 82.0, 114.0], [-64.0, -48.0, 94.0, -20.0], [-58.0, 84.0, -62.0, -23.0]], [[37.0, 13.0, -106.0, -120.0], [93.0, 65.0, 86.0, 10.0], [81.0, -43.0, -12.0, 74.0], [-96.0, -50.0, -96.0, -12.0]]], [[[127.0, -93.0, -30.0, -25.0], [103.0, -76.0, 1.0, -61.0], [-122.0, 64.0, -112.0, -56.0], [0.0, -4.0, -98.0, 123.0]], [[64.0, 118.0, -104.0, 57.0], [-53.0, 11.0, 108.0, -57.0], [58.0, -87.0, -45.0, 120.0], [-20.0, 4.0, -53.0, -98.0]]]]> : tensor<2x2x4x4xf32>
  %x2 = arith.constant dense<[[[[127.0, 3.0, 65.0, 115.0], [-119.0, -91.0, 82.0, 114.0], [-64.0, -48.0, 94.0, -20.0], [-58.0, 84.0, -62.0, -23.0]], [[127.0, 13.0, -106.0, -120.0], [93.0, 65.0, 86.0, 10.0], [81.0, -43.0, -12.0, 74.0], [-96.0, -50.0, -96.0, -12.0]]], [[[127.0, -93.0, -30.0, -25.0], [103.0, -76.0, 1.0, -61.0], [-122.0, 64.0, -112.0, -56.0], [0.0, -4.0, -98.0, 123.0]], [[127.0, 118.0, -104.0, 57.0], [-53.0, 11.0, 108.0, -57.0], [58.0, -87.0, -45.0, 120.0], [-20.0, 4.0, -53.0, -98.0]]]]> : tensor<2x2x4x4xf32>
  %w = arith.constant dense<[[[[127.0, 31.0, -11.0], [71.0, -35.0, 29.0], [70.0, 106.0, -19.0]], [[-117.0, 56.0, 7.0], [95.0, -10.0, -34.0], [-112.0, -11.0, 36.0]]], [[[127.0, 90.0, -73.0], [24.0, 78.0, -61.0], [-40.0, 87.0, 21.0]], [[2.0, 44.0, 3.0], [123.0, 65.0, -114.0], [-90.0, 11.0, 82.0]]]]> : tensor<2x2x3x3xf32>
  %d = arith.constant dense<[[[-100.0, 74.0, 94.0], [101.0, 123.0, -51.0], [42.0, 105.0, 155.0]], [[-100.0, 22.0, -80.0], [-44.0, 118.0, 70.0], [120.0, 115.0, 155.0]]]> : tensor<2x3x3xf32>
  %ones = arith.constant dense<1.0> : tensor<2x2x2x2xf32>
  %zeros = arith.constant dense<0.0> : tensor<2x2x2x2xf32>
  %xd = tensor.cast %x : tensor<2x2x4x4xf32> to tensor<?x2x4x4xf32>
  %od = tensor.cast %ones : tensor<2x2x2x2xf32> to tensor<?x2x2x2xf32>
  call @dense(%xd, %w, %od) : (tensor<?x2x4x4xf32>, tensor<2x2x3x3xf32>, tensor<?x2x2x2xf32>) -> ()
  call @depthwise(%x2, %d, %zeros) : (tensor<2x2x4x4xf32>, tensor<2x3x3xf32>, tensor<2x2x2x2xf32>) -> ()
  return
}
