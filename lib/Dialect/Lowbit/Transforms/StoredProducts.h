//===- StoredProducts.h - Stored weights times constants --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_STOREDPRODUCTS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_STOREDPRODUCTS_H

#include "WeightsOutput.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"

namespace lowbit {

/// The products of external weights with constants per channel that a model
/// computes, to be stored instead: gamma and beta of a norm, the bias of a
/// layer, or a weight that stays float.
class StoredProducts {
public:
  /// Adds `op` if it is such a product of a matrix or vector of floats, and not
  /// only a step to another.
  void collect(mlir::Operation *op, const mlir::SymbolTable &symbols,
               llvm::function_ref<bool(mlir::Operation *)> isReplaced);

  /// Whether `op` will be gone.
  bool contains(mlir::Operation *op) const;

  /// Chooses names.
  void name(StoredNames &names);

  mlir::LogicalResult addToOutput(const ExternalWeights &stored,
                                  WeightsOutput &output);

  /// Puts loads in place of the products.
  void replace(mlir::ModuleOp module);

private:
  struct Product {
    mlir::ml_program::GlobalOp global;
    RealSteps steps;
    mlir::Operation *op;
    std::string name;
  };
  std::vector<Product> products;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_STOREDPRODUCTS_H
