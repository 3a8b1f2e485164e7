//===- AutomaticRecipe.cpp - What `auto` of a recipe asks for -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace lowbit;
using namespace mlir;

namespace {
struct Unit {
  StringLiteral name;
  Budget::Kind kind;
  double factor;
};
} // namespace

static constexpr Unit kUnits[] = {
    {"", Budget::Kind::BitsPerWeight, 1},
    {"bits", Budget::Kind::BitsPerWeight, 1},
    {"B", Budget::Kind::Bytes, 1},
    {"kB", Budget::Kind::Bytes, 1e3},
    {"MB", Budget::Kind::Bytes, 1e6},
    {"GB", Budget::Kind::Bytes, 1e9},
    {"KiB", Budget::Kind::Bytes, double(1 << 10)},
    {"MiB", Budget::Kind::Bytes, double(1 << 20)},
    {"GiB", Budget::Kind::Bytes, double(1 << 30)},
    {"dB", Budget::Kind::Floor, 1},
};

std::optional<Budget> Budget::parse(StringRef text) {
  text = text.trim();
  StringRef number =
      text.take_while([](char c) { return llvm::isDigit(c) || c == '.'; });
  StringRef unit = text.drop_front(number.size()).ltrim();
  double value;
  // A point needs a digit on each side.
  if (number.empty() || number.front() == '.' || number.back() == '.' ||
      number.getAsDouble(value) || !(value > 0) || !std::isfinite(value))
    return std::nullopt;
  for (const Unit &known : kUnits)
    if (known.name == unit)
      return Budget{known.kind, value * known.factor};
  return std::nullopt;
}

std::string Budget::getText() const {
  std::string number;
  llvm::raw_string_ostream(number) << llvm::format("%.10g", value);
  switch (kind) {
  case Kind::BitsPerWeight:
    return number + " bits per weight";
  case Kind::Bytes:
    return number + " bytes";
  case Kind::Floor:
    return number + " dB";
  }
  llvm_unreachable("unknown kind of budget");
}

std::string Budget::getProblem() const {
  // Of what is encoded no element has more.
  if (kind != Kind::BitsPerWeight || value <= 32)
    return {};
  std::string number;
  llvm::raw_string_ostream(number) << llvm::format("%.10g", value);
  return getText() +
         " are more than the 32 of f32; bytes need their unit, as "
         "in " +
         number + "MB";
}

std::string AutomaticRecipe::set(StringRef key, StringRef text,
                                 StringRef file) {
  if (key == "sensitivity") {
    SmallString<128> path(text);
    if (llvm::sys::path::is_relative(path)) {
      path = llvm::sys::path::parent_path(file);
      llvm::sys::path::append(path, text);
    }
    sensitivity = path.str().str();
    return {};
  }
  if (key == "candidates") {
    for (StringRef name : llvm::split(text, ',')) {
      if (name = name.trim(); !name.empty())
        candidates.push_back(name.str());
    }
    return candidates.empty() ? "'candidates' lists nothing" : "";
  }
  bool isFloor = key == "floor";
  if (budget)
    return "'auto' has either a 'budget' or a 'floor', and this one has both";
  budget = Budget::parse(text);
  if (budget && (budget->kind == Budget::Kind::Floor) == isFloor)
    return budget->getProblem();
  return (isFloor
              ? "expected a floor such as '30 dB', got '"
              : "expected a budget such as '4.5 bits' or '12.5 MiB', got '") +
         text.str() + "'";
}

std::optional<AutomaticRecipe> AutomaticRecipe::parseShorthand(StringRef text) {
  if (text != "auto" && !text.consume_front("auto-"))
    return std::nullopt;
  AutomaticRecipe recipe;
  recipe.budget = Budget::parse(text);
  return recipe;
}
