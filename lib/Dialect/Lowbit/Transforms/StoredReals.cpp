//===- StoredReals.cpp - Real numbers as they are stored ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"

#include "ChannelProduct.h"
#include "ChannelSelection.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredTypes.h"
#include "lowbit/Numerics/FloatTypes.h"

#include <cstring>

using namespace lowbit;
using namespace mlir;
using weights::DType;

bool StoredReals::isReal(DType dtype) {
  return dtype == DType::F32 || dtype == DType::F16 || dtype == DType::BF16;
}

std::span<const float>
StoredReals::readStored(int64_t first, int64_t count,
                        std::vector<float> &storage) const {
  const std::byte *begin = bytes.data() + first * (bitWidth(dtype) / 8);
  if (dtype == DType::F32 &&
      reinterpret_cast<uintptr_t>(begin) % alignof(float) == 0)
    return {reinterpret_cast<const float *>(begin), size_t(count)};

  storage.resize(count);
  // A small piece at a time goes through an aligned buffer: files may place
  // tensors at any address.
  constexpr int64_t kPiece = 4096;
  alignas(64) std::byte piece[kPiece * sizeof(float)];
  for (int64_t i = 0; i < count; i += kPiece) {
    int64_t n = std::min(kPiece, count - i);
    std::memcpy(piece, begin + i * (bitWidth(dtype) / 8),
                n * (bitWidth(dtype) / 8));
    switch (dtype) {
    case DType::F16:
      numerics::f32FromF16(reinterpret_cast<const uint16_t *>(piece), n,
                           &storage[i]);
      break;
    case DType::BF16:
      numerics::f32FromBF16(reinterpret_cast<const uint16_t *>(piece), n,
                            &storage[i]);
      break;
    default:
      assert(dtype == DType::F32 && "reals are floats");
      std::memcpy(&storage[i], piece, n * sizeof(float));
    }
  }
  return storage;
}

/// Rounds `values` to `type`.
static void roundTo(DType type, std::span<float> values) {
  if (type == DType::F16)
    for (float &value : values)
      value = numerics::f32FromF16(numerics::f16FromF32(value));
  if (type == DType::BF16)
    for (float &value : values)
      value = numerics::f32FromBF16(numerics::bf16FromF32(value));
}

/// Multiplies the elements from number `first` on.
static void multiply(std::span<float> elements, int64_t first,
                     const RealFactors &factors) {
  int64_t count = factors.values.size(), size = elements.size();
  if (size == 0)
    return;
  int64_t index = first / factors.stride % count;
  int64_t run = factors.stride - first % factors.stride;
  for (int64_t i = 0; i < size; run = factors.stride) {
    float factor = factors.values[index];
    for (int64_t end = std::min(size, i + run); i < end; ++i)
      elements[i] *= factor;
    index = index + 1 == count ? 0 : index + 1;
  }
  roundTo(factors.type, elements);
}

void StoredReals::readSelected(const RealSelection &selection, int64_t first,
                               int64_t count,
                               std::vector<float> &storage) const {
  storage.resize(count);
  std::vector<float> run;
  int64_t channels = selection.indices.size(), stride = selection.stride;
  // What lies together in the tensor is what has one index along the axis.
  for (int64_t i = 0; i < count;) {
    int64_t row = (first + i) / stride, place = (first + i) % stride;
    int64_t size = std::min(stride - place, count - i);
    int64_t source =
        row / channels * selection.size + selection.indices[row % channels];
    std::span<const float> stored =
        readStored(source * stride + place, size, run);
    std::copy(stored.begin(), stored.end(), storage.begin() + i);
    i += size;
  }
}

std::span<const float> StoredReals::read(int64_t first, int64_t count,
                                         std::vector<float> &storage) const {
  if (steps && steps->selection) {
    readSelected(*steps->selection, first, count, storage);
  } else {
    std::span<const float> stored = readStored(first, count, storage);
    if (!steps || steps->factors.empty())
      return stored;
    if (stored.data() != storage.data())
      storage.assign(stored.begin(), stored.end());
  }
  for (const RealFactors &factors : steps->factors)
    multiply(storage, first, factors);
  return storage;
}

std::vector<std::byte> lowbit::storeReals(std::span<const float> values,
                                          DType dtype) {
  assert(StoredReals::isReal(dtype) && "reals are floats");
  std::vector<std::byte> bytes(values.size() * (bitWidth(dtype) / 8));
  if (dtype == DType::F32) {
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  auto *out = reinterpret_cast<uint16_t *>(bytes.data());
  if (dtype == DType::F16)
    numerics::f16FromF32(values.data(), values.size(), out);
  else
    numerics::bf16FromF32(values.data(), values.size(), out);
  return bytes;
}

RealSteps lowbit::getRealSteps(Value value) {
  RealSteps result;
  auto type = cast<RankedTensorType>(value.getType());
  auto getStride = [&](int64_t axis) {
    int64_t stride = 1;
    for (int64_t size : type.getShape().drop_front(axis + 1))
      stride *= std::max<int64_t>(size, 1);
    return stride;
  };
  getUnscaled(value, [&](Operation *op) {
    if (std::optional<ChannelSelection> selection = matchChannelSelection(op)) {
      auto source = cast<RankedTensorType>(selection->source.getType());
      result.selection = {selection->axis, source.getDimSize(selection->axis),
                          std::move(selection->indices),
                          getStride(selection->axis)};
      return;
    }
    std::optional<ChannelProduct> product = matchChannelProduct(op);
    if (!product)
      return;
    std::vector<float> values = getFactorValues(product->factors);
    // A product of each element may as well be made of those that are taken.
    if (result.selection && result.selection->axis == product->axis) {
      std::vector<float> taken;
      for (int64_t index : result.selection->indices)
        taken.push_back(values[index]);
      values = std::move(taken);
    }
    std::optional<DType> dtype =
        getStoredDType(getElementTypeOrSelf(op->getResult(0)));
    // f64 and the like cannot be encoded, which others find.
    result.factors.push_back({std::move(values), product->axis,
                              getStride(product->axis),
                              dtype.value_or(DType::F32),
                              op->hasAttr(LowbitDialect::kInputScalesAttr)});
  });
  std::reverse(result.factors.begin(), result.factors.end());
  return result;
}

SmallVector<RealFactors> lowbit::joinByAxis(ArrayRef<RealFactors> factors) {
  SmallVector<RealFactors> result;
  for (const RealFactors &factor : factors) {
    auto it = llvm::find_if(
        result, [&](const RealFactors &r) { return r.axis == factor.axis; });
    if (it == result.end()) {
      result.push_back(factor);
      result.back().type = DType::F32;
      continue;
    }
    for (auto [value, other] : llvm::zip_equal(it->values, factor.values))
      value *= other;
  }
  llvm::sort(result, [](const RealFactors &a, const RealFactors &b) {
    return a.axis < b.axis;
  });
  return result;
}
