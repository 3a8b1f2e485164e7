// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=1" -o %t/w.mlir
// RUN: quant-opt %t/w.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors" -o %t/q.mlir
// RUN: quant-opt %t/q.mlir -o /dev/null --lowbit-report="weights=%t/w.safetensors quantized-weights=%t/q.safetensors report=%t/q.json" 2>&1 | FileCheck %s --match-full-lines --strict-whitespace
// RUN: FileCheck %s --check-prefix=JSON --input-file=%t/q.json

// The plan was for the report, the rest stays.
// RUN: sed 's/lowbit.kernel = "vnni", //' %t/q.mlir > %t/unplanned.mlir
// RUN: quant-opt %t/q.mlir --lowbit-report="quantized-weights=%t/q.safetensors table=false" | diff - %t/unplanned.mlir

// A file that cannot be written is known before long work.
// RUN: quant-opt %t/q.mlir -o /dev/null --lowbit-report="report=%t/early.json check-only" 2>&1 | FileCheck %s --check-prefix=QUIET --allow-empty
// RUN: not quant-opt %t/q.mlir -o /dev/null --lowbit-report="report=%t/no/such.json check-only" 2>&1 | FileCheck %s --check-prefix=UNWRITABLE
// RUN: ls %t | FileCheck %s --check-prefix=LEFT
// LEFT-NOT: early

// Panels change sizes (padding) and no value.
// RUN: quant-opt %t/q.mlir --lowbit-pack="weights=%t/q.safetensors output-weights=%t/p.safetensors columns=8" -o %t/p.mlir
// RUN: quant-opt %t/p.mlir -o /dev/null --lowbit-report="weights=%t/w.safetensors quantized-weights=%t/p.safetensors" 2>&1 | FileCheck %s --check-prefix=PACKED

// Without the original weights sizes are known, errors are not.
// RUN: quant-opt %t/q.mlir -o /dev/null --lowbit-report="quantized-weights=%t/q.safetensors table=false report=%t/alone.json" 2>&1 | FileCheck %s --check-prefix=UNMEASURED
// RUN: FileCheck %s --check-prefix=ALONE --input-file=%t/alone.json
// QUIET-NOT: {{.}}
// UNMEASURED: remark: errors of 2 weights, '{{.*}}' and others, are not in the report: no option 'weights' names the file that they were encoded from (what
// RUN: quant-opt %t/q.mlir -o /dev/null --lowbit-report="weights=%t/q.safetensors quantized-weights=%t/q.safetensors table=false" 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: remark: errors of 2 weights, {{.*}}q.safetensors has no tensor that they were encoded from
// ALONE: "sqnr_db": null

// RUN: not quant-opt %t/q.mlir -o /dev/null --lowbit-report 2>&1 | FileCheck %s --check-prefix=NO-WEIGHTS
// NO-WEIGHTS: error: weight '{{.*}}' is external: name its file with the option 'quantized-weights'
// RUN: not quant-opt %t/q.mlir -o /dev/null --lowbit-report="quantized-weights=%t/q.safetensors report=%t/no/such.json" 2>&1 | FileCheck %s --check-prefix=UNWRITABLE
// UNWRITABLE: error: {{.*}}no/such.json: {{.}}

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#u4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<2> along 1, zero_point = u4>
#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#id = affine_map<(d0, d1) -> (d0, d1)>

//      CHECK:layer   shape  encoding                           bits  before  after  SQNR dB  kernel
// CHECK-NEXT:first   4x2    i8 f32/axis<1> x i8 f32/axis<0>  16.000      32     16    exact  vnni
// CHECK-NEXT:again   4x2    i8 f32/axis<1> x i8 f32/axis<0>  16.000      32     16    exact  not planned
// CHECK-NEXT:table   2x4    u4 f16/group<2>@1 zp             14.000      32     14    {{[0-9.]+}}  not planned
// CHECK-NEXT:head    4x2    f32                              32.000      32     32        -  float: no rule matches
// CHECK-NEXT:scores  ?x4x2  f32                                   -       0      0        -  [1]
// CHECK-NEXT:[1] float: both operands are activations
// CHECK-NEXT:not planned: lowbit-plan-x86-kernels in front of lowbit-report says which kernel
// CHECK-NEXT:error of all encoded weights: SQNR {{[0-9.]+}} dB, largest {{[0-9.]+}}, cosine {{[01].[0-9]+}}
// CHECK-NEXT:encoded: 30 of 64 bytes, 0.469x, 15.000 bits per weight
// CHECK-NEXT:all weights: 62 of 96 bytes, 0.646x

