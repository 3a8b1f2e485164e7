//===- Comparison.cpp - A result beside the expected one ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Comparison.h"

#include "lowbit/Numerics/FloatTypes.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/ScopedPrinter.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

using namespace lowbit;
using weights::DType;

namespace {
/// Sums over pairs of finite values, in units in which squares neither overflow
/// nor vanish.
class Sums {
public:
  explicit Sums(double largest)
      : unit(largest > 1e100 || (largest > 0 && largest < 1e-100) ? largest
                                                                  : 1) {}

  void add(double x, double y, double difference) {
    x /= unit, y /= unit, difference /= unit;
    expected += x * x;
    actual += y * y;
    product += x * y;
    error += difference * difference;
  }

  double cosine() const {
    if (expected == 0 && actual == 0)
      return 1;
    if (expected == 0 || actual == 0)
      return 0;
    double cosine = product / (std::sqrt(expected) * std::sqrt(actual));
    return cosine > 1 ? 1 : cosine; // by rounding; NaN of infinities stays
  }

  double sqnrDb() const {
    if (error == 0)
      return std::numeric_limits<double>::infinity();
    return 10 * std::log10(expected / error);
  }

private:
  double unit;
  double expected = 0, actual = 0, product = 0, error = 0;
};
} // namespace

/// |x - y|: of integers without overflow.
template <typename T>
static double getDistance(T x, T y) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<double>(x > y ? uint64_t(x) - uint64_t(y)
                                     : uint64_t(y) - uint64_t(x));
  else
    return std::abs(static_cast<double>(x) - static_cast<double>(y));
}

template <typename T>
static Comparison compareValues(std::span<const T> expected,
                                std::span<const T> actual) {
  double largest = 0;
  for (std::span<const T> side : {expected, actual})
    for (T value : side)
      if (double magnitude = std::abs(static_cast<double>(value));
          std::isfinite(magnitude))
        largest = std::max(largest, magnitude);

  Comparison result;
  Sums sums(largest);
  for (size_t i = 0; i < expected.size(); ++i) {
    T x = expected[i], y = actual[i];
    bool xIsNan = x != x, yIsNan = y != y;
    if (xIsNan || yIsNan) {
      ++(xIsNan && yIsNan ? result.nanInBoth
         : xIsNan         ? result.nanInExpected
                          : result.nanInActual);
      continue;
    }
    double distance = x == y ? 0 : getDistance(x, y);
    result.exact &= x == y;
    result.maxError = std::max(result.maxError, distance);
    if (x != y || std::isfinite(static_cast<double>(x)))
      sums.add(static_cast<double>(x), static_cast<double>(y), distance);
  }
  if (result.nanInExpected || result.nanInActual) {
    result.exact = false;
    result.cosine = result.sqnrDb = result.maxError =
        std::numeric_limits<double>::quiet_NaN();
    return result;
  }
  result.cosine = result.exact ? 1 : sums.cosine();
  result.sqnrDb = sums.sqnrDb();
  return result;
}

std::optional<Comparison>
lowbit::compareTensors(std::string name, const weights::HostTensor &expected,
                       const weights::HostTensor &actual) {
  assert(expected.dtype == actual.dtype && expected.shape == actual.shape &&
         "tensors of different types");
  auto compare = [&](auto zero) {
    using T = decltype(zero);
    return compareValues<T>(expected.as<T>(), actual.as<T>());
  };
  using Widen = void(const uint16_t *, size_t, float *);
  auto compareHalves = [&](Widen widen) {
    std::vector<float> sides[2];
    for (auto [side, tensor] :
         {std::pair(&sides[0], &expected), std::pair(&sides[1], &actual)}) {
      auto bits = tensor->as<uint16_t>();
      side->resize(bits.size());
      widen(bits.data(), bits.size(), side->data());
    }
    return compareValues<float>(sides[0], sides[1]);
  };
  auto run = [&]() -> std::optional<Comparison> {
    switch (expected.dtype) {
    case DType::F64:
      return compare(double());
    case DType::F32:
      return compare(float());
    case DType::F16:
      return compareHalves(numerics::f32FromF16);
    case DType::BF16:
      return compareHalves(numerics::f32FromBF16);
    case DType::I64:
      return compare(int64_t());
    case DType::U64:
      return compare(uint64_t());
    case DType::I32:
      return compare(int32_t());
    case DType::U32:
      return compare(uint32_t());
    case DType::I16:
      return compare(int16_t());
    case DType::U16:
      return compare(uint16_t());
    case DType::I8:
      return compare(int8_t());
    case DType::U8:
    case DType::BOOL:
      return compare(uint8_t());
    default:
      return std::nullopt;
    }
  };
  std::optional<Comparison> result = run();
  if (result)
    result->name = std::move(name);
  return result;
}

std::string lowbit::formatNumber(const char *format, double value) {
  if (std::isnan(value))
    return "nan";
  return llvm::to_string(llvm::format(format, value));
}

std::string Comparison::toText() const {
  std::string text = llvm::to_string(
      llvm::format("%-24s cosine %s  SQNR %6s dB  largest error %s",
                   name.c_str(), formatNumber("%.6f", cosine).c_str(),
                   formatNumber("%.1f", sqnrDb).c_str(),
                   formatNumber("%.3g", maxError).c_str()));
  auto add = [&](int64_t count, const char *where) {
    if (count != 0)
      text += llvm::to_string(
          llvm::format("; NaN in %lld of %s", (long long)count, where));
  };
  add(nanInActual, "the result alone");
  add(nanInExpected, "the expected alone");
  add(nanInBoth, "both");
  return text;
}

llvm::json::Object Comparison::toJson() const {
  auto number = [](double value) {
    return std::isfinite(value) ? llvm::json::Value(value)
                                : llvm::json::Value(nullptr);
  };
  return llvm::json::Object{{"name", llvm::json::fixUTF8(name)},
                            {"cosine", number(cosine)},
                            {"sqnr_db", number(sqnrDb)},
                            {"max_error", number(maxError)},
                            {"exact", exact},
                            {"nan", nanInActual + nanInExpected},
                            {"nan_both", nanInBoth}};
}
