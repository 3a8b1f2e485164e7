//===- StoredTensor.h - Encoded tensors without their IR --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDTENSOR_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDTENSOR_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"
#include "lowbit/Numerics/Quantize/Parts.h"
#include "lowbit/Weights/WeightsFile.h"
#include "llvm/Support/Error.h"

namespace lowbit {

/// An encoded tensor of a weights file, as the file's metadata describe it.
struct StoredTensor {
  struct Part {
    PartKind kind;
    const weights::TensorView *tensor;
  };

  std::string name;
  /// The tensor that it was encoded from; `name` unless the file says
  /// otherwise.
  std::string source;
  numerics::Shape shape;
  EncodingAttr encoding;
  /// In the order of the encoding.
  std::vector<Part> parts;
  /// What was computed from the source before it was encoded.
  RealSteps steps;

  /// The encoded tensor `name` of `file`, which has to outlive it. Fails where
  /// the metadata are no encoding and shape, or a part is missing or has
  /// another size or type than these ask for.
  static llvm::Expected<StoredTensor> read(const weights::WeightsFile &file,
                                           llvm::StringRef name,
                                           mlir::MLIRContext *context);

  /// Bytes of all parts.
  int64_t size() const;
  /// Stored bits per element; 0 if there is none.
  double bitsPerWeight() const;
  numerics::Format format() const;
  numerics::PartsView view() const;
};

/// The shape and the encoding that the metadata of `file` give `name`. Fails
/// where they are none.
llvm::Expected<std::pair<numerics::Shape, EncodingAttr>>
readStoredForm(const weights::WeightsFile &file, llvm::StringRef name,
               mlir::MLIRContext *context);

/// What was computed from the source of the encoded tensor `name` of `shape`.
/// Fails if the file lacks a tensor of factors or indices, or these are no
/// channels of a tensor of the size that the file gives.
llvm::Expected<RealSteps> readSteps(const weights::WeightsFile &file,
                                    llvm::StringRef name,
                                    llvm::ArrayRef<int64_t> shape,
                                    const StoredOrigin &origin);

/// The shape of the source of a tensor of `shape`.
numerics::Shape getSourceShape(llvm::ArrayRef<int64_t> shape,
                               const RealSteps &steps);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_STOREDTENSOR_H
