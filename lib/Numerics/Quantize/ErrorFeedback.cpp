//===- ErrorFeedback.cpp - Rounding that later rows make up for -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lazy batches (GPTQ, section 3.3, step 2) on two levels. A panel of some 128
// rows is moved by all rows before it in one product, and within the panel
// blocks of 32 move the rest of the panel; only inside a block rows are moved
// one at a time. Errors are those of the weights themselves, not of the moved
// ones, as the factor of H, not of its inverse, wants them (Hessian.h).
//
// These sums move a row to where it is when its turn comes. A rule that chooses
// for several rows at once wants all of them as the rows before the first have
// moved them, where the moves of the ones count for the others; going through
// them without rounding, each its own result, gives that.
//
//===----------------------------------------------------------------------===//

#include "ErrorFeedback.h"

#include "../Multiversion.h"

#include <algorithm>

using namespace lowbit::numerics;

RoundingRule::~RoundingRule() = default;

std::optional<Error> RoundingRule::beginGroup(Range, std::span<const float>) {
  return std::nullopt;
}

void RoundingRule::beginRun(Range, Range, MatrixView<const float>) {}

namespace {

constexpr int64_t rowsPerPanel = 128;
constexpr int64_t rowsPerBlock = 32;

int64_t roundUp(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

LOWBIT_MULTIVERSION
void subtractFrom(float *__restrict a, const float *__restrict b, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    a[i] -= b[i];
}

/// Adds factors[i] * x to each of `rows` rows.
LOWBIT_MULTIVERSION
void addMultiples(const float *__restrict x, int64_t n,
                  const float *__restrict factors, int64_t rows,
                  float *__restrict out, int64_t stride) {
  for (int64_t i = 0; i < rows; ++i) {
    float factor = factors[i];
    for (int64_t j = 0; j < n; ++j)
      out[i * stride + j] += factor * x[j];
  }
}

class Feedback {
public:
  Feedback(std::vector<float> rows, const HessianFactor &hessian,
           RoundingRule &rule, ThreadCount threads)
      : steps(hessian.channels), outputs(steps ? rows.size() / steps : 0),
        feedback{hessian.feedback.data(), steps}, rule(rule), threads(threads),
        weights(std::move(rows)), result(weights.size()) {}

  std::optional<Error> run() {
    int64_t group = rule.stepsPerGroup(), run = rule.stepsPerRun();
    int64_t perPanel =
        roundUp(rowsPerPanel, std::max<int64_t>(group ? group : run, 1));
    for (int64_t begin = 0; begin < steps; begin += perPanel) {
      Range rows{begin, std::min(steps, begin + perPanel)};
      loadPanel(rows);
      int64_t perGroup = group ? group : perPanel;
      for (int64_t g = begin; g < rows.end; g += perGroup) {
        Range inGroup{g, std::min(rows.end, g + perGroup)};
        if (group) {
          settleGroup(inGroup, begin);
          if (auto error = rule.beginGroup(inGroup, settled))
            return error;
        }
        roundGroup(inGroup, rows);
      }
    }
    return std::nullopt;
  }

  std::vector<float> takeResult() { return std::move(result); }

private:
  template <typename Fn>
  void forOutputs(Fn &&fn) {
    parallelFor(threads, outputs, outputsPerRange,
                [&](int64_t begin, int64_t end) { fn(Range{begin, end}); });
  }

  MatrixView<float> at(std::vector<float> &matrix, int64_t row,
                       int64_t column) const {
    return MatrixView<float>{matrix.data(), outputs}.at(row, column);
  }

  /// The rows as all rows before them have moved them.
  void loadPanel(Range rows) {
    panel.resize(rows.size() * outputs);
    forOutputs([&](Range range) {
      for (int64_t i = rows.begin; i < rows.end; ++i)
        std::copy_n(at(weights, i, range.begin).data, range.size(),
                    at(panel, i - rows.begin, range.begin).data);
      matrixKernels().addProduct(
          rows.size(), range.size(), rows.begin, feedback.at(0, rows.begin),
          at(weights, 0, range.begin), at(panel, 0, range.begin));
    });
  }

  /// The rows of a group, of a panel from `panelBegin` on, before any of them
  /// is rounded.
  void settleGroup(Range group, int64_t panelBegin) {
    settled.resize(group.size() * outputs);
    forOutputs([&](Range range) {
      std::vector<float> shifts(rowsPerBlock * range.size());
      auto rows = at(settled, 0, range.begin);
      for (int64_t i = 0; i < group.size(); ++i)
        std::copy_n(at(panel, group.begin - panelBegin + i, range.begin).data,
                    range.size(), rows.row(i));
      for (int64_t b = group.begin; b < group.end; b += rowsPerBlock) {
        Range block{b, std::min(group.end, b + rowsPerBlock)};
        MatrixView<float> ofBlock{shifts.data(), range.size()};
        settle(block, range, rows.at(b - group.begin, 0), ofBlock);
        matrixKernels().addProduct(group.end - block.end, range.size(),
                                   block.size(),
                                   feedback.at(block.begin, block.end), ofBlock,
                                   rows.at(block.end - group.begin, 0));
      }
    });
  }

  /// Makes `rows`, each as it will be when those before it are rounded to
  /// themselves, what they are at once; `shifts` are the errors of that.
  void settle(Range steps, Range range, MatrixView<float> rows,
              MatrixView<float> shifts) {
    for (int64_t i = 0; i < steps.size(); ++i) {
      int64_t step = steps.begin + i;
      std::copy_n(at(weights, step, range.begin).data, range.size(),
                  shifts.row(i));
      subtractFrom(shifts.row(i), rows.row(i), range.size());
      if (step + 1 < steps.end)
        addMultiples(shifts.row(i), range.size(), feedback.row(step) + step + 1,
                     steps.end - step - 1, rows.row(i + 1), rows.stride);
    }
  }

  /// Rounds the rows of a group and moves what follows it in the panel.
  void roundGroup(Range group, Range rows) {
    int64_t perBlock =
        roundUp(rowsPerBlock, std::max<int64_t>(rule.stepsPerRun(), 1));
    forOutputs([&](Range range) {
      for (int64_t b = group.begin; b < group.end; b += perBlock) {
        Range block{b, std::min(group.end, b + perBlock)};
        roundBlock(block, rows, range);
        matrixKernels().addProduct(
            rows.end - block.end, range.size(), block.size(),
            feedback.at(block.begin, block.end), at(weights, b, range.begin),
            at(panel, block.end - rows.begin, range.begin));
      }
    });
  }

  void roundBlock(Range block, Range rows, Range range) {
    int64_t run = rule.stepsPerRun();
    for (int64_t i = block.begin; i < block.end; ++i) {
      auto moved = at(panel, i - rows.begin, range.begin);
      if (run && i % run == 0)
        beginRun({i, std::min(block.end, i + run)}, range, moved);
      float *rounded = at(result, i, range.begin).data;
      float *error = at(weights, i, range.begin).data;
      rule.round(i, range, moved.data, rounded);
      subtractFrom(error, rounded, range.size());
      if (i + 1 < block.end)
        addMultiples(error, range.size(), feedback.row(i) + i + 1,
                     block.end - i - 1, moved.row(1), outputs);
    }
  }

  void beginRun(Range steps, Range range, MatrixView<const float> moved) {
    // The rows and their shifts.
    std::vector<float> scratch(2 * steps.size() * range.size());
    MatrixView<float> rows{scratch.data(), range.size()};
    for (int64_t i = 0; i < steps.size(); ++i)
      std::copy_n(moved.row(i), range.size(), rows.row(i));
    settle(steps, range, rows, rows.at(steps.size(), 0));
    rule.beginRun(steps, range, rows);
  }

  int64_t steps, outputs;
  MatrixView<const float> feedback;
  RoundingRule &rule;
  ThreadCount threads;
  /// Rows yet to be rounded, and the errors of those that are.
  std::vector<float> weights;
  std::vector<float> result;
  std::vector<float> panel;
  /// Those of a group as they are before it is rounded.
  std::vector<float> settled;
};

} // namespace

Result<std::vector<float>>
lowbit::numerics::roundWithFeedback(std::vector<float> rows,
                                    const HessianFactor &hessian,
                                    RoundingRule &rule, ThreadCount threads) {
  Feedback feedback(std::move(rows), hessian, rule, threads);
  if (auto error = feedback.run())
    return std::move(*error);
  return feedback.takeResult();
}

std::vector<float>
lowbit::numerics::rowsInSteps(const ContractionWeight &weight,
                              const HessianFactor &hessian) {
  int64_t inputs = weight.inputs(), outputs = weight.outputs();
  std::vector<float> rows =
      weight.reductionAxis == 0
          ? std::vector<float>(weight.values.begin(), weight.values.end())
          : transposed(weight.values, outputs, inputs);
  if (hessian.inOrder())
    return rows;
  std::vector<float> result(rows.size());
  for (int64_t k = 0; k < inputs; ++k)
    std::copy_n(rows.data() + hessian.order[k] * outputs, outputs,
                result.data() + k * outputs);
  return result;
}

template <typename T>
std::vector<T> lowbit::numerics::fromSteps(std::vector<T> rows,
                                           const ContractionWeight &weight,
                                           const HessianFactor &hessian) {
  int64_t inputs = weight.inputs(), outputs = weight.outputs();
  if (!hessian.inOrder()) {
    std::vector<T> result(rows.size());
    for (int64_t k = 0; k < inputs; ++k)
      std::copy_n(rows.data() + k * outputs, outputs,
                  result.data() + hessian.order[k] * outputs);
    rows = std::move(result);
  }
  return weight.reductionAxis == 0
             ? rows
             : transposed(std::span<const T>(rows), inputs, outputs);
}

template std::vector<float>
lowbit::numerics::fromSteps(std::vector<float>, const ContractionWeight &,
                            const HessianFactor &);
template std::vector<uint8_t>
lowbit::numerics::fromSteps(std::vector<uint8_t>, const ContractionWeight &,
                            const HessianFactor &);
