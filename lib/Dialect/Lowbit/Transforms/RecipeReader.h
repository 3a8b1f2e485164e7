//===- RecipeReader.h - The YAML that recipes are written in ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_RECIPEREADER_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_RECIPEREADER_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"
#include <string>

namespace lowbit {

/// Mappings, lists and strings of a YAML document, by LLVM's parser. That one
/// streams: each node is visited once, in order. Errors are emitted at the
/// node's place in the file.
class RecipeReader {
public:
  RecipeReader(llvm::StringRef text, llvm::StringRef fileName,
               mlir::MLIRContext *context);

  /// A string of the recipe and where it stands.
  struct Scalar {
    std::string text;
    llvm::SMLoc loc;
  };

protected:
  using Field = llvm::function_ref<llvm::LogicalResult(
      llvm::StringRef key, llvm::yaml::Node *value)>;

  mlir::LocationAttr getLoc(llvm::SMLoc loc) const;
  mlir::InFlightDiagnostic error(llvm::SMLoc loc) {
    return mlir::emitError(mlir::Location(getLoc(loc)));
  }
  mlir::InFlightDiagnostic error(llvm::yaml::Node *node) {
    return error(node->getSourceRange().Start);
  }
  /// "expected <expected>" at `node`, which is of another kind.
  llvm::LogicalResult reportKind(llvm::yaml::Node *node,
                                 const llvm::Twine &expected);
  /// "unknown <what> '<text>'<where>" with a suggestion.
  static llvm::LogicalResult
  reportUnknown(mlir::InFlightDiagnostic diagnostic, llvm::StringRef what,
                llvm::StringRef text, llvm::ArrayRef<llvm::StringRef> words,
                const llvm::Twine &where = "");

  /// Calls `field` for each entry of a mapping. `what` names the mapping in
  /// errors; keys not in `keys` and keys given twice are errors.
  llvm::LogicalResult parseMapping(llvm::yaml::Node *node, llvm::StringRef what,
                                   llvm::ArrayRef<llvm::StringRef> keys,
                                   Field field);
  llvm::FailureOr<Scalar> parseScalar(llvm::yaml::Node *node,
                                      llvm::StringRef key);
  /// The entries of a list, joined by commas, or a string.
  llvm::FailureOr<Scalar> parseList(llvm::yaml::Node *node,
                                    llvm::StringRef key);

  mlir::MLIRContext *context;
  llvm::StringRef fileName;
  llvm::SourceMgr sourceMgr;
  llvm::yaml::Stream stream;
  bool hasSyntaxError = false;

private:
  void noteSyntaxError(const llvm::SMDiagnostic &diagnostic);
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_RECIPEREADER_H
