//===- QuantizationReport.h - What quantization did to a model --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZATIONREPORT_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZATIONREPORT_H

#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "lowbit/Numerics/Quantize/OutputError.h"
#include "lowbit/Numerics/Quantize/QuantizationSummary.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>
#include <string>
#include <vector>

namespace lowbit {

/// An encoded weight; several layers may share it.
struct WeightReport {
  /// The name that its parts extend, or `constant<number>` of one in the IR.
  std::string name;
  /// The tensor that it was encoded from; empty if that is not known.
  std::string source;
  std::vector<int64_t> shape;
  /// The attribute's text.
  std::string encoding;
  /// The shape in which its blocks are numbered.
  std::vector<int64_t> scaleShape;
  int64_t elements = 0;
  /// Of that tensor only some channels were taken.
  bool isSelection = false;
  int64_t bytesBefore = 0;
  int64_t bytesAfter = 0;
  /// Absent where there is nothing to compare with.
  std::optional<numerics::QuantizationSummary> summary;

  /// Stored bits per element; 0 if there is none.
  double bitsPerWeight() const {
    return elements == 0 ? 0 : 8.0 * bytesAfter / elements;
  }
};

/// What a layer's outputs lose, on the samples of a statistics file.
struct OutputReport {
  numerics::OutputError error;
  /// From X^T X; else from means and squares, as if channels were uncorrelated
  /// besides.
  bool isCorrelated = true;
  /// From X^T X of all the matrices of a batch, or groups of a convolution,
  /// together: each is taken to have the inputs of all.
  bool isPooled = false;

  /// Of just what the outputs sum over.
  bool isExact() const { return isCorrelated && !isPooled; }
};

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
  /// Its encoded weight, as a place in QuantizationReport::weights.
  std::optional<size_t> weight;
  std::optional<OutputReport> output;
  /// What quantizing shifts its outputs by, on average, is taken back.
  bool hasCorrectedBias = false;
  /// The kernel, or why the layer stayed float; may be empty.
  std::string kernel;
  std::string floatReason;
};

/// 1 for nothing.
inline double sizeRatio(int64_t after, int64_t before) {
  return before == 0 ? 1 : double(after) / before;
}

struct QuantizationReport {
  std::vector<LayerReport> layers;
  /// In the order of the layers that use them, and those that none uses.
  std::vector<WeightReport> weights;
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
  /// Of all weights with a summary together; nothing if there is none.
  std::optional<numerics::ErrorStatistics> error() const;
  /// What quantization did to the weight of `layer`, or null.
  const numerics::QuantizationSummary *summary(const LayerReport &layer) const;

  /// A table with these columns: none for a choice that fits a terminal, or
  /// "all". Fails, with nothing printed, for a name that no column has.
  llvm::Error printTable(llvm::raw_ostream &os,
                         llvm::ArrayRef<std::string> columns = {}) const;
  /// See docs/reports.md. What is absent, infinite or NaN is null.
  llvm::json::Value toJson() const;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_QUANTIZATIONREPORT_H
