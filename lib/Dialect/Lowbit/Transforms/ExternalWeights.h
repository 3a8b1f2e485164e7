//===- ExternalWeights.h - Weights of a module in their file ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A weight is an immutable external `ml_program.global` at the top of a module;
// its symbol is the name of the stored tensor. This is where passes meet the
// file: what is wrong with it is an error at the global or at the module.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_EXTERNALWEIGHTS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_EXTERNALWEIGHTS_H

#include "lowbit/Dialect/Lowbit/Transforms/StoredTypes.h"
#include "lowbit/Weights/WeightsFile.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/StringSet.h"

namespace lowbit {

/// Whether `global` stands for a stored tensor.
bool isExternalWeight(mlir::ml_program::GlobalOp global);

/// The weights of a module, in its order.
llvm::SmallVector<mlir::ml_program::GlobalOp>
getExternalWeights(mlir::ModuleOp module);

/// The weight that `value` is loaded from, or null.
mlir::ml_program::GlobalOp getLoadedWeight(mlir::Value value,
                                           const mlir::SymbolTable &symbols);

/// The immutable global with a value that `value` is loaded from, or null.
mlir::ml_program::GlobalOp getLoadedConstant(mlir::Value value,
                                             const mlir::SymbolTable &symbols);

/// The weights that the module reads, in its order: by loads for which `reads`
/// holds, or by any other reference to their symbol.
llvm::SmallVector<mlir::ml_program::GlobalOp> findUsedWeights(
    mlir::ModuleOp module,
    llvm::function_ref<bool(mlir::ml_program::GlobalLoadConstOp)> reads);

/// Erases loads of weights that nothing uses, and then the weights that are not
/// read any more.
void eraseUnusedWeights(mlir::ModuleOp module);

/// The file that a module's weights lie in.
class ExternalWeights {
public:
  /// Opens `path`. Emits an error at `module` if the file cannot be used, or if
  /// no path is given although the module has weights: without weights no file
  /// is needed. `option` is the name of the option that gives the path.
  static mlir::FailureOr<ExternalWeights>
  open(mlir::ModuleOp module, llvm::StringRef path,
       llvm::StringRef option = "weights");

  /// The same, but without a path there is no file whatever the module has.
  static mlir::FailureOr<ExternalWeights> openOptional(mlir::ModuleOp module,
                                                       llvm::StringRef path);

  /// The stored tensor of `global`. Emits an error there if it is missing (with
  /// the nearest name) or differs from the global in shape or element type.
  mlir::FailureOr<const weights::TensorView *>
  find(mlir::ml_program::GlobalOp global) const;

  /// Null if no file was needed.
  const weights::WeightsFile *getFile() const { return file.get(); }

  /// Checks that a file written to `output` does not replace the one that is
  /// being read, or part of the sharded set: the module that goes with it would
  /// have lost its weights.
  mlir::LogicalResult verifyOutput(mlir::ModuleOp module,
                                   llvm::StringRef output) const;

  /// Gives back the resident pages of `size` bytes at `offset` of a tensor.
  void release(const weights::TensorView &view, uint64_t offset,
               uint64_t size) const;

private:
  std::shared_ptr<const weights::WeightsFile> file;
};

/// Names for new stored tensors that no symbol of the module and none of the
/// names given out before has.
class StoredNames {
public:
  explicit StoredNames(mlir::ModuleOp module);

  /// Makes a name free again: its symbol goes away.
  void free(llvm::StringRef name) { taken.erase(name); }

  /// `wanted`, else `wanted.1`, `wanted.2`, ...: the first for which it and
  /// every name that `extend` makes of it are free. Takes the latter, or the
  /// name itself where there is no `extend`.
  std::string
  take(llvm::StringRef wanted,
       llvm::function_ref<llvm::SmallVector<std::string>(llvm::StringRef)>
           extend = nullptr);

private:
  llvm::StringSet<> taken;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_EXTERNALWEIGHTS_H
