// Loops that carry tensors, in place and not. (Built with sanitizers this shows
// that every buffer is freed once.)

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/x.npy x=f32:2:1,10
// RUN: %tensors %t/in.npz n=i64:scalar:3 x=f32:2:1,10 z=f32:2:5,6
// RUN: quant-run %s --input %t/x.npy --output %t/x86.npz --time --runs=2
// RUN: %tensors --print %t/x86.npz | FileCheck %s
// RUN: quant-run %s --input %t/x.npy --output %t/decode.npz --lowering=decode
// RUN: %tensors --print %t/decode.npz | FileCheck %s

// Each round takes another tensor over.
// CHECK: output0 float32 (2,) 4.0 40.0
func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%s = %x) -> (tensor<2xf32>) {
    %e = tensor.empty() : tensor<2xf32>
    %a = linalg.add ins(%s, %x : tensor<2xf32>, tensor<2xf32>) outs(%e : tensor<2xf32>) -> tensor<2xf32>
    scf.yield %a : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}

// Two that change places, beside one that is grown; any number of rounds, none
// too, and the loop inside another.
// RUN: quant-run %s --function=swap --input %t/in.npz --output %t/swap.npz
// RUN: %tensors --print %t/swap.npz | FileCheck %s --check-prefix=SWAP
// SWAP: output0 float32 (2,) 2.0 20.0
// SWAP: output1 float32 (2,) 1.0 10.0
// SWAP: output2 float32 (5,) 5.0 6.0 7.0 7.0 7.0
// RUN: %tensors %t/none.npz n=i64:scalar:0 x=f32:2:1,10 z=f32:2:5,6
// RUN: quant-run %s --function=swap --input %t/none.npz --output %t/none2.npz
// RUN: %tensors --print %t/none2.npz | FileCheck %s --check-prefix=NONE
// NONE: output0 float32 (2,) 1.0 10.0
// NONE: output1 float32 (2,) 2.0 20.0
// NONE: output2 float32 (2,) 5.0 6.0
func.func @swap(%n: tensor<i64> {lowbit.name = "n"}, %x: tensor<2xf32> {lowbit.name = "x"},
                %z: tensor<?xf32> {lowbit.name = "z"})
    -> (tensor<2xf32>, tensor<2xf32>, tensor<?xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %seven = arith.constant 7.0 : f32
  %count = tensor.extract %n[] : tensor<i64>
  %end = arith.index_cast %count : i64 to index
  %y = arith.addf %x, %x : tensor<2xf32>
  %r:3 = scf.for %i = %c0 to %end step %c1 iter_args(%a = %x, %b = %y, %g = %z)
      -> (tensor<2xf32>, tensor<2xf32>, tensor<?xf32>) {
    %p = tensor.pad %g low[0] high[1] {
    ^bb0(%at: index):
      tensor.yield %seven : f32
    } : tensor<?xf32> to tensor<?xf32>
    %inner:2 = scf.for %j = %c0 to %c1 step %c1 iter_args(%c = %a, %d = %b)
        -> (tensor<2xf32>, tensor<2xf32>) {
      scf.yield %d, %c : tensor<2xf32>, tensor<2xf32>
    }
    scf.yield %inner#0, %inner#1, %p : tensor<2xf32>, tensor<2xf32>, tensor<?xf32>
  }
  return %r#0, %r#1, %r#2 : tensor<2xf32>, tensor<2xf32>, tensor<?xf32>
}

// Until a condition fails.
// RUN: quant-run %s --function=until --input %t/x.npy --output %t/until.npz
// RUN: %tensors --print %t/until.npz | FileCheck %s --check-prefix=UNTIL
// UNTIL: output0 float32 (2,) 128.0 1280.0
func.func @until(%x: tensor<2xf32>) -> tensor<2xf32> {
  %c0 = arith.constant 0 : index
  %limit = arith.constant 100.0 : f32
  %r = scf.while (%s = %x) : (tensor<2xf32>) -> tensor<2xf32> {
    %first = tensor.extract %s[%c0] : tensor<2xf32>
    %isBelow = arith.cmpf olt, %first, %limit : f32
    scf.condition(%isBelow) %s : tensor<2xf32>
  } do {
  ^bb0(%s: tensor<2xf32>):
    %twice = arith.addf %s, %s : tensor<2xf32>
    scf.yield %twice : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}
