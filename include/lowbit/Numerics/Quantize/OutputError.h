//===- OutputError.h - What errors of a weight do to its outputs ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_OUTPUTERROR_H
#define LOWBIT_NUMERICS_QUANTIZE_OUTPUTERROR_H

#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Statistics.h"

namespace lowbit::numerics {

/// Sums of squares over all outputs of all rows that a Gram matrix G has seen.
struct OutputError {
  /// tr(E^T G E) with E the error of the weight.
  double error = 0;
  /// tr(W^T G W).
  double signal = 0;

  /// 10 log10(signal / error); infinite for no error.
  double sqnrDb() const;
};

/// What a layer's outputs lose when `test` replaces its weight. Products are
/// f32. InvalidFormat if sizes do not fit, InvalidStatistics if `gram` is that
/// of another layer. The same for every number of threads.
Result<OutputError> measureOutputError(const ContractionWeight &weight,
                                       std::span<const float> test,
                                       const GramMatrix &gram,
                                       ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_OUTPUTERROR_H
