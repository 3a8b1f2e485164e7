// (C163), (C168) Sizes that are not known are compared before a kernel reads as
// many rows as one of them says.

// RUN: %python -c "import numpy as np; z = lambda *s, t='f2': np.zeros(s, t); [np.savez(r'%t.' + n + '.npz', input0=z(2, 2, 20, 16), input1=k, input2=v, input3=m, input4=z(l, t='i4')) for n, k, v, m, l in (('good', z(2, 2, 37, 16), z(2, 2, 37, 16), z(20, 37), 2), ('batch', z(1, 2, 37, 16), z(1, 2, 37, 16), z(20, 37), 2), ('batches', z(2, 2, 37, 16), z(3, 2, 37, 16), z(20, 37), 2), ('keys', z(2, 2, 37, 16), z(2, 2, 40, 16), z(20, 37), 2), ('mask', z(2, 2, 37, 16), z(2, 2, 37, 16), z(20, 30), 2), ('rows', z(2, 2, 37, 16), z(2, 2, 37, 16), z(1, 37), 2), ('lengths', z(2, 2, 37, 16), z(2, 2, 37, 16), z(20, 37), 1))]"
// RUN: quant-run %s --input %t.good.npz --device=emulator
// RUN: not quant-run %s --input %t.batch.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=BATCH
// BATCH: error: run-time assertion failed: 'layer0': keys are of another number of sequences
// RUN: not quant-run %s --input %t.batches.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=BATCHES
// BATCHES: error: run-time assertion failed: 'layer0': keys and values differ in batches
// RUN: not quant-run %s --input %t.keys.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=KEYS
// KEYS: error: run-time assertion failed: 'layer0': keys and values differ in number
// RUN: not quant-run %s --input %t.mask.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=MASK
// MASK: error: run-time assertion failed: 'layer0': the mask is of another number of keys
// RUN: not quant-run %s --input %t.rows.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=ROWS
// ROWS: error: run-time assertion failed: 'layer0': the mask is of another number of queries
// RUN: not quant-run %s --input %t.lengths.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=LENGTHS
// LENGTHS: error: run-time assertion failed: 'layer0': lengths are of another number of sequences

// What is known costs nothing.
// RUN: quant-opt %s --convert-lowbit-to-nvvm | FileCheck %s
// CHECK-LABEL: @main
// CHECK-COUNT-6: cf.assert
// CHECK-LABEL: @static
// CHECK-NOT: cf.assert

!q = tensor<?x2x?x16xf16>
func.func @main(%q: !q, %k: !q, %v: !q, %m: tensor<?x?xf16>, %n: tensor<?xi32>) -> !q {
  %y = lowbit.attention %q, %k, %v scale = 0.125 mask(%m : tensor<?x?xf16>) kv_lengths(%n : tensor<?xi32>) : !q, !q, !q -> !q
  return %y : !q
}

!s = tensor<2x2x20x16xf16>
func.func @static(%q: !s, %m: tensor<20x20xf16>, %n: tensor<2xi32>) -> !s {
  %y = lowbit.attention %q, %q, %q scale = 0.125 mask(%m : tensor<20x20xf16>) kv_lengths(%n : tensor<2xi32>) : !s, !s, !s -> !s
  return %y : !s
}
