//===- Assignment.h - What a recipe means for one layer ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ASSIGNMENT_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ASSIGNMENT_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>

namespace lowbit {

/// What is attached to one layer.
struct Assignment {
  EncodingAttr weight;
  RangeKind range = RangeKind::AbsMax;
  /// Null for rounding to nearest.
  MethodAttr method;
  /// Where the recipe says how much the method damps; null where it does not.
  mlir::LocationAttr dampingLoc;
  EncodingAttr activation;
  /// Null where the activation's range is found when the model runs.
  ClipAttr clip;
  std::optional<InputScaling> scaleInputs = {};
  std::optional<double> outliers = {};
  bool correctsBias = false;
  /// Why the weight stays float; not empty where `weight` is null.
  std::string reason;
  /// Why the activation stays float although the recipe encodes it.
  std::string activationReason;
  /// Why the weight has another method than the recipe says.
  std::string methodReason;
  /// Why its bias is not corrected although the recipe says so.
  std::string biasReason;
  /// Which groups of the weight are longer than their axis.
  std::string groupReason;
  /// How much is kept of a last run of n:m sparsity that is a short one.
  std::string runReason;
  /// The layer stays as it is.
  bool isEncoded = false;
};

/// Remarks on everything that does not get what the recipe says: on each, or
/// once for each reason.
void remarkOnLayers(llvm::ArrayRef<Layer> layers,
                    llvm::ArrayRef<Assignment> assignments, bool each);

/// An error, where the recipe says so, if methods are to do without damping and
/// the file of `statistics`, of the model with these `weights`, has too few
/// rows for that. Without the file nothing is checked here.
llvm::LogicalResult verifyDamping(mlir::ModuleOp module,
                                  llvm::ArrayRef<Layer> layers,
                                  llvm::ArrayRef<Assignment> assignments,
                                  llvm::StringRef statistics,
                                  llvm::StringRef weights);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ASSIGNMENT_H
