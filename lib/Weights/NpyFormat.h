//===- NpyFormat.h - The format of NumPy arrays -----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_NPYFORMAT_H
#define LOWBIT_LIB_WEIGHTS_NPYFORMAT_H

#include "ByteReader.h"
#include "lowbit/Weights/HostTensor.h"

namespace lowbit::weights {

/// What the header of an array says.
struct NpyHeader {
  DType dtype = DType::F32;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Parses the text of a header: a Python dictionary of exactly 'descr',
/// 'fortran_order' and 'shape'. Errors are bare reasons.
Result<NpyHeader> parseNpyHeader(std::string_view text);

/// Reads a whole array, which must end where `reader` does. Errors are bare
/// reasons.
Result<HostTensor> parseNpy(ByteReader &reader);

/// All bytes before the data, as numpy.save writes them (a multiple of 64).
/// Errors are bare reasons: NumPy lacks the type or the rank, or the bytes of
/// the tensor are not those of its shape.
Result<std::string> printNpyHeader(const HostTensor &tensor);

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_NPYFORMAT_H
