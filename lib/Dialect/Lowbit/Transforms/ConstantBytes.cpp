//===- ConstantBytes.cpp - Constants as stored tensors --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConstantBytes.h"

#include "ExternalWeights.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace lowbit;
using namespace mlir;

static std::span<const std::byte> asBytes(ArrayRef<char> data) {
  return {reinterpret_cast<const std::byte *>(data.data()), data.size()};
}

std::optional<ConstantBytes> ConstantBytes::get(Attribute constant) {
  auto elements = dyn_cast_or_null<ElementsAttr>(constant);
  if (!elements || !isa<RankedTensorType>(elements.getType()))
    return std::nullopt;
  Type elementType = elements.getElementType();
  std::optional<weights::DType> dtype = getStoredDType(elementType);
  if (!dtype)
    return std::nullopt;
  weights::Result<uint64_t> size =
      weights::storageSize(*dtype, elements.getShapedType().getShape());
  if (!size)
    return std::nullopt;

  ConstantBytes result;
  result.dtype = *dtype;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(constant)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != *size)
      return std::nullopt;
    result.inAttribute = asBytes(blob->getData());
    return result;
  }
  auto dense = dyn_cast<DenseElementsAttr>(constant);
  if (!dense)
    return std::nullopt;
  if (elementType.isInteger(1)) {
    // Attributes may hold booleans as bits; files hold a byte each.
    for (bool value : dense.getValues<bool>())
      result.storage.push_back(static_cast<std::byte>(value));
  } else if (dense.isSplat()) {
    std::span<const std::byte> one = asBytes(dense.getRawData());
    result.storage.reserve(*size);
    while (result.storage.size() < *size)
      result.storage.insert(result.storage.end(), one.begin(), one.end());
  } else {
    result.inAttribute = asBytes(dense.getRawData());
  }
  return result;
}

DenseElementsAttr lowbit::getDenseConstant(RankedTensorType type,
                                           std::span<const std::byte> bytes) {
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> values;
    for (std::byte byte : bytes)
      values.push_back(byte != std::byte(0));
    return DenseElementsAttr::get(type, values);
  }
  return DenseElementsAttr::getFromRawBuffer(
      type, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

std::string lowbit::getConstantName(Location loc, unsigned &number) {
  if (auto name = loc->findInstanceOf<NameLoc>())
    if (!name.getName().empty())
      return name.getName().str();
  return "constant" + std::to_string(number++);
}
