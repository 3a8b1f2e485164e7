//===- LowbitClip.cpp - How ranges of activations are found ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"

using namespace lowbit;
using namespace mlir;

Attribute ClipAttr::parse(AsmParser &parser, Type) {
  FloatAttr percent;
  StringRef word;
  Builder &builder = parser.getBuilder();
  llvm::SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&word))
    return {};
  if (word != "minmax" && word != "percentile" && word != "entropy") {
    parser.emitError(loc) << "expected minmax, percentile or entropy, got '"
                          << word << "'";
    return {};
  }
  if (word == "minmax")
    percent = builder.getF64FloatAttr(100);
  else if (word == "percentile" &&
           (parser.parseEqual() || parser.parseAttribute(percent)))
    return {};
  if (parser.parseGreater())
    return {};
  return parser.getChecked<ClipAttr>(loc, parser.getContext(), percent);
}

void ClipAttr::print(AsmPrinter &printer) const {
  printer << '<';
  if (isEntropy())
    printer << "entropy";
  else if (isMinMax())
    printer << "minmax";
  else
    printer << "percentile = " << getPercent();
  printer << '>';
}

LogicalResult ClipAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               FloatAttr percent) {
  // (C142)
  if (!percent)
    return success();
  double value = percent.getValueAsDouble();
  if (!percent.getType().isF64() || !(value > 50 && value <= 100))
    return emitError() << "a percentile is an f64 above 50 and at most 100, "
                          "not "
                       << percent;
  return success();
}
