// What an importer could not prove is checked at run time: the run fails with
// the message and writes nothing.

// RUN: rm -rf %t && %python %S/Inputs/make_tensors.py assertions %t
// RUN: quant-run %s --input=%t/short.npy --input=%t/short.npy --output=%t/y.npy
// RUN: rm %t/y.npy
// RUN: not quant-run %s --input=%t/short.npy --input=%t/long.npy --output=%t/y.npy 2>&1 | FileCheck %s --check-prefix=SIZES
// RUN: not ls %t/y.npy
// RUN: not quant-run %s --input=%t/short.npy --input=%t/long.npy --lowering=decode 2>&1 | FileCheck %s --check-prefix=SIZES
// SIZES: quant-run: error: run-time assertion failed: mismatched size for broadcast

// In the body of an op the check runs with it, on vectors: no remark of
// scalars. Elements that a partial vector does not have are not checked.
// RUN: quant-run %s --function=inverse --input=%t/short.npy 2>&1 | FileCheck %s --allow-empty --check-prefix=QUIET
// RUN: quant-run %s --function=inverse --input=%t/big.npy --threads=2 2>&1 | FileCheck %s --allow-empty --check-prefix=QUIET
// RUN: not quant-run %s --function=inverse --input=%t/zero.npy --threads=2 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not quant-run %s --function=rows --input=%t/zero.npy --threads=2 2>&1 | FileCheck %s --check-prefix=ZERO
// QUIET-NOT: {{remark|error}}
// ZERO: error: run-time assertion failed: element is zero

#id = affine_map<(d0) -> (d0)>
#rows = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> (d0, d1)>

func.func @main(%x: tensor<?xf32>, %y: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %a = tensor.dim %x, %c0 : tensor<?xf32>
  %b = tensor.dim %y, %c0 : tensor<?xf32>
  %same = arith.cmpi eq, %a, %b : index
  cf.assert %same, "mismatched size for broadcast"
  %e = tensor.empty(%a) : tensor<?xf32>
  %r = linalg.add ins(%x, %y : tensor<?xf32>, tensor<?xf32>)
      outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return %r : tensor<?xf32>
}

func.func @inverse(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %a = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%a) : tensor<?xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %isNotZero = arith.cmpf one, %in, %zero : f32
    cf.assert %isNotZero, "element is zero"
    %inverse = arith.divf %one, %in : f32
    linalg.yield %inverse : f32
  } -> tensor<?xf32>
  return %r : tensor<?xf32>
}

// In a parallel loop there is no way back; the process ends with the message.
func.func @rows(%x: tensor<?xf32>) -> tensor<8x?xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %a = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%a) : tensor<8x?xf32>
  %r = linalg.generic {indexing_maps = [#rows, #all],
                       iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?xf32>) outs(%e : tensor<8x?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %isNotZero = arith.cmpf one, %in, %zero : f32
    cf.assert %isNotZero, "element is zero"
    %inverse = arith.divf %one, %in : f32
    linalg.yield %inverse : f32
  } -> tensor<8x?xf32>
  return %r : tensor<8x?xf32>
}
