// Indices that lead outside are an error of the run, wherever they are used.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/x.npy x=f32:8:range
// RUN: %tensors %t/good.npy i=i64:scalar:3 && %tensors %t/far.npy i=i64:scalar:8589934592 && %tensors %t/near.npy i=i64:scalar:8
// DEFINE: %{function} = main
// DEFINE: %{lowering} = x86
// DEFINE: %{run} = quant-run %s --input %t/x.npy --output %t/o.npz --function=%{function} --lowering=%{lowering} --input
// RUN: %{run} %t/good.npy && %tensors --print %t/o.npz | FileCheck %s --check-prefix=GOOD
// GOOD: output0 float32 () 3.0
// RUN: not %{run} %t/far.npy 2>&1 | FileCheck %s
// RUN: not %{run} %t/near.npy 2>&1 | FileCheck %s
// REDEFINE: %{lowering} = decode
// RUN: not %{run} %t/far.npy 2>&1 | FileCheck %s
// CHECK: error: run-time assertion failed: an index is outside the rows that an op reads from
// REDEFINE: %{function} = slice
// RUN: not %{run} %t/far.npy 2>&1 | FileCheck %s --check-prefix=SLICE
// REDEFINE: %{lowering} = x86
// RUN: not %{run} %t/far.npy 2>&1 | FileCheck %s --check-prefix=SLICE
// SLICE: error: run-time assertion failed: a slice is outside the rows that an op takes it from
// RUN: %{run} %t/good.npy && %tensors --print %t/o.npz | FileCheck %s --check-prefix=FOUR
// FOUR: output0 float32 (4,) 3.0 4.0 5.0 6.0

// A table of dynamic size is gathered from on vectors, without a remark.
// RUN: %tensors %t/table.npy t=f32:3x5:range && %tensors %t/ids.npy ids=i64:2:2,0
// RUN: quant-run %s --function=gather --input %t/table.npy --input %t/ids.npy --output %t/o.npz 2>&1 | FileCheck %s --allow-empty --check-prefix=QUIET
// QUIET-NOT: {{remark|error}}
// RUN: %tensors --print %t/o.npz | FileCheck %s --check-prefix=GATHER
// GATHER: output0 float32 (2, 5) 10.0

func.func @main(%x: tensor<?xf32>, %i: tensor<i64>) -> tensor<f32> {
  %a = tensor.extract %i[] : tensor<i64>
  %ii = arith.index_cast %a : i64 to index
  %v = tensor.extract %x[%ii] : tensor<?xf32>
  %y = tensor.from_elements %v : tensor<f32>
  return %y : tensor<f32>
}
func.func @slice(%x: tensor<?xf32>, %i: tensor<i64>) -> tensor<4xf32> {
  %a = tensor.extract %i[] : tensor<i64>
  %ii = arith.index_cast %a : i64 to index
  %y = tensor.extract_slice %x[%ii] [4] [1] : tensor<?xf32> to tensor<4xf32>
  return %y : tensor<4xf32>
}
func.func @gather(%table: tensor<?x5xf32>, %ids: tensor<2xi64>) -> tensor<2x5xf32> {
  %e = tensor.empty() : tensor<2x5xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<2xi64>) outs(%e : tensor<2x5xf32>) {
  ^bb0(%id: i64, %o: f32):
    %r = arith.index_cast %id : i64 to index
    %c = linalg.index 1 : index
    %v = tensor.extract %table[%r, %c] : tensor<?x5xf32>
    linalg.yield %v : f32
  } -> tensor<2x5xf32>
  return %y : tensor<2x5xf32>
}
