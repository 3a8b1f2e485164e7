//===- Report.cpp - What quant-run prints ---------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"

#include <cmath>
#include <set>

using namespace lowbit;

llvm::Error Report::compare(const weights::TensorMap &outputs,
                            const weights::TensorMap &expected,
                            const std::string &path) {
  auto makeError = [&](const llvm::Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   path + ": " + message);
  };
  auto getText = [](const weights::HostTensor &tensor) {
    return weights::shapeText(tensor.shape) + " of " +
           std::string(weights::name(tensor.dtype));
  };
  if (expected.empty())
    return makeError("has nothing to compare with");
  expectedPath = path;
  std::set<const weights::HostTensor *> compared;
  for (const auto &[name, tensor] : expected) {
    const weights::HostTensor *output = outputs.find(name);
    if (!output && outputs.size() == 1 && expected.size() == 1)
      output = &outputs[0].tensor;
    if (!output)
      return makeError("the model has no result '" + name + "'");
    if (output->shape != tensor.shape || output->dtype != tensor.dtype)
      return makeError("'" + name + "' is " + getText(tensor) +
                       ", but the model gave " + getText(*output));
    std::optional<Comparison> comparison =
        compareTensors(name, tensor, *output);
    if (!comparison)
      return makeError("'" + name + "' has a type that cannot be compared, " +
                       std::string(weights::name(tensor.dtype)));
    comparisons.push_back(std::move(*comparison));
    compared.insert(output);
  }
  for (const auto &[name, tensor] : outputs)
    if (!compared.count(&tensor))
      notCompared.push_back(name);
  return llvm::Error::success();
}

double Report::getLargestError() const {
  double largest = 0;
  for (const Comparison &comparison : comparisons) {
    if (std::isnan(comparison.maxError))
      return comparison.maxError;
    largest = std::max(largest, comparison.maxError);
  }
  return largest;
}

double Report::getMedian() const {
  std::vector<double> sorted = milliseconds;
  llvm::sort(sorted);
  size_t middle = sorted.size() / 2;
  return sorted.size() % 2 ? sorted[middle]
                           : (sorted[middle - 1] + sorted[middle]) / 2;
}

void Report::print(llvm::raw_ostream &os) const {
  for (const Comparison &c : comparisons)
    os << c.toText() << '\n';
  for (const std::string &name : notCompared)
    os << llvm::format("%-24s not compared: ", name.c_str()) << expectedPath
       << " has no '" << name << "'\n";
  if (!milliseconds.empty())
    os << llvm::format("median %.3f ms, fastest %.3f ms, of %zu runs\n",
                       getMedian(), *llvm::min_element(milliseconds),
                       milliseconds.size());
}

llvm::json::Object Report::toJson() const {
  llvm::json::Object object;
  if (!milliseconds.empty()) {
    object["median_ms"] = getMedian();
    object["min_ms"] = *llvm::min_element(milliseconds);
    object["runs"] = static_cast<int64_t>(milliseconds.size());
  }
  if (!comparisons.empty()) {
    llvm::json::Array results;
    for (const Comparison &c : comparisons)
      results.push_back(c.toJson());
    object["compare"] = std::move(results);
    if (!notCompared.empty())
      object["not_compared"] = llvm::json::Array(notCompared);
  }
  return object;
}
