// What lowbit-quantize makes of modules that are not as importers write them.

// RUN: rm -rf %t && split-file %s %t

// Weights that are values of globals.
// RUN: quant-opt %t/globals.mlir --lowbit-quantize="recipe=int8 output-weights=%t/g.st" -o %t/g.mlir
// RUN: FileCheck %t/globals.mlir --input-file=%t/g.mlir
// RUN: %python -c "import numpy; numpy.save(r'%t/x.npy', numpy.ones((4, 32), 'f4'))"
// RUN: quant-run %t/globals.mlir --input=%t/x.npy --output=%t/float.npz
// RUN: quant-run %t/g.mlir --weights=%t/g.st --input=%t/x.npy --compare=%t/float.npz --tolerance=1e-2

// A module that is quantized already stays as it is, with a remark.
// RUN: quant-opt %t/g.mlir --lowbit-quantize="recipe=int4-g32 weights=%t/g.st output-weights=%t/again.st" -o %t/again.mlir 2>&1 | FileCheck %s --check-prefix=AGAIN
// AGAIN: remark: layer 'head' stays as it is: the weight is encoded already
// RUN: diff %t/g.mlir %t/again.mlir
// RUN: cmp %t/g.st %t/again.st

// Functions of nested modules, and other functions than func.func, are out of
// reach: an error, and no file.
// DEFINE: %{name} = nested
// DEFINE: %{bad} = not quant-opt %t/%{name}.mlir --lowbit-quantize="recipe=int8 output-weights=%t/bad.st" -o /dev/null 2>&1 | FileCheck %t/%{name}.mlir --implicit-check-not=error:
// RUN: %{bad}
// REDEFINE: %{name} = other
// RUN: %{bad}

// A report that cannot be written leaves no weights file.
// RUN: not quant-opt %t/globals.mlir --lowbit-quantize="recipe=int8 output-weights=%t/bad.st report=%t/no/such.json" -o /dev/null 2>&1 | FileCheck %s --check-prefix=REPORT --implicit-check-not=error:
// REPORT: error: {{.*}}no/such.json: cannot be written: its directory does not exist
// RUN: ls %t | FileCheck %s --check-prefix=LEFT
// LEFT-NOT: bad.st

// Whether there is a report makes no difference to the module.
// RUN: quant-opt %t/globals.mlir --lowbit-quantize="recipe=int8 output-weights=%t/r.st report=%t/r.json" -o %t/r.mlir 2>&1 | FileCheck %s --check-prefix=TABLE
// TABLE: head {{ *}}32x16
// RUN: diff %t/g.mlir %t/r.mlir

//--- globals.mlir
// CHECK: ml_program.global public @head.codes(
// CHECK-NEXT: ml_program.global public @head.scales(
// CHECK-NOT: ml_program.global p
// CHECK: %[[E:.*]] = lowbit.assemble
// CHECK: linalg.matmul {lowbit.layer = "head"} ins(%{{.*}}, %[[E]] :
ml_program.global private @head(dense<1.0> : tensor<32x16xf32>) : tensor<32x16xf32>
func.func @main(%x: tensor<4x32xf32> {lowbit.name = "x"}) -> (tensor<4x16xf32> {lowbit.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x16xf32>
  %o = linalg.fill ins(%zero : f32) outs(%e : tensor<4x16xf32>) -> tensor<4x16xf32>
  %w = ml_program.global_load_const @head : tensor<32x16xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<4x32xf32>, tensor<32x16xf32>) outs(%o : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

//--- nested.mlir
// CHECK: nested.mlir:5:8: error: 'linalg.matmul' op is a layer in a module within the module
module @inner {
  func.func @f(%x: tensor<4x4xf32>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
  }
}
func.func @outer() { return }

//--- other.mlir
// CHECK: other.mlir:4:8: error: 'linalg.matmul' op still has lowbit.weight_encoding
ml_program.func @f(%x: tensor<4x4xf32>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%c : tensor<4x4xf32>) -> tensor<4x4xf32>
  ml_program.return %0 : tensor<4x4xf32>
}
