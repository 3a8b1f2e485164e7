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
#include <string>
#include <vector>

namespace lowbit {

/// An elementwise product of floats: `source` times a number for each index of
/// its axis `axis`, which a constant vector holds. Where the numbers are of a
/// wider type than the source, the product is computed in that, and rounded to
/// the source's.
struct ChannelProduct {
  mlir::Value source;
  mlir::DenseElementsAttr factors;
  int64_t axis = 0;
};

/// `op` as a product; nothing if it is none.
std::optional<ChannelProduct> matchChannelProduct(mlir::Operation *op);

/// An op for `source` times `factors` along `axis`, of the source's type.
mlir::Operation *createChannelProduct(mlir::OpBuilder &builder,
                                      mlir::Location loc, mlir::Value source,
                                      mlir::DenseElementsAttr factors,
                                      int64_t axis);

/// Why `source` times `factors` cannot be what they are in real numbers, but
/// for rounding: its elements are no floats, or a factor, or a product with a
/// constant, is infinite in their type or lost for being small. Else empty.
std::string getProductMisfit(mlir::Value source,
                             mlir::DenseElementsAttr factors);

/// `source` times `factors` along `axis`. Of a constant vector that is another,
/// and of such a product along the same axis one of its source, unless that is
/// a weight with scales of inputs, or a product leaves the range of its type.
mlir::Value buildChannelProduct(mlir::OpBuilder &builder, mlir::Location loc,
                                mlir::Value source,
                                mlir::DenseElementsAttr factors, int64_t axis);

/// A constant vector of floats of type `elementType`, and its elements.
mlir::DenseElementsAttr getFactors(mlir::FloatType elementType,
                                   llvm::ArrayRef<float> values);
std::vector<float> getFactorValues(mlir::DenseElementsAttr factors);
/// The products of the elements of two, in the type of `a`; nothing if one
/// leaves its range: is infinite, or lost for being small.
std::optional<mlir::DenseElementsAttr>
multiplyFactors(mlir::DenseElementsAttr a, mlir::DenseElementsAttr b);

/// The tensor that `value` was before it was cast to a wider type, multiplied
/// by constants per channel, or had channels taken from it (once); `value`
/// itself where that has not been done. `visit` is called with each op in
/// between, the last first.
mlir::Value
getUnscaled(mlir::Value value,
            llvm::function_ref<void(mlir::Operation *)> visit = nullptr);

/// Whether `op` is one that getUnscaled looks through.
bool isUnscaledBy(mlir::Operation *op);

/// Erases `op` if nothing uses it, and then what only it used. `visit` is
/// called with each of them before it goes.
void eraseDead(mlir::Operation *op,
               llvm::function_ref<void(mlir::Operation *)> visit = nullptr);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANNELPRODUCT_H
