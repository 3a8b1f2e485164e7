//===- EncodedParts.h - An encoded tensor taken apart -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEDPARTS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEDPARTS_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <optional>

namespace lowbit {

/// The stored tensors of an encoded tensor, null for those that its encoding
/// lacks, and its sizes.
struct EncodedParts : numerics::PartArray<mlir::Value> {
  mlir::RankedTensorType type;
  llvm::SmallVector<mlir::OpFoldResult> sizes;

  EncodingAttr getEncoding() const {
    return llvm::cast<EncodingAttr>(type.getEncoding());
  }

  /// From the values that stand for a tensor of `type` once it is taken apart;
  /// their types are those of getFlatTypes.
  static EncodedParts fromFlat(mlir::ImplicitLocOpBuilder &b,
                               mlir::RankedTensorType type,
                               mlir::ValueRange values);

  llvm::SmallVector<mlir::Value> toFlat(mlir::ImplicitLocOpBuilder &b) const;

  /// The parts of an encoded value that is still whole: a disassemble of it.
  static EncodedParts fromEncoded(mlir::ImplicitLocOpBuilder &b,
                                  mlir::Value encoded);
};

/// The sizes of what is packed in rows of all behind the first axis, as those
/// of a matrix.
llvm::SmallVector<mlir::OpFoldResult>
joinSizes(mlir::ImplicitLocOpBuilder &b,
          llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// The axes of a tensor as those of such a matrix.
llvm::SmallVector<mlir::ReassociationIndices> getJoinedAxes(int64_t rank);

/// The dynamic dimensions of `type` whose size the shape of the stored codes
/// does not give back: bytes are shared between codes, and panels padded.
llvm::SmallVector<int64_t> getLostDims(mlir::RankedTensorType type);

/// What a tensor of `type` becomes when it is taken apart: its parts in the
/// order of `lowbit.assemble`, then an index for each of getLostDims.
llvm::SmallVector<mlir::Type> getFlatTypes(mlir::RankedTensorType type);

/// Where an integer is stored in a part that is packed, as a function of
/// indices d0, d1, ...
struct PackedAddress {
  mlir::AffineMap map;
  /// From the lowest bit of the byte, or of both bytes if it straddles.
  mlir::AffineExpr shift;
  /// It may go on in the next byte.
  bool straddles = false;
  /// The first byte is the high one.
  bool highFirst = false;
  /// Packed rows are all behind the first axis: d0 is the index of the row, d1
  /// the number of the integer in it.
  bool joinsAxes = false;

  /// Of integers of `bits` bits and that shape. Without a map where that is no
  /// affine function: see SplitRows.
  static PackedAddress get(RowsAttr rows, llvm::ArrayRef<int64_t> shape,
                           unsigned bits);
};

/// Where the code, scale and zero point of an element are stored, as functions
/// of its indices.
struct PartAddresses {
  /// Of a sparse tensor a function of the code's indices among the codes.
  PackedAddress codes;
  /// Where axes are joined, a function of the indices of the scale.
  PackedAddress zeroPoints;
  /// Of scales and offsets.
  mlir::AffineMap scales;
};

/// How rows are cut where the first codes of a block lie in the lowest bits of
/// its bytes: all blocks but a last one have `bytes`.
struct SplitRows {
  int64_t block;
  int64_t bytes;

  /// Nothing for other encodings, and for scalars, whose code is where it is in
  /// plain rows.
  static std::optional<SplitRows> get(mlir::RankedTensorType type);
};

PartAddresses getPartAddresses(mlir::RankedTensorType type);

/// From the indices of an element to those of its scale (or book), one for each
/// axis that `scale` does not take whole.
mlir::AffineMap getScaleMap(ScaleAttr scale, int64_t rank);

/// How the groups of a matrix in panels are cut into tiles.
struct PanelTiles {
  /// Reduction indices of a group: the whole axis where there are no groups.
  int64_t group;
  int64_t tilesPerGroup;

  static PanelTiles get(PanelsAttr panels, ScaleAttr scale, int64_t size);
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEDPARTS_H
