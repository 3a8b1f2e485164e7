//===- ChannelProduct.h - A tensor times a constant per channel -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANNELPRODUCT_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANNELPRODUCT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/BuiltinAttributes.h"

#include <optional>
#include <vector>

namespace lowbit {

/// An elementwise product of floats: `source` times a number for each index of
/// its axis `axis`, which a constant vector holds.
struct ChannelProduct {
  mlir::Value source;
  mlir::DenseElementsAttr factors;
  int64_t axis = 0;
};

/// `op` as a product; nothing if it is none.
std::optional<ChannelProduct> matchChannelProduct(mlir::Operation *op);

/// An op for `source` times `factors`, of the same element type, along `axis`.
mlir::Operation *createChannelProduct(mlir::OpBuilder &builder,
                                      mlir::Location loc, mlir::Value source,
                                      mlir::DenseElementsAttr factors,
                                      int64_t axis);

/// `source` times `factors`, which are rounded to its type, along `axis`. Of a
/// constant vector that is another, and of such a product along the same axis
/// one of its source, unless the factors are scales of inputs.
mlir::Value buildChannelProduct(mlir::OpBuilder &builder, mlir::Location loc,
                                mlir::Value source,
                                mlir::DenseElementsAttr factors, int64_t axis);

/// A constant vector of floats of type `elementType`, and its elements.
mlir::DenseElementsAttr getFactors(mlir::FloatType elementType,
                                   llvm::ArrayRef<float> values);
std::vector<float> getFactorValues(mlir::DenseElementsAttr factors);
/// The products of the elements of two of one type.
mlir::DenseElementsAttr multiplyFactors(mlir::DenseElementsAttr a,
                                        mlir::DenseElementsAttr b);

/// The tensor that `value` was before it was cast to a wider type, multiplied
/// by constants per channel, or had channels taken from it (once); `value`
/// itself where that has not been done. `visit` is called with each op in
/// between, the last first.
mlir::Value
getUnscaled(mlir::Value value,
            llvm::function_ref<void(mlir::Operation *)> visit = nullptr);

/// Whether `op` is one that getUnscaled looks through.
bool isUnscaledBy(mlir::Operation *op);

/// Erases `op` if nothing uses it, and then what only it used.
void eraseDead(mlir::Operation *op);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANNELPRODUCT_H
