//===- Epilogue.h - What is computed of a kernel's sums ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_EPILOGUE_H
#define LOWBIT_KERNELS_X86_EPILOGUE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"

#include <optional>
#include <string>

namespace lowbit::x86 {

/// What a kernel stores in place of its finished sums: a function of numbers,
/// of a sum and an element of each further operand. A bias, an activation
/// function, a residual and the rounding to codes of 8 bits are such functions.
struct Epilogue {
  /// A function of the module, `(f32, elements of the operands) -> element of
  /// c`. Null where sums are stored as they are.
  mlir::FlatSymbolRefAttr function;
  mlir::FunctionType type;
  /// For each further operand the dimensions of c that it has, ascending: `[0,
  /// 1]` for a residual of a matrix, `[1]` for a bias, `[]` for one number.
  llvm::SmallVector<llvm::SmallVector<int64_t>> dims;

  explicit operator bool() const { return bool(function); }
  mlir::Type getResultType() const { return type.getResult(0); }
  mlir::Type getOperandType(size_t i) const { return type.getInput(i + 1); }

  /// The epilogue as an attribute, and back; nothing for an attribute that is
  /// none.
  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  static std::optional<Epilogue> fromAttribute(mlir::Attribute attribute);

  /// Why a kernel whose c has `rank` dimensions cannot have it, in words for a
  /// diagnostic; "" if it can.
  std::string getMisfit(int64_t rank) const;
};

/// How c lies: as the product, [batch,] rows, columns, or with these split and
/// in another order, as heads of attention are.
struct ResultLayout {
  /// For each dimension of c the dimension of the product that it is a part of,
  /// its parts from outer to inner: `[1, 0, 1]` has heads, rows and the columns
  /// of a head. Empty: c is as the product.
  llvm::SmallVector<int64_t> dims;
  /// The size of the last dimension, which is the inner part of the columns.
  int64_t inner = 0;

  explicit operator bool() const { return !dims.empty(); }
  bool operator==(const ResultLayout &) const = default;

  /// Why a kernel of vectors of `lanes` columns whose product has `rank`
  /// dimensions cannot store so, in words for a diagnostic; "" if it can.
  std::string getMisfit(int64_t rank, int64_t lanes) const;
};

/// Epilogues' functions are named so, and then by what they compute.
inline constexpr llvm::StringLiteral epiloguePrefix = "lowbit_epilogue_";

/// Why an op cannot be one of an epilogue's function; "" if it can: it computes
/// on numbers, and as well on vectors of them.
std::string getEpilogueMisfit(mlir::Operation &op);

/// Why `function` is not what `epilogue` says; "" if it is.
std::string getEpilogueMisfit(const Epilogue &epilogue,
                              mlir::func::FuncOp function);

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_EPILOGUE_H
