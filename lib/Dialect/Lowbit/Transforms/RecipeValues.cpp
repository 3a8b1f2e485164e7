//===- RecipeValues.cpp - What the values of a recipe mean ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RecipeParser.h"

#include "mlir/AsmParser/AsmParser.h"

using namespace lowbit;
using namespace mlir;
namespace yaml = llvm::yaml;

/// The name of a method, or a mapping of its name and options.
FailureOr<MethodAttr> RecipeParser::parseMethod(yaml::Node *node) {
  // Which options there are is known once the name is; it may come last.
  std::optional<RecipeScalar> name;
  std::vector<std::pair<std::string, std::string>> options;
  std::vector<llvm::SMLoc> places;
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    FailureOr<RecipeScalar> scalar = parseScalar(value, key);
    if (failed(scalar))
      return failure();
    if (key == "name") {
      name = *scalar;
    } else {
      options.emplace_back(key, scalar->text);
      places.push_back(scalar->loc);
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

FailureOr<Treatment> RecipeParser::parseWeight(const RecipeScalar &scalar) {
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
           << "unknown shorthand '" << text << "' (there are "
           << listWeightShorthands() << ")" << suggestWeightShorthand(text);
  return *treatment;
}

FailureOr<std::optional<EncodingChoice>>
RecipeParser::parseActivation(const RecipeScalar &scalar) {
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

FailureOr<std::optional<InputScaling>>
RecipeParser::parseScaling(yaml::Node *node) {
  std::optional<RecipeScalar> method;
  SmallVector<std::pair<std::string, RecipeScalar>> options;
  llvm::SMLoc start = node->getSourceRange().Start;
  auto field = [&](StringRef key, yaml::Node *value) -> LogicalResult {
    FailureOr<RecipeScalar> scalar = parseScalar(value, key);
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

FailureOr<EncodingChoice>
RecipeParser::parseAttributeText(const RecipeScalar &scalar) {
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
