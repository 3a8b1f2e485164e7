//===- RecipeReader.cpp - The YAML that recipes are written in ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RecipeReader.h"

#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace lowbit;
using namespace mlir;
namespace yaml = llvm::yaml;

RecipeReader::RecipeReader(StringRef text, StringRef fileName,
                           MLIRContext *context)
    : context(context), fileName(fileName), stream(text, sourceMgr) {
  sourceMgr.setDiagHandler(
      [](const llvm::SMDiagnostic &diagnostic, void *reader) {
        static_cast<RecipeReader *>(reader)->noteSyntaxError(diagnostic);
      },
      this);
}

LogicalResult RecipeReader::reportUnknown(InFlightDiagnostic diagnostic,
                                          StringRef what, StringRef text,
                                          ArrayRef<StringRef> words,
                                          const Twine &where) {
  return diagnostic << describeUnknown(what, text, words, where);
}

LocationAttr RecipeReader::getLoc(llvm::SMLoc loc) const {
  unsigned line = 1, column = 1;
  if (loc.isValid())
    std::tie(line, column) = sourceMgr.getLineAndColumn(loc);
  return FileLineColLoc::get(context, fileName, line, column);
}

void RecipeReader::noteSyntaxError(const llvm::SMDiagnostic &diagnostic) {
  // After its first error the parser may report what follows from it.
  if (!std::exchange(hasSyntaxError, true))
    emitError(FileLineColLoc::get(context, fileName,
                                  std::max(diagnostic.getLineNo(), 1),
                                  diagnostic.getColumnNo() + 1))
        << "malformed YAML: " << diagnostic.getMessage();
}

LogicalResult RecipeReader::reportKind(yaml::Node *node,
                                       const Twine &expected) {
  // An alias's range is that of the token behind it; its name lies in the text.
  if (auto *alias = dyn_cast<yaml::AliasNode>(node))
    return error(llvm::SMLoc::getFromPointer(alias->getName().data() - 1))
           << "aliases are not supported";
  return error(node) << "expected " << expected;
}

LogicalResult RecipeReader::parseMapping(yaml::Node *node, StringRef what,
                                         ArrayRef<StringRef> keys,
                                         Field field) {
  auto *mapping = dyn_cast<yaml::MappingNode>(node);
  if (!mapping)
    return reportKind(node, what + " to be a mapping with the keys " +
                                llvm::join(keys, ", "));
  llvm::StringMap<llvm::SMLoc> seen;
  for (yaml::KeyValueNode &entry : *mapping) {
    yaml::Node *keyNode = entry.getKey();
    if (!keyNode || hasSyntaxError)
      return failure();
    auto *key = dyn_cast<yaml::ScalarNode>(keyNode);
    if (!key)
      return reportKind(keyNode, "a key in " + what);
    SmallString<32> storage;
    StringRef name = key->getValue(storage);
    if (hasSyntaxError) // a bad escape
      return failure();
    if (!llvm::is_contained(keys, name))
      return reportUnknown(error(key), "key", name, keys, " in " + what);
    if (!seen.try_emplace(name, key->getSourceRange().Start).second)
      return error(key) << "key '" << name << "' is given twice in " << what;
    yaml::Node *value = entry.getValue();
    if (!value || hasSyntaxError)
      return failure();
    if (isa<yaml::NullNode>(value)) {
      InFlightDiagnostic diagnostic = error(key)
                                      << "'" << name << "' has no value";
      // An encoding's text starts with '#', which starts a comment.
      if (llvm::is_contained({"default", "weight", "activation"}, name))
        diagnostic << " (text that starts with '#' is a comment unless it "
                      "stands in quotes)";
      return diagnostic;
    }
    if (failed(field(name, value)))
      return failure();
  }
  return failure(hasSyntaxError);
}

FailureOr<RecipeReader::Scalar> RecipeReader::parseScalar(yaml::Node *node,
                                                          StringRef key) {
  Scalar scalar;
  scalar.loc = node->getSourceRange().Start;
  SmallString<64> storage;
  if (auto *plain = dyn_cast<yaml::ScalarNode>(node))
    scalar.text = plain->getValue(storage).str();
  else if (auto *block = dyn_cast<yaml::BlockScalarNode>(node))
    scalar.text = block->getValue().rtrim().str();
  else
    return reportKind(node, "'" + key + "' to be a string");
  if (hasSyntaxError)
    return failure();
  return scalar;
}

FailureOr<RecipeReader::Scalar> RecipeReader::parseList(yaml::Node *node,
                                                        StringRef key) {
  auto *sequence = dyn_cast<yaml::SequenceNode>(node);
  if (!sequence)
    return parseScalar(node, key);
  Scalar list;
  list.loc = node->getSourceRange().Start;
  for (yaml::Node &entry : *sequence) {
    FailureOr<Scalar> scalar = parseScalar(&entry, key);
    if (failed(scalar))
      return failure();
    list.text += (list.text.empty() ? "" : ",") + scalar->text;
  }
  if (hasSyntaxError)
    return failure();
  return list;
}
