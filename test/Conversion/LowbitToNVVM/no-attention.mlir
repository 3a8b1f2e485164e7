// A model without attention, or whose attention was not found, would leave the device idle.

// RUN: not quant-opt %s --convert-lowbit-to-nvvm 2>&1 | FileCheck %s
// RUN: not quant-opt %s --lowbit-lower-to-nvvm 2>&1 | FileCheck %s
// RUN: %python -c "import numpy as np; np.savez(r'%t.npz', x=np.ones((1, 4), 'f'))"
// RUN: not quant-run %s --input %t.npz --device=emulator 2>&1 | FileCheck %s
// CHECK: error: has no lowbit.attention, so that nothing runs on the device; lowbit-raise-attention finds attention in linalg, and its remarks say what differs; the option 'fallback' (quant-run: --device-fallback) computes all on the CPU

// RUN: quant-opt %s --convert-lowbit-to-nvvm=fallback | FileCheck %s --check-prefix=FALLBACK
// FALLBACK: linalg.add

// A launch of the user's own is something.
// RUN: quant-opt %S/Inputs/launch.mlir --convert-lowbit-to-nvvm -o /dev/null

func.func @main(%x: tensor<1x4xf32> {lowbit.name = "x"}) -> tensor<1x4xf32> {
  %y = linalg.add ins(%x, %x : tensor<1x4xf32>, tensor<1x4xf32>) outs(%x : tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y : tensor<1x4xf32>
}
