//===- ReportJson.h - How reports are written -------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_REPORTJSON_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_REPORTJSON_H

#include "lowbit/Weights/Result.h"
#include "llvm/Support/JSON.h"

namespace lowbit {

/// Writes a report to `path`, beside the old file and then in its place:
/// indented, but arrays of numbers in one line.
weights::Status writeReport(const std::string &path,
                            const llvm::json::Value &report);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_REPORTJSON_H
