//===- RecipeParser.h - Recipes from YAML -----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// LLVM's YAML parser streams: each node is visited once, in order, so every
// function here takes a node, reads it whole and gives a value. The first error
// ends the reading.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_RECIPEPARSER_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_RECIPEPARSER_H

#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

namespace lowbit {

/// A string of the recipe and where it stands.
struct RecipeScalar {
  std::string text;
  llvm::SMLoc loc;
};

class RecipeParser {
public:
  RecipeParser(llvm::StringRef text, llvm::StringRef fileName,
               mlir::MLIRContext *context)
      : context(context), fileName(fileName), stream(text, sourceMgr) {
    sourceMgr.setDiagHandler(
        [](const llvm::SMDiagnostic &diagnostic, void *parser) {
          static_cast<RecipeParser *>(parser)->noteSyntaxError(diagnostic);
        },
        this);
  }

  llvm::FailureOr<Recipe> parse();

private:
  using Field = llvm::function_ref<llvm::LogicalResult(
      llvm::StringRef key, llvm::yaml::Node *value)>;

  mlir::LocationAttr getLoc(llvm::SMLoc loc) const;
  mlir::InFlightDiagnostic error(llvm::SMLoc loc) {
    return mlir::emitError(mlir::Location(getLoc(loc)));
  }
  mlir::InFlightDiagnostic error(llvm::yaml::Node *node) {
    return error(node->getSourceRange().Start);
  }
  /// "unknown <what> '<text>'<where>" with a suggestion.
  llvm::LogicalResult reportUnknown(mlir::InFlightDiagnostic diagnostic,
                                    llvm::StringRef what, llvm::StringRef text,
                                    llvm::ArrayRef<llvm::StringRef> words,
                                    const llvm::Twine &where = "") {
    return diagnostic << describeUnknown(what, text, words, where);
  }
  void noteSyntaxError(const llvm::SMDiagnostic &diagnostic);
  /// "expected <expected>" at `node`, which is of another kind.
  llvm::LogicalResult reportKind(llvm::yaml::Node *node,
                                 const llvm::Twine &expected);

  /// Calls `field` for each entry of a mapping. `what` names the mapping in
  /// errors; keys not in `keys` and keys given twice are errors.
  llvm::LogicalResult parseMapping(llvm::yaml::Node *node, llvm::StringRef what,
                                   llvm::ArrayRef<llvm::StringRef> keys,
                                   Field field);
  llvm::FailureOr<RecipeScalar> parseScalar(llvm::yaml::Node *node,
                                            llvm::StringRef key);
  /// The entries of a list, joined by commas, or a string.
  llvm::FailureOr<RecipeScalar> parseList(llvm::yaml::Node *node,
                                          llvm::StringRef key);

  llvm::LogicalResult parseVersion(llvm::yaml::Node *node);
  llvm::LogicalResult parseDefault(llvm::yaml::Node *node, Recipe &recipe);
  llvm::LogicalResult parseAutomatic(llvm::yaml::Node *node, Recipe &recipe);
  llvm::LogicalResult parseRules(llvm::yaml::Node *node, Recipe &recipe);
  llvm::FailureOr<Rule> parseRule(llvm::yaml::Node *node);
  llvm::LogicalResult parseMatch(llvm::yaml::Node *node, Rule &rule);
  llvm::FailureOr<MethodAttr> parseMethod(llvm::yaml::Node *node);
  llvm::LogicalResult checkRule(const Rule &rule, bool isKept, bool hasWeight,
                                const std::optional<RecipeScalar> &activation,
                                const std::optional<RecipeScalar> &range);
  llvm::FailureOr<Treatment> parseWeight(const RecipeScalar &scalar);
  llvm::FailureOr<std::optional<EncodingChoice>>
  parseActivation(const RecipeScalar &scalar);
  /// The value of `scale-inputs`; nothing for `none`.
  llvm::FailureOr<std::optional<InputScaling>>
  parseScaling(llvm::yaml::Node *node);
  llvm::FailureOr<EncodingChoice>
  parseAttributeText(const RecipeScalar &scalar);

  mlir::MLIRContext *context;
  llvm::StringRef fileName;
  llvm::SourceMgr sourceMgr;
  llvm::yaml::Stream stream;
  bool hasSyntaxError = false;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_RECIPEPARSER_H
