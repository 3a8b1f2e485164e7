//===- Collector.cpp - Where observed values go ---------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/Collector.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <algorithm>
#include <cmath>

using namespace lowbit::calibration;
using lowbit::numerics::ActivationStatistics;
using lowbit::weights::DType;
using lowbit::weights::Error;
using lowbit::weights::inQuotes;
using lowbit::weights::Result;
using lowbit::weights::Status;

namespace {

/// The rows of a tensor: the elements along all axes but that of the channels,
/// row-major.
class Rows {
public:
  Rows(const TensorInMemory &tensor, int64_t axis)
      : data(tensor.data), channels(tensor.sizes[axis]),
        stride(tensor.strides[axis]) {
    for (size_t i = 0; i < tensor.sizes.size(); ++i)
      if (static_cast<int64_t>(i) != axis) {
        sizes.push_back(tensor.sizes[i]);
        strides.push_back(tensor.strides[i]);
        count *= tensor.sizes[i];
      }
  }

  /// Whether they lie one behind the other.
  bool areDense() const {
    int64_t next = channels;
    for (size_t i = sizes.size(); i-- > 0;) {
      if (strides[i] != next && sizes[i] != 1)
        return false;
      next *= sizes[i];
    }
    return stride == 1 || channels == 1;
  }

  /// Where the elements of row `row` begin.
  int64_t offset(int64_t row) const {
    int64_t result = 0;
    for (size_t i = sizes.size(); i-- > 0; row /= sizes[i])
      result += row % sizes[i] * strides[i];
    return result;
  }

  /// The indices of a row, with `channel` at `axis`.
  std::vector<int64_t> indices(int64_t row, int64_t channel,
                               int64_t axis) const {
    std::vector<int64_t> result(sizes.size());
    for (size_t i = sizes.size(); i-- > 0; row /= sizes[i])
      result[i] = row % sizes[i];
    result.insert(result.begin() + axis, channel);
    return result;
  }

  /// Copies `taken` rows from `first` on.
  template <typename T, typename Widen>
  void copy(int64_t first, int64_t taken, float *out, Widen widen) const {
    std::vector<int64_t> offsets(taken);
    for (int64_t i = 0; i < taken; ++i)
      offsets[i] = offset(first + i);
    auto *from = static_cast<const T *>(data);
    // Where rows are strided (NCHW) neighbours lie in other rows: a few
    // channels of all rows at a time.
    int64_t width = stride == 1 ? channels : 16;
    for (int64_t begin = 0; begin < channels; begin += width) {
      int64_t end = std::min(begin + width, channels);
      for (int64_t i = 0; i < taken; ++i)
        for (int64_t c = begin; c < end; ++c)
          out[i * channels + c] = widen(from[offsets[i] + c * stride]);
    }
  }

  const void *data;
  int64_t channels, stride;
  int64_t count = 1;

private:
  std::vector<int64_t> sizes, strides;
};

} // namespace

static std::string placeText(const std::vector<int64_t> &indices) {
  std::string text = "[";
  for (int64_t index : indices)
    text += (text.size() > 1 ? ", " : "") + std::to_string(index);
  return text + "]";
}

Result<size_t> Collector::addObserver(std::vector<std::string> layers,
                                      bool gram) {
  for (const std::string &layer : layers) {
    auto it = byLayer.find(layer);
    if (it == byLayer.end())
      continue;
    const Observer &known = observers[it->second];
    if (known.layers == layers && known.gram == gram)
      return it->second;
    return Error{"layer " + inQuotes(layer) +
                 " has another observer, which does not collect the same"};
  }
  for (const std::string &layer : layers)
    byLayer.emplace(layer, observers.size());
  observers.push_back({std::move(layers), gram, {}});
  return observers.size() - 1;
}

Status Collector::observe(size_t number, const TensorInMemory &tensor,
                          int64_t axis) {
  Observer &observer = observers[number];
  std::string layer = "layer " + inQuotes(observer.layers.front()) + ": ";
  Rows rows(tensor, axis);
  if (!observer.input)
    observer.input = {
        observer.layers,
        ActivationStatistics(rows.channels,
                             observer.gram ? ActivationStatistics::Gram::Collect
                                           : ActivationStatistics::Gram::Skip),
        {}};
  InputStatistics &input = *observer.input;
  if (int64_t before = input.channels.channels().channels();
      before != rows.channels)
    return Error{layer + "its input has " + std::to_string(rows.channels) +
                 " channels, before it had " + std::to_string(before)};
  if (rows.count == 0 || rows.channels == 0)
    return {};

  bool isInPlace = tensor.dtype == DType::F32 && rows.areDense();
  // 4 MiB at a time.
  int64_t most = std::max<int64_t>((1 << 20) / rows.channels, 1);
  for (int64_t first = 0; first < rows.count; first += most) {
    int64_t taken = std::min(most, rows.count - first);
    std::span<const float> values;
    if (isInPlace) {
      values = {static_cast<const float *>(tensor.data) + first * rows.channels,
                static_cast<size_t>(taken * rows.channels)};
    } else {
      buffer.resize(taken * rows.channels);
      if (tensor.dtype == DType::F32)
        rows.copy<float>(first, taken, buffer.data(),
                         [](float x) { return x; });
      else if (tensor.dtype == DType::F16)
        rows.copy<uint16_t>(first, taken, buffer.data(),
                            [](uint16_t x) { return numerics::f32FromF16(x); });
      else
        rows.copy<uint16_t>(first, taken, buffer.data(), [](uint16_t x) {
          return numerics::f32FromBF16(x);
        });
      values = buffer;
    }
    if (auto error = input.channels.add(values, threads)) {
      int64_t row = first + error->index / rows.channels;
      return Error{
          layer + "the value at " +
          placeText(rows.indices(row, error->index % rows.channels, axis)) +
          " of its input is " +
          (std::isnan(values[error->index]) ? "NaN" : "infinite")};
    }
    if (auto error = input.histogram.add(values, threads))
      return Error{layer + error->message};
  }
  return {};
}

Result<Statistics> Collector::statistics() const {
  Statistics result;
  for (const Observer &observer : observers)
    if (observer.input && observer.input->channels.channels().rows != 0)
      if (Status status = result.add(*observer.input); !status)
        return status.takeError();
  return result;
}

std::vector<std::string> Collector::unseen() const {
  std::vector<std::string> layers;
  for (const Observer &observer : observers)
    if (!observer.input || observer.input->channels.channels().rows == 0)
      layers.push_back(observer.layers.front());
  return layers;
}
