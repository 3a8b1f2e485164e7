//===- StoredEncoding.h - Names and metadata of stored parts ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A weights file describes the encoded tensors it holds, so that it can be read
// without its IR. The encoded tensor `w` is stored as the tensors `w.codes`,
// `w.scales` and, where the encoding has them, `w.zero_points`; the file's
// metadata holds
//
//     lowbit.encoding:w = #lowbit.encoding<...>
//     lowbit.shape:w    = 384x1536
//     lowbit.source:w   = the tensor it was encoded from, where not `w`
//     lowbit.selection:w = the axis along which channels of that were taken
//                         first, and its size there, `0 of 384`; the tensor
//                         `w.indices` says which
//     lowbit.factors:w  = the axes along which what was taken was multiplied
//                         then, by the tensors `w.factors.0` and so on
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDENCODING_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDENCODING_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Numerics/Layout/Panels.h"
#include "lowbit/Weights/SafetensorsWriter.h"

#include <set>

namespace lowbit {

/// The name of a stored part: "w.codes" of base "w".
std::string getPartName(llvm::StringRef base, PartKind kind);

/// The name of what `base` was multiplied by along an axis: "w.factors.0".
std::string getFactorsName(llvm::StringRef base, int64_t axis);

/// The name of the channels of its source that `base` has: "w.indices".
std::string getIndicesName(llvm::StringRef base);

/// "w" of "w.codes"; nothing for the name of any other tensor.
std::optional<llvm::StringRef> getBaseOfCodes(llvm::StringRef name);

/// How the parts of an encoded tensor of `shape` are stored under `base`, in
/// the order of the operands of `lowbit.assemble`.
llvm::SmallVector<weights::TensorDecl>
declareParts(llvm::StringRef base, EncodingAttr encoding,
             llvm::ArrayRef<int64_t> shape);

/// What an encoded tensor was made of.
struct StoredOrigin {
  /// The tensor it was encoded from; its own name unless the file says
  /// otherwise.
  std::string source;
  /// Where channels of that were taken, as text; "" for all of it.
  std::string selection = {};
  /// The axes along which that was multiplied first.
  llvm::SmallVector<int64_t> factorAxes = {};
};

/// Describes an encoded tensor in the metadata of a file.
void addStoredEncoding(weights::Metadata &metadata, llvm::StringRef base,
                       EncodingAttr encoding, llvm::ArrayRef<int64_t> shape,
                       const StoredOrigin &origin);

/// What the metadata say about `base`; empty text where they say nothing.
struct StoredEncoding {
  std::string encoding;
  std::string shape;
  StoredOrigin origin;
};
StoredEncoding getStoredEncoding(const weights::Metadata &metadata,
                                 llvm::StringRef base);

/// The names of the encoded tensors that the metadata describe, sorted.
std::vector<std::string> getStoredBases(const weights::Metadata &metadata);

/// Copies what does not describe encoded tensors, and the descriptions of those
/// whose codes are among the tensors called `kept`.
void copyMetadata(const weights::Metadata &from,
                  const std::set<std::string> &kept, weights::Metadata &to);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDENCODING_H
