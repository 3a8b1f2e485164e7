//===- AttentionLaunch.h - Host code around attention kernels ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_LOWBITTONVVM_ATTENTIONLAUNCH_H
#define LOWBIT_LIB_CONVERSION_LOWBITTONVVM_ATTENTIONLAUNCH_H

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Kernels/NVVM/Attention.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace lowbit::nvvm {

/// A function of the host that runs a kernel of attention on buffers of the
/// host. Its arguments are, those that the spec does not need left out:
///
///     query, key, value   [batch, heads, sequence, size], or with
///                         `sequenceMajor` [batch, sequence, heads, size];
///                         codes as bytes
///     key scales, value scales   the same without size, sizes of 1 are
///                         broadcast
///     mask                rank 4, sizes of 1 are broadcast
///     slopes              [heads] f32
///     query offsets, key offsets, key lengths   i32
///     page table          [sequences, pages] i32; keys, values and their
///                         scales are pages, in place of batches
///     scale, cap          f32
///     past keys           i32, before the first query's place
///     window left, right  i32
///     output              like query, of the size of values
///     log-sum-exp         [batch, heads, sequence] f32
struct AttentionLaunch {
  AttentionSpec spec;
  bool sequenceMajor = false;

  /// Name of the attribute of a declared function that is to become this one.
  static constexpr llvm::StringLiteral attrName = "lowbit.attention_launch";

  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  static std::optional<AttentionLaunch> fromAttribute(mlir::Attribute attribute,
                                                      std::string &error);

  /// Buffers have any strides.
  mlir::FunctionType getType(mlir::OpBuilder &builder) const;
  std::string getName() const;
};

/// The launches for an op: that of any number of queries, and where this is
/// found at run time and few of them have kernels of their own, that of at most
/// `fewQueries`. Both take the same operands.
struct AttentionLaunches {
  AttentionLaunch any;
  std::optional<AttentionLaunch> ofFew;
};
inline constexpr int64_t fewQueries = 16;

/// The launches for `op` on `target`, which compute f32 in `element` unless
/// that is null; the reason, if there are none, is for a remark. Past keys and
/// values are joined with the new ones.
std::optional<AttentionLaunches> getLaunches(AttentionOp op,
                                             const Target &target,
                                             mlir::FloatType element,
                                             std::string &reason);

/// Gives `function`, declared with the type of `launch`, its body, and the
/// module around it, whose names are `symbols`, the gpu.module
/// `<function>_kernels` with the kernel, or the two of split keys. Buffers are
/// copied to memory of the device, and what it computes back.
mlir::LogicalResult buildLaunch(mlir::func::FuncOp function,
                                const AttentionLaunch &launch,
                                mlir::SymbolTable &symbols);

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_CONVERSION_LOWBITTONVVM_ATTENTIONLAUNCH_H
