// Inputs by name from .npz and .safetensors, in order from .npy; results to all
// three, with the names that the function gives them.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/ab.npz b=f32:2:10,20 a=f32:2:1,2
// RUN: %tensors %t/ab.safetensors b=f32:2:10,20 a=f32:2:1,2
// RUN: %tensors %t/b.npz b=f32:2:10,20
// RUN: %tensors %t/a.npy a=f32:2:1,2
// RUN: %tensors %t/b.npy b=f32:2:10,20

// RUN: quant-run %s --input %t/ab.npz --output %t/o.npz
// RUN: %tensors --print %t/o.npz | FileCheck %s
// RUN: quant-run %s --input %t/ab.safetensors --output %t/o.safetensors
// RUN: %tensors --print %t/o.safetensors | FileCheck %s
// RUN: quant-run %s --input %t/a.npy --input %t/b.npy --output %t/o2.npz
// RUN: cmp %t/o.npz %t/o2.npz

// What files name is placed first, and .npy files fill the rest.
// RUN: quant-run %s --input %t/a.npy --input %t/b.npz --output %t/o3.npz
// RUN: cmp %t/o.npz %t/o3.npz

// CHECK: difference float32 (2,) -9.0 -18.0
// CHECK: output1 float32 (2,) 11.0 22.0
func.func @main(%a: tensor<2xf32> {lowbit.name = "a"},
                %b: tensor<2xf32> {lowbit.name = "b"})
    -> (tensor<2xf32> {lowbit.name = "difference"}, tensor<2xf32>) {
  %0 = arith.subf %a, %b : tensor<2xf32>
  %1 = arith.addf %a, %b : tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// Another function; a .npy file has no name that could be wrong.
// RUN: quant-run %s --function=twice --input %t/b.npy --output %t/twice.npy
// RUN: %tensors --print %t/twice.npy | FileCheck %s --check-prefix=TWICE
// TWICE: array float32 (2,) 20.0 40.0
func.func @twice(%x: tensor<2xf32> {lowbit.name = "x"}) -> tensor<2xf32> {
  %0 = arith.addf %x, %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// A function that names nothing takes the only tensor whatever its name.
// RUN: quant-run %s --function=unnamed --input %t/b.npz --output %t/unnamed.npy
// RUN: %tensors --print %t/unnamed.npy | FileCheck %s --check-prefix=TWICE
func.func @unnamed(%x: tensor<2xf32>) -> tensor<2xf32> {
  %0 = arith.addf %x, %x : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// A function without inputs needs none.
// RUN: quant-run %s --function=nothing --output %t/seven.npy
// RUN: %tensors --print %t/seven.npy | FileCheck %s --check-prefix=SEVEN
// SEVEN: array float32 () 7.0
func.func @nothing() -> tensor<f32> {
  %0 = arith.constant dense<7.0> : tensor<f32>
  return %0 : tensor<f32>
}

func.func @any(%x: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = math.sqrt %x : tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
