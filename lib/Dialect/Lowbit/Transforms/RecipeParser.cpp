//===- RecipeParser.cpp - Recipes from YAML -------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reads the YAML of docs/recipes.md. Every function takes a node, reads it
// whole and gives a value (see RecipeReader.h). The first error ends the
// reading.
//
//===----------------------------------------------------------------------===//

#include "RecipeReader.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace lowbit;
using namespace mlir;
namespace yaml = llvm::yaml;

namespace {
class Parser : RecipeReader {
public:
  using RecipeReader::RecipeReader;

  FailureOr<Recipe> parse();

private:
  LogicalResult parseVersion(yaml::Node *node);
  LogicalResult parseDefault(yaml::Node *node, Recipe &recipe);
  LogicalResult parseAutomatic(yaml::Node *node, Recipe &recipe);
  LogicalResult parseRules(yaml::Node *node, Recipe &recipe);
  FailureOr<Rule> parseRule(yaml::Node *node);
  LogicalResult parseMatch(yaml::Node *node, Rule &rule);
  FailureOr<MethodAttr> parseMethod(yaml::Node *node, LocationAttr &dampingLoc);
  LogicalResult checkRule(const Rule &rule, bool isKept, bool hasWeight,
                          const std::optional<Scalar> &activation,
                          const std::optional<Scalar> &range);
  FailureOr<Treatment> parseWeight(const Scalar &scalar);
  FailureOr<std::optional<EncodingChoice>>
  parseActivation(const Scalar &scalar);
  /// The value of `scale-inputs`; nothing for `none`.
  FailureOr<std::optional<InputScaling>> parseScaling(yaml::Node *node);
  /// The value of `outliers` of `rule`; nothing for `none`.
  FailureOr<std::optional<double>> parseOutliers(const Scalar &scalar,
                                                 const Rule &rule, bool isKept);
  FailureOr<EncodingChoice> parseAttributeText(const Scalar &scalar);
};
} // namespace

