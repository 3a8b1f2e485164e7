//===- Npy.h - NumPy array files --------------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_NPY_H
#define LOWBIT_WEIGHTS_NPY_H

#include "lowbit/Weights/HostTensor.h"

namespace lowbit::weights {

/// Reads a .npy file (format versions 1.0, 2.0 and 3.0; numpy.lib.format).
/// Element types: bool, signed and unsigned integers of 8 to 64 bits, floats of
/// 16 to 64 bits, complex64; little endian. Arrays in Fortran order are
/// transposed to row-major. Fails on anything else, and on a file whose size is
/// not exactly what its header says.
Result<HostTensor> readNpy(const std::string &path);

/// Writes what numpy.save would, byte for byte, atomically. Fails on types that
/// NumPy lacks (BF16 and the floats below 16 bits).
Status writeNpy(const std::string &path, const HostTensor &tensor);

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_NPY_H
