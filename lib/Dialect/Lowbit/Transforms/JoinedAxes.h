//===- JoinedAxes.h - Encoded tensors seen as matrices ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An encoded tensor is not reshaped (C33); but the bytes of its parts may be
// those of a tensor of another shape, too.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_JOINEDAXES_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_JOINEDAXES_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <string>

namespace lowbit {

/// The type of an encoded tensor whose axes are those of `type` joined as
/// `groups` say and whose parts have the same bytes. Fails, with the reason,
/// where there is none: what shares a scale, or a byte, is not in one place.
mlir::FailureOr<mlir::RankedTensorType>
joinEncodedAxes(mlir::RankedTensorType type,
                llvm::ArrayRef<mlir::ReassociationIndices> groups,
                std::string &reason);

/// The type of an encoded tensor whose axes are those of `type` in the order of
/// `order`, and whose parts are the same but for the codes: these have their
/// axes in that order. Fails, with the reason, where there is none.
mlir::FailureOr<mlir::RankedTensorType>
permuteEncodedAxes(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> order,
                   std::string &reason);

/// `part`, of static shape, with the shape of `type`.
mlir::Value buildReshapedPart(mlir::ImplicitLocOpBuilder &b, mlir::Value part,
                              mlir::RankedTensorType type);

/// The parts of `encoded`, as they were before they were assembled.
llvm::SmallVector<mlir::Value> getStoredParts(mlir::ImplicitLocOpBuilder &b,
                                              mlir::Value encoded);

/// `encoded` as a tensor of `joined`, which joinEncodedAxes gave for its type,
/// or, with `order`, for what permuteEncodedAxes gave: an assemble of its
/// parts.
mlir::Value buildJoinedAxes(mlir::ImplicitLocOpBuilder &b, mlir::Value encoded,
                            llvm::ArrayRef<int64_t> order,
                            mlir::RankedTensorType joined);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_JOINEDAXES_H
