//===- TradeOff.cpp - Size against error, from a choice to a report -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/Format.h"

#include <cmath>
#include <set>

using namespace lowbit;
using namespace mlir;

double TradeOff::getBits(const Point &point) const {
  return elements == 0 ? 0 : 8.0 * point.bytes / elements;
}

DictionaryAttr TradeOff::toAttribute(MLIRContext *context) const {
  Builder builder(context);
  SmallVector<int64_t> bytes;
  SmallVector<double> sqnrDb;
  for (const Point &point : points) {
    bytes.push_back(point.bytes);
    sqnrDb.push_back(point.sqnrDb);
  }
  return builder.getDictionaryAttr({
      builder.getNamedAttr("bytes", builder.getDenseI64ArrayAttr(bytes)),
      builder.getNamedAttr("elements", builder.getI64IntegerAttr(elements)),
      builder.getNamedAttr("sqnr_db", builder.getDenseF64ArrayAttr(sqnrDb)),
      builder.getNamedAttr("taken", builder.getI64IntegerAttr(taken)),
  });
}

std::optional<TradeOff> TradeOff::fromAttribute(Attribute attribute) {
  auto fields = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!fields)
    return std::nullopt;
  auto bytes = fields.getAs<DenseI64ArrayAttr>("bytes");
  auto elements = fields.getAs<IntegerAttr>("elements");
  auto sqnrDb = fields.getAs<DenseF64ArrayAttr>("sqnr_db");
  auto taken = fields.getAs<IntegerAttr>("taken");
  if (!bytes || !elements || !sqnrDb || !taken ||
      bytes.size() != sqnrDb.size() ||
      taken.getValue().uge(uint64_t(bytes.size())))
    return std::nullopt;
  TradeOff tradeOff;
  for (auto [size, db] :
       llvm::zip_equal(bytes.asArrayRef(), sqnrDb.asArrayRef()))
    tradeOff.points.push_back({size, db});
  tradeOff.taken = taken.getInt();
  tradeOff.elements = elements.getInt();
  return tradeOff;
}

void TradeOff::print(llvm::raw_ostream &os) const {
  constexpr size_t shown = 8;
  std::set<size_t> places = {taken};
  for (size_t i = 0; i < shown; ++i)
    places.insert(i * (points.size() - 1) / (shown - 1));
  os << "automatic choice, from the smallest to the best (> is taken):\n"
        "     bits        bytes  predicted SQNR dB\n";
  for (size_t i : places) {
    os << (i == taken ? "> " : "  ")
       << llvm::format("%7.3f %12lld  ", getBits(points[i]),
                       static_cast<long long>(points[i].bytes));
    if (std::isinf(points[i].sqnrDb))
      os << llvm::format("%17s\n", "exact");
    else
      os << llvm::format("%17.2f\n", points[i].sqnrDb);
  }
}

llvm::json::Array TradeOff::toJson() const {
  llvm::json::Array array;
  for (auto [i, point] : llvm::enumerate(points)) {
    llvm::json::Object object{
        {"bytes", point.bytes},
        {"bits_per_weight", getBits(point)},
        {"predicted_sqnr_db", nullptr},
        {"taken", i == taken},
    };
    if (!std::isinf(point.sqnrDb))
      object["predicted_sqnr_db"] = point.sqnrDb;
    array.push_back(std::move(object));
  }
  return array;
}
