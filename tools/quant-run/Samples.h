//===- Samples.h - Samples of a program's inputs ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_TOOLS_QUANT_RUN_SAMPLES_H
#define LOWBIT_TOOLS_QUANT_RUN_SAMPLES_H

#include "Inputs.h"

namespace lowbit {

/// Many samples, cut along the leading axis into what a program takes at once.
class Samples {
public:
  /// Sets out which tensors are samples of which port. `fixed` gives inputs by
  /// name that are the same for all samples; each file of `files` gives the
  /// ports of its names, .npy files in turn those that no name is given for.
  /// All that is given for a port are its samples, one behind the other.
  ///
  /// A port takes as many samples at once as its leading size says, the same
  /// for all; `batch` at most where it is dynamic, 0 for a whole tensor.
  /// Samples that do not fill a static size are left out, and named by
  /// `warnings`.
  static llvm::Expected<Samples> create(std::vector<InputFile> files,
                                        std::vector<InputFile> fixed,
                                        llvm::ArrayRef<Port> ports,
                                        int64_t batch);

  llvm::ArrayRef<std::string> warnings() const { return leftOver; }

  size_t numBatches() const { return batches.size(); }
  /// In all batches.
  int64_t numSamples() const;

  /// The inputs of a run, in the order of the ports.
  std::vector<weights::HostTensor> getInputs(size_t batch) const;

  /// "x.npz: samples 0 to 31".
  std::string getName(size_t batch) const;

private:
  /// Tensors of all sampled ports that belong together.
  struct Set {
    std::string path;
    /// One for each port; null for those that are fixed.
    std::vector<const weights::HostTensor *> tensors;
  };
  struct Batch {
    size_t set;
    int64_t begin, size;
  };

  llvm::Error fillSets(llvm::ArrayRef<Port> ports);
  llvm::Error cut(const Set &set, llvm::ArrayRef<Port> ports, int64_t batch);

  std::vector<InputFile> files;
  /// By port; nothing for those that are sampled.
  std::vector<std::optional<weights::HostTensor>> fixed;
  std::vector<Set> sets;
  std::vector<Batch> batches;
  std::vector<std::string> leftOver;
};

} // namespace lowbit

#endif // LOWBIT_TOOLS_QUANT_RUN_SAMPLES_H
