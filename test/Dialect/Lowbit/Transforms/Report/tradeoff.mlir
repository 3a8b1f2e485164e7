// The curve of an automatic choice goes into the report, and does not stay.

// RUN: rm -rf %t && mkdir %t
// DEFINE: %{inputs} = %S/../AssignEncodings/Inputs
// RUN: quant-opt %{inputs}/three.mlir --lowbit-quantize="recipe=auto-6 sensitivity=%{inputs}/sensitivity.json output-weights=%t/q.safetensors report=%t/q.json" -o %t/q.mlir 2> %t/err
// RUN: FileCheck %s < %t/err
// RUN: FileCheck %s --check-prefix=JSON < %t/q.json
// RUN: FileCheck %s --check-prefix=GONE --allow-empty < %t/q.mlir
// GONE-NOT: tradeoff

// CHECK: encoded: 1480 of 8192 bytes
// CHECK: automatic choice, from the smallest to the best (> is taken):
// CHECK-NEXT: {{^}}     bits        bytes  predicted SQNR dB
// CHECK-NEXT: {{^}}    2.562          656               9.96
// CHECK-NEXT: {{^}}    3.594          920              19.59
// CHECK-NEXT: {{^}}>   5.781         1480              29.59
// CHECK-NEXT: {{^}}    6.812         1744              36.99
// CHECK-NEXT: {{^}}    9.000         2304              39.96

// JSON: "tradeoff": [
// JSON: "bits_per_weight": 5.78125,
// JSON-NEXT: "bytes": 1480,
// JSON-NEXT: "predicted_sqnr_db": 29.58
// JSON-NEXT: "taken": true

// RUN: not quant-opt %s --lowbit-report 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: lowbit.tradeoff is not what lowbit-assign-encodings leaves
module attributes {lowbit.tradeoff = {bytes = array<i64: 1, 2>, elements = 4 : i64, sqnr_db = array<f64: 1.0, 2.0>, taken = 2 : i64}} {}
