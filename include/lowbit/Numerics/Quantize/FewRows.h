//===- FewRows.h - Inputs that tell too little of channels ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_FEWROWS_H
#define LOWBIT_NUMERICS_QUANTIZE_FEWROWS_H

#include <cstdint>
#include <string>
#include <string_view>

namespace lowbit::numerics {

/// What a user should know where `method`, which looks at all pairs of
/// channels, was given fewer rows of inputs than there are channels: "5 rows of
/// inputs tell method 'gptq' little ..."; "" if there are enough.
std::string describeFewRows(int64_t rows, int64_t channels,
                            std::string_view method);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_FEWROWS_H
