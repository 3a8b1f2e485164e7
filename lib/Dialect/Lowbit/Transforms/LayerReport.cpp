//===- LayerReport.cpp - Layers as a table and as JSON --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerReport.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace lowbit;

double ModelReport::bitsPerWeight() const {
  return encodedElements == 0 ? 0 : 8.0 * encodedBytesAfter / encodedElements;
}

static double ratio(int64_t after, int64_t before) {
  return before == 0 ? 1 : double(after) / before;
}

/// A number that JSON can hold: infinite is null, as is absent.
static llvm::json::Value numberOrNull(std::optional<double> number) {
  if (!number || !std::isfinite(*number))
    return nullptr;
  return *number;
}

static std::string numberText(const char *format,
                              std::optional<double> number) {
  if (!number)
    return "-";
  if (std::isinf(*number))
    return "exact";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(format, *number);
  return text;
}

/// "4x384"; "?" for a size that is not known.
static std::string shapeText(const std::vector<int64_t> &shape) {
  auto sizes = llvm::map_range(shape, [](int64_t size) {
    return size < 0 ? std::string("?") : std::to_string(size);
  });
  return shape.empty() ? "scalar" : llvm::join(sizes, "x");
}

void ModelReport::printTable(llvm::raw_ostream &os) const {
  using Row = std::vector<std::string>;
  std::vector<Row> rows = {{"layer", "op", "shape", "encoding", "bits",
                            "bytes before", "after", "SQNR dB", "max error",
                            "kernel"}};
  for (const LayerReport &layer : layers)
    rows.push_back(
        {layer.name, layer.operation, shapeText(layer.shape), layer.encoding,
         layer.bitsPerWeight == 0 ? "-"
                                  : numberText("%.2f", layer.bitsPerWeight),
         std::to_string(layer.bytesBefore), std::to_string(layer.bytesAfter),
         numberText("%.2f", layer.sqnrDb), numberText("%.3g", layer.maxError),
         layer.floatReason.empty() ? layer.kernel
                                   : "float: " + layer.floatReason});

  std::vector<size_t> widths(rows.front().size(), 0);
  for (const Row &row : rows)
    for (auto [width, cell] : llvm::zip(widths, row))
      width = std::max(width, cell.size());
  for (const Row &row : rows) {
    std::string line;
    for (auto [column, cell] : llvm::enumerate(row)) {
      // Text stands left, numbers right.
      std::string padding(widths[column] - cell.size(), ' ');
      bool isNumber = column >= 4 && column <= 8;
      line += (column == 0 ? "" : "  ") + (isNumber ? padding : "") + cell +
              (isNumber ? "" : padding);
    }
    os << llvm::StringRef(line).rtrim() << '\n';
  }
  os << llvm::formatv("encoded: {0} of {1} bytes, {2:f3}x, {3:f2} bits per "
                      "weight\n",
                      encodedBytesAfter, encodedBytesBefore,
                      ratio(encodedBytesAfter, encodedBytesBefore),
                      bitsPerWeight());
  os << llvm::formatv("all weights: {0} of {1} bytes, {2:f3}x\n", bytesAfter,
                      bytesBefore, ratio(bytesAfter, bytesBefore));
  if (tradeOff)
    tradeOff->print(os);
}

llvm::json::Value ModelReport::toJson() const {
  llvm::json::Array rows;
  for (const LayerReport &layer : layers) {
    llvm::json::Object row{
        {"name", llvm::json::fixUTF8(layer.name)},
        {"op", layer.operation},
        {"shape", llvm::json::Array(layer.shape)},
        {"encoding", layer.encoding},
        {"bits_per_weight", layer.bitsPerWeight},
        {"bytes_before", layer.bytesBefore},
        {"bytes_after", layer.bytesAfter},
        {"sqnr_db", numberOrNull(layer.sqnrDb)},
        {"max_error", numberOrNull(layer.maxError)},
    };
    row["kernel"] = layer.kernel.empty() ? llvm::json::Value(nullptr)
                                         : llvm::json::Value(layer.kernel);
    row["float_reason"] = layer.floatReason.empty()
                              ? llvm::json::Value(nullptr)
                              : llvm::json::Value(layer.floatReason);
    rows.push_back(std::move(row));
  }
  llvm::json::Object total{
      {"bytes_before", bytesBefore},
      {"bytes_after", bytesAfter},
      {"ratio", ratio(bytesAfter, bytesBefore)},
      {"encoded_bytes_before", encodedBytesBefore},
      {"encoded_bytes_after", encodedBytesAfter},
      {"encoded_ratio", ratio(encodedBytesAfter, encodedBytesBefore)},
      {"encoded_elements", encodedElements},
      {"bits_per_weight", bitsPerWeight()},
  };
  llvm::json::Object report{{"layers", std::move(rows)},
                            {"total", std::move(total)}};
  if (tradeOff)
    report["tradeoff"] = tradeOff->toJson();
  return report;
}
