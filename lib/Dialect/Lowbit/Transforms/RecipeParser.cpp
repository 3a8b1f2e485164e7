//===- RecipeParser.cpp - Recipes from YAML -------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The structure of docs/recipes.md: rules, and what they match. What their
// values mean is in RecipeValues.cpp.
//
//===----------------------------------------------------------------------===//

#include "RecipeParser.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace lowbit;
using namespace mlir;
namespace yaml = llvm::yaml;

LocationAttr RecipeParser::getLoc(llvm::SMLoc loc) const {
  unsigned line = 1, column = 1;
  if (loc.isValid())
    std::tie(line, column) = sourceMgr.getLineAndColumn(loc);
  return FileLineColLoc::get(context, fileName, line, column);
}

void RecipeParser::noteSyntaxError(const llvm::SMDiagnostic &diagnostic) {
  // After its first error the parser may report what follows from it.
  if (!std::exchange(hasSyntaxError, true))
    emitError(FileLineColLoc::get(context, fileName,
                                  std::max(diagnostic.getLineNo(), 1),
                                  diagnostic.getColumnNo() + 1))
        << "malformed YAML: " << diagnostic.getMessage();
}

LogicalResult RecipeParser::reportKind(yaml::Node *node,
                                       const Twine &expected) {
  // An alias's range is that of the token behind it; its name lies in the text.
  if (auto *alias = dyn_cast<yaml::AliasNode>(node))
    return error(llvm::SMLoc::getFromPointer(alias->getName().data() - 1))
           << "aliases are not supported";
  return error(node) << "expected " << expected;
}

LogicalResult RecipeParser::parseMapping(yaml::Node *node, StringRef what,
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

FailureOr<RecipeScalar> RecipeParser::parseScalar(yaml::Node *node,
                                                  StringRef key) {
  RecipeScalar scalar;
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

FailureOr<RecipeScalar> RecipeParser::parseList(yaml::Node *node,
                                                StringRef key) {
  auto *sequence = dyn_cast<yaml::SequenceNode>(node);
  if (!sequence)
    return parseScalar(node, key);
  RecipeScalar list;
  list.loc = node->getSourceRange().Start;
  for (yaml::Node &entry : *sequence) {
    FailureOr<RecipeScalar> scalar = parseScalar(&entry, key);
    if (failed(scalar))
      return failure();
    list.text += (list.text.empty() ? "" : ",") + scalar->text;
  }
  if (hasSyntaxError)
    return failure();
  return list;
}

FailureOr<Recipe> RecipeParser::parse() {
  Recipe recipe;
  bool hasVersion = false, hasDefault = false;
  yaml::document_iterator document = stream.begin();
  yaml::Node *root = document == stream.end() ? nullptr : document->getRoot();
  if (hasSyntaxError)
    return failure();
  if (!root || isa<yaml::NullNode>(root))
    return error(llvm::SMLoc()) << "the recipe is empty; it needs 'version: 1' "
                                   "and a 'default'";
  llvm::SMLoc start = root->getSourceRange().Start;
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    if (key == "version") {
      hasVersion = true;
      return parseVersion(value);
    }
    if (key == "default") {
      hasDefault = true;
      return parseDefault(value, recipe);
    }
    if (key == "auto")
      return parseAutomatic(value, recipe);
    return parseRules(value, recipe);
  };
  if (failed(parseMapping(root, "the recipe",
                          {"version", "default", "auto", "rules"}, field)))
    return failure();
  if (!hasVersion)
    return error(start) << "the recipe has no 'version: 1'";
  if (hasDefault && recipe.automatic)
    return emitError(Location(recipe.automatic->loc))
           << "'auto' decides for the layers that no rule matches, as "
              "'default' does: give one of them";
  if (!hasDefault && !recipe.automatic)
    return error(start)
           << "the recipe has no 'default', the treatment of layers that no "
              "rule matches: a shorthand, or 'none' to leave them float (or "
              "'auto' to have it chosen)";
  bool isLast = ++document == stream.end();
  yaml::Node *second = isLast ? nullptr : document->getRoot();
  if (hasSyntaxError)
    return failure();
  if (!isLast)
    return error(second ? second->getSourceRange().Start : start)
           << "a recipe is one YAML document";
  return recipe;
}

LogicalResult RecipeParser::parseVersion(yaml::Node *node) {
  FailureOr<RecipeScalar> version = parseScalar(node, "version");
  if (failed(version))
    return failure();
  if (version->text != "1")
    return error(version->loc)
           << "recipes have version 1, got '" << version->text << "'";
  return success();
}

LogicalResult RecipeParser::parseDefault(yaml::Node *node, Recipe &recipe) {
  FailureOr<RecipeScalar> scalar = parseScalar(node, "default");
  if (failed(scalar))
    return failure();
  recipe.defaultLoc = getLoc(scalar->loc);
  if (scalar->text == "none")
    return success();
  FailureOr<Treatment> treatment = parseWeight(*scalar);
  if (failed(treatment))
    return failure();
  recipe.byDefault = *treatment;
  return success();
}

LogicalResult RecipeParser::parseAutomatic(yaml::Node *node, Recipe &recipe) {
  AutomaticRecipe &automatic = recipe.automatic.emplace();
  automatic.loc = recipe.defaultLoc = getLoc(node->getSourceRange().Start);
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    FailureOr<RecipeScalar> scalar =
        key == "candidates" ? parseList(value, key) : parseScalar(value, key);
    if (failed(scalar))
      return failure();
    std::string problem = automatic.set(key, scalar->text, fileName);
    return problem.empty() ? success() : error(scalar->loc) << problem;
  };
  if (failed(parseMapping(node, "'auto'",
                          {"sensitivity", "budget", "floor", "candidates"},
                          field)))
    return failure();
  if (!automatic.budget)
    return emitError(Location(automatic.loc))
           << "'auto' has neither a 'budget' nor a 'floor'";
  return success();
}

