//===- Formats.h - Formats as Python describes them -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_BINDINGS_PYTHON_FORMATS_H
#define LOWBIT_BINDINGS_PYTHON_FORMATS_H

#include "lowbit/Numerics/Format.h"

#include <string>

namespace lowbit::python {

/// A format, and the range kind that it is known with. Its block shapes may be
/// empty, which is one block for tensors of any rank.
struct Format {
  numerics::Format format;
  std::optional<numerics::RangeKind> range = std::nullopt;

  /// How Python writes it.
  std::string text() const;
  /// The format for tensors of a rank.
  numerics::Format of(size_t rank) const;
  numerics::RangeKind rangeOr(std::optional<numerics::RangeKind> asked) const {
    return asked ? *asked : range ? *range : format.defaultRangeKind();
  }
};

/// The value of a name; raise ValueError with the names that there are.
numerics::RangeKind rangeKindNamed(std::string_view name);
std::optional<numerics::RangeKind>
rangeKindNamed(const std::optional<std::string> &name);

} // namespace lowbit::python

#endif // LOWBIT_BINDINGS_PYTHON_FORMATS_H
