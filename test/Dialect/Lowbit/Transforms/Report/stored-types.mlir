// Sizes are those of the file, whatever the type; what the file does not hold
// as the module reads it is an error at the global.

// RUN: rm -rf %t && split-file %s %t
// RUN: quant-opt %t/in.mlir --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=1" -o %t/w.mlir
// RUN: quant-opt %t/w.mlir -o /dev/null --lowbit-report=quantized-weights=%t/w.safetensors 2>&1 | FileCheck %s
// CHECK: head 4x2 f32 32.000 32 32 - float: by hand
// CHECK: complex 2x2 complex<f32> 64.000 32 32 - float: by hand
// CHECK: all weights: 98 of 98 bytes

// DEFINE: %{name} = x
// DEFINE: %{bad} = not quant-opt %t/%{name}.mlir -o /dev/null --lowbit-report=quantized-weights=%t/w.safetensors

// REDEFINE: %{name} = index
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=INDEX --implicit-check-not=error:
// INDEX: index.mlir:1:1: error: {{.*}}w.safetensors: tensor 'flags' has element type BOOL, but the module expects 'index'

// REDEFINE: %{name} = absent
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=ABSENT --implicit-check-not=error:
// ABSENT: absent.mlir:1:1: error: {{.*}}w.safetensors: has no tensor 'x.y.z'

// REDEFINE: %{name} = dynamic
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=DYNAMIC --implicit-check-not=error:
// DYNAMIC: dynamic.mlir:1:1: error: external weights have static shapes, got 'tensor<?x2xf32>'

//--- in.mlir
!c = tensor<2x2xcomplex<f32>>
func.func @f(%x: tensor<1x4xf32>, %o: tensor<1x2xf32>, %y: !c, %p: !c) -> (tensor<1x2xf32>, !c, tensor<2xi1>, tensor<2x2xf64>) {
  %h = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32> loc("h")
  %c = arith.constant dense<[[(1.0, 2.0), (3.0, 4.0)], [(5.0, 6.0), (7.0, 8.0)]]> : !c loc("c")
  %flags = arith.constant dense<[true, false]> : tensor<2xi1> loc("flags")
  %d = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf64> loc("d")
  %0 = linalg.matmul {lowbit.layer = "head", lowbit.float = "by hand"}
      ins(%x, %h : tensor<1x4xf32>, tensor<4x2xf32>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = linalg.matmul {lowbit.layer = "complex", lowbit.float = "by hand"}
      ins(%y, %c : !c, !c) outs(%p : !c) -> !c
  return %0, %1, %flags, %d : tensor<1x2xf32>, !c, tensor<2xi1>, tensor<2x2xf64>
}

//--- index.mlir
ml_program.global public @flags(#ml_program.extern<tensor<2xindex>>) : tensor<2xindex>

//--- absent.mlir
ml_program.global public @x.y.z(#ml_program.extern<tensor<2xf32>>) : tensor<2xf32>

//--- dynamic.mlir
ml_program.global public @h(#ml_program.extern<tensor<?x2xf32>>) : tensor<?x2xf32>
func.func @f(%x: tensor<1x?xf32>, %o: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %h = ml_program.global_load_const @h : tensor<?x2xf32>
  %0 = linalg.matmul {lowbit.layer = "head"} ins(%x, %h : tensor<1x?xf32>, tensor<?x2xf32>)
      outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
