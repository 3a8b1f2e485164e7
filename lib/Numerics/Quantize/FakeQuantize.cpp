//===- FakeQuantize.cpp - What would be left of a tensor ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/FakeQuantize.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

using namespace lowbit::numerics;

static Result<Parts> quantize(std::span<const float> values, ShapeRef shape,
                              const Format &format,
                              const ParameterChooser &chooser,
                              ThreadCount threads) {
  if (!chooser)
    return quantizeRoundToNearest(values, shape, format, threads);
  auto parameters = chooser(values, shape, format);
  if (!parameters)
    return parameters.error();
  auto encoded =
      encodeWith(std::move(*parameters), values, shape, format, threads);
  if (!encoded)
    return encoded.error();
  return packParts(*encoded, shape, format);
}

Result<std::vector<float>> lowbit::numerics::fakeQuantize(
    std::span<const float> values, ShapeRef shape, const Format &format,
    const ParameterChooser &chooser, ThreadCount threads) {
  auto parts = quantize(values, shape, format, chooser, threads);
  if (!parts)
    return parts.error();
  std::vector<float> decoded(values.size());
  if (auto error = dequantize(*parts, shape, format, decoded, threads))
    return std::move(*error);
  return decoded;
}
