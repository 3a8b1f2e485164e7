// REQUIRES: python-numpy

// (C44) Codes are rounded to nearest, halves to even, on every instruction set:
// the number below a half is not a half.
// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; \
// RUN:   np.save(r'%t/x.npy', np.array([127, 0.49999997, -0.49999997, 1.5, 0.5, 2.5, -126.5], np.float32)); \
// RUN:   np.save(r'%t/y.npy', np.array([127, 0, 0, 2, 0, 2, -126], np.float32))"
// RUN: quant-run %s --input %t/x.npy --isa=sse2 --compare %t/y.npy --tolerance=0
// RUN: quant-run %s --input %t/x.npy --compare %t/y.npy --tolerance=0
// RUN: quant-run %s --input %t/x.npy --lowering=decode --compare %t/y.npy --tolerance=0

#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @main(%x: tensor<7xf32>) -> tensor<7xf32> {
  %e = lowbit.encode %x : tensor<7xf32> to tensor<7xf32, #a>
  %d = lowbit.decode %e : tensor<7xf32, #a> to tensor<7xf32>
  return %d : tensor<7xf32>
}
