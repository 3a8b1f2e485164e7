//===- Programs.h - Compile and run modules given as text -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_EXECUTION_PROGRAMS_H
#define LOWBIT_UNITTESTS_EXECUTION_PROGRAMS_H

#include "lowbit/Execution/Program.h"

#include <random>
#include <string>
#include <vector>

namespace lowbit::test {

/// The instruction sets that this processor has.
const std::vector<std::string> &getInstructionSets();

/// Chooses `isa`; tile registers that the processor lacks are expanded. False
/// if it lacks more.
bool chooseInstructionSet(CompileOptions &options, const std::string &isa);

/// The context of all modules.
mlir::MLIRContext &getContext();

/// Compiles `@main` of `module`. A failure fails the test and gives null.
std::unique_ptr<Program> compile(const std::string &module,
                                 const CompileOptions &options);

/// Runs on one thread and on two, and expects the same bytes.
std::vector<weights::HostTensor>
run(Program &program, const std::vector<weights::HostTensor> &inputs);

/// Numbers from -4 to 4 of which few bits are set, in f32.
weights::HostTensor makeTensor(std::vector<int64_t> shape,
                               std::mt19937 &random);

/// n * u / (1 - n * u), u = 2^-24: section 4.3 of docs/spec.md.
double gammaFactor(double n);

/// Nothing if `actual` is within `bound` of `exact`, or is the NaN or infinity
/// that `exact` is; else what is wrong.
std::string compareWithin(float actual, double exact, double bound);

} // namespace lowbit::test

#endif // LOWBIT_UNITTESTS_EXECUTION_PROGRAMS_H
