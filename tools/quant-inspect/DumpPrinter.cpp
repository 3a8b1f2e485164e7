//===- DumpPrinter.cpp - A tensor for people and for programs -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Listing.h"
#include "TensorDump.h"
#include "lowbit/Dialect/Lowbit/Transforms/TextTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace lowbit;
namespace json = llvm::json;

static std::string text(const char *format, double value) {
  std::string result;
  llvm::raw_string_ostream(result) << llvm::format(format, value);
  return result;
}

/// "[0, 3]".
static std::string placeText(llvm::ArrayRef<int64_t> place) {
  return "[" +
         llvm::join(llvm::map_range(
                        place, [](int64_t i) { return std::to_string(i); }),
                    ", ") +
         "]";
}

/// The window as a table of `cell(i)`, i counting its values.
static void printWindow(llvm::raw_ostream &os, const Window &window,
                        llvm::function_ref<std::string(size_t)> cell) {
  TextTable table;
  table.isNumber.assign(window.numColumns() + 1, true);
  std::vector<std::string> &titles = table.rows.emplace_back(1);
  for (int64_t j = window.firstColumn; j < window.lastColumn; ++j)
    titles.push_back(std::to_string(j));
  for (int64_t i = 0; i < window.numRows(); ++i) {
    std::vector<std::string> &row = table.rows.emplace_back();
    row.push_back(std::to_string(window.firstRow + i) + ":");
    for (int64_t j = 0; j < window.numColumns(); ++j)
      row.push_back(cell(i * window.numColumns() + j));
  }
  table.print(os, "  ");
}

static void printBlocks(llvm::raw_ostream &os, const TensorDump &dump) {
  TextTable table{{false, true}, {{"block", "scale"}}};
  const TensorDump::Block &first = dump.blocks.begin()->second;
  if (first.zeroPoint) {
    table.isNumber.push_back(true);
    table.rows.front().push_back("zero point");
  }
  if (first.offset) {
    table.isNumber.push_back(true);
    table.rows.front().push_back("offset");
  }
  for (const auto &[number, block] : dump.blocks) {
    std::vector<std::string> row = {placeText(block.place),
                                    text("%.9g", block.scale)};
    if (block.zeroPoint)
      row.push_back(std::to_string(*block.zeroPoint));
    if (block.offset)
      row.push_back(text("%.9g", *block.offset));
    table.rows.push_back(std::move(row));
  }
  table.print(os, "  ");
}

/// Counts of codes as bars, neighbours together where there are many.
static void printCounts(llvm::raw_ostream &os, const TensorDump &dump) {
  constexpr size_t kBars = 32;
  constexpr int64_t kWidth = 40;
  size_t perBar = (dump.codeCounts.size() + kBars - 1) / kBars;
  std::vector<std::pair<std::string, int64_t>> bars;
  int64_t total = 0, largest = 1;
  for (size_t i = 0; i < dump.codeCounts.size(); i += perBar) {
    size_t last = std::min(i + perBar, dump.codeCounts.size()) - 1;
    const TensorDump::CodeCount &code = dump.codeCounts[i];
    std::string label = std::to_string(code.code);
    if (last != i)
      label += ".." + std::to_string(dump.codeCounts[last].code);
    if (!dump.isAffine && !std::isnan(code.level))
      label += " (" + text("%.4g", code.level) + ")";
    int64_t count = 0;
    for (size_t j = i; j <= last; ++j)
      count += dump.codeCounts[j].count;
    bars.push_back({label, count});
    total += count;
    largest = std::max(largest, count);
  }
  TextTable table{{true, true, true, false}, {}};
  for (const auto &[label, count] : bars)
    table.rows.push_back(
        {label, std::to_string(count),
         text("%.2f %%", total == 0 ? 0 : 100.0 * count / total),
         std::string((count * kWidth + largest - 1) / largest, '#')});
  os << "codes of all " << total << " stored values"
     << (dump.isAffine ? "" : " (and their levels)") << '\n';
  table.print(os, "  ");
}

static void printSummary(llvm::raw_ostream &os, const TensorDump &dump) {
  const numerics::QuantizationSummary &summary = *dump.summary;
  const numerics::ErrorStatistics &error = summary.error;
  if (error.mse() == 0) {
    os << "all " << summary.elements << " values are those of "
       << dump.againstPath << '\n';
    return;
  }
  os << "error of all " << summary.elements << " values: SQNR "
     << text("%.2f dB", error.sqnrDb()) << ", PSNR "
     << text("%.2f dB", error.psnrDb()) << ", MSE " << text("%.4g", error.mse())
     << ", largest " << text("%.4g", error.maxAbsError()) << ", cosine "
     << text("%.6f", error.cosine()) << '\n';
  if (!dump.isEncoded)
    return;
  os << "clipped: " << summary.clipped
     << " values; dropped by sparsity: " << summary.pruned << '\n';
  if (summary.worst.empty())
    return;
  os << "worst blocks\n";
  TextTable table{{false, true, true}, {{"block", "SQNR dB", "largest error"}}};
  for (const numerics::BlockError &block : summary.worst)
    table.rows.push_back(
        {placeText(numerics::placeOf(block.block, dump.scaleShape)),
         text("%.2f", block.sqnrDb), text("%.4g", block.maxError)});
  table.print(os, "  ");
}

