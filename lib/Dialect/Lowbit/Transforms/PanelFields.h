//===- PanelFields.h - Where panels hold the bits of codes ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_PANELFIELDS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_PANELFIELDS_H

#include "EncodedParts.h"
#include "lowbit/Numerics/Layout/Panels.h"

namespace lowbit {

/// Where some bits of a code are stored in panels.
struct FieldAddress {
  numerics::PanelField field;
  /// The first byte of the field in a tile, and how many there are; those of
  /// codes of more than a byte lie beside the others of their code.
  int64_t first, bytes;
  /// A function of the element's indices.
  PackedAddress address;
};

/// (C200) The fields of codes of a tensor in panels, the lowest bits first.
llvm::SmallVector<FieldAddress> getFieldAddresses(mlir::RankedTensorType type);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_PANELFIELDS_H
