//===- WeightsOutput.h - Writing the weights of a module --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes that write a weights file first say what will be in it (names, types
// and shapes are known at once), then the data streams through, job by job, so
// that memory holds the tensors of one job and never the model.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTSOUTPUT_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTSOUTPUT_H

#include "ExternalWeights.h"
#include "lowbit/Weights/SafetensorsWriter.h"

#include <functional>

namespace lowbit {

/// Takes further bytes of one tensor of a job, by its place in the job.
using StoredSink = llvm::function_ref<mlir::LogicalResult(
    size_t tensor, std::span<const std::byte> bytes)>;

/// A weights file that is going to be written.
class WeightsOutput {
public:
  /// Adds tensors that `produce` will make; it reports its own errors, and
  /// hands out the bytes of each tensor in order.
  void add(llvm::ArrayRef<weights::TensorDecl> tensors,
           std::function<mlir::LogicalResult(StoredSink)> produce);

  /// Adds a stored tensor as it is, under another name if one is given.
  void addCopy(const ExternalWeights &source, const weights::TensorView &view,
               llvm::StringRef name = {});

  /// Copies the tensors that say what the encoded tensor `base` of a file was
  /// made of (StoredOrigin), for one that is called `newBase`. What has been
  /// left out of the file before stays so.
  void addOrigin(const ExternalWeights &source, llvm::StringRef base,
                 llvm::StringRef newBase);

  weights::Metadata &getMetadata() { return metadata; }

  /// Does the jobs in the order in which they were added and puts the file in
  /// place. Emits errors at `module`; nothing is left behind after one. Without
  /// a path there must be nothing to write. Shows a line of progress, under
  /// `title`, if standard error is a terminal.
  mlir::LogicalResult write(mlir::ModuleOp module, llvm::StringRef path,
                            llvm::StringRef title);

private:
  struct Job {
    size_t firstTensor;
    std::function<mlir::LogicalResult(StoredSink)> produce;
  };

  std::vector<weights::TensorDecl> decls;
  std::vector<Job> jobs;
  weights::Metadata metadata;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_WEIGHTSOUTPUT_H
