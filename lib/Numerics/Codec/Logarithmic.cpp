//===- Logarithmic.cpp - Powers of a root of two --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Logarithmic.h"

#include "lowbit/Numerics/Codec/Codebook.h"

#include <cmath>

using namespace lowbit::numerics;

Result<TableCodecRef> lowbit::numerics::getLogarithmicCodec(unsigned bits,
                                                            unsigned steps) {
  std::string name =
      "log<" + std::to_string(bits) + ", " + std::to_string(steps) + ">";
  if (bits < 2 || bits > 8 || steps < 1 || steps > 8)
    return Error{Error::Kind::InvalidFormat,
                 "codec '" + name +
                     "' is not one of 2 to 8 bits with 1 to 8 steps"};
  int half = (1 << (bits - 1)) - 1;
  std::vector<float> levels(2 * half + 1);
  for (int k = 0; k < half; ++k) {
    levels[2 * half - k] = static_cast<float>(std::exp2(-double(k) / steps));
    levels[k] = -levels[2 * half - k];
  }
  return getCodebookCodec(std::move(name), std::move(levels));
}
