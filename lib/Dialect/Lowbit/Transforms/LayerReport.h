//===- LayerReport.h - Layers as a table and as JSON ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERREPORT_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERREPORT_H

#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace lowbit {

/// One contraction or gather. Sizes are those of its weight; where there is
/// none, the shape is that of an operand (-1 for a dynamic size), the rest 0.
struct LayerReport {
  std::string name;
  std::string operation;
  std::vector<int64_t> shape;
  /// "u4 f16/group<128>@0 zp" and, where activations are encoded, " x i8 ...";
  /// "f32" for a layer that stayed float.
  std::string encoding;
  double bitsPerWeight = 0;
  int64_t bytesBefore = 0;
  int64_t bytesAfter = 0;
  /// Absent where there is nothing to compare.
  std::optional<double> sqnrDb;
  std::optional<double> maxError;
  /// The kernel, or why the layer stayed float; may be empty.
  std::string kernel;
  std::string floatReason;
};

struct ModelReport {
  std::vector<LayerReport> layers;
  /// Everything that the module stores; a weight of several layers once.
  int64_t bytesBefore = 0;
  int64_t bytesAfter = 0;
  /// The same for what is encoded.
  int64_t encodedBytesBefore = 0;
  int64_t encodedBytesAfter = 0;
  int64_t encodedElements = 0;

  /// What an automatic choice chose from.
  std::optional<TradeOff> tradeOff;

  /// Stored bits per element of what is encoded; 0 if nothing is.
  double bitsPerWeight() const;

  void printTable(llvm::raw_ostream &os) const;
  /// {"layers": [...], "total": {...}} and, after an automatic choice,
  /// "tradeoff": [...]; absent and infinite numbers are null.
  llvm::json::Value toJson() const;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERREPORT_H
