//===- StoredMoments.cpp - Second moments in a statistics file ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/StoredMoments.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

using namespace lowbit::calibration;
using lowbit::numerics::GramMatrix;
using lowbit::weights::fileError;
using lowbit::weights::inQuotes;
using lowbit::weights::Status;
using lowbit::weights::TensorView;

Status StoredMoments::addTo(GramMatrix &sum) const {
  int64_t channels = sum.channels;
  assert(triangle->size == static_cast<size_t>(channels * (channels + 1) / 2) *
                               sizeof(double) &&
         "moments of other channels");
  auto fail = [&](const std::string &problem) {
    return fileError(file->path(), "layer " + inQuotes(layer) + ": " + problem +
                                       "; the file is damaged, collect it "
                                       "again");
  };
  // Pages that have been read are given back a MiB at a time.
  constexpr size_t piece = 1 << 20;
  size_t released = 0, offset = 0;
  std::vector<double> row(channels);
  for (int64_t i = 0; i < channels; ++i) {
    size_t size = (channels - i) * sizeof(double);
    std::memcpy(row.data(), triangle->data + offset, size);
    offset += size;
    if (row[0] < 0)
      return fail("the second moment of channel " + std::to_string(i) +
                  " with itself is negative");
    double *out = sum.values.data() + i * (channels + 1);
    for (int64_t j = 0; j < channels - i; ++j) {
      if (!std::isfinite(row[j]))
        return fail("a second moment is not finite");
      out[j] += row[j];
    }
    if (offset - released < piece && i + 1 != channels)
      continue;
    file->release(TensorView{triangle->name,
                             triangle->dtype,
                             {},
                             triangle->data + released,
                             offset - released});
    released = offset;
  }
  sum.rows += rows;
  return {};
}
