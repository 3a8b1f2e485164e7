//===- Fingerprint.cpp - Telling models apart -----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Fingerprint.h"

#include "Checksum.h"

#include <algorithm>
#include <cstdio>

using namespace lowbit::weights;

static constexpr uint64_t largestWhole = 64 << 10;
static constexpr uint64_t blockSize = 4 << 10;
static constexpr uint64_t numBlocks = 8;

static uint32_t extendBySample(uint32_t sum, std::span<const std::byte> bytes) {
  if (bytes.size() <= largestWhole)
    return extendChecksum(sum, bytes);
  uint64_t last = bytes.size() - blockSize, step = last / (numBlocks - 1);
  for (uint64_t i = 0; i < numBlocks; ++i) {
    uint64_t begin = i + 1 == numBlocks ? last : i * step;
    sum = extendChecksum(sum, bytes.subspan(begin, blockSize));
  }
  return sum;
}

std::string lowbit::weights::fingerprint(const WeightsFile &file) {
  std::vector<const TensorView *> views = file.tensors();
  std::ranges::sort(views, {}, &TensorView::name);
  uint32_t structure = 0, values = 0;
  for (const TensorView *view : views) {
    // Names may hold anything but a zero.
    std::string text = view->name + '\0' + std::string(name(view->dtype)) +
                       ' ' + shapeText(view->shape) + '\n';
    structure = extendChecksum(structure, std::as_bytes(std::span(text)));
    values = extendBySample(values, view->bytes());
    file.release(*view);
  }
  char text[18];
  std::snprintf(text, sizeof(text), "%08x-%08x", structure, values);
  return text;
}

std::string lowbit::weights::explainDifference(std::string_view fingerprint,
                                               std::string_view other) {
  if (fingerprint == other)
    return "";
  if (fingerprint.substr(0, fingerprint.find('-')) !=
      other.substr(0, other.find('-')))
    return "the tensors have other names, types or shapes";
  return "the tensors have the same names and shapes, but other values";
}
