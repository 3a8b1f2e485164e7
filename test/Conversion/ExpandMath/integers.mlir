// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --lowbit-expand-math | FileCheck %s
// RUN: quant-opt %s --lowbit-expand-math="library" | FileCheck %s

// Powers of integers, and what upstream's expansion of clampf has the wrong way
// round, run in each lowering.
// RUN: %python -c "import numpy as np; np.savez(r'%t/in.npz', \
// RUN:   x=np.array([2, -3, 7, 0, 0, 1, -1, -1, 5], np.int32), n=np.array([10, 3, 0, 0, -1, -5, -3, -4, -2], np.int32), \
// RUN:   f=np.array([-2, 0.5, 3, np.nan, 1, -1, 0, 2, 9], np.float32))"
// RUN: quant-run %s --input %t/in.npz --output %t/o.npz 2>&1 | FileCheck %s --check-prefix=QUIET --allow-empty
// RUN: quant-run %s --input %t/in.npz --compare %t/o.npz --tolerance=0 --lowering=decode
// RUN: %python -c "import numpy as np; o = np.load(r'%t/o.npz'); print(o['output0'].tolist(), o['output1'].tolist())" | FileCheck %s --check-prefix=VALUES
// QUIET-NOT: {{remark|error}}
// VALUES: [1024, -27, 1, 1, 0, 1, -1, 1, 0] [-1.0, 0.5, 2.0, nan, 1.0, -1.0, 0.0, 2.0, 2.0]

// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[LOW:.*]] = arith.constant -1.0
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 2.0
// CHECK: scf.for
// CHECK-NOT: math.ipowi
// CHECK: %[[MOST:.*]] = arith.minimumf %{{.*}}, %[[HIGH]]
// CHECK: arith.maximumf %[[MOST]], %[[LOW]]
// CHECK-NOT: math.clampf
#id = affine_map<(d0) -> (d0)>
func.func @main(%x: tensor<9xi32> {lowbit.name = "x"}, %n: tensor<9xi32> {lowbit.name = "n"}, %f: tensor<9xf32> {lowbit.name = "f"}) -> (tensor<9xi32>, tensor<9xf32>) {
  %low = arith.constant -1.0 : f32
  %high = arith.constant 2.0 : f32
  %e = tensor.empty() : tensor<9xi32>
  %ef = tensor.empty() : tensor<9xf32>
  %0 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %n : tensor<9xi32>, tensor<9xi32>) outs(%e : tensor<9xi32>) {
  ^bb0(%a: i32, %b: i32, %o: i32):
    %p = math.ipowi %a, %b : i32
    linalg.yield %p : i32
  } -> tensor<9xi32>
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%f : tensor<9xf32>) outs(%ef : tensor<9xf32>) {
  ^bb0(%a: f32, %o: f32):
    %c = math.clampf %a to [%low, %high] : f32
    linalg.yield %c : f32
  } -> tensor<9xf32>
  return %0, %1 : tensor<9xi32>, tensor<9xf32>
}
