//===- SparseGpt.cpp - Pruning that makes up for its errors ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/SparseGpt.h"

#include "GroupQuantizer.h"
#include "Selection.h"

#include <cmath>

using namespace lowbit::numerics;

namespace {

/// Channels whose masks are selected together (the paper's B_s).
constexpr int64_t channelsPerMask = 128;

class SparseGptRule final : public RoundingRule {
public:
  /// `quantizer` is null where what is kept stays as it is.
  SparseGptRule(const HessianFactor &hessian, const Pruning &pruning,
                int64_t outputs, GroupQuantizer *quantizer)
      : order(hessian.order), pruning(pruning), outputs(outputs),
        quantizer(quantizer), keep(hessian.channels * outputs) {
    // Roots, so that large weights do not overflow; the order is the same.
    for (double pivot : hessian.pivots)
      importance.push_back(static_cast<float>(std::sqrt(pivot)));
  }

  int64_t stepsPerGroup() const override {
    if (choosesGroups())
      return quantizer->channelsPerGroup();
    return pruning.isStructured() ? 0 : channelsPerMask;
  }
  int64_t stepsPerRun() const override {
    return pruning.isStructured() ? pruning.runLength() : 0;
  }

  std::optional<Error> beginGroup(Range steps,
                                  std::span<const float> rows) override {
    if (choosesGroups())
      if (auto error = quantizer->chooseGroup(steps, rows))
        return error;
    if (pruning.isStructured())
      return std::nullopt;
    std::vector<float> scores(rows.size());
    for (int64_t i = 0; i < steps.size(); ++i)
      for (int64_t j = i * outputs; j < (i + 1) * outputs; ++j)
        scores[j] = std::fabs(rows[j]) * importance[steps.begin + i];
    // What is pruned so far is what the whole will have, to the last weight.
    int64_t pruned = pruning.prunedOf(steps.end * outputs) -
                     pruning.prunedOf(steps.begin * outputs);
    keepLargest(scores, scores.size() - pruned, kept(steps.begin, 0));
    return std::nullopt;
  }

  void beginRun(Range steps, Range range,
                MatrixView<const float> rows) override {
    std::vector<float> scores(steps.size());
    for (int64_t j = 0; j < range.size(); ++j) {
      for (int64_t i = 0; i < steps.size(); ++i)
        scores[i] = std::fabs(rows.row(i)[j]) * importance[steps.begin + i];
      keepLargestOfRun(scores.data(), steps.size(), pruning.kept(),
                       kept(steps.begin, range.begin + j), outputs);
    }
  }

  void round(int64_t step, Range range, const float *row,
             float *rounded) override {
    if (quantizer)
      quantizer->round(order[step], range, row, rounded);
    else
      std::copy_n(row, range.size(), rounded);
    const uint8_t *mask = kept(step, range.begin);
    for (int64_t j = 0; j < range.size(); ++j)
      rounded[j] = mask[j] ? rounded[j] : 0;
  }

  Mask takeMask() { return std::move(keep); }

private:
  bool choosesGroups() const {
    return quantizer && quantizer->channelsPerGroup() != 0;
  }
  uint8_t *kept(int64_t step, int64_t output) {
    return keep.data() + step * outputs + output;
  }

  const std::vector<int64_t> &order;
  Pruning pruning;
  int64_t outputs;
  GroupQuantizer *quantizer;
  std::vector<float> importance;
  /// [K, N] in steps.
  Mask keep;
};

std::optional<Error> verify(const ContractionWeight &weight,
                            const HessianFactor &hessian,
                            const Pruning &pruning, ThreadCount threads) {
  if (auto error = pruning.verify())
    return error;
  if (auto error = verifyContraction(weight, threads))
    return error;
  if (pruning.isStructured() && !hessian.inOrder())
    return Error{Error::Kind::InvalidFormat,
                 "n:m pruning needs a factor in the order of the channels"};
  return verifyInputs(weight, hessian.channels);
}

/// Everything but the parameters.
Result<SparseGptResult> pruneWith(const ContractionWeight &weight,
                                  const HessianFactor &hessian,
                                  const Pruning &pruning,
                                  GroupQuantizer *quantizer,
                                  ThreadCount threads) {
  SparseGptRule rule(hessian, pruning, weight.outputs(), quantizer);
  auto rounded =
      roundWithFeedback(rowsInSteps(weight, hessian), hessian, rule, threads);
  if (!rounded)
    return rounded.error();
  return SparseGptResult{
      fromSteps(std::move(*rounded), weight, hessian),
      fromSteps(rule.takeMask(), weight, hessian),
      {},
  };
}

} // namespace

Result<SparseGptResult> lowbit::numerics::pruneBySparseGpt(
    const ContractionWeight &weight, const HessianFactor &hessian,
    const Pruning &pruning, ThreadCount threads) {
  if (auto error = verify(weight, hessian, pruning, threads))
    return std::move(*error);
  return pruneWith(weight, hessian, pruning, nullptr, threads);
}

Result<SparseGptResult> lowbit::numerics::pruneBySparseGpt(
    const ContractionWeight &weight, const HessianFactor &hessian,
    const Pruning &pruning, const Format &format,
    const ParameterChooser &chooser, const GptqOptions &options) {
  if (auto error = verify(weight, hessian, pruning, options.threads))
    return std::move(*error);
  if (auto error = verifyFormat(weight.shape, format))
    return std::move(*error);
  // A run must not lie in two groups: its mask would be selected before the
  // second one's turn has come.
  int64_t block = format.blockShape[weight.reductionAxis];
  bool runsCrossGroups =
      pruning.isStructured() && block % pruning.runLength() != 0;
  auto quantizer = GroupQuantizer::get(
      weight, format, chooser,
      options.staticGroups || !hessian.inOrder() || runsCrossGroups);
  if (!quantizer)
    return quantizer.error();
  auto result =
      pruneWith(weight, hessian, pruning, &*quantizer, options.threads);
  if (result)
    result->parameters = std::move(*quantizer).takeParameters();
  return result;
}
