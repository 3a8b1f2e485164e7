//===- Statistics.h - What calibration saw of a model -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CALIBRATION_STATISTICS_H
#define LOWBIT_CALIBRATION_STATISTICS_H

#include "lowbit/Calibration/StoredMoments.h"
#include "lowbit/Numerics/Histogram.h"
#include "lowbit/Numerics/Statistics.h"
#include "lowbit/Weights/Result.h"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lowbit::calibration {

/// What was seen of one activation.
struct InputStatistics {
  /// The names of all layers that read it, the first of which names it; at
  /// least one, each without line breaks.
  std::vector<std::string> layers;
  /// With X^T X if that is being collected.
  numerics::ActivationStatistics channels;
  /// Of the values of all channels.
  numerics::Histogram histogram;
  /// What X^T X is the sum of, where it has been read from files.
  std::vector<StoredMoments> stored = {};

  bool hasSecondMoments() const {
    return channels.hasGram() || !stored.empty();
  }
  /// X^T X; empty without. Fails if a file holds numbers that no run gives.
  weights::Result<numerics::GramMatrix>
  secondMoments(numerics::ThreadCount threads = {}) const;
};

/// The name under which the input of a convolution `layer` is seen a second
/// time as patches, one row of its channels and its window for each place.
inline std::string patchesOf(std::string_view layer) {
  return std::string(layer) + "/patches";
}

/// What calibration saw of a model: the inputs of its layers, in the order of
/// the model. Stored in one safetensors file, see docs/calibration.md.
class Statistics {
public:
  /// Reads `path`, but for second moments: these are read, and their numbers
  /// checked, one input at a time when they are asked for. Fails if it is no
  /// statistics file, and on numbers that no run gives: sizes that disagree,
  /// NaN, a maximum below a minimum.
  static weights::Result<Statistics> read(const std::string &path);

  /// Writes a file that `read` gives back to the bit. Only that the last rows
  /// of an X^T X await a full block is lost: to go on after `read` is to merge.
  weights::Status write(const std::string &path) const;

  /// Adds an input at the end. Fails if it has no layer, or one that another
  /// input has, and where `read` would fail.
  weights::Status add(InputStatistics input);

  /// Adds what `other` saw, as if its samples had come after these; sums of
  /// floats are formed in another order then, all else is equal to the bit.
  /// Inputs of layers that only `other` has come at the end. Fails, with
  /// nothing merged, if the models, the numbers of channels, or what was
  /// collected differ.
  weights::Status merge(const Statistics &other);

  /// What was seen of the input of this layer, or null.
  const InputStatistics *find(std::string_view layer) const;

  std::span<const InputStatistics> inputs() const { return all; }

  /// weights::fingerprint of the model; empty if it is not known.
  const std::string &model() const { return fingerprint; }
  void setModel(std::string model) { fingerprint = std::move(model); }

  /// Fails if these are statistics of another model. Where one of the two
  /// fingerprints is empty, there is nothing to tell.
  weights::Status checkModel(std::string_view model) const;

  /// What was read; "statistics" if nothing was.
  const std::string &path() const { return filePath; }

private:
  std::string filePath = "statistics";
  std::string fingerprint;
  std::vector<InputStatistics> all;
  std::map<std::string, size_t, std::less<>> byLayer; // places in `all`
};

} // namespace lowbit::calibration

#endif // LOWBIT_CALIBRATION_STATISTICS_H
