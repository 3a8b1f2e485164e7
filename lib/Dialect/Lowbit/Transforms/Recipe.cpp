//===- Recipe.cpp - Which layer gets which encoding -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace lowbit;
using namespace mlir;

//===----------------------------------------------------------------------===//
// Patterns
//===----------------------------------------------------------------------===//

/// The parts that a regular expression has once its counted repetitions are
/// written out, as llvm::Regex does. At least: not more than a few too many.
static uint64_t getExpandedSize(StringRef pattern) {
  struct Level {
    uint64_t size = 0;
    uint64_t last = 0; // of `size`, what a repetition repeats
  };
  SmallVector<Level> levels(1);
  auto add = [&](uint64_t size) {
    levels.back().size = llvm::SaturatingAdd(levels.back().size, size);
    levels.back().last = size;
  };
  while (!pattern.empty()) {
    char c = pattern.front();
    pattern = pattern.drop_front();
    if (c == '(') {
      levels.emplace_back();
    } else if (c == ')' && levels.size() > 1) {
      uint64_t size = levels.pop_back_val().size;
      add(llvm::SaturatingAdd(size, uint64_t(2)));
    } else if (c == '[') {
      // A bracket that comes first stands for itself.
      pattern.consume_front("^");
      pattern = pattern.drop_front(std::min(pattern.size(), size_t(1)));
      pattern = pattern.drop_until([](char d) { return d == ']'; });
      pattern.consume_front("]");
      add(1);
    } else if (c == '{' && !pattern.empty() && llvm::isDigit(pattern.front())) {
      // llvm::Regex itself refuses more.
      constexpr uint64_t maxCopies = 256;
      uint64_t copies = 1;
      StringRef counts = pattern.take_while(
          [](char d) { return d == ',' || llvm::isDigit(d); });
      pattern = pattern.drop_front(counts.size());
      for (StringRef count : llvm::split(counts, ','))
        if (uint64_t number; !count.getAsInteger(10, number))
          copies = std::max(copies, std::min(number, maxCopies));
      uint64_t repeated =
          llvm::SaturatingMultiplyAdd(levels.back().last, copies, 4 * copies);
      levels.back().size -= levels.back().last;
      add(repeated);
    } else {
      if (c == '\\')
        pattern = pattern.drop_front(std::min(pattern.size(), size_t(1)));
      add(1);
    }
  }
  uint64_t size = 0;
  for (const Level &level : levels)
    size = llvm::SaturatingAdd(size, level.size);
  return size;
}

/// Why `pattern` is not given to llvm::Regex, which recurses on parentheses,
/// writes repetitions out and takes exponential time on back references; or "".
static std::string getPatternProblem(StringRef pattern) {
  constexpr size_t maxLength = 1000, maxSize = 5000;
  if (pattern.size() > maxLength)
    return llvm::formatv("it has {0} characters, more than {1}", pattern.size(),
                         maxLength);
  if (getExpandedSize(pattern) > maxSize)
    return llvm::formatv("written out, its repetitions are longer than {0}",
                         maxSize);
  for (size_t i = 0; i + 1 < pattern.size(); ++i)
    if (pattern[i] == '\\' && llvm::isDigit(pattern[++i]))
      return "back references are not supported";
  return {};
}

std::optional<llvm::Regex> lowbit::makeLayerPattern(StringRef pattern,
                                                    std::string &problem) {
  problem = getPatternProblem(pattern);
  if (!problem.empty()) {
    problem = "bad regular expression: " + problem;
    return std::nullopt;
  }
  // The parentheses keep alternatives inside the anchors.
  llvm::Regex whole(("^(" + pattern + ")$").str());
  std::string message;
  if (llvm::Regex(pattern).isValid(message) && whole.isValid(message))
    return whole;
  problem = ("bad regular expression '" + pattern + "': " + message).str();
  return std::nullopt;
}

std::optional<ShapePattern> ShapePattern::parse(StringRef text) {
  ShapePattern pattern;
  SmallVector<StringRef> parts;
  text.split(parts, 'x');
  for (StringRef part : parts) {
    Size &size = pattern.sizes.emplace_back();
    part = part.trim();
    if (part == "*")
      continue;
    size.isMinimum = part.consume_front(">=");
    if (part.empty() || !llvm::all_of(part, llvm::isDigit) ||
        part.getAsInteger(10, size.value))
      return std::nullopt;
  }
  return pattern;
}

bool ShapePattern::matches(ArrayRef<int64_t> shape) const {
  if (shape.size() != sizes.size())
    return false;
  for (auto [size, actual] : llvm::zip_equal(sizes, shape))
    if (size.isMinimum ? actual < size.value : actual != size.value)
      return false;
  return true;
}

bool Rule::matches(const Layer &candidate) const {
  if (kind && candidate.kind != *kind)
    return false;
  if (shape && (!candidate.weight ||
                !shape->matches(candidate.getWeightType().getShape())))
    return false;
  return !layer || layer->match(candidate.name);
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

FailureOr<Recipe> lowbit::loadRecipe(StringRef option, Location loc) {
  if (std::optional<Treatment> treatment =
          parseWeightShorthand(option, loc.getContext())) {
    Recipe recipe;
    recipe.byDefault = treatment;
    recipe.defaultLoc = loc;
    return recipe;
  }
  if (std::optional<AutomaticRecipe> automatic =
          AutomaticRecipe::parseShorthand(option)) {
    if (!automatic->budget)
      return emitError(loc) << "expected a budget or a floor in '" << option
                            << "', as in auto-4.5 (bits per weight), "
                               "auto-12.5MiB or auto-30dB";
    if (std::string why = automatic->budget->getProblem(); !why.empty())
      return emitError(loc) << "recipe '" << option << "': " << why;
    automatic->loc = loc;
    Recipe recipe;
    recipe.automatic = std::move(automatic);
    recipe.defaultLoc = loc;
    return recipe;
  }
  StringRef extension = llvm::sys::path::extension(option);
  auto buffer = llvm::MemoryBuffer::getFile(option, /*IsText=*/true);
  if (buffer)
    return parseRecipe((*buffer)->getBuffer(), option, loc.getContext());
  if (extension == ".yaml" || extension == ".yml" ||
      option.contains(llvm::sys::path::get_separator()))
    return emitError(loc) << "cannot open recipe '" << option
                          << "': " << buffer.getError().message();
  return emitError(loc) << describeBadShorthand(
             "recipe", option, loc.getContext(), /*isRecipe=*/true);
}
