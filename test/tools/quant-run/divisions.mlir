// Integer divisions that a processor would trap on have results, in loops on
// elements and between sizes: the -1 of a reshape of an empty batch.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/in.npz x=i64:8:7,-7,7,-9223372036854775808,-9223372036854775808,9,-9,0 y=i64:8:2,2,0,-1,0,-1,4,0
// RUN: quant-run %s --input %t/in.npz --output %t/x86.npz
// RUN: %tensors --print %t/x86.npz | FileCheck %s
// RUN: quant-run %s --input %t/in.npz --output %t/decode.npz --lowering=decode
// RUN: cmp %t/x86.npz %t/decode.npz
// CHECK: quotient int64 (8,) 3 -3 0 -9223372036854775808 0 -9 -2 0
// CHECK: remainder int64 (8,) 1 -1 7 0 -9223372036854775808 0 -1 0
// CHECK: floor int64 (8,) 3 -4 0 -9223372036854775808 0 -9 -3 0
func.func @main(%x: tensor<?xi64> {lowbit.name = "x"}, %y: tensor<?xi64> {lowbit.name = "y"})
    -> (tensor<?xi64> {lowbit.name = "quotient"}, tensor<?xi64> {lowbit.name = "remainder"},
        tensor<?xi64> {lowbit.name = "floor"}) {
  %0 = arith.divsi %x, %y : tensor<?xi64>
  %1 = arith.remsi %x, %y : tensor<?xi64>
  %2 = arith.floordivsi %x, %y : tensor<?xi64>
  return %0, %1, %2 : tensor<?xi64>, tensor<?xi64>, tensor<?xi64>
}

// RUN: %tensors %t/empty.npy x=f32:0x3x8:0
// RUN: quant-run %s --function=reshape --input %t/empty.npy --output %t/empty.npz
// RUN: %tensors --print %t/empty.npz | FileCheck %s --check-prefix=EMPTY
// EMPTY: output0 float32 (0, 0, 4){{$}}
// RUN: %tensors %t/two.npy x=f32:2x3x8:0
// RUN: quant-run %s --function=reshape --input %t/two.npy --output %t/two.npz
// RUN: %tensors --print %t/two.npz | FileCheck %s --check-prefix=TWO
// TWO: output0 float32 (2, 6, 4)
func.func @reshape(%x: tensor<?x?x8xf32>) -> tensor<?x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %c8 = arith.constant 8 : index
  %b = tensor.dim %x, %c0 : tensor<?x?x8xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?x8xf32>
  %rows = arith.muli %b, %n : index
  %elements = arith.muli %rows, %c8 : index
  %rest = arith.muli %b, %c4 : index
  %inferred = arith.divsi %elements, %rest : index
  %shape = tensor.from_elements %b, %inferred, %c4 : tensor<3xindex>
  %y = tensor.reshape %x(%shape) : (tensor<?x?x8xf32>, tensor<3xindex>) -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}
