//===- BookCodecs.cpp - The codecs of learned levels ----------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BookCodecs.h"

using namespace lowbit::numerics;

BookCodecs::BookCodecs(ShapeRef shape, const Format &format,
                       std::span<const float> levels)
    : plain(*format.codec), books(format.books.has_value()) {
  if (!books)
    return;
  granularity = *Granularity::get(shape, format.books->blockShape);
  view.emplace(*granularity);
  size_t size = format.books->levels;
  for (size_t i = 0; i + size <= levels.size(); i += size) {
    std::vector<float> book(levels.begin() + i, levels.begin() + i + size);
    auto codec = TableCodec::get(std::string(format.codec->name()),
                                 std::move(book), TieRule::Lower);
    // A book without levels decodes like the codec that has none.
    codecs.push_back(codec ? CodecRef(*codec) : format.codec);
  }
}

int64_t BookCodecs::firstUseless() const {
  for (size_t i = 0; i < codecs.size(); ++i)
    if (codecs[i].get() == &plain)
      return i;
  return -1;
}
