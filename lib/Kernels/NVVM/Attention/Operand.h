//===- Operand.h - Keys and values as operands of products ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_KERNELS_NVVM_ATTENTION_OPERAND_H
#define LOWBIT_LIB_KERNELS_NVVM_ATTENTION_OPERAND_H

#include "lowbit/Kernels/NVVM/Attention.h"

#include <vector>

namespace lowbit::nvvm {

/// Operand B of one product: of step `k` of 16 summands and of 8 columns `n`,
/// from where the read began.
struct OperandPart {
  int64_t k, n;
  Values values;
};

/// A tile of keys or values as operands B of mma.m16n8k16: a key is a column of
/// them, a value a row. Codes are read as they lie and decoded in registers. As
/// words hold neighbours of a row,
///
/// - the elements of keys come in another order, which the queries must have
///   too: `orderQueries`;
/// - the columns of the product with values come in another order:
///   `OutputColumns`.
class KeyValueOperand {
public:
  enum class Kind { Keys, Values };
  KeyValueOperand(KernelBuilder &kernel, const AttentionSpec &spec,
                  const SharedTile &tile, Kind kind);

  /// Keys, and elements of their heads, that are read at one time.
  int64_t getKeys() const { return decoder ? 32 : 16; }
  int64_t getElements() const { return decoder ? 4 * decoder->getCodes() : 16; }

  /// Those from (key, element) on, multiples of these numbers, of the tile at
  /// `base`.
  std::vector<OperandPart> read(KernelBuilder &kernel, mlir::Value base,
                                int64_t key, int64_t element);

private:
  Kind kind;
  std::optional<CodeDecoder> decoder;
  FragmentReader reader;
};

/// Brings the elements of a warp's queries into the order in which codes of
/// keys come: of each `getElements()`, all words' pairs 0 are those of the
/// first 8, pairs 1 of the next, and so on. The rows from `warpRow` on, `rows`
/// of them, of the tile at `base` are there; after this, the warp's threads may
/// read them.
void orderQueries(KernelBuilder &kernel, const SharedTile &tile,
                  const CodeDecoder &decoder, mlir::Value base,
                  mlir::Value warpRow, int64_t rows);

/// Which columns of the output a thread has in accumulators: of a *group* of
/// accumulators beside each other, neighbouring columns.
struct OutputColumns {
  /// Accumulators of a group.
  int64_t group;

  explicit OutputColumns(const AttentionSpec &spec)
      : group(spec.value.codes ? spec.getDecoder(spec.value).getPairs() : 1) {}

  /// Columns of a group that a thread has.
  int64_t getRun() const { return 2 * group; }
  /// Columns of a group, of all threads that share a row.
  int64_t getColumns() const { return 4 * getRun(); }
  /// Which accumulator of the group, and which of the two values of a row in
  /// it, column i of a thread is.
  int64_t accumulatorOf(int64_t i) const { return i % group; }
  int64_t valueOf(int64_t i) const { return i / group; }
  /// The first column of a thread in a group.
  mlir::Value getFirst(KernelBuilder &kernel) const {
    return kernel.mul(getAccumulatorColumn(kernel), group);
  }
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_OPERAND_H
