// A sharded set is named by its index; every pass reads it like one file.

// RUN: rm -rf %t && mkdir %t
// RUN: split-file %s %t
// RUN: quant-opt %t/a.mlir --lowbit-externalize-weights="output-weights=%t/a.safetensors min-elements=1" -o /dev/null
// RUN: quant-opt %t/b.mlir --lowbit-externalize-weights="output-weights=%t/b.safetensors min-elements=1" -o /dev/null
// RUN: quant-opt %t/use.mlir --lowbit-internalize-weights="weights=%t/model.safetensors.index.json" | FileCheck %t/use.mlir
// RUN: quant-opt %t/use.mlir --lowbit-materialize-weights="weights=%t/model.safetensors.index.json output-weights=%t/one.safetensors" -o %t/one.mlir
// RUN: quant-opt %t/one.mlir --lowbit-internalize-weights="weights=%t/one.safetensors" | FileCheck %t/use.mlir

// Writing over a part of the set would leave it in pieces.
// RUN: not quant-opt %t/use.mlir --lowbit-materialize-weights="weights=%t/model.safetensors.index.json output-weights=%t/b.safetensors" 2>&1 | FileCheck %s --check-prefix=CLASH
// CLASH: error: {{.*}}b.safetensors: is part of the sharded set that is being read; write to another file

// RUN: rm %t/b.safetensors
// RUN: not quant-opt %t/use.mlir --lowbit-internalize-weights="weights=%t/model.safetensors.index.json" 2>&1 | FileCheck %s --check-prefix=SHARD
// SHARD: error: {{.*}}index.json: its shard cannot be used: {{.*}}b.safetensors

//--- a.mlir
%a = arith.constant dense<[1.0, 2.0]> : tensor<2xf32> loc("a")

//--- b.mlir
%b = arith.constant dense<[3, 4]> : tensor<2xi32> loc("b")

//--- model.safetensors.index.json
{"metadata": {}, "weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}

//--- use.mlir
ml_program.global public @a(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
ml_program.global public @b(#ml_program.extern : tensor<2xi32>) : tensor<2xi32>
ml_program.global public @dropped(#ml_program.extern : tensor<2xi32>) : tensor<2xi32>
// CHECK-NOT: ml_program.global
// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = arith.constant dense_resource<a> : tensor<2xf32>
// CHECK: %[[B:.*]] = arith.constant dense_resource<b> : tensor<2xi32>
// CHECK: return %[[A]], %[[B]]
// CHECK-DAG: a: "0x400000000000803F00000040"
// CHECK-DAG: b: "0x400000000300000004000000"
func.func @main() -> (tensor<2xf32>, tensor<2xi32>) {
  %a = ml_program.global_load_const @a : tensor<2xf32>
  %b = ml_program.global_load_const @b : tensor<2xi32>
  return %a, %b : tensor<2xf32>, tensor<2xi32>
}
