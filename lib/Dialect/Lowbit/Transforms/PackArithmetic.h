//===- PackArithmetic.h - Codes to their stored form, in linalg -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_PACKARITHMETIC_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_PACKARITHMETIC_H

#include "EncodedParts.h"

namespace lowbit {

/// Brings parts into the layout of `type`: `plain.codes` has one i8 per
/// element, `plain.zeroPoints` (may be null) one i8 per scale, `plain.scales`
/// the logical shape of the scales. `plain.type` is the encoded type, whose
/// shape is static unless its layout is rows. Padding is zero.
EncodedParts buildPacked(mlir::ImplicitLocOpBuilder &b,
                         const EncodedParts &plain);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_PACKARITHMETIC_H
