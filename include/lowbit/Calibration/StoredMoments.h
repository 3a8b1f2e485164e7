//===- StoredMoments.h - Second moments in a statistics file ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CALIBRATION_STOREDMOMENTS_H
#define LOWBIT_CALIBRATION_STOREDMOMENTS_H

#include "lowbit/Numerics/Statistics.h"
#include "lowbit/Weights/Safetensors.h"

#include <memory>
#include <string>

namespace lowbit::calibration {

/// X^T X of one input, K x K numbers, which stay in the mapped file until they
/// are asked for: those of all layers together may be more than memory holds.
class StoredMoments {
public:
  /// `triangle` holds the upper triangle of f64 of `layer`'s input, row by row.
  StoredMoments(std::shared_ptr<const weights::SafetensorsFile> file,
                const weights::TensorView *triangle, std::string layer,
                int64_t rows)
      : file(std::move(file)), triangle(triangle), layer(std::move(layer)),
        rows(rows) {}

  /// Adds them to the upper triangle of `sum`, of as many channels, and their
  /// rows to its. Fails on numbers that no run gives; `sum` is then of no use.
  weights::Status addTo(numerics::GramMatrix &sum) const;

private:
  std::shared_ptr<const weights::SafetensorsFile> file;
  const weights::TensorView *triangle;
  std::string layer;
  int64_t rows;
};

} // namespace lowbit::calibration

#endif // LOWBIT_CALIBRATION_STOREDMOMENTS_H