void TensorDump::print(llvm::raw_ostream &os) const {
  os << json::fixUTF8(name) << ": " << weights::shapeText(shape) << ", " << type
     << '\n';
  TextTable table{{false, false, false, true},
                  {{"stored", "type", "shape", "bytes"}}};
  uint64_t bytes = 0;
  for (const weights::TensorView *part : parts) {
    table.rows.push_back(
        {json::fixUTF8(part->name), std::string(weights::name(part->dtype)),
         weights::shapeText(part->shape), std::to_string(part->size)});
    bytes += part->size;
  }
  table.print(os, "  ");
  os << text("%.3f", bits) << " bits per weight, " << bytes << " bytes\n";

  if (values.empty()) {
    os << "no values\n";
    return;
  }
  std::string where = " of rows " + std::to_string(window.firstRow) + ":" +
                      std::to_string(window.lastRow) + ", columns " +
                      std::to_string(window.firstColumn) + ":" +
                      std::to_string(window.lastColumn) + "\n";
  if (isEncoded) {
    os << "codes" << where;
    printWindow(os, window, [&](size_t i) {
      return codes[i] ? std::to_string(*codes[i]) : ".";
    });
    os << "blocks of these values\n";
    printBlocks(os, *this);
  }
  os << (isEncoded ? "decoded values" : "values") << where;
  printWindow(os, window, [&](size_t i) { return text("%.6g", values[i]); });
  if (summary) {
    os << "values in " << againstPath << '\n';
    printWindow(os, window,
                [&](size_t i) { return text("%.6g", originals[i]); });
    os << "errors\n";
    printWindow(os, window, [&](size_t i) {
      return text("%.3g", values[i] - originals[i]);
    });
    printSummary(os, *this);
  }
  if (!codeCounts.empty())
    printCounts(os, *this);
}

static json::Value numberOrNull(double value) {
  return std::isfinite(value) ? json::Value(value) : json::Value(nullptr);
}

/// The window as rows of `cell(i)`.
static json::Array rowsOf(const Window &window,
                          llvm::function_ref<json::Value(size_t)> cell) {
  json::Array rows;
  for (int64_t i = 0; i < window.numRows(); ++i) {
    json::Array row;
    for (int64_t j = 0; j < window.numColumns(); ++j)
      row.push_back(cell(i * window.numColumns() + j));
    rows.push_back(std::move(row));
  }
  return rows;
}

static json::Object blockToJson(const TensorDump::Block &block) {
  json::Object object{{"block", json::Array(block.place)},
                      {"scale", numberOrNull(block.scale)}};
  if (block.zeroPoint)
    object["zero_point"] = *block.zeroPoint;
  if (block.offset)
    object["offset"] = numberOrNull(*block.offset);
  return object;
}

void TensorDump::printJson(llvm::raw_ostream &os) const {
  json::Array partRows;
  for (const weights::TensorView *part : parts)
    partRows.push_back(
        json::Object{{"name", part->name},
                     {"type", llvm::StringRef(weights::name(part->dtype))},
                     {"shape", json::Array(part->shape)},
                     {"bytes", part->size}});
  json::Object object{
      {"name", name},
      {"shape", json::Array(shape)},
      {isEncoded ? "encoding" : "type", type},
      {"bits_per_weight", bits},
      {"stored", std::move(partRows)},
      {"rows", json::Array({window.firstRow, window.lastRow})},
      {"columns", json::Array({window.firstColumn, window.lastColumn})},
      {"values",
       rowsOf(window, [&](size_t i) { return numberOrNull(values[i]); })}};
  if (isEncoded) {
    object["codes"] = rowsOf(window, [&](size_t i) {
      return codes[i] ? json::Value(*codes[i]) : json::Value(nullptr);
    });
    json::Array blockRows, counts;
    for (const auto &[number, block] : blocks)
      blockRows.push_back(blockToJson(block));
    for (const CodeCount &code : codeCounts)
      counts.push_back(json::Object{{"code", code.code},
                                    {"level", numberOrNull(code.level)},
                                    {"count", code.count}});
    object["blocks"] = std::move(blockRows);
    object["code_counts"] = std::move(counts);
  }
  if (summary)
    object["against"] = json::Object{
        {"file", againstPath},
        {"values",
         rowsOf(window, [&](size_t i) { return numberOrNull(originals[i]); })},
        {"sqnr_db", numberOrNull(summary->error.sqnrDb())},
        {"psnr_db", numberOrNull(summary->error.psnrDb())},
        {"mse", numberOrNull(summary->error.mse())},
        {"max_error", numberOrNull(summary->error.maxAbsError())},
        {"cosine", numberOrNull(summary->error.cosine())},
        {"clipped", summary->clipped}};
  os << llvm::formatv("{0:2}\n", json::Value(std::move(object)));
}

void TensorDump::printCsv(llvm::raw_ostream &os) const {
  os << "row,column" << (isEncoded ? ",code,scale,zero_point,offset" : "")
     << ",value" << (summary ? ",original,error" : "") << '\n';
  size_t i = 0;
  window.forEach([&](int64_t row, int64_t column, int64_t) {
    os << row << ',' << column;
    if (isEncoded) {
      const Block &block = blocks.at(blockOfValue[i]);
      os << ',' << (codes[i] ? std::to_string(*codes[i]) : "") << ','
         << text("%.9g", block.scale) << ','
         << (block.zeroPoint ? std::to_string(*block.zeroPoint) : "") << ','
         << (block.offset ? text("%.9g", *block.offset) : "");
    }
    os << ',' << text("%.9g", values[i]);
    if (summary)
      os << ',' << text("%.9g", originals[i]) << ','
         << text("%.9g", values[i] - originals[i]);
    os << '\n';
    ++i;
  });
}
