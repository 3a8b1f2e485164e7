//===- UnknownShorthands.cpp - What a shorthand was to be -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShorthandPieces.h"
#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Numerics/Presets.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <tuple>

using namespace lowbit;
using namespace mlir;

namespace {
/// A shorthand without methods and sparsity, complete.
struct Known {
  std::string text;
  /// Without its size of groups.
  std::string sizeless;
};
} // namespace

/// All encodings, with groups of `size`, or of their usual size.
static SmallVector<Known> getBases(StringRef size) {
  SmallVector<Known> known;
  auto add = [&](StringRef name) { known.push_back({name.str(), name.str()}); };
  auto addGroups = [&](StringRef name, StringRef usual, StringRef suffix) {
    known.push_back(
        {(name + "-g" + (size.empty() ? usual : size) + suffix).str(),
         (name + suffix).str()});
  };
  for (StringRef name :
       {"int8", "int8-dynamic", "llm-int8", "int8-static", "int8-static-p99.99",
        "int8-static-entropy", "int8-static-asym"})
    add(name);
  for (StringRef bits : {"4", "2", "3", "5", "6", "7", "8"}) {
    addGroups(("int" + bits).str(), "128", "");
    addGroups(("int" + bits).str(), "128", "-sym");
  }
  for (StringRef codec : {"nf4", "nf4_i8", "fp4", "binary"}) {
    addGroups(codec, "64", "");
    addGroups(codec, "64", "-dq");
  }
  add("kmeans4");
  addGroups("kmeans4", "256", "");
  for (std::string_view preset : numerics::presetNames())
    add(preset);
  for (StringRef name : {"fp8", "mulaw8", "alaw8", "f16", "bf16", "float"})
    add(name);
  return known;
}

/// The size of groups that was written, as in "int4-g32", "int4g32", "int4-32".
static StringRef findSize(StringRef text) {
  StringRef digits = text.substr(std::min(text.size(), text.find('g') + 1))
                         .take_while(llvm::isDigit);
  if (!digits.empty() && text.contains('g'))
    return digits;
  for (StringRef piece : llvm::split(text, '-'))
    if (!piece.empty() && llvm::all_of(piece, llvm::isDigit))
      return piece;
  return "";
}

/// The nearest of `words` that has at most so many other letters, or "".
static StringRef findWithin(StringRef text, ArrayRef<StringRef> words,
                            unsigned letters) {
  StringRef nearest = findNearest(text, words);
  return text.edit_distance_insensitive(nearest) <= letters ? nearest : "";
}

/// What `base` was to be, nearest first: with what may be missing, a name that
/// is misspelled, or the encoding itself.
static SmallVector<std::string> getCorrections(StringRef base) {
  SmallVector<StringRef> names = {"awq", "smoothquant"};
  llvm::append_range(names, numerics::methodNames());
  SmallVector<std::string> corrections;
  auto [front, rest] = base.split('-');
  if (llvm::is_contained(names, front) || ShorthandPieces::isScaling(front)) {
    // Behind the name of a method, what it may be of.
    StringRef usual =
        llvm::StringSwitch<StringRef>(front)
            .StartsWith("smoothquant", "int8-dynamic")
            .Cases({"magnitude", "wanda", "sparsegpt"}, "int8-2:4")
            .Case("kmeans", "kmeans4")
            .Default("int4-g128");
    if (rest.empty())
      corrections.push_back((front + "-" + usual).str());
  } else if (StringRef name = findWithin(front, names, /*letters=*/2);
             !name.empty()) {
    corrections.push_back((name + "-" + rest).str());
  }

  // A size is missing more often than a letter is wrong.
  StringRef size = findSize(base);
  int64_t groups;
  SmallVector<std::tuple<unsigned, size_t, std::string>> near;
  for (const Known &known : getBases(parsePositive(size, groups) ? size : "")) {
    unsigned cost = 2 * base.edit_distance_insensitive(known.text);
    if (size.empty())
      cost = std::min(cost, 2 * base.edit_distance_insensitive(known.sizeless) +
                                unsigned(known.sizeless != known.text));
    // Beyond a third of its letters a word is another word.
    if (cost <= 2 * (base.size() / 3 + 1))
      near.emplace_back(cost, near.size(), known.text);
  }
  llvm::sort(near);
  for (const auto &[cost, number, text] : near)
    corrections.push_back(text);
  return corrections;
}

/// The shorthand that `text` was to be, or "".
static std::string suggest(StringRef text, MLIRContext *context,
                           bool isRecipe) {
  if (StringRef budget = text; isRecipe && budget.consume_front("auto")) {
    budget = budget.drop_until(llvm::isDigit);
    if (Budget::parse(budget))
      return ("auto-" + budget).str();
  }
  // What stands in front of the encoding and behind it stays.
  StringRef base = ShorthandPieces::split(text).base;
  StringRef front = text.take_front(base.data() - text.data());
  StringRef behind = text.drop_front(front.size() + base.size());
  for (const std::string &correction : getCorrections(base)) {
    std::string whole = (front + correction + behind).str();
    if (whole != text && parseWeightShorthand(whole, context))
      return whole;
  }
  return "";
}

std::string lowbit::describeBadShorthand(StringRef what, StringRef text,
                                         MLIRContext *context, bool isRecipe) {
  std::string problem;
  parseWeightShorthand(text, context, &problem);
  if (!problem.empty())
    return (what + " '" + text + "': " + problem).str();
  StringRef examples = "int8, int4-g128, nf4-g64";
  std::string message =
      ("unknown " + what + " '" + text + "', " +
       (isRecipe ? "neither a file nor a shorthand" : "no shorthand") +
       " such as " + examples + (isRecipe ? ", auto-4.5" : "") +
       " (docs/recipes.md lists them)")
          .str();
  std::string nearest = suggest(text, context, isRecipe);
  return nearest.empty() ? message
                         : message + "; did you mean '" + nearest + "'?";
}
