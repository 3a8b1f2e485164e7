//===- IntegerContraction.h - What contracts in integers --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_INTEGERCONTRACTION_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_INTEGERCONTRACTION_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <string>

namespace lowbit {

/// What is an integer contraction by section 4.2 of docs/spec.md. Every
/// lowering asks here, so that all agree on which contractions they compute on
/// integers, bit for bit alike.
struct IntegerContraction {
  /// An operand of a contraction.
  struct Side {
    unsigned number;
    mlir::RankedTensorType type;
    /// From the loops of the contraction to the operand's indices.
    mlir::AffineMap map;
    /// Its dimension that is summed over; of a convolution -1: there are
    /// several.
    int64_t axis;
    llvm::SmallVector<int64_t> blocks;

    EncodingAttr getEncoding() const {
      return mlir::cast<EncodingAttr>(type.getEncoding());
    }
    int64_t getSize() const { return type.getDimSize(axis); }
    /// How many of `size` elements along the reduction share a scale, 0 for
    /// all.
    int64_t getGroup(int64_t size) const;
    /// The largest |code - zero point|, or |level * 2^shift| of a table.
    int64_t getBound() const;
  };

  Side activation, weight;
  /// The loop that is summed over, the first one of a convolution.
  unsigned loop;
  /// The extent of all that is summed over, or kDynamic.
  int64_t size;
  /// How many of its iterations make a group; all of a convolution.
  int64_t group;

  /// Whether there is one group, known to be all of the reduction.
  bool hasOneGroup() const { return group == size; }

  /// Whether the codes of a weight stand for integers: affine codes do, and
  /// those of a table of integers.
  static bool hasIntegers(EncodingAttr weight);

  /// (C51) Fails, with the reason, for a contraction that is decoded.
  static mlir::FailureOr<IntegerContraction> get(mlir::linalg::LinalgOp op,
                                                 std::string &reason);
};

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_INTEGERCONTRACTION_H
