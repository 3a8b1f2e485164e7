// RUN: quant-opt %s --convert-lowbit-to-nvvm --split-input-file --verify-diagnostics
// RUN: quant-opt %s --convert-lowbit-to-nvvm=fallback --split-input-file 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: quant-opt %s --convert-lowbit-to-nvvm="element=f16 fallback" --split-input-file 2>/dev/null | FileCheck %s --check-prefix=ROUND

// What no kernel computes is an error, or a remark where that is asked for;
// f32 is rounded where that is.

// REMARK: remark: no NVVM kernel: kernels compute on f16 or bf16, not on f32
// REMARK: lowbit.attention
// ROUND-LABEL: @f32
// ROUND-COUNT-3: arith.truncf %{{.*}} : tensor<1x1x8x32xf32> to tensor<1x1x8x32xf16>
// ROUND: %[[Y:.*]] = lowbit.call_kernel
// ROUND: arith.extf %[[Y]] : tensor<1x1x8x32xf16> to tensor<1x1x8x32xf32>
func.func @f32(%q: tensor<1x1x8x32xf32>) -> tensor<1x1x8x32xf32> {
  // expected-error@+1 {{no NVVM kernel: kernels compute on f16 or bf16, not on f32 (the option 'element', quant-run: --attention-element, rounds to one of these); the option 'fallback' (quant-run: --device-fallback) computes it on the CPU}}
  %y = lowbit.attention %q, %q, %q scale = 1.0 : tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32>, tensor<1x1x8x32xf32> -> tensor<1x1x8x32xf32>
  return %y : tensor<1x1x8x32xf32>
}

// -----

// REMARK: remark: no NVVM kernel: a head of queries and keys has 320 elements; kernels have 1 to 256
func.func @large(%q: tensor<1x1x8x320xf16>) -> tensor<1x1x8x320xf16> {
  // expected-error@+1 {{a head of queries and keys has 320 elements}}
  %y = lowbit.attention %q, %q, %q scale = 1.0 : tensor<1x1x8x320xf16>, tensor<1x1x8x320xf16>, tensor<1x1x8x320xf16> -> tensor<1x1x8x320xf16>
  return %y : tensor<1x1x8x320xf16>
}

// -----

// (C214)
// REMARK: remark: no NVVM kernel: a head of queries and keys has 63 elements, 126 bytes, no multiple of its alignment, 4 bytes; pad it with zeros to 64
func.func @odd(%q: tensor<1x1x8x63xf16>) -> tensor<1x1x8x63xf16> {
  // expected-error@+1 {{no multiple of its alignment, 4 bytes; pad it with zeros to 64; the option 'fallback'}}
  %y = lowbit.attention %q, %q, %q scale = 1.0 : tensor<1x1x8x63xf16>, tensor<1x1x8x63xf16>, tensor<1x1x8x63xf16> -> tensor<1x1x8x63xf16>
  return %y : tensor<1x1x8x63xf16>
}

// -----

// Nothing is rounded before it is known that there is a kernel.
// REMARK: remark: no NVVM kernel: kernels compute on f16 or bf16, not on f32
// ROUND-LABEL: @large_f32
// ROUND-NOT: arith.truncf
// ROUND: lowbit.attention %arg0, %arg0, %arg0 {{.*}} : tensor<1x1x8x320xf32>
func.func @large_f32(%q: tensor<1x1x8x320xf32>) -> tensor<1x1x8x320xf32> {
  // expected-error@+1 {{kernels compute on f16 or bf16, not on f32}}
  %y = lowbit.attention %q, %q, %q scale = 1.0 : tensor<1x1x8x320xf32>, tensor<1x1x8x320xf32>, tensor<1x1x8x320xf32> -> tensor<1x1x8x320xf32>
  return %y : tensor<1x1x8x320xf32>
}

// -----

// REMARK: remark: no NVVM kernel: kernels scale by a normal f32 above 0, not by -0.125
func.func @negative_scale(%q: tensor<1x1x8x32xf16>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{kernels scale by a normal f32 above 0, not by}}
  %y = lowbit.attention %q, %q, %q scale = -0.125 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// REMARK: remark: no NVVM kernel: kernels scale by a normal f32 above 0, not by 1e-40
func.func @tiny_scale(%q: tensor<1x1x8x32xf16>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{kernels scale by a normal f32 above 0, not by}}
  %y = lowbit.attention %q, %q, %q scale = 1.0e-40 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// REMARK: remark: no NVVM kernel: kernels have soft caps of 2^-126 to 2^100 that the scale can be divided by, not 1e+31
func.func @huge_cap(%q: tensor<1x1x8x32xf16>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{kernels have soft caps of 2^-126 to 2^100}}
  %y = lowbit.attention %q, %q, %q scale = 0.125 soft_cap = 1.0e31 : tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16>, tensor<1x1x8x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}

// -----

// (C206) Pages are those of whole batches.
// REMARK: remark: no NVVM kernel: queries have offsets, and keys have none
func.func @pages_offsets(%q: tensor<1x1x8x32xf16>, %k: tensor<6x1x4x32xf16>, %n: tensor<2xi32>, %o: tensor<3xi32>, %t: tensor<2x3xi32>) -> tensor<1x1x8x32xf16> {
  // expected-error@+1 {{queries have offsets, and keys have none}}
  %y = lowbit.attention %q, %k, %k scale = 1.0 kv_lengths(%n : tensor<2xi32>) query_offsets(%o : tensor<3xi32>) pages(%t : tensor<2x3xi32>)
    : tensor<1x1x8x32xf16>, tensor<6x1x4x32xf16>, tensor<6x1x4x32xf16> -> tensor<1x1x8x32xf16>
  return %y : tensor<1x1x8x32xf16>
}
