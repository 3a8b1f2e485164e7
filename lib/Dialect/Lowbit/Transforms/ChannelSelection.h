//===- ChannelSelection.h - Channels at constant indices --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANNELSELECTION_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANNELSELECTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>
#include <vector>

namespace lowbit {

/// The channels of `source` along `axis` at constant indices, in their order:
/// a linalg.generic with `lowbit.selection` whose body reads the source.
struct ChannelSelection {
  mlir::Value source;
  std::vector<int64_t> indices;
  int64_t axis = 0;
};

/// `op` as a selection (C144); nothing if it is none.
std::optional<ChannelSelection> matchChannelSelection(mlir::Operation *op);

/// The channels of `source` at `indices` along `axis`.
mlir::Value createChannelSelection(mlir::OpBuilder &builder, mlir::Location loc,
                                   mlir::Value source,
                                   llvm::ArrayRef<int64_t> indices,
                                   int64_t axis);

/// What uses a value by its op `user`: the selection that this is the body of,
/// or `user` itself.
mlir::Operation *getReader(mlir::Operation *user);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_CHANNELSELECTION_H