LogicalResult RecipeParser::parseRules(yaml::Node *node, Recipe &recipe) {
  auto *sequence = dyn_cast<yaml::SequenceNode>(node);
  if (!sequence)
    return reportKind(node, "'rules' to be a list");
  for (yaml::Node &entry : *sequence) {
    // What is not there has no place.
    if (isa<yaml::NullNode>(entry))
      return error(node) << "rule " << recipe.rules.size() + 1 << " is empty";
    FailureOr<Rule> rule = parseRule(&entry);
    if (failed(rule))
      return failure();
    recipe.rules.push_back(std::move(*rule));
  }
  return failure(hasSyntaxError);
}

FailureOr<Rule> RecipeParser::parseRule(yaml::Node *node) {
  Rule rule;
  rule.loc = getLoc(node->getSourceRange().Start);
  bool hasMatch = false;
  std::optional<RecipeScalar> weight, activation, range, keep;
  std::optional<InputScaling> scaling;
  llvm::SMLoc scalingLoc;
  MethodAttr method;
  llvm::SMLoc methodLoc;
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    if (key == "match") {
      hasMatch = true;
      return parseMatch(value, rule);
    }
    if (key == "scale-inputs") {
      scalingLoc = value->getSourceRange().Start;
      FailureOr<std::optional<InputScaling>> parsed = parseScaling(value);
      if (succeeded(parsed))
        scaling = *parsed;
      return parsed;
    }
    if (key == "method") {
      methodLoc = value->getSourceRange().Start;
      FailureOr<MethodAttr> parsed = parseMethod(value);
      method = parsed.value_or(MethodAttr());
      return parsed;
    }
    FailureOr<RecipeScalar> scalar = parseScalar(value, key);
    if (failed(scalar))
      return failure();
    std::optional<RecipeScalar> &place = key == "weight"       ? weight
                                         : key == "activation" ? activation
                                         : key == "range"      ? range
                                                               : keep;
    place = *scalar;
    return success();
  };
  if (failed(parseMapping(node, "a rule",
                          {"match", "weight", "activation", "range", "method",
                           "scale-inputs", "keep"},
                          field)))
    return failure();
  if (!hasMatch)
    return error(node) << "the rule has no 'match'";
  if (keep && keep->text != "float")
    return error(keep->loc)
           << "expected 'keep: float', got 'keep: " << keep->text << "'";

  if (weight) {
    FailureOr<Treatment> treatment = parseWeight(*weight);
    if (failed(treatment))
      return failure();
    rule.treatment = *treatment;
  }
  if (activation) {
    FailureOr<std::optional<EncodingChoice>> choice =
        parseActivation(*activation);
    if (failed(choice))
      return failure();
    rule.treatment.activation = *choice;
  }
  if (range) {
    rule.treatment.range = symbolizeRangeKind(range->text);
    if (!rule.treatment.range)
      return reportUnknown(error(range->loc), "range", range->text,
                           {"absmax", "full", "minmax", "mean", "exponent"});
  }
  if (scalingLoc.isValid()) {
    rule.treatment.scaleInputs = scaling;
    if (scaling && keep)
      return error(scalingLoc)
             << "a rule that keeps layers float has no 'scale-inputs'";
    if (scaling && rule.kind == LayerKind::Gather)
      return error(scalingLoc) << "a gather has no inputs to scale";
  }
  if (failed(checkRule(rule, keep.has_value(), weight.has_value(), activation,
                       range)))
    return failure();
  if (!method)
    return rule;
  if (!rule.treatment.weight)
    return error(methodLoc) << "a rule that keeps layers float has no 'method'";
  if (rule.treatment.method)
    return error(methodLoc)
           << "the rule has two methods: '" << rule.treatment.method.getName()
           << "', in front of its weight, and '" << method.getName() << "'";
  rule.treatment.method = method;
  return rule;
}

