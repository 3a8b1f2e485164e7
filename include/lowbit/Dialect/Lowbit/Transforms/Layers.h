//===- Layers.h - Which ops of a model are layers ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_LAYERS_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_LAYERS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
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
  /// Convolutions, contractions not in normal form, other reductions of a
  /// weight. Listed, so that nothing is skipped silently; never encoded.
  Other,
};

/// "matmul", "batch_matmul", "gather", "other".
llvm::StringRef stringifyLayerKind(LayerKind kind);
std::optional<LayerKind> symbolizeLayerKind(llvm::StringRef name);

/// An op that recipes name: a contraction or convolution, a gather from a
/// table, or another linalg op that sums over a weight.
struct Layer {
  mlir::linalg::LinalgOp op;
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

  /// Why the weight cannot be encoded; empty where it can.
  std::string reason;

  mlir::RankedTensorType getWeightType() const {
    return llvm::cast<mlir::RankedTensorType>(weight->get().getType());
  }
  /// The name under `lowbit.layer`, or "" before it is set.
  llvm::StringRef getName() const;
  /// Every operand through which the op reads the weight: one for contractions,
  /// one for each tensor.extract of a gather's table.
  llvm::SmallVector<mlir::OpOperand *> getWeightUses() const;
};

/// The tensor whose elements `value` has in a wider float type, as an importer
/// casts f16 weights to f32; `value` itself where nothing widens it.
mlir::Value lookThroughWidening(mlir::Value value);

/// Whether `value` is known before the model runs: a constant, a constant
/// global, or such a value widened or encoded.
bool isWeight(mlir::Value value);

/// `op` as a layer, or nothing if it is none.
std::optional<Layer> matchLayer(mlir::Operation *op);

/// The layers under `root` in program order.
llvm::SmallVector<Layer> collectLayers(mlir::Operation *root);

/// Gives each layer under `root` without a name a unique one and makes names
/// that occur twice unique; other names stay. See lowbit-name-layers.
void nameLayers(mlir::Operation *root);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_LAYERS_H
