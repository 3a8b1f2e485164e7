//===- ErrorFeedback.h - Rounding that later rows make up for ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The loop that GPTQ (Frantar et al., 2022, algorithm 1) and SparseGPT (Frantar
// and Alistarh, 2023, algorithm 1) have in common: rows of a weight are rounded
// one after another, to codes or to zero, and each row is first moved by what
// the errors of the earlier ones call for.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_ERRORFEEDBACK_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_ERRORFEEDBACK_H

#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Quantize/Hessian.h"

#include "../LinearAlgebra/Kernels.h"

namespace lowbit::numerics {

/// Numbers from `begin` up to, and without, `end`.
struct Range {
  int64_t begin, end;

  int64_t size() const { return end - begin; }
};

/// Outputs that are rounded together: a piece of some rows that stays in the
/// second-level cache. No range given to a RoundingRule is longer.
inline constexpr int64_t outputsPerRange = 512;

/// How a row is rounded. Steps are rows in the order of rounding.
class RoundingRule {
public:
  virtual ~RoundingRule();

  /// Steps whose rounding depends on all their rows, over all outputs or the
  /// outputs one by one; groups are made of whole runs. 0: there are none.
  virtual int64_t stepsPerGroup() const { return 0; }
  virtual int64_t stepsPerRun() const { return 0; }

  /// Before the first step of a group; `rows` holds its rows as the steps
  /// before have moved them, all of them up to date: what the rest of the
  /// weight would be if nothing else were rounded.
  virtual std::optional<Error> beginGroup(Range steps,
                                          std::span<const float> rows);
  /// The same of a run, for some outputs; on several threads at once.
  virtual void beginRun(Range steps, Range outputs,
                        MatrixView<const float> rows);
  /// Rounds some outputs of a row; on several threads at once.
  virtual void round(int64_t step, Range outputs, const float *row,
                     float *rounded) = 0;
};

/// The rounded rows, [K, N] in steps, of rows in steps. The same for every
/// number of threads.
Result<std::vector<float>> roundWithFeedback(std::vector<float> rows,
                                             const HessianFactor &hessian,
                                             RoundingRule &rule,
                                             ThreadCount threads);

/// The rows of a weight, [K, N] in the order of `hessian`.
std::vector<float> rowsInSteps(const ContractionWeight &weight,
                               const HessianFactor &hessian);
/// Rows of that form (f32, or the bytes of a mask) in the weight's layout.
template <typename T>
std::vector<T> fromSteps(std::vector<T> rows, const ContractionWeight &weight,
                         const HessianFactor &hessian);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_ERRORFEEDBACK_H
