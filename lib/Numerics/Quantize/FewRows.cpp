//===- FewRows.cpp - Inputs that tell too little of channels --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/FewRows.h"

std::string lowbit::numerics::describeFewRows(int64_t rows, int64_t channels,
                                              std::string_view method) {
  if (rows >= channels)
    return {};
  return std::to_string(rows) + " rows of inputs tell method '" +
         std::string(method) + "' little about " + std::to_string(channels) +
         " channels: what they do not show is left to the damping; use as many "
         "rows as channels or more";
}
