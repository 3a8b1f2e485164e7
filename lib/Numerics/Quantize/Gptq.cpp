//===- Gptq.cpp - Quantization that makes up for its errors ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Gptq.h"

#include "GroupQuantizer.h"

using namespace lowbit::numerics;

namespace {

class GptqRule final : public RoundingRule {
public:
  GptqRule(GroupQuantizer &quantizer, const HessianFactor &hessian)
      : quantizer(quantizer), order(hessian.order) {}

  int64_t stepsPerGroup() const override {
    return quantizer.channelsPerGroup();
  }

  std::optional<Error> beginGroup(Range steps,
                                  std::span<const float> rows) override {
    return quantizer.chooseGroup(steps, rows);
  }

  void round(int64_t step, Range outputs, const float *row,
             float *rounded) override {
    quantizer.round(order[step], outputs, row, rounded);
  }

private:
  GroupQuantizer &quantizer;
  const std::vector<int64_t> &order;
};

} // namespace

Result<UnpackedParts> lowbit::numerics::quantizeGptq(
    const ContractionWeight &weight, const HessianFactor &hessian,
    const Format &format, const ParameterChooser &chooser,
    const GptqOptions &options) {
  if (auto error = verifyContraction(weight, options.threads))
    return std::move(*error);
  if (auto error = verifyInputs(weight, hessian.channels))
    return std::move(*error);
  if (!format.sparsity.isDense())
    return Error{Error::Kind::InvalidFormat,
                 "GPTQ keeps every weight; sparse formats need SparseGPT"};
  auto quantizer = GroupQuantizer::get(
      weight, format, chooser, options.staticGroups || !hessian.inOrder());
  if (!quantizer)
    return quantizer.error();
  GptqRule rule(*quantizer, hessian);
  auto rounded = roundWithFeedback(rowsInSteps(weight, hessian), hessian, rule,
                                   options.threads);
  if (!rounded)
    return rounded.error();
  // A value that a code stands for is encoded as that code.
  return encodeWith(std::move(*quantizer).takeParameters(),
                    fromSteps(std::move(*rounded), weight, hessian),
                    weight.shape, format, options.threads);
}
