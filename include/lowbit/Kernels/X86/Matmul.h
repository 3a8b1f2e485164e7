//===- Matmul.h - Generator of matrix product kernels -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_MATMUL_H
#define LOWBIT_KERNELS_X86_MATMUL_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Kernels/X86/Epilogue.h"
#include "lowbit/Kernels/X86/Target.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace lowbit::x86 {

/// What activations are: reals, bf16 numbers as they are encoded without a
/// scale, or codes of 8 bits with one f32 scale or one for each row, whose
/// products with codes of the weight are integers.
enum class ActivationType { F32, BF16, I8, U8 };

/// Everything that distinguishes one matrix product kernel from another: the
/// kernel computes c[m, n] += sum over k of a[m, k] * w[k, n].
struct MatmulSpec {
  Target target;
  /// c[b, m, n] += a[b, m, k] * w[b, k, n]; plain weights only.
  bool batched = false;
  /// c starts from zero and is not read.
  bool overwrite = false;
  /// Plain weights are stored as w[n, k].
  bool transposed = false;
  /// How the weight is stored, in a layout of panels; null for plain f32.
  EncodingAttr encoding;
  /// k and n of an encoded weight. Plain weights have any.
  int64_t reduction = 0;
  int64_t columns = 0;
  ActivationType activation = ActivationType::F32;
  /// Codes of activations have a scale for each row.
  bool scalePerRow = true;
  /// They have a zero point for each scale.
  bool activationZeroPoints = false;
  /// What is stored in place of the finished sums, and where.
  Epilogue epilogue;
  ResultLayout result;

  /// Whether sums are of integers.
  bool isInteger() const {
    return activation == ActivationType::I8 || activation == ActivationType::U8;
  }
  /// Whether products are of bf16 numbers: the target has them, and all levels
  /// of the weight are such numbers. Else bf16 activations become f32.
  bool isBf16() const;
  /// Whether activations are the unsigned bytes of vpdpbusd, and weights the
  /// signed ones; else it is the other way round.
  bool hasUnsignedActivations() const {
    return activation == ActivationType::U8 && target.hasVnni();
  }
  /// Whether what zero points of activations add to sums is found by the sums
  /// of the weight's columns: bytes have no room for codes less zero points.
  bool needsColumnSums() const {
    return activationZeroPoints && target.hasVnni();
  }
  /// Reduction indices of a tile of the weight.
  int64_t getStep() const;
  /// Multiply-add steps that a tile takes for each vector of columns.
  int64_t getNumParts() const {
    return isInteger() || isBf16() ? 1 : getStep();
  }

  /// The spec as an attribute, and back; nothing for an attribute that is none.
  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  static std::optional<MatmulSpec> fromAttribute(mlir::Attribute attribute);

  /// A name for the function, that tells most specs apart.
  std::string getName() const;

  /// What the kernel does, in a few words.
  std::string getSummary() const;

  /// Why there is no such kernel, in words for a diagnostic; "" if there is:
  /// what is combined fits together, and nothing overflows.
  std::string getMisfit() const;

  /// Scale groups of the weight along the reduction, and reduction indices in
  /// a group (the last one may be short).
  int64_t getGroupSize() const;
  int64_t getNumGroups() const;
};

/// Declares the kernel as a private function at `builder`'s insertion point,
/// with the spec as the attribute `lowbit.kernel_spec`:
///
///     (a: memref<?x?xf32>, w: memref<?x?xf32>, c)               plain f32
///     (a: memref<?xKxf32>, parts of the weight, c)              weight only
///     (a: memref<?x2Kxi8>, parts of the weight, c)              bf16
///     (a: memref<?xKxi8>, a's scales: memref<?xf32> or <f32>
///      [, a's zero points: memref<?xi8> or <i8>],
///      parts of the weight, c)                                  integer
///
/// with c: memref<?x?xf32>, or of what the epilogue gives, whose operands come
/// in front of c, and of the dimensions of the result's layout. These, a and c
/// may have any offset and row stride, the parts of the weight have the types
/// of `EncodingAttr::getPartTypes`. Rows are dynamic. Integer kernels compute
/// exactly what docs/spec.md says of integer contractions; the others may sum
/// in any order.
mlir::func::FuncOp declareMatmul(mlir::OpBuilder &builder, mlir::Location loc,
                                 const MatmulSpec &spec);

/// The type that the kernel's function must have. The spec must fit together.
mlir::FunctionType getMatmulType(mlir::OpBuilder &builder,
                                 const MatmulSpec &spec);

/// Fills in the body of a function that `declareMatmul` has made. The function
/// of its epilogue must be in the module, and fit.
void buildMatmul(mlir::func::FuncOp function, const MatmulSpec &spec);

/// Name of the attribute that holds a kernel's spec.
inline constexpr llvm::StringLiteral kernelAttrName = "lowbit.kernel_spec";

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_MATMUL_H
