// The round trip of upstream reads bytecode from memory that is not aligned as
// resources ask for.
// UNSUPPORTED: check-roundtrip

// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt --allow-unregistered-dialect %s --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=3" -o %t/out.mlir
// RUN: FileCheck %s --input-file=%t/out.mlir

// And back: the same elements, now as resources.
// RUN: quant-opt --allow-unregistered-dialect %t/out.mlir --lowbit-internalize-weights="weights=%t/w.safetensors" | FileCheck %s --check-prefix=BACK

// Once more, from resources: the same file.
// RUN: quant-opt --allow-unregistered-dialect %t/out.mlir --lowbit-internalize-weights="weights=%t/w.safetensors" --mlir-print-debuginfo -o %t/back.mlir
// RUN: quant-opt --allow-unregistered-dialect %t/back.mlir --lowbit-externalize-weights="output-weights=%t/again.safetensors min-elements=3" -o /dev/null
// RUN: cmp %t/w.safetensors %t/again.safetensors

// What is external already is copied, so that one file holds all.
// RUN: quant-opt --allow-unregistered-dialect %t/out.mlir --lowbit-externalize-weights="weights=%t/w.safetensors output-weights=%t/all.safetensors min-elements=1" -o %t/all.mlir
// RUN: FileCheck %s --check-prefix=ALL --input-file=%t/all.mlir
// RUN: quant-opt --allow-unregistered-dialect %t/all.mlir --lowbit-internalize-weights="weights=%t/all.safetensors" | FileCheck %s --check-prefix=BACK
// RUN: not quant-opt --allow-unregistered-dialect %t/out.mlir --lowbit-externalize-weights="weights=%t/w.safetensors output-weights=%t/w.safetensors" -o /dev/null 2>&1 | FileCheck %s --check-prefix=READ
// READ: error: {{.*}}w.safetensors: is the file that is being read; write to another file
// RUN: not quant-opt --allow-unregistered-dialect %t/out.mlir --lowbit-externalize-weights="output-weights=%t/no.safetensors min-elements=1" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-WEIGHTS
// NO-WEIGHTS: error: weight 'layer.weight' is external: name its file with the option 'weights'
// RUN: not quant-opt --allow-unregistered-dialect %s --lowbit-externalize-weights="min-elements=1" -o /dev/null 2>&1 | FileCheck %s --check-prefix=NO-OUTPUT
// NO-OUTPUT: error: there are weights to be written: name their file with the option 'output-weights'

// CHECK-DAG: ml_program.global public @layer.weight(#{{.*}}) : tensor<2x2xf32>
// CHECK-DAG: ml_program.global public @layer.weight.1(#{{.*}}) : tensor<4xf16>
// CHECK-DAG: ml_program.global public @constant0(#{{.*}}) : tensor<3xi64>
// CHECK-DAG: ml_program.global public @constant1(#{{.*}}) : tensor<3xi1>
// CHECK-DAG: ml_program.global public @constant2(#{{.*}}) : tensor<2x2xbf16>
// ALL: ml_program.global public @constant0.1(#{{.*}}) : tensor<2xf32>

// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[W:.*]] = ml_program.global_load_const @layer.weight : tensor<2x2xf32>
// CHECK-DAG: %[[SAME:.*]] = ml_program.global_load_const @layer.weight : tensor<2x2xf32>
// CHECK-DAG: ml_program.global_load_const @layer.weight.1 : tensor<4xf16>
// A splat, too few elements, and elements that no file holds stay.
// CHECK-DAG: arith.constant dense<1.000000e+00> : tensor<1000xf32>
// CHECK-DAG: arith.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
// CHECK-DAG: arith.constant dense<[1, 2, 3]> : tensor<3xi4>
// CHECK: return

// BACK-LABEL: func.func @main
// BACK: dense<[true, false, true]> : tensor<3xi1>
// BACK: dialect_resources
// BACK-DAG: layer.weight: "0x400000000000803F000000400000404000008040"
// BACK-DAG: layer.weight.1: "0x40000000003C004000420044"
// BACK-DAG: constant0: "0x400000000100000000000000FEFFFFFFFFFFFFFF0300000000000000"
func.func @main() {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> loc("layer.weight")
  %same = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> loc("other")
  %b = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf16> loc("layer.weight")
  %i = arith.constant dense<[1, -2, 3]> : tensor<3xi64>
  %m = arith.constant dense<[true, false, true]> : tensor<3xi1>
  %r = arith.constant dense_resource<blob> : tensor<2x2xbf16>
  %splat = arith.constant dense<1.0> : tensor<1000xf32>
  %few = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %nibbles = arith.constant dense<[1, 2, 3]> : tensor<3xi4>
  "test.use"(%w, %same, %b, %i, %m, %r, %splat, %few, %nibbles)
    : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<4xf16>, tensor<3xi64>,
       tensor<3xi1>, tensor<2x2xbf16>, tensor<1000xf32>, tensor<2xf32>,
       tensor<3xi4>) -> ()
  return
}

{-#
  dialect_resources: {
    builtin: {
      blob: "0x40000000803F004040408040"
    }
  }
#-}