FailureOr<Recipe> Parser::parse() {
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

LogicalResult Parser::parseVersion(yaml::Node *node) {
  FailureOr<Scalar> version = parseScalar(node, "version");
  if (failed(version))
    return failure();
  if (version->text != "1")
    return error(version->loc)
           << "recipes have version 1, got '" << version->text << "'";
  return success();
}

LogicalResult Parser::parseDefault(yaml::Node *node, Recipe &recipe) {
  FailureOr<Scalar> scalar = parseScalar(node, "default");
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

LogicalResult Parser::parseAutomatic(yaml::Node *node, Recipe &recipe) {
  AutomaticRecipe &automatic = recipe.automatic.emplace();
  automatic.loc = recipe.defaultLoc = getLoc(node->getSourceRange().Start);
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    FailureOr<Scalar> scalar =
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

LogicalResult Parser::parseRules(yaml::Node *node, Recipe &recipe) {
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

FailureOr<Rule> Parser::parseRule(yaml::Node *node) {
  Rule rule;
  rule.loc = getLoc(node->getSourceRange().Start);
  bool hasMatch = false;
  std::optional<Scalar> weight, activation, range, outliers, keep, correctBias;
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
      FailureOr<MethodAttr> parsed =
          parseMethod(value, rule.treatment.dampingLoc);
      method = parsed.value_or(MethodAttr());
      return parsed;
    }
    FailureOr<Scalar> scalar = parseScalar(value, key);
    if (failed(scalar))
      return failure();
    std::optional<Scalar> &place = key == "weight"         ? weight
                                   : key == "activation"   ? activation
                                   : key == "range"        ? range
                                   : key == "outliers"     ? outliers
                                   : key == "correct-bias" ? correctBias
                                                           : keep;
    place = *scalar;
    return success();
  };
  if (failed(parseMapping(node, "a rule",
                          {"match", "weight", "activation", "range", "method",
                           "scale-inputs", "outliers", "correct-bias", "keep"},
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
    treatment->dampingLoc = rule.treatment.dampingLoc;
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
  if (outliers) {
    FailureOr<std::optional<double>> threshold =
        parseOutliers(*outliers, rule, keep.has_value());
    if (failed(threshold))
      return failure();
    rule.treatment.outliers = *threshold;
  }
  if (correctBias) {
    if (correctBias->text != "true" && correctBias->text != "false")
      return error(correctBias->loc)
             << "expected 'correct-bias' to be true or false, got '"
             << correctBias->text << "'";
    rule.treatment.correctsBias = correctBias->text == "true";
    if (rule.treatment.correctsBias && keep)
      return error(correctBias->loc)
             << "a rule that keeps layers float has no 'correct-bias'";
    if (rule.treatment.correctsBias && rule.kind == LayerKind::Gather)
      return error(correctBias->loc)
             << "a gather has no bias that could be corrected";
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
LogicalResult Parser::checkRule(const Rule &rule, bool isKept, bool hasWeight,
                                const std::optional<Scalar> &activation,
                                const std::optional<Scalar> &range) {
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

/// The name of a method, or a mapping of its name and options, and where one of
/// these is `damping`.
FailureOr<MethodAttr> Parser::parseMethod(yaml::Node *node,
                                          LocationAttr &dampingLoc) {
  // Which options there are is known once the name is; it may come last.
  std::optional<Scalar> name;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<llvm::SMLoc> places;
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    FailureOr<Scalar> scalar = parseScalar(value, key);
    if (failed(scalar))
      return failure();
    if (key == "name") {
      name = *scalar;
    } else {
      options.emplace_back(key, scalar->text);
      places.push_back(scalar->loc);
      if (key == "damping")
        dampingLoc = getLoc(scalar->loc);
    }
    return success();
  };
  if (!isa<yaml::MappingNode>(node)) {
    if (failed(field("name", node)))
      return failure();
  } else {
    SmallVector<StringRef> keys = {"name"};
    llvm::append_range(keys, getMethodOptions());
    if (failed(parseMapping(node, "'method'", keys, field)))
      return failure();
  }
  if (!name)
    return error(node) << "the method has no 'name'";
  return makeMethod(context, name->text, options,
                    [&](std::optional<size_t> option) {
                      return error(option ? places[*option] : name->loc);
                    });
}

LogicalResult Parser::parseMatch(yaml::Node *node, Rule &rule) {
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    FailureOr<Scalar> scalar = parseScalar(value, key);
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
      if (!rule.kind || rule.kind == LayerKind::Other ||
          rule.kind == LayerKind::Attention)
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

FailureOr<Treatment> Parser::parseWeight(const Scalar &scalar) {
  StringRef text = scalar.text;
  if (text.trim().starts_with("#")) {
    FailureOr<EncodingChoice> choice = parseAttributeText(scalar);
    if (failed(choice))
      return failure();
    Treatment treatment;
    treatment.weight = *choice;
    return treatment;
  }
  std::optional<Treatment> treatment = parseWeightShorthand(text, context);
  if (!treatment)
    return error(scalar.loc)
           << describeBadShorthand("shorthand", text, context);
  return *treatment;
}

FailureOr<std::optional<EncodingChoice>>
Parser::parseActivation(const Scalar &scalar) {
  StringRef text = scalar.text;
  if (text == "none")
    return std::optional<EncodingChoice>();
  if (text.trim().starts_with("#")) {
    FailureOr<EncodingChoice> choice = parseAttributeText(scalar);
    if (failed(choice))
      return failure();
    // (C113)
    if (!isa<DenseAttr>(choice->attribute.getSparsity()))
      return error(scalar.loc)
             << "only weights are sparse: which values are kept is chosen at "
                "compile time, got "
             << choice->attribute.getSparsity();
    return std::optional<EncodingChoice>(*choice);
  }
  std::optional<EncodingChoice> choice =
      parseActivationShorthand(text, context);
  if (!choice)
    return reportUnknown(error(scalar.loc), "activation encoding", text,
                         getActivationShorthands(), " (or 'none')");
  return choice;
}

FailureOr<std::optional<InputScaling>> Parser::parseScaling(yaml::Node *node) {
  std::optional<Scalar> method;
  SmallVector<std::pair<std::string, Scalar>> options;
  llvm::SMLoc start = node->getSourceRange().Start;
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    FailureOr<Scalar> scalar = parseScalar(value, key);
    if (failed(scalar))
      return failure();
    if (key == "method" || key == "scale-inputs")
      method = *scalar;
    else
      options.push_back({key.str(), *scalar});
    return success();
  };
  if (failed(isa<yaml::MappingNode>(node)
                 ? parseMapping(node, "'scale-inputs'",
                                {"method", "alpha", "steps"}, field)
                 : field("scale-inputs", node)))
    return failure();
  if (!method)
    return error(start) << "'scale-inputs' has no 'method': awq or smoothquant";
  if (method->text == "none" && options.empty())
    return std::optional<InputScaling>();
  std::optional<InputScaling> scaling = InputScaling::get(method->text);
  if (!scaling)
    return reportUnknown(error(method->loc), "scaling of inputs", method->text,
                         {"awq", "smoothquant", "none"});
  for (const auto &[key, value] : options)
    if (std::string problem = scaling->set(key, value.text); !problem.empty())
      return error(value.loc) << problem;
  return scaling;
}

FailureOr<std::optional<double>>
Parser::parseOutliers(const Scalar &scalar, const Rule &rule, bool isKept) {
  if (scalar.text == "none")
    return std::optional<double>();
  double threshold;
  if (StringRef(scalar.text).getAsDouble(threshold) ||
      !std::isfinite(threshold) || threshold <= 0)
    return error(scalar.loc)
           << "expected 'outliers' to be a magnitude above 0, or 'none', got '"
           << scalar.text << "'";
  if (isKept)
    return error(scalar.loc)
           << "a rule that keeps layers float has no 'outliers'";
  if (rule.kind == LayerKind::Gather)
    return error(scalar.loc) << "a gather has no inputs with outliers";
  return std::optional(threshold);
}

FailureOr<EncodingChoice> Parser::parseAttributeText(const Scalar &scalar) {
  // The parser reports where in the attribute it stumbled; what counts for the
  // reader is where in the recipe the attribute is.
  std::string message;
  Attribute attribute;
  {
    ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
      if (message.empty())
        message = diagnostic.str();
      return success();
    });
    attribute = parseAttribute(scalar.text, context);
  }
  if (!attribute)
    return error(scalar.loc) << "bad encoding: " << message;
  EncodingChoice choice;
  choice.attribute = dyn_cast<EncodingAttr>(attribute);
  if (!choice.attribute)
    return error(scalar.loc)
           << "expected #lowbit.encoding<...>, got " << attribute;
  if (!isa<RowsAttr>(choice.attribute.getLayout()))
    return error(scalar.loc)
           << "recipes give no layout (lowbit-pack chooses it), got "
           << choice.attribute.getLayout();
  return choice;
}

FailureOr<Recipe> lowbit::parseRecipe(StringRef text, StringRef fileName,
                                      MLIRContext *context) {
  return Parser(text, fileName, context).parse();
}
