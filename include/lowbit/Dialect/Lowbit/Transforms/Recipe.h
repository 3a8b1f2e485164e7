//===- Recipe.h - Which layer gets which encoding ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The recipe of docs/recipes.md, read and checked. It knows nothing of passes:
// lowbit-assign-encodings applies it.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_RECIPE_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_RECIPE_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/NearestWord.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/Regex.h"
#include <optional>
#include <string>
#include <vector>

namespace lowbit {

/// An encoding as recipes write it: a shorthand, which adapts to the tensor, or
/// the text of an attribute, which does not.
struct EncodingChoice {
  enum class Blocks {
    /// No scale.
    None,
    /// A scale for each index of the axes not summed over.
    Channel,
    /// A scale for each index of the axis summed over.
    Input,
    Tensor,
    /// A scale for `group` elements along the axis summed over.
    Group,
  };

  /// What stands behind `#lowbit.` in the codec.
  std::string codec = "affine<i8>";
  Blocks blocks = Blocks::Channel;
  int64_t group = 0;
  numerics::ScaleType scaleType = numerics::ScaleType::F32;
  std::optional<numerics::NestedScales> nestedScales = {};
  /// Zero points of an unsigned affine codec.
  unsigned zeroPointBits = 0;
  std::optional<numerics::ScaleType> offsetType = {};
  /// The range kind that the shorthand stands for, if not the default.
  std::optional<RangeKind> range = {};
  /// Not 0: each block has a book of so many learned levels, of `scaleType`, in
  /// place of a scale.
  int64_t bookLevels = 0;
  /// Of each `run` values along the axis summed over `keep` are kept; all if
  /// that is 0.
  int64_t keep = 0;
  int64_t run = 0;
  /// Not 0: so many percent of the values are pruned, wherever they are.
  double prunedPercent = 0;
  /// Of an activation: how its range follows from statistics; null where it is
  /// found when the model runs.
  ClipAttr clip = {};
  /// What takes the place of all others but `clip`, or null.
  EncodingAttr attribute = {};

  /// The encoding of a tensor of `shape` that is summed over along `axis`;
  /// groups lie along it. Those of a convolution's filter, which is summed over
  /// along the axes of the `window` too, are blocks of the whole window and as
  /// many indices of `axis` as make at most `group` elements, at least one.
  /// Scales per input channel are for indices of `channels`, `axis` if none.
  EncodingAttr resolve(mlir::MLIRContext *context,
                       llvm::ArrayRef<int64_t> shape, int64_t axis,
                       llvm::ArrayRef<int64_t> window = {},
                       std::optional<int64_t> channels = {}) const;
  /// Whether it has zero points or offsets, and so the range `minmax`.
  bool hasShift() const;
};

/// How the inputs of a layer are scaled, see lowbit-scale-inputs.
struct InputScaling {
  enum class Kind { Awq, SmoothQuant };
  Kind kind = Kind::Awq;
  /// Of AWQ.
  int64_t steps = 20;
  /// Of SmoothQuant.
  double alpha = 0.5;

  /// By "awq" or "smoothquant"; nothing for other names.
  static std::optional<InputScaling> get(llvm::StringRef method);
  /// Sets "steps" or "alpha" to a number. What is wrong with that, or "".
  std::string set(llvm::StringRef option, llvm::StringRef value);

  mlir::Attribute getAttribute(mlir::MLIRContext *context) const;
};

/// What happens to the layers of a rule.
struct Treatment {
  /// Nothing where the layer stays float.
  std::optional<EncodingChoice> weight;
  /// Of contractions; gathers have no activation.
  std::optional<EncodingChoice> activation;
  std::optional<RangeKind> range;
  /// Of contractions.
  std::optional<InputScaling> scaleInputs = {};
  /// Of contractions: channels of the input that exceed this magnitude are
  /// multiplied in f16, see lowbit-split-outliers.
  std::optional<double> outliers = {};
  /// Of contractions: what quantizing shifts outputs by is taken back.
  bool correctsBias = false;
  /// How the weight is quantized; null for the way that its encoding has by
  /// default.
  MethodAttr method = {};
  /// Where the recipe says how much the method damps; null where it does not.
  mlir::LocationAttr dampingLoc = {};
};

/// Sizes of a weight as in `384x*` or `>=1024x>=512`.
struct ShapePattern {
  struct Size {
    int64_t value = 0;
    /// `value` is a minimum; `*` is a minimum of 0.
    bool isMinimum = true;
  };
  llvm::SmallVector<Size> sizes;

  static std::optional<ShapePattern> parse(llvm::StringRef text);
  bool matches(llvm::ArrayRef<int64_t> shape) const;
};

struct Rule {
  /// Where the recipe states it.
  mlir::LocationAttr loc;
  /// Matches the whole name; nothing where any name will do.
  mutable std::optional<llvm::Regex> layer;
  std::optional<LayerKind> kind;
  std::optional<ShapePattern> shape;
  Treatment treatment;

  bool matches(const Layer &layer) const;
};

struct Recipe {
  std::vector<Rule> rules;
  /// For layers that no rule matches. Nothing if the recipe says `none`.
  std::optional<Treatment> byDefault;
  /// Where the default is stated.
  mlir::LocationAttr defaultLoc;
  /// What decides for these layers in place of a default.
  std::optional<AutomaticRecipe> automatic;
};

/// A shorthand of weights, of those in docs/recipes.md, or nothing. Then
/// `problem` says what is wrong with it, or is empty where `text` is no word
/// that shorthands are made of.
std::optional<Treatment> parseWeightShorthand(llvm::StringRef text,
                                              mlir::MLIRContext *context,
                                              std::string *problem = nullptr);
/// A shorthand of activations, of those in docs/recipes.md, or nothing.
std::optional<EncodingChoice>
parseActivationShorthand(llvm::StringRef text, mlir::MLIRContext *context);
/// The usual ones, for lists and suggestions.
llvm::ArrayRef<llvm::StringRef> getActivationShorthands();

/// The options of all methods, each once.
llvm::SmallVector<llvm::StringRef> getMethodOptions();
/// The method of a name and options as recipes write them. `error` begins an
/// error at one of the options, or at the name.
llvm::FailureOr<MethodAttr> makeMethod(
    mlir::MLIRContext *context, llvm::StringRef name,
    llvm::ArrayRef<std::pair<std::string, std::string>> options,
    llvm::function_ref<mlir::InFlightDiagnostic(std::optional<size_t>)> error);

/// What is wrong with `text`, no shorthand of weights, where a `what` is
/// expected, as "shorthand"; with the one that was meant, if one is near. If
/// `isRecipe`, a file or an automatic choice would have done, too.
std::string describeBadShorthand(llvm::StringRef what, llvm::StringRef text,
                                 mlir::MLIRContext *context,
                                 bool isRecipe = false);

/// The expression of layers' names that `pattern` matches as a whole. Without
/// one, `problem` says what is wrong.
std::optional<llvm::Regex> makeLayerPattern(llvm::StringRef pattern,
                                            std::string &problem);

/// Reads a recipe from a YAML file's text. Emits one error, with file, line and
/// column, where it is malformed.
llvm::FailureOr<Recipe> parseRecipe(llvm::StringRef text,
                                    llvm::StringRef fileName,
                                    mlir::MLIRContext *context);

/// The recipe that the text of an option means: a shorthand, or the path of a
/// file. Emits one error, at `loc` unless it is about the file's content.
llvm::FailureOr<Recipe> loadRecipe(llvm::StringRef option, mlir::Location loc);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_RECIPE_H