/// Checks how the parts of a rule go together.
LogicalResult
RecipeParser::checkRule(const Rule &rule, bool isKept, bool hasWeight,
                        const std::optional<RecipeScalar> &activation,
                        const std::optional<RecipeScalar> &range) {
  if (isKept == hasWeight)
    return emitError(Location(rule.loc))
           << "a rule has either 'weight' or 'keep: float', and this one has "
           << (isKept ? "both" : "neither");
  if (!rule.treatment.weight && (activation || range))
    return error(activation ? activation->loc : range->loc)
           << "a rule that keeps layers float has no '"
           << (activation ? "activation" : "range") << "'";
  if (activation && rule.kind == LayerKind::Gather)
    return error(activation->loc) << "a gather has no activation to encode";
  if (!range)
    return success();
  bool hasShift = rule.treatment.weight->hasShift();
  if ((rule.treatment.range == RangeKind::MinMax) != hasShift)
    return error(range->loc)
           << "range '" << range->text << "' needs an encoding "
           << (hasShift ? "without a zero point or offset"
                        : "with a zero point or an offset");
  return success();
}

LogicalResult RecipeParser::parseMatch(yaml::Node *node, Rule &rule) {
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    FailureOr<RecipeScalar> scalar = parseScalar(value, key);
    if (failed(scalar))
      return failure();
    if (key == "layer") {
      std::string problem;
      rule.layer = makeLayerPattern(scalar->text, problem);
      if (!rule.layer)
        return error(scalar->loc) << problem;
      return success();
    }
    if (key == "op") {
      rule.kind = symbolizeLayerKind(scalar->text);
      if (!rule.kind || rule.kind == LayerKind::Other)
        return reportUnknown(error(scalar->loc), "op", scalar->text,
                             {"matmul", "batch_matmul", "gather", "conv"});
      return success();
    }
    rule.shape = ShapePattern::parse(scalar->text);
    if (!rule.shape)
      return error(scalar->loc)
             << "expected a shape such as '384x*' or '>=1024x>=512', got '"
             << scalar->text << "'";
    return success();
  };
  return parseMapping(node, "'match'", {"layer", "op", "shape"}, field);
}

FailureOr<Recipe> lowbit::parseRecipe(StringRef text, StringRef fileName,
                                      MLIRContext *context) {
  return RecipeParser(text, fileName, context).parse();
}
