// REQUIRES: python-numpy
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.full((2, 33), -1.0, np.float32))"
// RUN: quant-run %s --input %t/x.npy --output %t/r.npy
// RUN: %python -c "import numpy as np; print(np.load(r'%t/r.npy')[:, 31:].tolist())" | FileCheck %s

// A tail of one lane of a truncated vector: what lies behind it is not written.
// CHECK: {{\[}}[-1, -1, 7, 7, 7], [-1, -1, 7, 7, 7], [7, 7, 7, 7, 7]]

#id = affine_map<(d0, d1) -> (d0, d1)>

func.func @main(%x: tensor<2x33xf32>) -> tensor<3x36xi8> {
  %low = arith.constant -128.0 : f32
  %seven = arith.constant 7 : i8
  %empty = tensor.empty() : tensor<3x36xi8>
  %o = linalg.fill ins(%seven : i8) outs(%empty : tensor<3x36xi8>) -> tensor<3x36xi8>
  %part = tensor.extract_slice %o[0, 0] [2, 33] [1, 1] : tensor<3x36xi8> to tensor<2x33xi8>
  %codes = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2x33xf32>) outs(%part : tensor<2x33xi8>) {
  ^bb0(%a: f32, %b: i8):
    %above = arith.cmpf ogt, %a, %low : f32
    %l = arith.select %above, %a, %low : f32
    %i = arith.fptosi %l : f32 to i32
    %c = arith.trunci %i : i32 to i8
    linalg.yield %c : i8
  } -> tensor<2x33xi8>
  %r = tensor.insert_slice %codes into %o[0, 0] [2, 33] [1, 1] : tensor<2x33xi8> into tensor<3x36xi8>
  return %r : tensor<3x36xi8>
}
