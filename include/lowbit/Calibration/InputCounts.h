//===- InputCounts.h - Of how many layers statistics are --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CALIBRATION_INPUTCOUNTS_H
#define LOWBIT_CALIBRATION_INPUTCOUNTS_H

#include "lowbit/Calibration/Statistics.h"

namespace lowbit::calibration {

/// "3 inputs of 4 layers, 2 of them with patches": an input that is seen a
/// second time as patches is one, and so is its layer.
std::string describeInputs(const Statistics &statistics);

} // namespace lowbit::calibration

#endif // LOWBIT_CALIBRATION_INPUTCOUNTS_H
