//===- RecipeMethods.cpp - Methods as recipes write them ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"

using namespace lowbit;
using namespace mlir;

SmallVector<StringRef> lowbit::getMethodOptions() {
  SmallVector<StringRef> all;
  for (std::string_view name : numerics::methodNames())
    for (std::string_view option :
         numerics::methodOptions(*numerics::methodOfName(name)))
      if (!llvm::is_contained(all, StringRef(option)))
        all.push_back(option);
  return all;
}

/// The value that the text of an option stands for, in both forms.
static std::pair<numerics::MethodOptionValue, Attribute>
parseValue(Builder &b, const std::string &text) {
  if (text == "true" || text == "false")
    return {text == "true", b.getBoolAttr(text == "true")};
  double number;
  if (!StringRef(text).getAsDouble(number))
    return {number, b.getF64FloatAttr(number)};
  return {text, b.getStringAttr(text)};
}

FailureOr<MethodAttr> lowbit::makeMethod(
    MLIRContext *context, StringRef name,
    ArrayRef<std::pair<std::string, std::string>> options,
    function_ref<InFlightDiagnostic(std::optional<size_t>)> error) {
  std::optional<numerics::Method::Kind> kind = numerics::methodOfName(name);
  if (!kind) {
    SmallVector<StringRef> names(numerics::methodNames().begin(),
                                 numerics::methodNames().end());
    return error(std::nullopt) << describeUnknown("method", name, names, "");
  }
  numerics::Method method;
  method.kind = *kind;
  std::vector<std::string_view> known = numerics::methodOptions(*kind);
  SmallVector<StringRef> words(known.begin(), known.end());
  NamedAttrList list;
  Builder b(context);
  for (auto [number, option] : llvm::enumerate(options)) {
    const auto &[key, text] = option;
    if (words.empty())
      return error(number) << "method '" << name << "' has no options, got '"
                           << key << "'";
    if (!llvm::is_contained(words, StringRef(key)))
      return error(number) << describeUnknown("option", key, words,
                                              " of method '" + name + "'");
    auto [value, attribute] = parseValue(b, text);
    if (auto wrong = numerics::setMethodOption(method, key, value))
      return error(number) << wrong->message << ", not '" << text << "'";
    list.set(key, attribute);
  }
  return MethodAttr::get(context, name, list.getDictionary(context));
}
