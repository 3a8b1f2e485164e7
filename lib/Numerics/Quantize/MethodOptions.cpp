//===- MethodOptions.cpp - Names and options of methods -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Method.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

using namespace lowbit::numerics;
using Kind = Method::Kind;

static constexpr std::array<std::string_view, 10> names = {
    "rtn", "percentile", "mse",       "hqq",   "kmeans",
    "awq", "gptq",       "magnitude", "wanda", "sparsegpt"};

std::string_view lowbit::numerics::methodName(Kind kind) {
  return names[static_cast<size_t>(kind)];
}

std::optional<Kind> lowbit::numerics::methodOfName(std::string_view name) {
  auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end())
    return std::nullopt;
  return static_cast<Kind>(it - names.begin());
}

std::span<const std::string_view> lowbit::numerics::methodNames() {
  return names;
}

namespace {

/// Puts a value where it belongs; false if it is of another type or out of
/// range.
using Setter = bool (*)(Method &method, const MethodOptionValue &value);

struct Option {
  std::string_view name;
  std::string_view expected;
  Setter set;
  std::initializer_list<Kind> kinds;
};

template <typename Fn>
bool setNumber(const MethodOptionValue &value, Fn &&fn) {
  const double *number = std::get_if<double>(&value);
  return number && std::isfinite(*number) && fn(*number);
}

bool setFlag(const MethodOptionValue &value, bool &flag) {
  if (const bool *given = std::get_if<bool>(&value))
    flag = *given;
  return std::holds_alternative<bool>(value);
}

bool setActivationOrder(Method &method, const MethodOptionValue &value) {
  return setFlag(value, method.activationOrder);
}

bool setBeta(Method &method, const MethodOptionValue &value) {
  return setNumber(value, [&](double x) {
    method.hqq.beta = static_cast<float>(x);
    return method.hqq.beta > 0;
  });
}

bool setDamping(Method &method, const MethodOptionValue &value) {
  return setNumber(value, [&](double x) {
    method.damping = x;
    return x >= 0;
  });
}

bool setGrowth(Method &method, const MethodOptionValue &value) {
  return setNumber(value, [&](double x) {
    method.hqq.growth = static_cast<float>(x);
    return x >= 1;
  });
}

bool setIterations(Method &method, const MethodOptionValue &value) {
  return setNumber(value, [&](double x) {
    bool fits = x >= 0 && x <= 10000 && x == std::floor(x);
    if (fits)
      method.iterations = static_cast<int>(x);
    return fits;
  });
}

bool setNorm(Method &method, const MethodOptionValue &value) {
  return setNumber(value, [&](double x) {
    method.hqq.norm = static_cast<float>(x);
    return method.hqq.norm > 0 && x <= 1;
  });
}

bool setPercentile(Method &method, const MethodOptionValue &value) {
  return setNumber(value, [&](double x) {
    method.percentile = x;
    return x > 0 && x <= 100;
  });
}

bool setSearch(Method &method, const MethodOptionValue &value) {
  const std::string *word = std::get_if<std::string>(&value);
  if (!word || (*word != "mse" && *word != "range"))
    return false;
  method.searchesScales = *word == "mse";
  return true;
}

bool setStaticGroups(Method &method, const MethodOptionValue &value) {
  return setFlag(value, method.staticGroups);
}

/// Sorted by name.
const Option options[] = {
    {"activation_order", "true or false", setActivationOrder, {Kind::Gptq}},
    {"beta", "a number above 0", setBeta, {Kind::Hqq}},
    {"damping",
     "a number from 0 up",
     setDamping,
     {Kind::Gptq, Kind::SparseGpt}},
    {"growth", "a number from 1 up", setGrowth, {Kind::Hqq}},
    {"iterations",
     "a whole number from 0 to 10000",
     setIterations,
     {Kind::Hqq, Kind::KMeans}},
    {"norm", "a number above 0 and at most 1", setNorm, {Kind::Hqq}},
    {"percentile",
     "a number above 0 and at most 100",
     setPercentile,
     {Kind::Percentile}},
    {"search",
     "range or mse",
     setSearch,
     {Kind::Awq, Kind::Gptq, Kind::Magnitude, Kind::Wanda, Kind::SparseGpt}},
    {"static_groups",
     "true or false",
     setStaticGroups,
     {Kind::Gptq, Kind::SparseGpt}},
};

bool hasOption(const Option &option, Kind kind) {
  return std::find(option.kinds.begin(), option.kinds.end(), kind) !=
         option.kinds.end();
}

} // namespace

std::vector<std::string_view> lowbit::numerics::methodOptions(Kind kind) {
  std::vector<std::string_view> result;
  for (const Option &option : options)
    if (hasOption(option, kind))
      result.push_back(option.name);
  return result;
}

std::optional<Error>
lowbit::numerics::setMethodOption(Method &method, std::string_view name,
                                  const MethodOptionValue &value) {
  auto invalid = [](std::string message) {
    return Error{Error::Kind::InvalidFormat, std::move(message)};
  };
  std::string text = "method '" + std::string(methodName(method.kind)) + "'";
  for (const Option &option : options) {
    if (option.name != name || !hasOption(option, method.kind))
      continue;
    // Only what fits is kept.
    Method changed = method;
    if (!option.set(changed, value))
      return invalid("option '" + std::string(name) + "' of " + text + " is " +
                     std::string(option.expected));
    method = changed;
    return std::nullopt;
  }
  return invalid(text + " has no option '" + std::string(name) + "'");
}
