//===- Kernels.cpp - Which matrix kernels this processor gets -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

namespace lowbit::numerics {
// Defined by EigenKernels.cpp, once for each level.
extern const MatrixKernels kernelsBaseline;
#ifdef LOWBIT_KERNEL_LEVELS
extern const MatrixKernels kernelsV3;
extern const MatrixKernels kernelsV4;
#endif
} // namespace lowbit::numerics

using namespace lowbit::numerics;

std::span<const MatrixKernels *const>
lowbit::numerics::supportedMatrixKernels() {
#ifdef LOWBIT_KERNEL_LEVELS
  static constexpr const MatrixKernels *all[] = {&kernelsV4, &kernelsV3,
                                                 &kernelsBaseline};
  size_t tooFast = __builtin_cpu_supports("x86-64-v4")   ? 0
                   : __builtin_cpu_supports("x86-64-v3") ? 1
                                                         : 2;
  return std::span(all).subspan(tooFast);
#else
  static constexpr const MatrixKernels *all[] = {&kernelsBaseline};
  return all;
#endif
}
