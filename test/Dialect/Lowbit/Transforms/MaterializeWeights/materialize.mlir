// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=1" -o %t/external.mlir
// RUN: quant-opt %t/external.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors" -o %t/q.mlir
// RUN: FileCheck %s --input-file=%t/q.mlir
// RUN: quant-opt %t/q.mlir --lowbit-internalize-weights="weights=%t/q.safetensors" | FileCheck %s --check-prefix=VALUES
// RUN: strings -n 400 %t/q.safetensors | FileCheck %s --check-prefix=HEADER

// The file does not depend on threads, and never replaces the one that is read,
// under whatever name: the float model would be lost.
// RUN: quant-opt %t/external.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/two.safetensors threads=2" -o /dev/null
// RUN: cmp %t/two.safetensors %t/q.safetensors
// RUN: ln -s w.safetensors %t/link.safetensors
// RUN: cp %t/w.safetensors %t/before.safetensors
// RUN: not quant-opt %t/external.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/w.safetensors" -o /dev/null 2>&1 | FileCheck %s --check-prefix=SAME
// RUN: not quant-opt %t/external.mlir --lowbit-materialize-weights="weights=%t/link.safetensors output-weights=%t/w.safetensors" -o /dev/null 2>&1 | FileCheck %s --check-prefix=SAME
// RUN: cmp %t/w.safetensors %t/before.safetensors
// SAME: error: {{.*}}w.safetensors: is the file that is being read; write to another file

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#u4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<2> along 0, zero_point = u4>
#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>

// `w` is encoded in two encodings and also read as it is; `unused` is dropped.
// CHECK: ml_program.global public @w(
// CHECK-NEXT: ml_program.global public @w.codes(#{{.*}}) : tensor<4x2xi8>
// CHECK-NEXT: ml_program.global public @w.scales(#{{.*}}) : tensor<2xf32>
// CHECK-NEXT: ml_program.global public @w.1.codes(#{{.*}}) : tensor<4x1xi8>
// CHECK-NEXT: ml_program.global public @w.1.scales(#{{.*}}) : tensor<2x2xf16>
// CHECK-NEXT: ml_program.global public @w.1.zero_points(#{{.*}}) : tensor<2x1xi8>
// CHECK-NEXT: ml_program.global public @v.codes(#{{.*}}) : tensor<1x1x32xi8>
// CHECK-NEXT: ml_program.global public @v.scales(
// CHECK-NOT: ml_program.global

// CHECK-LABEL: func.func @main
// CHECK: %[[W:.*]] = ml_program.global_load_const @w :
// CHECK: %[[C:.*]] = ml_program.global_load_const @w.codes
// CHECK: %[[S:.*]] = ml_program.global_load_const @w.scales
// CHECK: %[[E:.*]] = lowbit.assemble %[[C]], %[[S]] {{.*}} to tensor<4x2xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>>
// CHECK: %[[C1:.*]] = ml_program.global_load_const @w.1.codes
// CHECK: %[[S1:.*]] = ml_program.global_load_const @w.1.scales
// CHECK: %[[Z1:.*]] = ml_program.global_load_const @w.1.zero_points
// CHECK: %[[F:.*]] = lowbit.assemble %[[C1]], %[[S1]], %[[Z1]]
// CHECK: %[[AGAIN:.*]] = lowbit.assemble
// CHECK-SAME: #lowbit.affine<i8>
// CHECK: %[[V:.*]] = lowbit.assemble
// CHECK: return %[[E]], %[[F]], %[[AGAIN]], %[[V]], %[[W]]
func.func @main() -> (tensor<4x2xf32, #i8>, tensor<4x2xf32, #u4>,
                      tensor<4x2xf32, #i8>, tensor<4x2xf16, #panels>,
                      tensor<4x2xf32>) {
  %w = arith.constant dense<[[1.0, -2.0], [0.5, 0.0], [-1.0, 1.0], [0.25, 127.0]]> : tensor<4x2xf32> loc("w")
  %v = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [127.0, 127.0]]> : tensor<4x2xf16> loc("v")
  %unused = arith.constant dense<[1.0, 2.0]> : tensor<2xf32> loc("unused")
  %e = lowbit.encode %w : tensor<4x2xf32> to tensor<4x2xf32, #i8>
  %f = lowbit.encode %w : tensor<4x2xf32> to tensor<4x2xf32, #u4>
  %again = lowbit.encode %w : tensor<4x2xf32> to tensor<4x2xf32, #i8>
  %p = lowbit.encode %v : tensor<4x2xf16> to tensor<4x2xf16, #panels>
  return %e, %f, %again, %p, %w
    : tensor<4x2xf32, #i8>, tensor<4x2xf32, #u4>, tensor<4x2xf32, #i8>,
      tensor<4x2xf16, #panels>, tensor<4x2xf32>
}

// Column 0 has scale 1/127, so 1, 0.5, -1, 0.25 become 127, 64 (63.5, to even),
// -127, 32; column 1 has scale 1.
// VALUES-DAG: w.codes: "0x400000007FFE40008101207F"
// VALUES-DAG: w.scales: "0x400000000402013C0000803F"
// VALUES-DAG: w.1.codes: "0x400000000FF800FF"
// VALUES-DAG: w.1.zero_points: "0x40000000F00C"
// VALUES-DAG: v.codes: "0x400000000103057F0204067F{{0+}}"

// HEADER: "lowbit.encoding:v":"#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>"
// HEADER-SAME: "lowbit.encoding:w":"#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>"
// HEADER-SAME: "lowbit.shape:w":"4x2"
// HEADER-SAME: "lowbit.source:w.1":"w"
