//===- Collector.h - Where observed values go -------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CALIBRATION_COLLECTOR_H
#define LOWBIT_CALIBRATION_COLLECTOR_H

#include "lowbit/Calibration/Statistics.h"
#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Weights/DType.h"

namespace lowbit::calibration {

/// A tensor in memory, as a memref has it. Sizes and strides are counted in
/// elements; `data` points at the one whose indices are all zero.
struct TensorInMemory {
  /// F32, F16 or BF16.
  weights::DType dtype;
  const void *data;
  std::span<const int64_t> sizes, strides;
};

/// Collects statistics of what a running model's observers show. Calls must not
/// overlap. The result depends on the values and their order alone, not on the
/// threads.
class Collector {
public:
  explicit Collector(numerics::ThreadCount threads = {}) : threads(threads) {}

  /// The number of the observer of these layers, with or without X^T X: a new
  /// one, or the one that has been added with the same arguments. Fails if
  /// another observer has one of the layers.
  weights::Result<size_t> addObserver(std::vector<std::string> layers,
                                      bool gram);

  size_t numObservers() const { return observers.size(); }

  /// Adds the rows along all axes but `axis`, which is that of the channels.
  /// Fails on a NaN or an infinity, naming the layer and the place, and if the
  /// observer has seen another number of channels before.
  weights::Status observe(size_t observer, const TensorInMemory &tensor,
                          int64_t axis);

  /// What was seen; of observers that saw no row there is nothing.
  weights::Result<Statistics> statistics() const;

  /// The first layers of the observers that saw no row.
  std::vector<std::string> unseen() const;

private:
  struct Observer {
    std::vector<std::string> layers;
    bool gram;
    /// Once the number of channels is known.
    std::optional<InputStatistics> input;
  };

  numerics::ThreadCount threads;
  std::vector<Observer> observers;
  std::map<std::string, size_t, std::less<>> byLayer; // places in `observers`
  std::vector<float> buffer; // for rows that are copied
};

} // namespace lowbit::calibration

#endif // LOWBIT_CALIBRATION_COLLECTOR_H
