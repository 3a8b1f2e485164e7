//===- LowbitOps.h - Operations of the lowbit dialect -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_IR_LOWBITOPS_H
#define LOWBIT_DIALECT_LOWBIT_IR_LOWBITOPS_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace lowbit {

/// The state of the statistics that lowbit.observe adds to.
struct ObserverResource : mlir::SideEffects::Resource::Base<ObserverResource> {
  llvm::StringRef getName() final { return "<observer>"; }
};

/// The sizes that say what lowbit.attention does, dynamic where not known.
struct AttentionSizes {
  int64_t batch;
  /// Those of one query, or the rows of all sequences one behind the other.
  int64_t queries;
  /// New keys, or those of all pages of a sequence; without the past ones.
  int64_t keys;
  /// Keys that are past, 0 where there are none.
  int64_t past;
  int64_t queryHeads, keyHeads;
  /// Of one head of query and key, and of one of value.
  int64_t querySize, valueSize;
  /// How many sequences there are: `batch` unless queries have offsets.
  int64_t sequences;

  /// Past and new keys together.
  int64_t getTotalKeys() const {
    return mlir::ShapedType::isDynamic(keys) ||
                   mlir::ShapedType::isDynamic(past)
               ? mlir::ShapedType::kDynamic
               : keys + past;
  }
};

/// Whether lowbit.observe can look at values of this type (C115).
bool isObservable(mlir::Type type);

} // namespace lowbit

#define GET_OP_CLASSES
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h.inc"

#endif // LOWBIT_DIALECT_LOWBIT_IR_LOWBITOPS_H
