//===- StoredLayout.h - Stored parts from one layout to another -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Numerics knows parts in plain rows; what is stored may be laid out otherwise.
// Layouts change places, never values, and these two are exact inverses.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDLAYOUT_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDLAYOUT_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Numerics/Quantize/Parts.h"

namespace lowbit {

/// A unit on the global of a weight that is given when the model runs: there is
/// nothing to pack yet.
inline constexpr llvm::StringLiteral kGivenAttr = "lowbit.given";

/// Whether the parts are those that numerics takes.
bool isInPlainRows(EncodingAttr encoding);

/// Why a tensor of `rank` dimensions with `encoding`, in rows, cannot be laid
/// out in `panels`; "" if it can.
std::string getPanelsMisfit(PanelsAttr panels, EncodingAttr encoding,
                            int64_t rank);

/// The parts of a tensor of `shape`, in plain rows, as `encoding` lays them
/// out.
numerics::Result<numerics::Parts> layOutParts(numerics::PartsView plain,
                                              llvm::ArrayRef<int64_t> shape,
                                              EncodingAttr encoding,
                                              numerics::ThreadCount threads);

/// The other way round.
numerics::Result<numerics::Parts> toPlainRows(numerics::PartsView stored,
                                              llvm::ArrayRef<int64_t> shape,
                                              EncodingAttr encoding,
                                              numerics::ThreadCount threads);

/// Stored parts of a tensor in plain rows: themselves, or what toPlainRows
/// makes of them in `storage`.
numerics::Result<numerics::PartsView>
getPartsInRows(numerics::PartsView parts, llvm::ArrayRef<int64_t> shape,
               EncodingAttr encoding, numerics::ThreadCount threads,
               numerics::Parts &storage);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDLAYOUT_H
