//===- TensorDump.h - A tensor's codes, scales and values -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_INSPECT_TENSORDUMP_H
#define LOWBIT_TOOLS_QUANT_INSPECT_TENSORDUMP_H

#include "Window.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredTensor.h"
#include "lowbit/Numerics/Quantize/QuantizationSummary.h"
#include "llvm/Support/raw_ostream.h"

#include <map>

namespace lowbit {

/// What there is to see of one tensor. Vectors hold an entry for each value of
/// the window, row by row.
struct TensorDump {
  std::string name;
  std::vector<int64_t> shape;
  /// The encoding's text, or the element type of a plain tensor.
  std::string type;
  Window window;
  /// The stored tensors: the parts, or the tensor itself.
  std::vector<const weights::TensorView *> parts;
  double bits = 0;

  /// What the codes stand for, or the stored values.
  std::vector<double> values;

  // Of encoded tensors only.

  struct Block {
    /// In the shape of the scales.
    std::vector<int64_t> place;
    float scale;
    std::optional<int> zeroPoint;
    std::optional<float> offset;
  };
  bool isEncoded = false;
  /// Nothing where sparsity drops the value.
  std::vector<std::optional<int>> codes;
  /// The blocks of the window's values by their numbers, and that of each.
  std::map<int64_t, Block> blocks;
  std::vector<int64_t> blockOfValue;
  /// Of all values that are kept; empty for codes of 16 bits.
  struct CodeCount {
    int code;
    /// What it stands for with scale 1 and without zero point.
    float level;
    int64_t count;
  };
  std::vector<CodeCount> codeCounts;
  bool isAffine = false;

  // Where there is something to compare with.

  std::string againstPath;
  std::vector<double> originals;
  std::optional<numerics::QuantizationSummary> summary;
  /// In which the summary numbers blocks.
  std::vector<int64_t> scaleShape;

  static llvm::Expected<TensorDump> read(const StoredTensor &tensor,
                                         const Window &window);
  static llvm::Expected<TensorDump> read(const weights::TensorView &tensor,
                                         const Window &window);

  /// Compares with a tensor of another file, which `path` names: the encoded
  /// tensor `tensor` that this is of, or a plain one. What an encoded one was
  /// multiplied by first, its original is too.
  llvm::Error compare(const StoredTensor &tensor,
                      const weights::TensorView &original, std::string path);
  llvm::Error compare(const weights::TensorView &tensor,
                      const weights::TensorView &original, std::string path);

  void print(llvm::raw_ostream &os) const;
  void printJson(llvm::raw_ostream &os) const;
  /// A line for each value of the window.
  void printCsv(llvm::raw_ostream &os) const;
};

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_INSPECT_TENSORDUMP_H
