//===- Bf16Products.cpp - Products of bf16 numbers ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/Bf16Products.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <cmath>

using namespace lowbit;
using namespace mlir;

bool lowbit::isBf16(EncodingAttr encoding) {
  auto codec = dyn_cast<FloatCodecAttr>(encoding.getCodec());
  return codec && codec.getKind() == FloatKind::BF16 &&
         !encoding.getScale().isStored();
}

bool lowbit::hasBf16Levels(EncodingAttr encoding) {
  // Learned levels are not known here.
  if (encoding.getLearned())
    return false;
  numerics::CodecRef codec = encoding.getCodec().getCodec();
  // Two codes of eight bits differ by no more than eight bits hold.
  if (codec->isAffine())
    return true;
  if (codec->bits() > 8) {
    auto wide = dyn_cast<FloatCodecAttr>(encoding.getCodec());
    return wide && wide.getKind() == FloatKind::BF16;
  }
  for (int code = codec->codeMin(); code <= codec->codeMax(); ++code) {
    float level = codec->decode(code);
    if (std::isnan(level))
      continue;
    uint16_t rounded = numerics::bf16FromF32(level);
    if (numerics::f32FromBF16(rounded) != level ||
        std::fpclassify(level) == FP_SUBNORMAL)
      return false;
  }
  return true;
}
