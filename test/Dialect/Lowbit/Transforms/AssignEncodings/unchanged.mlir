// RUN: rm -rf %t && split-file %s %t

// Where the pass fails, not even names are left.
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/none.yaml %t/in.mlir --mlir-print-ir-after-failure -o /dev/null 2>&1 | FileCheck %s --check-prefix=FAILED
// FAILED: error: rule 1 matches no layer; the module has 2: encoder (matmul), layer1 (matmul)
// FAILED-COUNT-2: linalg.matmul ins
// FAILED-NOT: lowbit.layer

// Layers that are encoded already count as matched, and stay.
// RUN: quant-opt --lowbit-assign-encodings=recipe=%t/encoded.yaml %t/in.mlir 2>&1 | FileCheck %s
// CHECK: in.mlir:7:8: remark: layer 'layer1' stays as it is: the weight is encoded already
// CHECK: linalg.matmul {lowbit.float = {{.*}}lowbit.layer = "encoder"}
// CHECK: linalg.matmul {lowbit.layer = "layer1"}

// A function of a module within the module is out of reach of what follows.
// RUN: not quant-opt --lowbit-assign-encodings %t/nested.mlir -o /dev/null 2>&1 | FileCheck %s --check-prefix=NESTED --implicit-check-not=error:
// NESTED: nested.mlir:4:8: error: 'linalg.matmul' op is a layer in a module within the module, whose weights would be lost: quantize that by itself

//--- none.yaml
version: 1
default: int8
rules:
  - match: {layer: decoder}
    weight: int8

//--- encoded.yaml
version: 1
default: none
rules:
  - match: {layer: layer1}
    weight: int8

//--- in.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<4x4xf32>
func.func @f(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%c : !m) -> !m loc("encoder")
  %e = lowbit.encode %w : !m to tensor<4x4xf32, #e>
  %1 = linalg.matmul ins(%0, %e : !m, tensor<4x4xf32, #e>) outs(%c : !m) -> !m
  return %1 : !m
}

//--- nested.mlir
module @inner {
  func.func @f(%x: tensor<4x4xf32>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
  }
}
func.func @outer() { return }
