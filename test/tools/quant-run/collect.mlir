// Statistics of what layers read, against numpy.
// REQUIRES: python-safetensors
// DEFINE: %{check} = %python %S/Inputs/statistics.py
// DEFINE: %{run} = quant-run %s

// RUN: rm -rf %t && mkdir %t && %python %S/Inputs/rows.py %t
// RUN: %{run} --samples=%t/first.npz --samples=%t/second.npz --gram --collect=%t/s.safetensors 2>&1 \
// RUN:   | FileCheck %s
// RUN: %{check} %t/s.safetensors %t/rows.npz --gram | FileCheck %s --check-prefix=AGREES
// CHECK-NOT: collecting:
// CHECK: s.safetensors: 2 inputs of 3 layers, from 70 samples in 3 runs
// AGREES: query+key 210x8 agrees
// AGREES: head 210x6 agrees

// Neither threads, nor how samples are cut, nor the lowering change a bit.
// RUN: %{run} --samples=%t/all.npy --gram --collect=%t/2.safetensors --threads=2
// RUN: cmp %t/s.safetensors %t/2.safetensors
// RUN: %{run} --samples=%t/all.npy --gram --collect=%t/whole.safetensors --batch=0 \
// RUN:   | FileCheck %s --check-prefix=WHOLE
// WHOLE: from 70 samples in 1 runs
// RUN: cmp %t/s.safetensors %t/whole.safetensors
// RUN: %{run} --samples=%t/all.npy --gram --collect=%t/decode.safetensors --lowering=decode --batch=7
// RUN: cmp %t/s.safetensors %t/decode.safetensors

// A part of the layers.
// RUN: %{run} --samples=%t/all.npy --layers=head --collect=%t/head.safetensors
// RUN: quant-stats %t/head.safetensors | FileCheck %s --check-prefix=HEAD
// HEAD: head {{ *}}210 {{ *}}6 {{.*}} no
// HEAD-NEXT: 1 inputs of 1 layers
// HEAD-NOT: {{.}}

func.func @main(%x: tensor<?x3x8xf32> {lowbit.name = "x"}) -> tensor<?x4xf32> {
  %w = arith.constant dense<"0x000000C0000080BF000000000000803F00000040000000C0000080BF000000000000803F00000040000000C0000080BF000000000000803F00000040000000C0000080BF000000000000803F00000040000000C0000080BF000000000000803F00000040000000C0000080BF000000000000803F00000040000000C0000080BF000000000000803F00000040000000C0000080BF000000000000803F00000040000000C0000080BF000000000000803F00000040000000C0000080BF00000000"> : tensor<8x6xf32>
  %v = arith.constant dense<1.0> : tensor<6x4xf32>
  %u = arith.constant dense<2.0> : tensor<8x4xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %n = tensor.dim %x, %c0 : tensor<?x3x8xf32>
  %m = arith.muli %n, %c3 : index
  %rows = tensor.collapse_shape %x [[0, 1], [2]] : tensor<?x3x8xf32> into tensor<?x8xf32>
  %e6 = tensor.empty(%m) : tensor<?x6xf32>
  %f6 = linalg.fill ins(%zero : f32) outs(%e6 : tensor<?x6xf32>) -> tensor<?x6xf32>
  %e4 = tensor.empty(%m) : tensor<?x4xf32>
  %f4 = linalg.fill ins(%zero : f32) outs(%e4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %q = linalg.matmul {lowbit.layer = "query"} ins(%rows, %w : tensor<?x8xf32>, tensor<8x6xf32>) outs(%f6 : tensor<?x6xf32>) -> tensor<?x6xf32>
  %k = linalg.matmul {lowbit.layer = "key"} ins(%rows, %u : tensor<?x8xf32>, tensor<8x4xf32>) outs(%f4 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %z6 = arith.constant dense<0.0> : tensor<6xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%q : tensor<?x6xf32>) outs(%e6 : tensor<?x6xf32>) {
  ^bb0(%a: f32, %o: f32):
    %p = arith.maximumf %a, %zero : f32
    linalg.yield %p : f32
  } -> tensor<?x6xf32>
  %h = linalg.matmul {lowbit.layer = "head"} ins(%r, %v : tensor<?x6xf32>, tensor<6x4xf32>) outs(%k : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %h : tensor<?x4xf32>
}

// A convolution, on a fixed number of halves: its channels are those of the image.
// RUN: %{run} --function=images --samples=%t/images.npz --layers=conv --collect=%t/conv.safetensors 2>&1 \
// RUN:   | FileCheck %s --check-prefix=IMAGES
// RUN: %{check} %t/conv.safetensors %t/pixels.npz | FileCheck %s --check-prefix=PIXELS
// IMAGES: warning: {{.*}}images.npz: the last 1 of 5 samples are left out: the model takes 2 at a time
// IMAGES: 1 inputs of 1 layers, from 4 samples in 2 runs
// PIXELS: conv 144x3 agrees
func.func @images(%x: tensor<2x3x6x6xf16> {lowbit.name = "x"}) -> tensor<2x4x4x4xf16> {
  %w = arith.constant dense<1.0> : tensor<4x3x3x3xf16>
  %o = arith.constant dense<0.0> : tensor<2x4x4x4xf16>
  %0 = linalg.conv_2d_nchw_fchw {lowbit.layer = "conv"} ins(%x, %w : tensor<2x3x6x6xf16>, tensor<4x3x3x3xf16>) outs(%o : tensor<2x4x4x4xf16>) -> tensor<2x4x4x4xf16>
  return %0 : tensor<2x4x4x4xf16>
}
