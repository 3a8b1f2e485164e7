//===- PartKind.cpp - What the stored pieces of a tensor hold -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/PartKind.h"

using namespace lowbit::numerics;

std::string_view lowbit::numerics::partKindName(PartKind kind) {
  switch (kind) {
  case PartKind::Codes:
    return "codes";
  case PartKind::Scales:
    return "scales";
  case PartKind::NestedScales:
    return "nested_scales";
  case PartKind::ZeroPoints:
    return "zero_points";
  case PartKind::Offsets:
    return "offsets";
  case PartKind::Codebook:
    return "codebook";
  case PartKind::Positions:
    return "positions";
  case PartKind::Bitmap:
    return "bitmap";
  }
  __builtin_unreachable();
}
