// Sizes that come from data: negative, too large for memory, so large that the
// number of bytes wraps around.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/negative.npy n=i64:scalar:-5 && %tensors %t/huge.npy n=i64:scalar:1125899906842624
// RUN: %tensors %t/wraps.npy n=i64:scalar:4611686018427387904 && %tensors %t/large.npy n=i64:scalar:4000000000
// RUN: not quant-run %s --input %t/negative.npy 2>&1 | FileCheck %s
// RUN: not quant-run %s --input %t/huge.npy 2>&1 | FileCheck %s
// RUN: not quant-run %s --input %t/wraps.npy 2>&1 | FileCheck %s
// RUN: not quant-run %s --input %t/negative.npy --lowering=decode 2>&1 | FileCheck %s
// CHECK: error: run-time assertion failed: a tensor<?xf32> has a negative size, or more elements than memory holds

// RUN: %if !asan %{ not bash -c "ulimit -v 9000000; exec quant-run %s --input %t/large.npy" 2>&1 | FileCheck %s --check-prefix=MEMORY %}
// MEMORY: error: the model needs 16{{[0-9]*}} bytes at once, which is more memory than there is

func.func @main(%n: tensor<i64>) -> tensor<?xf32> {
  %one = arith.constant 1.0 : f32
  %i = tensor.extract %n[] : tensor<i64>
  %size = arith.index_cast %i : i64 to index
  %y = tensor.splat %one[%size] : tensor<?xf32>
  return %y : tensor<?xf32>
}
