//===- Npz.h - Archives of NumPy arrays -------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_NPZ_H
#define LOWBIT_WEIGHTS_NPZ_H

#include "lowbit/Weights/HostTensor.h"

namespace lowbit::weights {

/// Reads a .npz file: a zip archive (zip64 too) whose members, stored or
/// deflated, are .npy files; the tensors are named without that suffix and
/// stand in the archive's order. Checksums are checked. A member that inflates
/// to any other size than the archive and its own header both say is refused,
/// so memory stays bounded by what the headers promise.
Result<TensorMap> readNpz(const std::string &path);

/// Writes a .npz file with stored members, atomically. The bytes depend on the
/// tensors alone (no time stamps).
Status writeNpz(const std::string &path, const TensorMap &tensors);

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_NPZ_H
