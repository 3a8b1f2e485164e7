//===- Presets.h - Formats that have a name ---------------------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_PRESETS_H
#define LOWBIT_NUMERICS_PRESETS_H

#include "lowbit/Numerics/Format.h"

#include <span>

namespace lowbit::numerics {

/// A format and the ranges that it is known with.
struct Preset {
  Format format;
  RangeKind range;
};

/// The preset of a name, for tensors of `rank` whose groups run along `axis`,
/// the reduction of a contraction. Nothing for any other name.
///
/// - "mxfp4", "mxfp8": OCP Microscaling Formats 1.0, section 5: E2M1 and E4M3
///   with a power of two per 32;
/// - "nvfp4": E2M1, an E4M3 scale per 16 and an f32 scale per tensor;
/// - "nf4-g64-dq": NF4 with double quantization (Dettmers et al., QLoRA, 2023,
///   section 3), 8-bit scales per 64 in blocks of 256. Deviation: scales are
///   unsigned integers from zero, where QLoRA subtracts their mean and uses
///   8-bit floats;
/// - "q4_0", "q4_1", "q8_0": the blocks of 32 of ggml, f16 scales and offsets.
std::optional<Preset> getPreset(std::string_view name, unsigned rank,
                                unsigned axis);

/// The names, sorted.
std::span<const std::string_view> presetNames();

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_PRESETS_H
