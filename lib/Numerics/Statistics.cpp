//===- Statistics.cpp - What calibration learns about a layer's input -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Statistics.h"

#include "Finite.h"
#include "LinearAlgebra/Kernels.h"
#include "Multiversion.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

using namespace lowbit::numerics;

namespace {

/// Rows whose products are summed in f32 before they join the f64 sums. Few
/// enough for f32 to lose nothing that a sample's noise does not hide, many
/// enough for the products to cost more than the passes over the sums.
constexpr int64_t rowsPerBlock = 512;

/// Side of the tiles of X^T X, the items of work.
constexpr int64_t tile = 256;

Error mismatch(std::string message) {
  return {Error::Kind::InvalidStatistics, std::move(message)};
}

/// One row's values into the sums of `n` channels.
LOWBIT_MULTIVERSION
void addRow(const float *__restrict x, int64_t n, float *__restrict minimum,
            float *__restrict maximum, double *__restrict sum,
            double *__restrict sumOfMagnitudes,
            double *__restrict sumOfSquares) {
  for (int64_t i = 0; i < n; ++i) {
    minimum[i] = x[i] < minimum[i] ? x[i] : minimum[i];
    maximum[i] = x[i] > maximum[i] ? x[i] : maximum[i];
    double value = x[i];
    sum[i] += value;
    sumOfMagnitudes[i] += std::fabs(value);
    sumOfSquares[i] += value * value;
  }
}

std::vector<double> meanOf(const std::vector<double> &sum, int64_t rows) {
  std::vector<double> result(sum);
  for (double &value : result)
    value = rows ? value / static_cast<double>(rows) : 0;
  return result;
}

} // namespace

ChannelStatistics::ChannelStatistics(int64_t channels)
    : minimum(channels, std::numeric_limits<float>::infinity()),
      maximum(channels, -std::numeric_limits<float>::infinity()), sum(channels),
      sumOfMagnitudes(channels), sumOfSquares(channels) {}

std::vector<float> ChannelStatistics::maxMagnitude() const {
  std::vector<float> result(minimum.size());
  for (size_t i = 0; rows && i < result.size(); ++i)
    result[i] = std::max(std::fabs(minimum[i]), std::fabs(maximum[i]));
  return result;
}

std::vector<double> ChannelStatistics::mean() const {
  return meanOf(sum, rows);
}

std::vector<double> ChannelStatistics::meanMagnitude() const {
  return meanOf(sumOfMagnitudes, rows);
}

ActivationStatistics::ActivationStatistics(int64_t channels, Gram kind)
    : moments(channels) {
  if (kind == Gram::Collect)
    gram = {channels, 0, std::vector<double>(channels * channels)};
}

ActivationStatistics::ActivationStatistics(ChannelStatistics channels,
                                           std::optional<GramMatrix> gram)
    : moments(std::move(channels)), gram(std::move(gram)) {
  assert((!this->gram || (this->gram->channels == moments.channels() &&
                          this->gram->rows == moments.rows)) &&
         "a Gram matrix of other activations");
}

std::optional<Error> ActivationStatistics::add(std::span<const float> rows,
                                               ThreadCount threads) {
  int64_t channels = moments.channels(), size = rows.size();
  if (channels == 0 ? size != 0 : size % channels != 0)
    return mismatch(std::to_string(size) + " values are no whole rows of " +
                    std::to_string(channels) + " channels");
  if (size == 0)
    return std::nullopt;
  if (auto error = checkFinite(rows, threads))
    return error;

  int64_t count = size / channels;
  // A range of channels goes through all rows, so that sums are formed in the
  // order of the rows whatever the threads.
  parallelFor(threads, channels, tile, [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < count; ++row)
      addRow(rows.data() + row * channels + begin, end - begin,
             &moments.minimum[begin], &moments.maximum[begin],
             &moments.sum[begin], &moments.sumOfMagnitudes[begin],
             &moments.sumOfSquares[begin]);
  });
  moments.rows += count;
  if (!gram)
    return std::nullopt;

  int64_t full = rowsPerBlock * channels;
  while (!rows.empty()) {
    int64_t left = rows.size();
    int64_t taken = std::min<int64_t>(left, full - pending.size());
    if (taken == full) {
      accumulate(rows.data(), rowsPerBlock, *gram, threads);
    } else {
      pending.insert(pending.end(), rows.begin(), rows.begin() + taken);
      if (static_cast<int64_t>(pending.size()) == full) {
        accumulate(pending.data(), rowsPerBlock, *gram, threads);
        pending.clear();
      }
    }
    rows = rows.subspan(taken);
  }
  return std::nullopt;
}

void ActivationStatistics::accumulate(const float *rows, int64_t count,
                                      GramMatrix &into, ThreadCount threads) {
  int64_t channels = into.channels, tiles = (channels + tile - 1) / tile;
  MatrixView<const float> x{rows, channels};
  parallelFor(threads, tiles * tiles, 1, [&](int64_t item, int64_t) {
    int64_t i = item / tiles * tile, j = item % tiles * tile;
    if (j < i)
      return;
    int64_t height = std::min(tile, channels - i);
    int64_t width = std::min(tile, channels - j);
    std::vector<float> product(height * width);
    matrixKernels().addProduct(height, width, count, x.at(0, i), x.at(0, j),
                               {product.data(), width});
    for (int64_t r = 0; r < height; ++r) {
      double *sum = into.values.data() + (i + r) * channels + j;
      for (int64_t c = 0; c < width; ++c)
        sum[c] += product[r * width + c];
    }
  });
  into.rows += count;
}

GramMatrix ActivationStatistics::gramMatrix(ThreadCount threads) const {
  if (!gram)
    return {};
  GramMatrix result = *gram;
  int64_t channels = result.channels;
  if (!pending.empty())
    accumulate(pending.data(), pending.size() / channels, result, threads);
  for (int64_t i = 0; i < channels; ++i)
    for (int64_t j = 0; j < i; ++j)
      result.values[i * channels + j] = result.values[j * channels + i];
  return result;
}

std::optional<Error>
ActivationStatistics::merge(const ActivationStatistics &other) {
  const ChannelStatistics &more = other.moments;
  if (more.channels() != moments.channels())
    return mismatch("statistics of " + std::to_string(more.channels()) +
                    " channels cannot join those of " +
                    std::to_string(moments.channels()));
  if (other.hasGram() != hasGram())
    return mismatch("statistics with second moments cannot join those without");
  for (int64_t i = 0, e = moments.channels(); i < e; ++i) {
    moments.minimum[i] = std::min(moments.minimum[i], more.minimum[i]);
    moments.maximum[i] = std::max(moments.maximum[i], more.maximum[i]);
    moments.sum[i] += more.sum[i];
    moments.sumOfMagnitudes[i] += more.sumOfMagnitudes[i];
    moments.sumOfSquares[i] += more.sumOfSquares[i];
  }
  moments.rows += more.rows;
  if (!gram)
    return std::nullopt;
  GramMatrix theirs = other.gramMatrix();
  for (size_t i = 0; i < theirs.values.size(); ++i)
    gram->values[i] += theirs.values[i];
  gram->rows += theirs.rows;
  return std::nullopt;
}
