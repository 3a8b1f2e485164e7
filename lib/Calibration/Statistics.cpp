//===- Statistics.cpp - What calibration saw of a model -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/Statistics.h"

#include "lowbit/Weights/Fingerprint.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <set>

using namespace lowbit::calibration;
using lowbit::numerics::ActivationStatistics;
using lowbit::numerics::ChannelStatistics;
using lowbit::numerics::GramMatrix;
using lowbit::numerics::Histogram;
using lowbit::weights::Error;
using lowbit::weights::explainDifference;
using lowbit::weights::fileError;
using lowbit::weights::inQuotes;
using lowbit::weights::Result;
using lowbit::weights::Status;

/// Whether every entry is finite and none is below `least`.
static bool areNumbers(std::span<const double> values,
                       double least = -std::numeric_limits<double>::max()) {
  return std::ranges::all_of(
      values, [&](double x) { return std::isfinite(x) && x >= least; });
}

/// What is wrong with channels that were seen, in words; empty if nothing is.
static std::string findProblem(const ChannelStatistics &channels,
                               const Histogram &histogram) {
  if (!areNumbers(channels.sum) || !areNumbers(channels.sumOfMagnitudes, 0) ||
      !areNumbers(channels.sumOfSquares, 0))
    return "a sum is not finite, or one of magnitudes or squares is negative";
  int64_t count = histogram.count(), width = channels.channels();
  bool isWhole = width == 0
                     ? count == 0
                     : count % width == 0 && count / width == channels.rows;
  if (channels.rows < 0 || !isWhole)
    return "the histogram holds " + std::to_string(histogram.count()) +
           " values, not those of " + std::to_string(channels.rows) +
           " rows of " + std::to_string(width) + " channels";
  if (width == 0)
    return "";
  // A channel without rows has an empty range.
  for (int64_t i = 0; i < width; ++i) {
    float low = channels.minimum[i], high = channels.maximum[i];
    bool isRange = channels.rows == 0 ? low == INFINITY && high == -INFINITY
                                      : std::isfinite(low) &&
                                            std::isfinite(high) && low <= high;
    if (!isRange)
      return "channel " + std::to_string(i) + " has the range " +
             std::to_string(low) + " to " + std::to_string(high);
  }
  if (std::ranges::min(channels.minimum) != histogram.minimum() ||
      std::ranges::max(channels.maximum) != histogram.maximum())
    return "the histogram has other extremes than the channels";
  return "";
}

static std::string findProblem(const GramMatrix &gram) {
  // Sums of products in f32 overflow where inputs are near 1e18.
  if (!areNumbers(gram.values))
    return "a second moment is not finite; collect without them";
  for (int64_t i = 0; i < gram.channels; ++i)
    if (gram.diagonal(i) < 0)
      return "the second moment of channel " + std::to_string(i) +
             " with itself is negative";
  return "";
}

Result<GramMatrix>
InputStatistics::secondMoments(numerics::ThreadCount threads) const {
  if (stored.empty())
    return channels.gramMatrix(threads);
  assert(!channels.hasGram() && "they are either in memory or in files");
  int64_t size = channels.channels().channels();
  GramMatrix sum{size, 0, std::vector<double>(size * size)};
  for (const StoredMoments &moments : stored)
    if (Status status = moments.addTo(sum); !status)
      return status.takeError();
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < i; ++j)
      sum.values[i * size + j] = sum.values[j * size + i];
  return sum;
}

/// Reads the second moments of `input` into memory.
static Status load(InputStatistics &input) {
  if (input.stored.empty())
    return {};
  Result<GramMatrix> moments = input.secondMoments();
  if (!moments)
    return moments.takeError();
  input.channels =
      ActivationStatistics(input.channels.channels(), *std::move(moments));
  input.stored.clear();
  return {};
}

Status Statistics::add(InputStatistics input) {
  if (input.layers.empty())
    return Error{"an input has no layer"};
  std::set<std::string_view> names;
  for (const std::string &layer : input.layers) {
    if (layer.empty() || layer.find('\n') != std::string::npos)
      return Error{inQuotes(layer) + " is no name of a layer"};
    if (byLayer.contains(layer) || !names.insert(layer).second)
      return Error{"layer " + inQuotes(layer) + " has two inputs"};
  }
  std::string problem = findProblem(input.channels.channels(), input.histogram);
  if (problem.empty() && input.channels.hasGram())
    problem = findProblem(input.channels.gramMatrix());
  if (!problem.empty())
    return Error{"layer " + inQuotes(input.layers.front()) + ": " + problem};
  for (const std::string &layer : input.layers)
    byLayer.emplace(layer, all.size());
  all.push_back(std::move(input));
  return {};
}

Status Statistics::merge(const Statistics &other) {
  auto fail = [&](const std::string &reason) {
    return fileError(other.filePath,
                     "cannot be merged with " + filePath + ": " + reason);
  };
  if (fingerprint != other.fingerprint) {
    if (fingerprint.empty() || other.fingerprint.empty())
      return fail("only one of them says of which model it is");
    return fail("it was collected on another model (" +
                explainDifference(fingerprint, other.fingerprint) + ")");
  }
  // Where its inputs are here; those that are new come at the end.
  std::vector<size_t> places;
  size_t end = all.size();
  for (const InputStatistics &more : other.all) {
    size_t place = end;
    for (const std::string &layer : more.layers)
      if (auto it = byLayer.find(layer); it != byLayer.end())
        place = it->second;
    places.push_back(place);
    if (place == end)
      continue;
    const InputStatistics &mine = all[place];
    std::string name = inQuotes(more.layers.front());
    if (mine.layers != more.layers)
      return fail("the input of layer " + name +
                  " is read by other layers too in one of them");
    int64_t here = mine.channels.channels().channels();
    int64_t there = more.channels.channels().channels();
    if (here != there)
      return fail("layer " + name + " has " + std::to_string(there) +
                  " channels, not " + std::to_string(here));
    if (mine.hasSecondMoments() != more.hasSecondMoments())
      return fail("only one has second moments of layer " + name);
  }
  // Of files they stay there; in memory they are summed up.
  std::vector<InputStatistics> added = other.all;
  for (size_t i = 0; i < added.size(); ++i)
    if (places[i] != end &&
        added[i].channels.hasGram() != all[places[i]].channels.hasGram())
      for (InputStatistics *input : {&all[places[i]], &added[i]})
        if (Status status = load(*input); !status)
          return fail(status.message());
  for (size_t i = 0; i < added.size(); ++i) {
    InputStatistics &more = added[i];
    if (places[i] == end) {
      if (Status status = add(std::move(more)); !status)
        return fail(status.message());
      continue;
    }
    InputStatistics &mine = all[places[i]];
    if (auto error = mine.channels.merge(more.channels))
      return fail(error->message);
    mine.histogram.merge(more.histogram);
    mine.stored.insert(mine.stored.end(), more.stored.begin(),
                       more.stored.end());
  }
  return {};
}

const InputStatistics *Statistics::find(std::string_view layer) const {
  auto it = byLayer.find(layer);
  return it == byLayer.end() ? nullptr : &all[it->second];
}

Status Statistics::checkModel(std::string_view model) const {
  if (fingerprint.empty() || model.empty() || fingerprint == model)
    return {};
  return fileError(
      filePath, "collected on another model (" +
                    explainDifference(fingerprint, model) +
                    "; its fingerprint is " + inQuotes(fingerprint) + ", not " +
                    inQuotes(model) + "); collect statistics of this one");
}