// PACKED: first   4x2 {{.*}} 64 {{ *}}exact  vnni
// PACKED: again   4x2
// PACKED: table   2x4 {{.*}} 14.000 {{ *}}32 {{ *}}14

// JSON: "layers": [
// JSON: "bytes_after": 16
// JSON: "encoding": "i8 f32/axis<1> x i8 f32/axis<0>"
// JSON: "kernel": "vnni"
// JSON-NEXT: "max_error": 0
// JSON-NEXT: "mse": 0
// JSON-NEXT: "name": "first"
// JSON: "shape": [4, 2]
// JSON-NEXT: "sqnr_db": null
// JSON-NEXT: "weight": "w"
// JSON: "weight": "w"
// JSON: "float_reason": "no rule matches"
// JSON: "total": {
// JSON-NEXT: "bits_per_weight": 15
// JSON-NEXT: "bytes_after": 62
// JSON-NEXT: "bytes_before": 96
// JSON-NEXT: "cosine": {{[01]}}
// JSON-NEXT: "encoded_bytes_after": 30
// JSON-NEXT: "encoded_bytes_before": 64
// JSON: "encoded_elements": 16
// JSON-NEXT: "encoded_ratio":
// JSON-NEXT: "float_layers": 2
// JSON-NEXT: "layers": 5
// JSON: "version": 1
// JSON-NEXT: "weights": [
// JSON: "name": "w"
// JSON: "name": "table"
// JSON-NOT: "name":
func.func @main(%x: tensor<1x4xf32>, %o: tensor<1x2xf32>, %init: tensor<1x4xf32>, %k: tensor<?x4x2xf32>,
                %q: tensor<?x3x4xf32>, %s: tensor<?x3x2xf32>) -> (tensor<1x2xf32>, tensor<1x4xf32>, tensor<?x3x2xf32>) {
  %w = arith.constant dense<[[127.0, 127.0], [2.0, 3.0], [-1.0, 1.0], [4.0, 5.0]]> : tensor<4x2xf32> loc("w")
  %t = arith.constant dense<[[0.0, 0.3, 0.5, 1.0], [1.0, 2.0, -1.0, 0.7]]> : tensor<2x4xf32> loc("table")
  %h = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]> : tensor<4x2xf32> loc("h")
  %we = lowbit.encode %w : tensor<4x2xf32> to tensor<4x2xf32, #i8>
  %te = lowbit.encode %t : tensor<2x4xf32> to tensor<2x4xf32, #u4>
  %xe = lowbit.encode %x : tensor<1x4xf32> to tensor<1x4xf32, #a8>
  %0 = linalg.matmul {lowbit.layer = "first", lowbit.kernel = "vnni"} ins(%xe, %we : tensor<1x4xf32, #a8>, tensor<4x2xf32, #i8>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = linalg.matmul {lowbit.layer = "again"} ins(%xe, %we : tensor<1x4xf32, #a8>, tensor<4x2xf32, #i8>) outs(%0 : tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"], lowbit.layer = "table"} outs(%init : tensor<1x4xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %v = tensor.extract %te[%i, %j] : tensor<2x4xf32, #u4>
    linalg.yield %v : f32
  } -> tensor<1x4xf32>
  %3 = linalg.matmul {lowbit.layer = "head", lowbit.float = "no rule matches"} ins(%x, %h : tensor<1x4xf32>, tensor<4x2xf32>) outs(%1 : tensor<1x2xf32>) -> tensor<1x2xf32>
  %4 = linalg.batch_matmul {lowbit.layer = "scores", lowbit.float = "both operands are activations"} ins(%q, %k : tensor<?x3x4xf32>, tensor<?x4x2xf32>) outs(%s : tensor<?x3x2xf32>) -> tensor<?x3x2xf32>
  return %3, %2, %4 : tensor<1x2xf32>, tensor<1x4xf32>, tensor<?x3x2xf32>
}
