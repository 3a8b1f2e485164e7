//===- Layers.h - Which ops of a model are layers ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_LAYERS_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_LAYERS_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace lowbit {

enum class LayerKind {
  Matmul,
  BatchMatmul,
  /// A linalg.generic that reads rows of a table by tensor.extract.
  Gather,
  /// A convolution, grouped and depthwise ones too.
  Conv,
  /// lowbit.attention: listed, never encoded.
  Attention,
  /// Contractions not in normal form, other reductions of a weight, and other
  /// ops that read elements of one at indices. Listed, so that nothing is
  /// skipped silently; never encoded.
  Other,
};

/// "matmul", "batch_matmul", "gather", "conv", "attention", "other".
llvm::StringRef stringifyLayerKind(LayerKind kind);
std::optional<LayerKind> symbolizeLayerKind(llvm::StringRef name);

/// An op that recipes name: a contraction or convolution, attention, a gather
/// from a table, or another op that sums over or selects from a weight.
struct Layer {
  mlir::Operation *op = nullptr;
  LayerKind kind = LayerKind::Other;

  /// The operand that holds the weight or the table; of a gather, that of the
  /// tensor.extract. Null where all operands are activations.
  mlir::OpOperand *weight = nullptr;
  /// The other operand of a contraction; null for gathers and where there is no
  /// weight.
  mlir::OpOperand *activation = nullptr;

  /// The axis of the weight that is summed over, or along which a table's rows
  /// run: groups of scales lie along it. Only where `reason` is empty.
  int64_t weightAxis = 0;
  /// The same of the activation.
  int64_t activationAxis = 0;
  /// Of a convolution, further axes that are summed over, those of the window:
  /// a scale is for all of them, or for all indices of none.
  llvm::SmallVector<int64_t> weightWindow, activationWindow;

  /// Why the weight cannot be encoded; empty where it can.
  std::string reason;

  mlir::RankedTensorType getWeightType() const {
    return llvm::cast<mlir::RankedTensorType>(weight->get().getType());
  }
  /// That under `lowbit.layer`, or "" before one is chosen.
  std::string name;
  /// Every operand through which the op reads the weight: one for contractions,
  /// one for each tensor.extract of a gather's table.
  llvm::SmallVector<mlir::OpOperand *> getWeightUses() const;
  /// The tables that the op gathers from beside its weight, which no encoding
  /// is assigned to.
  llvm::SmallVector<mlir::Value> getFurtherTables() const;
};

/// Whether `value` is known before the model runs: a constant, a constant
/// global, or such a value widened, multiplied by constants per channel, some
/// channels of it (lowbit.selection), or encoded.
bool isWeight(mlir::Value value);

/// Whether tensors of this element type are encoded.
bool isEncodable(mlir::Type elementType);

/// `op` as a layer, or nothing if it is none.
std::optional<Layer> matchLayer(mlir::Operation *op);

/// The layers under `root` in program order.
llvm::SmallVector<Layer> collectLayers(mlir::Operation *root);

/// Chooses a unique name for each of `layers` that has none, and for those that
/// have the name of another; other names stay. See lowbit-name-layers.
void chooseLayerNames(llvm::MutableArrayRef<Layer> layers);
/// Sets the names of `layers` on their ops.
void setLayerNames(llvm::ArrayRef<Layer> layers);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_LAYERS_H
