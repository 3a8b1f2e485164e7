// Element types of files, in and out.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/x.npz flag=bool:3:1,0,1 long=i64:2:-5,9000000000 half=f16:2:0.5,-2 byte=u8:2:200,1 double=f64:1:0.1
// RUN: quant-run %s --input %t/x.npz --output %t/o.npz
// RUN: %tensors --print %t/o.npz | FileCheck %s
// RUN: quant-run %s --input %t/x.npz --output %t/d.npz --lowering=decode
// RUN: %tensors --print %t/d.npz | FileCheck %s
// CHECK: output0 bool (3,) False True False
// CHECK: output1 int64 (2,) -4 9000000001
// CHECK: output2 float16 (2,) 1.0 -4.0
// CHECK: output3 int8 (2,) -55 2
// CHECK: output4 float64 (1,) 0.2
func.func @main(%flag: tensor<3xi1> {lowbit.name = "flag"},
                %long: tensor<2xi64> {lowbit.name = "long"},
                %half: tensor<2xf16> {lowbit.name = "half"},
                %byte: tensor<2xi8> {lowbit.name = "byte"},
                %double: tensor<1xf64> {lowbit.name = "double"})
    -> (tensor<3xi1>, tensor<2xi64>, tensor<2xf16>, tensor<2xi8>, tensor<1xf64>) {
  %true = arith.constant dense<true> : tensor<3xi1>
  %one = arith.constant dense<1> : tensor<2xi64>
  %one8 = arith.constant dense<1> : tensor<2xi8>
  %0 = arith.xori %flag, %true : tensor<3xi1>
  %1 = arith.addi %long, %one : tensor<2xi64>
  %2 = arith.addf %half, %half : tensor<2xf16>
  %3 = arith.addi %byte, %one8 : tensor<2xi8>
  %4 = arith.addf %double, %double : tensor<1xf64>
  return %0, %1, %2, %3, %4
    : tensor<3xi1>, tensor<2xi64>, tensor<2xf16>, tensor<2xi8>, tensor<1xf64>
}

// numpy has no bf16: safetensors files do.
// RUN: %tensors %t/b.safetensors x=bf16:2:1.5,-3
// RUN: quant-run %s --function=brain --input %t/b.safetensors --output %t/b2.safetensors
// RUN: %tensors --print %t/b2.safetensors | FileCheck %s --check-prefix=BRAIN
// BRAIN: output0 bfloat16 (2,) 3.0 -6.0
// RUN: not quant-run %s --function=brain --input %t/b.safetensors --output %t/b2.npz 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NO-NPZ
// NO-NPZ: error: {{.*}}b2.npz: {{.*}}output0{{.*}}BF16
// RUN: test ! -e %t/b2.npz
func.func @brain(%x: tensor<2xbf16>) -> tensor<2xbf16> {
  %0 = arith.addf %x, %x : tensor<2xbf16>
  return %0 : tensor<2xbf16>
}

// Empty tensors go in and come out.
// RUN: %tensors %t/e.npy x=f32:0x3:0
// RUN: quant-run %s --function=empty --input %t/e.npy --output %t/e2.npy
// RUN: %tensors --print %t/e2.npy | FileCheck %s --check-prefix=EMPTY
// EMPTY: array float32 (0, 4){{$}}
func.func @empty(%x: tensor<?x3xf32>) -> tensor<?x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x4xf32>
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %d = tensor.dim %x, %c0 : tensor<?x3xf32>
  %e = tensor.empty(%d) : tensor<?x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<?x3xf32>, tensor<3x4xf32>)
      outs(%f : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
