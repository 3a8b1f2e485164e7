//===- Listing.h - The tensors of a weights file ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_INSPECT_LISTING_H
#define LOWBIT_TOOLS_QUANT_INSPECT_LISTING_H

#include "lowbit/Dialect/Lowbit/Transforms/StoredTensor.h"
#include "llvm/Support/raw_ostream.h"

namespace lowbit {

/// The tensors of a file, by name; the parts of an encoded one are one.
class Listing {
public:
  /// Fails where the metadata and the tensors disagree.
  static llvm::Expected<Listing> read(const weights::WeightsFile &file,
                                      mlir::MLIRContext *context);

  void print(llvm::raw_ostream &os) const;
  void printJson(llvm::raw_ostream &os) const;
  void printCsv(llvm::raw_ostream &os) const;

private:
  struct Row {
    std::string name;
    /// The encoding's text, or the element type of a plain tensor.
    std::string type;
    bool isEncoded;
    std::vector<int64_t> shape;
    double bits;
    uint64_t bytes;
  };

  std::string path;
  std::vector<Row> rows;
};

/// `text` as a cell of a CSV file (RFC 4180).
std::string csvCell(llvm::StringRef text);

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_INSPECT_LISTING_H
