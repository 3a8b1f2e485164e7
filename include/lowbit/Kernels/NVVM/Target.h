//===- Target.h - Chips of NVIDIA -------------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_TARGET_H
#define LOWBIT_KERNELS_NVVM_TARGET_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace lowbit::nvvm {

/// What the builder of kernels needs to know of a chip.
struct Target {
  /// As `ptxas` and LLVM spell it: `sm_80`, `sm_90a`.
  llvm::StringRef chip;
  /// Compute capability times ten.
  int64_t capability;
  /// LLVM's feature for the oldest PTX with all that we use on this chip.
  llvm::StringRef ptx;
  /// Bytes of shared memory that one block may have, and that blocks on one
  /// multiprocessor have together; each block takes `reservedShared` more.
  int64_t sharedPerBlock;
  int64_t sharedPerProcessor;
  /// Multiprocessors of the largest GPU with this chip: how finely work is
  /// split hangs on it, and no result.
  int64_t processors;

  static constexpr int64_t reservedShared = 1024;
  static constexpr int64_t registersPerProcessor = 65536;
  static constexpr int64_t registersPerThread = 255;

  /// cp.async, ldmatrix, and mma.sync on bf16 and f16 of depth 16.
  bool hasAsyncCopies() const { return capability >= 80; }

  /// By name; nothing for a chip that is not in the table.
  static std::optional<Target> get(llvm::StringRef chip);

  /// What to say of a name that `get` does not know.
  static std::string getUnknownText(llvm::StringRef chip);
};

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_TARGET_H
