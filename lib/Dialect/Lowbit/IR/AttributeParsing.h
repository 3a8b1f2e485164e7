//===- AttributeParsing.h - What attributes have in common ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_IR_ATTRIBUTEPARSING_H
#define LOWBIT_LIB_DIALECT_LOWBIT_IR_ATTRIBUTEPARSING_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"

namespace lowbit {

/// Parses `i4` or `u4`: an integer type letter and a width of 1..8 bits.
llvm::FailureOr<std::pair<unsigned, bool>>
parseCodeType(mlir::AsmParser &parser);
void printCodeType(mlir::AsmPrinter &printer, unsigned bits, bool isSigned);

/// Parses a number with or without a point.
llvm::ParseResult parseNumber(mlir::AsmParser &parser, double &number);
/// Prints the shortest number that reads as `number`, without an exponent.
void printNumber(mlir::AsmPrinter &printer, float number);
void printNumber(mlir::AsmPrinter &printer, double number);

/// Parses what stands before the first comma of a scale.
llvm::ParseResult parseScaleBody(mlir::AsmParser &parser, ScaleFields &fields);

/// Parses `= ...` behind a key that is said of scales. Nothing for other keys.
mlir::OptionalParseResult parseScaleKey(mlir::AsmParser &parser,
                                        llvm::StringRef key,
                                        ScaleFields &fields);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_IR_ATTRIBUTEPARSING_H
