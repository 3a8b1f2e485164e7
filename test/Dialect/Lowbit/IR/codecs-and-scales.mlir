// RUN: quant-opt %s | FileCheck %s
// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s

// Every form of an attribute prints as it reads.

// (C2) Codes of 1 to 8 bits, signed and unsigned.
// CHECK-LABEL: @codecs
// CHECK-SAME: a = #lowbit.affine<i1>
// CHECK-SAME: b = #lowbit.affine<u1>
// CHECK-SAME: c = #lowbit.affine<i3>
// CHECK-SAME: d = #lowbit.affine<u4>
// CHECK-SAME: e = #lowbit.affine<i8>
// CHECK-SAME: f = #lowbit.codebook<nf4>
func.func private @codecs() attributes {
  a = #lowbit.affine<i1>, b = #lowbit.affine<u1>, c = #lowbit.affine<i3>,
  d = #lowbit.affine<u4>, e = #lowbit.affine<i8>, f = #lowbit.codebook<nf4>}

// Numbers with or without a point; the point is printed where it is needed.
// CHECK-LABEL: @tables
// CHECK-SAME: a = #lowbit.codebook<fp4>
// CHECK-SAME: b = #lowbit.codebook<fp4_bnb>
// CHECK-SAME: c = #lowbit.codebook<binary>
// CHECK-SAME: d = #lowbit.codebook<[-1, -0.1, 0, 0.000001, 2]>
// CHECK-SAME: e = #lowbit.mulaw<8, 255>
// CHECK-SAME: f = #lowbit.alaw<5, 87.6>
// CHECK-SAME: g = #lowbit.log<4, 2>
func.func private @tables() attributes {
  a = #lowbit.codebook<fp4>, b = #lowbit.codebook<fp4_bnb>,
  c = #lowbit.codebook<binary>,
  d = #lowbit.codebook<[-1.0, -0.1, 0, 1.0e-6, 2.0]>,
  e = #lowbit.mulaw<8, 255.0>, f = #lowbit.alaw<5, 87.6>,
  g = #lowbit.log<4, 2>}

// (C102)
// CHECK-LABEL: @floats
// CHECK-SAME: a = #lowbit.float<f8E4M3FN>
// CHECK-SAME: b = #lowbit.float<f8E5M2>
// CHECK-SAME: c = #lowbit.float<f6E2M3FN>
// CHECK-SAME: d = #lowbit.float<f6E3M2FN>
// CHECK-SAME: e = #lowbit.float<f4E2M1FN>
// CHECK-SAME: f = #lowbit.float<f16>
// CHECK-SAME: g = #lowbit.float<bf16>
func.func private @floats() attributes {
  a = #lowbit.float<f8E4M3FN>, b = #lowbit.float<f8E5M2>,
  c = #lowbit.float<f6E2M3FN>, d = #lowbit.float<f6E3M2FN>,
  e = #lowbit.float<f4E2M1FN>, f = #lowbit.float<f16>,
  g = #lowbit.float<bf16>}

// CHECK-LABEL: @scales
// CHECK-SAME: a = #lowbit.scale<f32 per tensor>
// CHECK-SAME: b = #lowbit.scale<bf16 per axis<1>>
// CHECK-SAME: c = #lowbit.scale<f32 per axis<0, 2>>
// CHECK-SAME: d = #lowbit.scale<f16 per group<128> along 0>
// CHECK-SAME: e = #lowbit.scale<f16 per group<64> along 1, zero_point = u4>
func.func private @scales() attributes {
  a = #lowbit.scale<f32 per tensor>, b = #lowbit.scale<bf16 per axis<1>>,
  c = #lowbit.scale<f32 per axis<0, 2>>,
  d = #lowbit.scale<f16 per group<128> along 0>,
  e = #lowbit.scale<f16 per group<64> along 1, zero_point = u4>}

// (C3), (C103), (C104), (C106)
// CHECK-LABEL: @more_scales
// CHECK-SAME: a = #lowbit.scale<f8E4M3FN per block<[128, 128]>>
// CHECK-SAME: b = #lowbit.scale<f8E8M0FNU per block<[*, 32, 1]>>
// CHECK-SAME: c = #lowbit.scale<u8 per group<64> along 0, nested_scale = f32 per 256>
// CHECK-SAME: d = #lowbit.scale<f8E4M3FN per group<16> along 1, nested_scale = bf16 per tensor, offset = f16>
// CHECK-SAME: e = #lowbit.scale<none>
func.func private @more_scales() attributes {
  a = #lowbit.scale<f8E4M3FN per block<[128, 128]>>,
  b = #lowbit.scale<f8E8M0FNU per block<[*, 32, 1]>>,
  c = #lowbit.scale<u8 per group<64> along 0, nested_scale = f32 per 256>,
  d = #lowbit.scale<f8E4M3FN per group<16> along 1, offset = f16, nested_scale = bf16 per tensor>,
  e = #lowbit.scale<none>}
