//===- ChangeableLayers.h - Layers whose operands change --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What passes have in common that change the input of a layer together with its
// weight: which layers an attribute asks for, and which of them stay.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANGEABLELAYERS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANGEABLELAYERS_H

#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/StringMap.h"

#include <functional>
#include <map>
#include <vector>

namespace lowbit {

/// Layers on one activation that change together.
struct LayerGroup {
  mlir::Value activation;
  /// The axis of the activation's channels, which they sum over.
  int64_t axis;
  /// What the attribute asks for.
  mlir::Attribute request;
  std::vector<Layer> layers;
};

class ChangeableLayers {
public:
  /// Further attributes and the like in which layers of a group agree.
  using Key = std::vector<const void *>;

  ChangeableLayers(mlir::ModuleOp module, const mlir::SymbolTable &symbols,
                   llvm::StringRef attribute)
      : module(module), symbols(symbols), attribute(attribute) {}

  /// The layers that have the attribute, in program order, those together that
  /// read one activation along one axis and have equal attributes and keys.
  /// Emits an error where an op has the attribute that is no encoded layer with
  /// an activation. Leaves out, with a reason in `remarks`, layers that do not
  /// sum over channels, whose weight has other users, with encoded operands,
  /// and those that `getMisfit` gives a reason for.
  mlir::FailureOr<std::vector<LayerGroup>>
  collect(llvm::function_ref<Key(const Layer &)> getKey,
          llvm::function_ref<std::string(const Layer &)> getMisfit = nullptr);

  RemarksByReason remarks;

private:
  /// Whether `op` is right; it may still stay as it is.
  mlir::LogicalResult verify(mlir::Operation *op,
                             const std::optional<Layer> &layer) const;

  mlir::ModuleOp module;
  const mlir::SymbolTable &symbols;
  llvm::StringRef attribute;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANGEABLELAYERS_H
