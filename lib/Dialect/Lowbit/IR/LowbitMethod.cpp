//===- LowbitMethod.cpp - The algorithms that attributes name -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttributeParsing.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

using namespace lowbit;
using namespace mlir;

/// An option's value as numerics takes it, or nothing if it is of another type.
static std::optional<numerics::MethodOptionValue> getValue(Attribute value) {
  if (auto flag = dyn_cast<BoolAttr>(value))
    return flag.getValue();
  if (auto number = dyn_cast<FloatAttr>(value))
    return number.getValueAsDouble();
  if (auto word = dyn_cast<StringAttr>(value))
    return word.str();
  return std::nullopt;
}

/// The options of an attribute in a method. Emits the first that does not fit.
static FailureOr<numerics::Method>
makeMethod(function_ref<InFlightDiagnostic()> emitError, StringRef name,
           DictionaryAttr options) {
  numerics::Method method;
  std::optional<numerics::Method::Kind> kind = numerics::methodOfName(name);
  if (!kind) {
    InFlightDiagnostic diagnostic = emitError();
    diagnostic << "unknown method '" << name << "', expected one of: ";
    llvm::interleaveComma(
        numerics::methodNames(), diagnostic,
        [&](std::string_view known) { diagnostic << StringRef(known); });
    return diagnostic;
  }
  method.kind = *kind;
  for (NamedAttribute option : options) {
    std::optional<numerics::MethodOptionValue> value =
        getValue(option.getValue());
    if (!value)
      return emitError() << "option '" << option.getName()
                         << "' is a number, true, false or a word, got "
                         << option.getValue();
    if (auto error = numerics::setMethodOption(
            method, option.getName().getValue(), *value))
      return emitError() << error->message;
  }
  return method;
}

Attribute MethodAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  StringRef name;
  if (parser.parseLess() || parser.parseKeyword(&name))
    return {};
  NamedAttrList options;
  while (succeeded(parser.parseOptionalComma())) {
    StringRef key, word;
    SMLoc keyLoc = parser.getCurrentLocation();
    if (parser.parseKeyword(&key) || parser.parseEqual())
      return {};
    Attribute value;
    Builder &b = parser.getBuilder();
    if (succeeded(parser.parseOptionalKeyword(&word))) {
      value = b.getStringAttr(word);
      if (word == "true" || word == "false")
        value = b.getBoolAttr(word == "true");
    } else {
      double number;
      if (parseNumber(parser, number))
        return {};
      value = b.getF64FloatAttr(number);
    }
    if (options.set(key, value)) {
      parser.emitError(keyLoc) << "'" << key << "' is given twice";
      return {};
    }
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    name, options.getDictionary(parser.getContext()));
}

void MethodAttr::print(AsmPrinter &printer) const {
  printer << '<' << getName();
  for (NamedAttribute option : getOptions()) {
    printer << ", " << option.getName().getValue() << " = ";
    if (auto flag = dyn_cast<BoolAttr>(option.getValue()))
      printer << (flag.getValue() ? "true" : "false");
    else if (auto word = dyn_cast<StringAttr>(option.getValue()))
      printer << word.getValue();
    else
      printNumber(printer,
                  cast<FloatAttr>(option.getValue()).getValueAsDouble());
  }
  printer << '>';
}

LogicalResult MethodAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 StringRef name, DictionaryAttr options) {
  // (C123)
  return makeMethod(emitError, name, options);
}

numerics::Method MethodAttr::getMethod() const {
  return *makeMethod([&] { return emitError(UnknownLoc::get(getContext())); },
                     getName(), getOptions());
}

numerics::Method lowbit::getMethodInForce(EncodingAttr encoding,
                                          MethodAttr method) {
  if (method)
    return method.getMethod();
  numerics::Method byDefault;
  if (encoding.getLearned())
    byDefault.kind = numerics::Method::Kind::KMeans;
  return byDefault;
}
