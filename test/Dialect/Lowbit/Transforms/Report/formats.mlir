// RUN: rm -rf %t && mkdir %t
// DEFINE: %{recipe} = int8
// DEFINE: %{report} = quant-opt %s --lowbit-quantize="recipe=%{recipe} output-weights=%t/q.safetensors" | quant-opt -o /dev/null --lowbit-report="quantized-weights=%t/q.safetensors report=%t/q.json" 2>&1 | FileCheck %s

// The size of every format is exact: 8 * bytes of all parts / elements.

// REDEFINE: %{recipe} = int8
// RUN: %{report} --check-prefix=INT8
// RUN: FileCheck %s --check-prefix=INT8-JSON --input-file=%t/q.json
// INT8: layer0  384x1536  i8 f32/axis<1> {{ *}}8.083
// INT8-JSON: "bits_per_weight": 8.0833333333333339,
// REDEFINE: %{recipe} = int4-g128
// RUN: %{report} --check-prefix=INT4G128
// RUN: FileCheck %s --check-prefix=INT4G128-JSON --input-file=%t/q.json
// INT4G128: layer0  384x1536  u4 f16/group<128>@0 zp {{ *}}4.156
// INT4G128-JSON: "bits_per_weight": 4.15625,
// REDEFINE: %{recipe} = int3-g128-sym
// RUN: %{report} --check-prefix=INT3G128SYM
// RUN: FileCheck %s --check-prefix=INT3G128SYM-JSON --input-file=%t/q.json
// INT3G128SYM: layer0  384x1536  i3 f16/group<128>@0 {{ *}}3.125
// INT3G128SYM-JSON: "bits_per_weight": 3.125,
// REDEFINE: %{recipe} = nf4-g64-dq
// RUN: %{report} --check-prefix=NF4G64DQ
// RUN: FileCheck %s --check-prefix=NF4G64DQ-JSON --input-file=%t/q.json
// NF4G64DQ: layer0  384x1536  nf4 u8/group<64>@0 x f32/256 {{ *}}4.127
// NF4G64DQ-JSON: "bits_per_weight": 4.126953125,
// REDEFINE: %{recipe} = mxfp4
// RUN: %{report} --check-prefix=MXFP4
// RUN: FileCheck %s --check-prefix=MXFP4-JSON --input-file=%t/q.json
// MXFP4: layer0  384x1536  f4E2M1FN f8E8M0FNU/group<32>@0 {{ *}}4.250
// MXFP4-JSON: "bits_per_weight": 4.25,
// REDEFINE: %{recipe} = mxfp8
// RUN: %{report} --check-prefix=MXFP8
// RUN: FileCheck %s --check-prefix=MXFP8-JSON --input-file=%t/q.json
// MXFP8: layer0  384x1536  f8E4M3FN f8E8M0FNU/group<32>@0 {{ *}}8.250
// MXFP8-JSON: "bits_per_weight": 8.25,
// REDEFINE: %{recipe} = nvfp4
// RUN: %{report} --check-prefix=NVFP4
// RUN: FileCheck %s --check-prefix=NVFP4-JSON --input-file=%t/q.json
// NVFP4: layer0  384x1536  f4E2M1FN f8E4M3FN/group<16>@0 x f32/tensor {{ *}}4.500
// NVFP4-JSON: "bits_per_weight": 4.5000542534722223,
// REDEFINE: %{recipe} = q4_0
// RUN: %{report} --check-prefix=Q40
// RUN: FileCheck %s --check-prefix=Q40-JSON --input-file=%t/q.json
// Q40: layer0  384x1536  i4 f16/group<32>@0 {{ *}}4.500
// Q40-JSON: "bits_per_weight": 4.5,
// REDEFINE: %{recipe} = q4_1
// RUN: %{report} --check-prefix=Q41
// RUN: FileCheck %s --check-prefix=Q41-JSON --input-file=%t/q.json
// Q41: layer0  384x1536  u4 f16/group<32>@0 +f16 {{ *}}5.000
// Q41-JSON: "bits_per_weight": 5,
// REDEFINE: %{recipe} = q8_0
// RUN: %{report} --check-prefix=Q80
// RUN: FileCheck %s --check-prefix=Q80-JSON --input-file=%t/q.json
// Q80: layer0  384x1536  i8 f16/group<32>@0 {{ *}}8.500
// Q80-JSON: "bits_per_weight": 8.5,
// REDEFINE: %{recipe} = binary-g64
// RUN: %{report} --check-prefix=BINARYG64
// RUN: FileCheck %s --check-prefix=BINARYG64-JSON --input-file=%t/q.json
// BINARYG64: layer0  384x1536  binary f16/group<64>@0 {{ *}}1.250
// BINARYG64-JSON: "bits_per_weight": 1.25,
// REDEFINE: %{recipe} = mulaw8
// RUN: %{report} --check-prefix=MULAW8
// RUN: FileCheck %s --check-prefix=MULAW8-JSON --input-file=%t/q.json
// MULAW8: layer0  384x1536  mulaw<8, 255> f32/axis<1> {{ *}}8.083
// MULAW8-JSON: "bits_per_weight": 8.0833333333333339,
// REDEFINE: %{recipe} = bf16
// RUN: %{report} --check-prefix=BF16
// RUN: FileCheck %s --check-prefix=BF16-JSON --input-file=%t/q.json
// BF16: layer0  384x1536  bf16 {{ *}}16.000
// BF16-JSON: "bits_per_weight": 16,
// REDEFINE: %{recipe} = int4-g32-sym-2:4
// RUN: %{report} --check-prefix=SPARSE
// SPARSE: layer0  384x1536  i4 2:4@0 f16/group<32>@0 {{ *}}3.50

func.func @main(%x: tensor<2x384xf32>, %init: tensor<2x1536xf32>) -> tensor<2x1536xf32> {
  %w = arith.constant dense<1.0> : tensor<384x1536xf32>
  %y = linalg.matmul ins(%x, %w : tensor<2x384xf32>, tensor<384x1536xf32>) outs(%init : tensor<2x1536xf32>) -> tensor<2x1536xf32>
  return %y : tensor<2x1536xf32>
}
