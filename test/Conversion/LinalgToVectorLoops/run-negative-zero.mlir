// REQUIRES: python-numpy

// Nothing is added to a sum that changes the sign of a zero: -0 + -0 is -0, in
// whole vectors and in the rest of one.
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; np.save(r'%t/x.npy', np.full((2, 37), -0.0, np.float32))"
// RUN: quant-run %s --input %t/x.npy --output %t/o.npy
// RUN: %python -c "import numpy as np; print(np.load(r'%t/o.npy').tolist())" | FileCheck %s
// CHECK: [-0.0, -0.0]

func.func @main(%x: tensor<2x?xf32>) -> tensor<2xf32> {
  %zero = arith.constant -0.0 : f32
  %e = tensor.empty() : tensor<2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<2x?xf32>) outs(%f : tensor<2xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.addf %a, %o : f32
    linalg.yield %s : f32
  } -> tensor<2xf32>
  return %y : tensor<2xf32>
}
