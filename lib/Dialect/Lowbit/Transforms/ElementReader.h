//===- ElementReader.h - One element of an encoded tensor -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ELEMENTREADER_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ELEMENTREADER_H

#include "EncodedParts.h"
#include "ScaleArithmetic.h"

namespace lowbit {

/// What the bodies that decode read besides the parts.
struct DecodeTables {
  /// The value of each code, if the codec is a table.
  mlir::Value levels;
  ScaleCodec scales;

  /// For each byte of a bitmap the number of values kept before it.
  mlir::Value ranks;

  DecodeTables(mlir::ImplicitLocOpBuilder &b, const EncodedParts &parts);
};

/// What one element is decoded from: the parts that are operands of the generic
/// as their elements, the others to be read at `indices`.
class ElementReader {
public:
  ElementReader(mlir::ImplicitLocOpBuilder &b, const EncodedParts &parts)
      : b(b), parts(parts), scale(parts.getEncoding().getScale()),
        addresses(getPartAddresses(parts.type)) {}

  numerics::PartArray<mlir::Value> elements;
  /// The indices of the element; empty if they are those of the generic.
  llvm::SmallVector<mlir::Value> indices;
  /// The element's code, an i8, where it has been unpacked before.
  mlir::Value unpackedCode;

  /// Codes and zero points in i32, scales and offsets in f32. The code of a
  /// sparse tensor's element only where findKept found it.
  mlir::Value emitCode();
  /// The code at `place` in a matrix of packed rows that join axes.
  mlir::Value emitCodeInRows(mlir::ValueRange place);
  mlir::Value emitZeroPoint();
  mlir::Value emitScale(const ScaleCodec &codec);
  mlir::Value emitOffset();
  mlir::Value emitDifference();
  /// Whether the element of a sparse tensor is kept, an i1; finds its code.
  mlir::Value findKept(const DecodeTables &tables);
  /// decode(code) - zero point in f32.
  mlir::Value emitNumber(const DecodeTables &tables);

private:
  mlir::Value emitLevel(KMeansAttr learned);
  mlir::Value emitFields(unsigned bits, bool isSigned);
  mlir::Value emitSplitCode(SplitRows split,
                            llvm::SmallVector<mlir::Value> place, unsigned bits,
                            bool isSigned);
  mlir::Value findInPattern(NMAttr pattern);
  mlir::Value findInBitmap(mlir::Value ranks);

  mlir::Value emitIndexConstant(int64_t value);
  mlir::Value emitSizeOf(int64_t dim);
  mlir::ValueRange getIndices();
  /// Indices in a tensor of `sizes` as those in a matrix of joined rows.
  llvm::SmallVector<mlir::Value> join(mlir::ValueRange place,
                                      llvm::ArrayRef<mlir::OpFoldResult> sizes);
  /// The sizes of the codes before they are packed.
  llvm::SmallVector<mlir::OpFoldResult> getStoredSizes();
  /// `expr` of indices, those of the element if `of` is empty.
  mlir::Value emitPlace(mlir::AffineExpr expr, mlir::ValueRange of = {});
  /// The element of `part` at `map`, and where bytes share codes the one after
  /// it, too.
  llvm::SmallVector<mlir::Value, 2> read(mlir::Value part, mlir::AffineMap map,
                                         bool straddle = false,
                                         mlir::ValueRange of = {});
  mlir::Value readOne(PartKind kind, mlir::AffineMap map);
  /// The scale that multiplies that of the element.
  mlir::Value emitNestedScale();
  /// The `bits`-bit integer at a place, in i32.
  mlir::Value emitInteger(PartKind kind, const PackedAddress &address,
                          unsigned bits, bool isSigned,
                          mlir::ValueRange of = {});
  mlir::Value emitWord(mlir::Value part, mlir::AffineMap map,
                       mlir::ValueRange of);
  /// A byte in i32.
  mlir::Value emitExtended(mlir::Value byte, bool isSigned);
  /// The integer of `bits` bits that lies `up` bits, an index, below the top of
  /// an i32.
  mlir::Value emitField(mlir::Value word, mlir::Value up, unsigned bits,
                        bool isSigned);

  mlir::ImplicitLocOpBuilder &b;
  const EncodedParts &parts;
  ScaleAttr scale;
  PartAddresses addresses;
  /// Of a sparse tensor, the place among the codes; else empty.
  llvm::SmallVector<mlir::Value> codeIndices;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ELEMENTREADER_H
