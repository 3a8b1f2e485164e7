//===- Report.cpp - What quant-run prints ---------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "lowbit/Numerics/FloatTypes.h"
#include "lowbit/Numerics/Metrics.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace lowbit;
using weights::DType;

/// The elements as f32; nothing for types that are not compared.
static std::optional<std::vector<float>>
toFloats(const weights::HostTensor &tensor) {
  auto convert = [&](auto zero) {
    auto values = tensor.as<decltype(zero)>();
    return std::vector<float>(values.begin(), values.end());
  };
  switch (tensor.dtype) {
  case DType::F32:
    return convert(float());
  case DType::F64:
    return convert(double());
  case DType::I64:
    return convert(int64_t());
  case DType::I32:
    return convert(int32_t());
  case DType::I16:
    return convert(int16_t());
  case DType::I8:
    return convert(int8_t());
  case DType::U8:
  case DType::BOOL:
    return convert(uint8_t());
  case DType::F16: {
    auto bits = tensor.as<uint16_t>();
    std::vector<float> values(bits.size());
    numerics::f32FromF16(bits.data(), bits.size(), values.data());
    return values;
  }
  case DType::BF16: {
    auto bits = tensor.as<uint16_t>();
    std::vector<float> values(bits.size());
    numerics::f32FromBF16(bits.data(), bits.size(), values.data());
    return values;
  }
  default:
    return std::nullopt;
  }
}

llvm::Error Report::compare(const weights::TensorMap &outputs,
                            const weights::TensorMap &expected,
                            const std::string &path) {
  auto makeError = [&](const llvm::Twine &message) {
    return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                   path + ": " + message);
  };
  if (expected.empty())
    return makeError("has nothing to compare with");
  for (const auto &entry : expected) {
    const weights::HostTensor *output = outputs.find(entry.name);
    if (!output && outputs.size() == 1 && expected.size() == 1)
      output = &outputs[0].tensor;
    if (!output)
      return makeError("the model has no result '" + entry.name + "'");
    if (output->shape != entry.tensor.shape)
      return makeError(
          "'" + entry.name + "' is " + weights::shapeText(entry.tensor.shape) +
          ", but the model gave " + weights::shapeText(output->shape));
    auto reference = toFloats(entry.tensor), test = toFloats(*output);
    if (!reference || !test)
      return makeError("'" + entry.name +
                       "' has a type that cannot be compared");
    numerics::ErrorStatistics statistics =
        numerics::measureError(*reference, *test);
    comparisons.push_back({entry.name, statistics.cosine(), statistics.sqnrDb(),
                           statistics.maxAbsError()});
  }
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
    os << llvm::format("%-24s cosine %.6f  SQNR %6.1f dB  largest error %.3g\n",
                       c.name.c_str(), c.cosine, c.sqnrDb, c.maxError);
  if (!milliseconds.empty())
    os << llvm::format("median %.3f ms, fastest %.3f ms, of %zu runs\n",
                       getMedian(), *llvm::min_element(milliseconds),
                       milliseconds.size());
}

void Report::printJson(llvm::raw_ostream &os) const {
  // JSON has no infinity: an exact result has no SQNR.
  auto number = [](double value) {
    return std::isfinite(value) ? llvm::json::Value(value)
                                : llvm::json::Value(nullptr);
  };
  llvm::json::Object object;
  if (!milliseconds.empty()) {
    object["median_ms"] = getMedian();
    object["min_ms"] = *llvm::min_element(milliseconds);
    object["runs"] = static_cast<int64_t>(milliseconds.size());
  }
  if (!comparisons.empty()) {
    llvm::json::Array results;
    for (const Comparison &c : comparisons)
      results.push_back(llvm::json::Object{{"name", c.name},
                                           {"cosine", number(c.cosine)},
                                           {"sqnr_db", number(c.sqnrDb)},
                                           {"max_error", number(c.maxError)}});
    object["compare"] = std::move(results);
  }
  os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(object)));
}
