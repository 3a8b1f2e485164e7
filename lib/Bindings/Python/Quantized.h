//===- Quantized.h - A quantized tensor in Python ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_BINDINGS_PYTHON_QUANTIZED_H
#define LOWBIT_BINDINGS_PYTHON_QUANTIZED_H

#include "Formats.h"

#include "lowbit/Numerics/Quantize/Method.h"

namespace lowbit::python {

/// A tensor in its stored form.
struct Quantized {
  numerics::Shape shape;
  /// With block shapes of the tensor's rank.
  Format format;
  numerics::Parts parts;
};

/// What is lost where `values` are beyond their format: a UserWarning if they
/// are too small for its scales (C185), a ValueError if one is too large for
/// floats without scale.
void checkRange(std::span<const float> values, const Quantized &quantized);

/// How parameters are found, by name: "rtn", "mse", "hqq", "kmeans" or
/// "percentile"; without a name "kmeans" for formats with books, else "rtn".
/// `range` none is the format's. Raises ValueError for another name. `weights`
/// count the errors for "mse" and "kmeans".
struct Method {
  std::optional<std::string> name;
  std::optional<std::string> range;
  double percentile = 99.9;
};
numerics::ParameterChooser
chooserOf(const Method &method, const Format &format, Threads threads,
          const numerics::ErrorWeights &weights = {});

} // namespace lowbit::python

#endif // LOWBIT_BINDINGS_PYTHON_QUANTIZED_H
