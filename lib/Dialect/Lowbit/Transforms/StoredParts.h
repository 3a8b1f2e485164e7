//===- StoredParts.h - The parts of an assemble where they lie --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_STOREDPARTS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_STOREDPARTS_H

#include "ConstantBytes.h"
#include "ExternalWeights.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Numerics/Quantize/Parts.h"

namespace lowbit {

/// Where the parts of an encoded weight lie: all in a weights file, or all in
/// constants of the IR.
struct StoredParts {
  /// What the globals or the constants hold, in their order.
  llvm::SmallVector<PartKind> kinds;
  llvm::SmallVector<mlir::ml_program::GlobalOp> globals;
  llvm::SmallVector<mlir::Attribute> constants;

  /// The axes of the stored codes in the order that the module gives them;
  /// empty where it keeps theirs.
  llvm::SmallVector<int64_t> order;

  /// Nothing if a part is computed, or they do not all lie in one place. Parts
  /// may be reshaped, and axes of codes of 8 bits brought into another order.
  static std::optional<StoredParts> get(AssembleOp op,
                                        const mlir::SymbolTable &symbols);

  /// The numbers of a weight that is not encoded, in f32, as the codes that
  /// they are (C62). Nothing if it is no stored tensor; it may be reshaped.
  static std::optional<StoredParts> getPlain(mlir::Value weight,
                                             const mlir::SymbolTable &symbols);

  /// Equal for two assembles of the same parts. Its order means nothing.
  using Key = std::vector<const void *>;
  Key getKey() const;

  /// The name that the parts extend: "w" of "w.codes". The name of the codes
  /// where that has another form.
  llvm::StringRef getBase() const;

  /// Emits an error at `op`, which assembles these parts, if the file does not
  /// hold them or says that they mean something else than the IR does, or if
  /// they hold numbers that mean nothing (C184).
  mlir::LogicalResult verify(AssembleOp op,
                             const ExternalWeights &stored) const;

  /// The bytes of the parts, which must have been verified. Constants, and
  /// codes in another order than they are stored in, are held by `this`.
  numerics::PartsView view(const ExternalWeights &stored) const;

  /// Gives back the resident pages.
  void release(const ExternalWeights &stored) const;

private:
  llvm::SmallVector<ConstantBytes> inlineParts;
  llvm::SmallVector<int64_t> codesShape;
  /// Made when they are asked for.
  mutable std::vector<uint8_t> movedCodes;
};

/// Emits an error at `op`, which assembles `part` from `bytes` of that shape,
/// if these hold a number that means nothing there (C184). `stored` names the
/// file and the tensor that they are; empty for a constant.
mlir::LogicalResult verifyNumbers(AssembleOp op, PartKind part,
                                  llvm::ArrayRef<int64_t> shape,
                                  std::span<const std::byte> bytes,
                                  llvm::StringRef stored = {});

/// The names of the stored parts of `base`, in the order of the operands of
/// `lowbit.assemble`.
llvm::SmallVector<std::string> getPartNames(llvm::StringRef base,
                                            EncodingAttr encoding);

/// Makes an external global for each part of `base`, a tensor of `type`, where
/// `builder` stands. Gives the last.
mlir::Operation *createPartGlobals(mlir::OpBuilder &builder, mlir::Location loc,
                                   llvm::StringRef base,
                                   mlir::RankedTensorType type);

/// An assemble of a tensor of `type` from loads of these globals or, where
/// there are any, from `constants`.
mlir::Value createAssemble(mlir::OpBuilder &builder, mlir::Location loc,
                           llvm::StringRef base, mlir::RankedTensorType type,
                           llvm::ArrayRef<mlir::DenseElementsAttr> constants);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_STOREDPARTS_H
