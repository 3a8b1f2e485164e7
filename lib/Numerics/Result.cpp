//===- Result.cpp - Errors of numeric functions ---------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Result.h"

#include <cmath>

using namespace lowbit::numerics;

Error lowbit::numerics::notFiniteError(float value, int64_t index) {
  return {Error::Kind::NotFinite,
          "the value at element " + std::to_string(index) + " is " +
              (std::isnan(value) ? "NaN" : "infinite"),
          index};
}
