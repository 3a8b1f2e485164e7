//===- AutomaticChoice.h - Encodings that a budget decides ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `auto` of a recipe: what it asks for, and the choice that answers it.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_AUTOMATICCHOICE_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_AUTOMATICCHOICE_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <string>
#include <vector>

namespace lowbit {

/// What the weights of all layers may cost, or how good the outputs must be.
struct Budget {
  enum class Kind {
    BitsPerWeight,
    Bytes,
    /// The least SQNR of the outputs, in dB.
    Floor,
  };
  Kind kind;
  double value;

  /// "4.5", "4.5 bits", "12.5 MiB", "30 dB": a number above 0 with a unit, bits
  /// per weight where there is none. Spaces do not count.
  static std::optional<Budget> parse(llvm::StringRef text);
  /// "4.5 bits per weight", "12.5 MiB (13107200 bytes)", "30 dB".
  std::string getText() const;
  /// Why no model needs it, or "".
  std::string getProblem() const;
};

/// The key `auto` of a recipe.
struct AutomaticRecipe {
  mlir::LocationAttr loc;
  std::optional<Budget> budget;
  /// The path of the sensitivity file.
  std::string sensitivity;
  /// The weights file of the model, to tell whether it is the one that was
  /// measured; empty not to ask.
  std::string weights;
  /// Those of the file to choose from; all if empty.
  std::vector<std::string> candidates;

  /// Sets what `key` of the recipe in `file` says: sensitivity, budget, floor
  /// or candidates. What is wrong with `text`, or "".
  std::string set(llvm::StringRef key, llvm::StringRef text,
                  llvm::StringRef file);
  /// `auto-4.5`, `auto-12.5MiB` or `auto-30dB` as a recipe. Nothing if `text`
  /// does not start so, and no budget if it goes on otherwise.
  static std::optional<AutomaticRecipe> parseShorthand(llvm::StringRef text);
};

/// The sizes that weights may have and what the outputs are then predicted to
/// be: the trade-off between the two.
struct TradeOff {
  /// The attribute of a module that carries a curve from the assignment to a
  /// report.
  static constexpr llvm::StringLiteral kAttrName = "lowbit.tradeoff";

  struct Point {
    int64_t bytes;
    /// Infinite without an error.
    double sqnrDb;
  };
  /// From the smallest to the best.
  std::vector<Point> points;
  /// Which of them was chosen.
  size_t taken = 0;
  /// Of all weights that are counted.
  int64_t elements = 0;

  double getBits(const Point &point) const;
  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  /// Nothing if `attribute` is none of those that toAttribute makes.
  static std::optional<TradeOff> fromAttribute(mlir::Attribute attribute);

  /// A few of the points in lines, the one that was taken among them.
  void print(llvm::raw_ostream &os) const;
  /// An array of {bytes, bits_per_weight, predicted_sqnr_db, taken}; an SQNR
  /// that is infinite is null.
  llvm::json::Array toJson() const;
};

/// A weight whose treatment a rule decides: it counts, but is not chosen.
struct DecidedWeight {
  const Layer *layer;
  /// Null if it stays float.
  EncodingAttr encoding;
};

struct AutomaticChoice {
  /// The candidate for each of the layers, in their order.
  std::vector<std::string> candidates;
  TradeOff tradeOff;
  /// A line on what was chosen and what it costs.
  std::string summary;
};

/// The layers, by their place in `layers`, that share the encoding of a weight:
/// they read the same stored or constant tensor, in the same type and along the
/// same axis. In the order of the first layer of each.
llvm::SmallVector<llvm::SmallVector<size_t>>
groupByWeight(llvm::ArrayRef<const Layer *> layers);

/// Bytes of the weight as it is stored without an encoding.
int64_t getFloatBytes(const Layer &layer);

/// Meets the budget of `recipe` by the choice of a candidate for each of
/// `layers` that loses least at the outputs. Emits an error at the recipe's
/// place if the sensitivity file cannot be read or is of another model, or if
/// no choice meets the budget.
llvm::FailureOr<AutomaticChoice>
chooseAutomatically(const AutomaticRecipe &recipe,
                    llvm::ArrayRef<const Layer *> layers,
                    llvm::ArrayRef<DecidedWeight> decided);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_AUTOMATICCHOICE_H
