//===- PartKind.h - What the stored pieces of a tensor hold -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_PARTKIND_H
#define LOWBIT_NUMERICS_PARTKIND_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lowbit::numerics {

/// What one stored piece of an encoded tensor holds, in the order in which
/// pieces are listed everywhere.
enum class PartKind : uint8_t {
  Codes,
  Scales,
  /// The scales of the scales.
  NestedScales,
  ZeroPoints,
  Offsets,
  /// Levels that were learned from the tensor.
  Codebook,
  /// Where the kept values of n:m sparsity stand in their runs.
  Positions,
  /// Which values are kept.
  Bitmap,
};

inline constexpr std::array<PartKind, 8> allPartKinds = {
    PartKind::Codes,      PartKind::Scales,  PartKind::NestedScales,
    PartKind::ZeroPoints, PartKind::Offsets, PartKind::Codebook,
    PartKind::Positions,  PartKind::Bitmap};

/// "codes", "scales", "nested_scales", "zero_points", "offsets", "codebook",
/// "positions", "bitmap".
std::string_view partKindName(PartKind kind);

/// One T for each kind of part.
template <typename T>
struct PartArray {
  std::array<T, allPartKinds.size()> all = {};

  T &operator[](PartKind kind) { return all[static_cast<size_t>(kind)]; }
  const T &operator[](PartKind kind) const {
    return all[static_cast<size_t>(kind)];
  }

  auto begin() { return all.begin(); }
  auto end() { return all.end(); }
  auto begin() const { return all.begin(); }
  auto end() const { return all.end(); }

  bool operator==(const PartArray &) const = default;
};

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_PARTKIND_H
