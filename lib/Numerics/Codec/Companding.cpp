//===- Companding.cpp - Levels spaced by a logarithm ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Companding.h"

#include <charconv>
#include <cmath>
#include <functional>
#include <limits>

using namespace lowbit::numerics;

static std::string nameOf(const char *law, unsigned bits, double parameter) {
  char digits[32];
  auto end = std::to_chars(digits, std::end(digits), parameter).ptr;
  return std::string(law) + "<" + std::to_string(bits) + ", " +
         std::string(digits, end) + ">";
}

/// The codec whose levels are `expand`, odd, of a uniform grid. Between two
/// levels it is the middle of the compressed domain that decides, so the
/// thresholds are expanded as well.
static Result<TableCodecRef>
makeCodec(std::string name, unsigned bits,
          const std::function<double(double)> &expand) {
  if (bits < 2 || bits > 8)
    return Error{Error::Kind::InvalidFormat, "codec '" + name + "' has " +
                                                 std::to_string(bits) +
                                                 " bits; 2 to 8 are possible"};
  int half = (1 << (bits - 1)) - 1;
  auto expandOdd = [&](double place) {
    double value = expand(std::fabs(place) / half);
    return place < 0 ? -value : value;
  };
  std::vector<float> levels, thresholds;
  for (int i = -half; i <= half; ++i) {
    levels.push_back(static_cast<float>(expandOdd(i)));
    if (i == half)
      break;
    double middle = expandOdd(i + 0.5);
    float threshold = static_cast<float>(middle);
    if (threshold > middle)
      threshold =
          std::nextafter(threshold, -std::numeric_limits<float>::infinity());
    thresholds.push_back(threshold);
  }
  return TableCodec::get(std::move(name), std::move(levels),
                         std::move(thresholds));
}

static Error badParameter(const std::string &name, const char *what) {
  return {Error::Kind::InvalidFormat, "codec '" + name + "' needs " + what};
}

Result<TableCodecRef> lowbit::numerics::getMuLawCodec(unsigned bits,
                                                      double mu) {
  std::string name = nameOf("mulaw", bits, mu);
  if (!(mu > 0) || !std::isfinite(mu))
    return badParameter(name, "a finite mu above 0");
  return makeCodec(std::move(name), bits, [mu](double y) {
    return std::expm1(y * std::log1p(mu)) / mu;
  });
}

Result<TableCodecRef> lowbit::numerics::getALawCodec(unsigned bits, double a) {
  std::string name = nameOf("alaw", bits, a);
  if (!(a >= 1) || !std::isfinite(a))
    return badParameter(name, "a finite A of 1 or more");
  double whole = 1 + std::log(a);
  return makeCodec(std::move(name), bits, [a, whole](double y) {
    return y * whole < 1 ? y * whole / a : std::exp(y * whole - 1) / a;
  });
}
