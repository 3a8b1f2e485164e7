//===- DType.cpp - Element types of stored tensors ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/DType.h"

#include <array>
#include <limits>

using namespace lowbit::weights;

namespace {
struct Entry {
  DType dtype;
  std::string_view name;
  unsigned bits;
};
} // namespace

static constexpr std::array<Entry, 20> table = {{
    {DType::BOOL, "BOOL", 8},       {DType::F4, "F4", 4},
    {DType::F6_E2M3, "F6_E2M3", 6}, {DType::F6_E3M2, "F6_E3M2", 6},
    {DType::U8, "U8", 8},           {DType::I8, "I8", 8},
    {DType::F8_E5M2, "F8_E5M2", 8}, {DType::F8_E4M3, "F8_E4M3", 8},
    {DType::F8_E8M0, "F8_E8M0", 8}, {DType::I16, "I16", 16},
    {DType::U16, "U16", 16},        {DType::F16, "F16", 16},
    {DType::BF16, "BF16", 16},      {DType::I32, "I32", 32},
    {DType::U32, "U32", 32},        {DType::F32, "F32", 32},
    {DType::C64, "C64", 64},        {DType::F64, "F64", 64},
    {DType::I64, "I64", 64},        {DType::U64, "U64", 64},
}};

static constexpr bool indexedByType() {
  for (size_t i = 0; i < table.size(); ++i)
    if (static_cast<size_t>(table[i].dtype) != i)
      return false;
  return true;
}
static_assert(indexedByType(), "the table is indexed by the enumeration");

std::string_view lowbit::weights::name(DType dtype) {
  return table[static_cast<size_t>(dtype)].name;
}

std::optional<DType> lowbit::weights::parseDType(std::string_view name) {
  for (const Entry &entry : table)
    if (entry.name == name)
      return entry.dtype;
  return std::nullopt;
}

unsigned lowbit::weights::bitWidth(DType dtype) {
  return table[static_cast<size_t>(dtype)].bits;
}

Result<uint64_t> lowbit::weights::storageSize(DType dtype,
                                              std::span<const int64_t> shape) {
  // Zeros are left out of the product: [0, 2^40, 2^40] is refused too, so that
  // strides and products of any sub-shape can be computed without checks.
  constexpr uint64_t limit = std::numeric_limits<int64_t>::max();
  uint64_t bits = bitWidth(dtype);
  bool empty = false;
  for (int64_t dim : shape) {
    if (dim < 0)
      return Error{"the shape " + shapeText(shape) +
                   " has a negative dimension"};
    if (dim == 0) {
      empty = true;
      continue;
    }
    if (bits > limit / static_cast<uint64_t>(dim))
      return Error{"the shape " + shapeText(shape) +
                   " is too large to have a size"};
    bits *= static_cast<uint64_t>(dim);
  }
  if (empty)
    return uint64_t(0);
  if (bits % 8 != 0)
    return Error{"the shape " + shapeText(shape) + " of " +
                 std::string(name(dtype)) + " is not a whole number of bytes"};
  return bits / 8;
}

std::string lowbit::weights::shapeText(std::span<const int64_t> shape) {
  if (shape.empty())
    return "scalar";
  // A hostile header may hold millions of dimensions.
  constexpr size_t shown = 16;
  std::string text;
  for (size_t i = 0; i < shape.size() && i < shown; ++i)
    text += (i ? "x" : "") + std::to_string(shape[i]);
  return shape.size() > shown ? text + "x..." : text;
}
