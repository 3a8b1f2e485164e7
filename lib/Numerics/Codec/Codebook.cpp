//===- Codebook.cpp - Tables of levels that have a name -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Codebook.h"

#include <cmath>

using namespace lowbit::numerics;

Result<TableCodecRef>
lowbit::numerics::getCodebookCodec(std::string name,
                                   std::vector<float> levels) {
  auto invalid = [&](std::string what) {
    return Error{Error::Kind::InvalidFormat,
                 "codebook '" + name + "' " + std::move(what)};
  };
  if (levels.size() < 2 || levels.size() > 256)
    return invalid("has " + std::to_string(levels.size()) +
                   " levels; 2 to 256 are possible");
  for (size_t i = 0; i < levels.size(); ++i) {
    if (!std::isfinite(levels[i]))
      return invalid("has a level that is not finite at index " +
                     std::to_string(i));
    if (i && !(levels[i - 1] < levels[i]))
      return invalid("does not ascend at index " + std::to_string(i));
  }
  return TableCodec::get(std::move(name), std::move(levels), TieRule::Lower);
}

TableCodecRef lowbit::numerics::getNF4Codec() {
  // As published, which is what checkpoints of others were made with. The
  // quantiles that the levels stand for give, in f64, other last bits.
  static const TableCodecRef codec = *getCodebookCodec(
      "nf4",
      {-1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f,
       -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f,
       0.0f, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f,
       0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f,
       0.7229568362236023f, 1.0f});
  return codec;
}

TableCodecRef lowbit::numerics::getNF4I8Codec() {
  static const TableCodecRef codec = [] {
    std::vector<float> levels;
    for (float level : getNF4Codec()->levels())
      levels.push_back(std::nearbyint(level * 127));
    return *getCodebookCodec("nf4_i8", std::move(levels));
  }();
  return codec;
}

TableCodecRef lowbit::numerics::getFP4Codec() {
  static const TableCodecRef codec = *getCodebookCodec(
      "fp4", {-6, -4, -3, -2, -1.5f, -1, -0.5f, 0, 0.5f, 1, 1.5f, 2, 3, 4, 6});
  return codec;
}

TableCodecRef lowbit::numerics::getBnbFP4Codec() {
  static const TableCodecRef codec = [] {
    std::vector<float> levels = {0, 0.0625f, 8, 12, 4, 6, 2, 3};
    for (size_t i = 0; i < 8; ++i)
      levels.push_back(-levels[i]);
    for (float &level : levels)
      level /= 12;
    return *TableCodec::get("fp4_bnb", std::move(levels), TieRule::Lower);
  }();
  return codec;
}

TableCodecRef lowbit::numerics::getBinaryCodec() {
  static const TableCodecRef codec = *getCodebookCodec("binary", {-1, 1});
  return codec;
}
