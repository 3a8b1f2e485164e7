// Slices with strides, copied in the middle of other tensors.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/x.npy x=f32:3x4:range
// RUN: quant-run %s --input %t/x.npy --output %t/x86.npz
// RUN: %tensors --print %t/x86.npz | FileCheck %s
// RUN: quant-run %s --input %t/x.npy --output %t/decode.npz --lowering=decode
// RUN: %tensors --print %t/decode.npz | FileCheck %s
// CHECK: output0 float32 (3, 4) 0.0 1.0 1.0 2.0 4.0 5.0 5.0 6.0 8.0 9.0 9.0 10.0
// CHECK: output1 float32 (3, 2) 1.0 1.0 5.0 5.0 9.0 9.0
// CHECK: output2 float32 (2, 2) 0.0 2.0 8.0 10.0
func.func @main(%x: tensor<?x4xf32>)
    -> (tensor<?x4xf32>, tensor<?x2xf32>, tensor<2x2xf32>) {
  %c0 = arith.constant 0 : index
  %d = tensor.dim %x, %c0 : tensor<?x4xf32>
  %s = tensor.extract_slice %x[0, 1] [%d, 2] [1, 1]
    : tensor<?x4xf32> to tensor<?x2xf32>
  %i = tensor.insert_slice %s into %x[0, 2] [%d, 2] [1, 1]
    : tensor<?x2xf32> into tensor<?x4xf32>
  %t = tensor.extract_slice %i[0, 1] [%d, 2] [1, 1]
    : tensor<?x4xf32> to tensor<?x2xf32>
  %u = tensor.extract_slice %x[0, 0] [2, 2] [2, 2]
    : tensor<?x4xf32> to tensor<2x2xf32>
  return %i, %t, %u : tensor<?x4xf32>, tensor<?x2xf32>, tensor<2x2xf32>
}
