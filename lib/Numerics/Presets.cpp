//===- Presets.cpp - Formats that have a name -----------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Presets.h"

#include <array>
#include <iterator>

using namespace lowbit::numerics;

namespace {

struct Row {
  std::string_view name, codec;
  int64_t group;
  ScaleType scaleType;
  std::optional<NestedScales> nestedScales;
  std::optional<ScaleType> offsetType;
  RangeKind range;
};

const Row rows[] = {
    {"mxfp4", "f4E2M1FN", 32, ScaleType::F8E8M0FNU, std::nullopt, std::nullopt,
     RangeKind::Exponent},
    {"mxfp8", "f8E4M3FN", 32, ScaleType::F8E8M0FNU, std::nullopt, std::nullopt,
     RangeKind::Exponent},
    {"nf4-g64-dq", "nf4", 64, ScaleType::U8, NestedScales{ScaleType::F32, 256},
     std::nullopt, RangeKind::AbsMax},
    {"nvfp4", "f4E2M1FN", 16, ScaleType::F8E4M3FN,
     NestedScales{ScaleType::F32, 0}, std::nullopt, RangeKind::AbsMax},
    {"q4_0", "i4", 32, ScaleType::F16, std::nullopt, std::nullopt,
     RangeKind::Full},
    {"q4_1", "u4", 32, ScaleType::F16, std::nullopt, ScaleType::F16,
     RangeKind::MinMax},
    {"q8_0", "i8", 32, ScaleType::F16, std::nullopt, std::nullopt,
     RangeKind::AbsMax},
};

} // namespace

std::optional<Preset> lowbit::numerics::getPreset(std::string_view name,
                                                  unsigned rank,
                                                  unsigned axis) {
  for (const Row &row : rows) {
    if (row.name != name || axis >= rank)
      continue;
    Preset preset;
    preset.format.codec = getNamedCodec(row.codec);
    preset.format.blockShape.assign(rank, 1);
    preset.format.blockShape[axis] = row.group;
    preset.format.scaleType = row.scaleType;
    preset.format.nestedScales = row.nestedScales;
    preset.format.offsetType = row.offsetType;
    preset.range = row.range;
    return preset;
  }
  return std::nullopt;
}

std::span<const std::string_view> lowbit::numerics::presetNames() {
  static const auto names = [] {
    std::array<std::string_view, std::size(rows)> all;
    for (size_t i = 0; i < all.size(); ++i)
      all[i] = rows[i].name;
    return all;
  }();
  return names;
}
