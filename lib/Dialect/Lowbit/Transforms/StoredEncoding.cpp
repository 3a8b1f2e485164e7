//===- StoredEncoding.cpp - Names and metadata of stored parts ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"

#include "llvm/Support/raw_ostream.h"

using namespace lowbit;
using namespace mlir;

static constexpr StringLiteral kEncodingKey = "lowbit.encoding:";
static constexpr StringLiteral kShapeKey = "lowbit.shape:";
static constexpr StringLiteral kSourceKey = "lowbit.source:";
static constexpr StringLiteral kSelectionKey = "lowbit.selection:";
static constexpr StringLiteral kFactorsKey = "lowbit.factors:";

std::string lowbit::getPartName(StringRef base, PartKind kind) {
  return (base + "." + StringRef(numerics::partKindName(kind))).str();
}

std::string lowbit::getFactorsName(StringRef base, int64_t axis) {
  return (base + ".factors." + Twine(axis)).str();
}

std::string lowbit::getIndicesName(StringRef base) {
  return (base + ".indices").str();
}

std::optional<StringRef> lowbit::getBaseOfCodes(StringRef name) {
  if (!name.consume_back(".codes") || name.empty())
    return std::nullopt;
  return name;
}

/// Codes and zero points are raw bytes: U8 says that no reader may take them
/// for numbers.
static weights::DType getPartDType(Type elementType) {
  if (elementType.isF32())
    return weights::DType::F32;
  if (elementType.isF16())
    return weights::DType::F16;
  if (elementType.isBF16())
    return weights::DType::BF16;
  return weights::DType::U8;
}

SmallVector<weights::TensorDecl> lowbit::declareParts(StringRef base,
                                                      EncodingAttr encoding,
                                                      ArrayRef<int64_t> shape) {
  SmallVector<weights::TensorDecl> decls;
  for (auto [kind, type] :
       llvm::zip(encoding.getPartKinds(), encoding.getPartTypes(shape)))
    decls.push_back({getPartName(base, kind),
                     getPartDType(type.getElementType()),
                     {type.getShape().begin(), type.getShape().end()}});
  return decls;
}

void lowbit::addStoredEncoding(weights::Metadata &metadata, StringRef base,
                               EncodingAttr encoding, ArrayRef<int64_t> shape,
                               const StoredOrigin &origin) {
  std::string text;
  llvm::raw_string_ostream(text) << Attribute(encoding);
  metadata[(kEncodingKey + base).str()] = text;
  metadata[(kShapeKey + base).str()] = weights::shapeText(shape);
  if (origin.source != base)
    metadata[(kSourceKey + base).str()] = origin.source;
  if (!origin.selection.empty())
    metadata[(kSelectionKey + base).str()] = origin.selection;
  if (origin.factorAxes.empty())
    return;
  std::string &axes = metadata[(kFactorsKey + base).str()];
  llvm::raw_string_ostream os(axes);
  llvm::interleave(origin.factorAxes, os, ",");
}

StoredEncoding lowbit::getStoredEncoding(const weights::Metadata &metadata,
                                         StringRef base) {
  auto get = [&](StringRef key) -> std::string {
    auto it = metadata.find((key + base).str());
    return it == metadata.end() ? std::string() : it->second;
  };
  StoredEncoding stored = {get(kEncodingKey),
                           get(kShapeKey),
                           {get(kSourceKey), get(kSelectionKey), {}}};
  SmallVector<StringRef> axes;
  std::string factors = get(kFactorsKey);
  StringRef(factors).split(axes, ',', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  for (StringRef axis : axes)
    if (int64_t number; !axis.getAsInteger(10, number))
      stored.origin.factorAxes.push_back(number);
  if (stored.origin.source.empty())
    stored.origin.source = base.str();
  return stored;
}

std::vector<std::string>
lowbit::getStoredBases(const weights::Metadata &metadata) {
  std::vector<std::string> bases;
  for (const auto &[key, value] : metadata)
    if (StringRef base = key; base.consume_front(kEncodingKey))
      bases.push_back(base.str());
  return bases;
}

void lowbit::copyMetadata(const weights::Metadata &from,
                          const std::set<std::string> &kept,
                          weights::Metadata &to) {
  for (const auto &[key, value] : from) {
    StringRef base = key;
    bool describes =
        base.consume_front(kEncodingKey) || base.consume_front(kShapeKey) ||
        base.consume_front(kSourceKey) || base.consume_front(kSelectionKey) ||
        base.consume_front(kFactorsKey);
    if (!describes || kept.count(getPartName(base, PartKind::Codes)))
      to.emplace(key, value);
  }
}
