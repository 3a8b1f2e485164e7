//===- ReportJson.cpp - The report as JSON --------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/ReportJson.h"

#include "QuantizationReport.h"
#include "lowbit/Weights/OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace lowbit;
namespace json = llvm::json;

double QuantizationReport::bitsPerWeight() const {
  return encodedElements == 0 ? 0 : 8.0 * encodedBytesAfter / encodedElements;
}

std::optional<numerics::ErrorStatistics> QuantizationReport::error() const {
  std::optional<numerics::ErrorStatistics> all;
  for (const WeightReport &weight : weights) {
    if (!weight.summary)
      continue;
    if (!all)
      all.emplace();
    all->merge(weight.summary->error);
  }
  return all;
}

const numerics::QuantizationSummary *
QuantizationReport::summary(const LayerReport &layer) const {
  if (!layer.weight || !weights[*layer.weight].summary)
    return nullptr;
  return &*weights[*layer.weight].summary;
}

/// A number that JSON can hold.
static json::Value numberOrNull(double number) {
  return std::isfinite(number) ? json::Value(number) : json::Value(nullptr);
}

static json::Value textOrNull(const std::string &text) {
  return text.empty() ? json::Value(nullptr) : json::Value(json::fixUTF8(text));
}

static json::Value shareOf(int64_t count, int64_t elements) {
  return elements == 0 ? 0 : double(count) / elements;
}

/// The measures of `error`, or null for each where there is none.
static void addErrors(json::Object &row,
                      const numerics::ErrorStatistics *error) {
  using Errors = numerics::ErrorStatistics;
  std::pair<const char *, double (Errors::*)() const> measures[] = {
      {"mse", &Errors::mse},
      {"sqnr_db", &Errors::sqnrDb},
      {"psnr_db", &Errors::psnrDb},
      {"max_error", &Errors::maxAbsError},
      {"cosine", &Errors::cosine}};
  for (auto [name, measure] : measures)
    row[name] =
        error ? numberOrNull((error->*measure)()) : json::Value(nullptr);
}

static json::Value barsToJson(const numerics::Bars &bars) {
  return json::Object{{"begin", bars.begin},
                      {"width", bars.width},
                      {"before", json::Array(bars.before)},
                      {"after", json::Array(bars.after)}};
}

static json::Object weightToJson(const WeightReport &weight) {
  json::Object row{
      {"name", json::fixUTF8(weight.name)},
      {"source", textOrNull(weight.source)},
      {"shape", json::Array(weight.shape)},
      {"encoding", weight.encoding},
      {"elements", weight.elements},
      {"bits_per_weight", weight.bitsPerWeight()},
      {"bytes_before", weight.bytesBefore},
      {"bytes_after", weight.bytesAfter},
  };
  const numerics::QuantizationSummary *summary =
      weight.summary ? &*weight.summary : nullptr;
  addErrors(row, summary ? &summary->error : nullptr);
  for (const char *name : {"clipped_share", "pruned_share", "not_finite_before",
                           "not_finite_after", "worst_blocks", "histogram"})
    row[name] = nullptr;
  if (!summary)
    return row;
  row["clipped_share"] = shareOf(summary->clipped, weight.elements);
  row["pruned_share"] = shareOf(summary->pruned, weight.elements);
  row["not_finite_before"] = summary->notFiniteBefore;
  row["not_finite_after"] = summary->notFiniteAfter;
  json::Array worst;
  for (const numerics::BlockError &block : summary->worst)
    worst.push_back(json::Object{
        {"block",
         json::Array(numerics::placeOf(block.block, weight.scaleShape))},
        {"sqnr_db", numberOrNull(block.sqnrDb)},
        {"max_error", numberOrNull(block.maxError)}});
  row["worst_blocks"] = std::move(worst);
  row["histogram"] = barsToJson(summary->bars);
  return row;
}

static json::Object layerToJson(const QuantizationReport &report,
                                const LayerReport &layer) {
  json::Object row{
      {"name", json::fixUTF8(layer.name)},
      {"op", layer.operation},
      {"shape", json::Array(layer.shape)},
      {"encoding", layer.encoding},
      {"bits_per_weight", layer.bitsPerWeight},
      {"bytes_before", layer.bytesBefore},
      {"bytes_after", layer.bytesAfter},
      {"bias_corrected", layer.hasCorrectedBias},
      {"kernel", textOrNull(layer.kernel)},
      {"float_reason", textOrNull(layer.floatReason)},
      {"weight", nullptr},
      {"clipped_share", nullptr},
      {"output_sqnr_db", nullptr},
      {"output_error_from", nullptr},
  };
  if (layer.weight)
    row["weight"] = json::fixUTF8(report.weights[*layer.weight].name);
  const numerics::QuantizationSummary *summary = report.summary(layer);
  addErrors(row, summary ? &summary->error : nullptr);
  if (summary)
    row["clipped_share"] = shareOf(summary->clipped, summary->elements);
  if (layer.output) {
    row["output_sqnr_db"] = numberOrNull(layer.output->error.sqnrDb());
    row["output_error_from"] = layer.output->isExact() ? "gram"
                               : layer.output->isPooled
                                   ? "gram of all parts"
                                   : "uncorrelated channels";
  }
  return row;
}

json::Value QuantizationReport::toJson() const {
  json::Array layerRows, weightRows;
  int64_t floatLayers = 0, measured = 0;
  double outputSum = 0;
  int64_t outputs = 0;
  for (const LayerReport &layer : layers) {
    layerRows.push_back(layerToJson(*this, layer));
    floatLayers += !layer.floatReason.empty();
    if (!layer.output || !std::isfinite(layer.output->error.sqnrDb()))
      continue;
    outputSum += layer.output->error.sqnrDb();
    ++outputs;
  }
  for (const WeightReport &weight : weights) {
    weightRows.push_back(weightToJson(weight));
    if (weight.summary)
      measured += weight.elements;
  }
  json::Object total{
      {"bytes_before", bytesBefore},
      {"bytes_after", bytesAfter},
      {"ratio", sizeRatio(bytesAfter, bytesBefore)},
      {"encoded_bytes_before", encodedBytesBefore},
      {"encoded_bytes_after", encodedBytesAfter},
      {"encoded_ratio", sizeRatio(encodedBytesAfter, encodedBytesBefore)},
      {"encoded_elements", encodedElements},
      {"bits_per_weight", bitsPerWeight()},
      {"layers", int64_t(layers.size())},
      {"float_layers", floatLayers},
      {"measured_elements", measured},
      {"mean_output_sqnr_db", nullptr},
  };
  std::optional<numerics::ErrorStatistics> all = error();
  addErrors(total, all ? &*all : nullptr);
  if (outputs != 0)
    total["mean_output_sqnr_db"] = outputSum / outputs;
  json::Object report{{"version", 1},
                      {"layers", std::move(layerRows)},
                      {"weights", std::move(weightRows)},
                      {"total", std::move(total)}};
  if (tradeOff)
    report["tradeoff"] = tradeOff->toJson();
  return report;
}

/// Writes `value`; an array of scalars, which may have a hundred, in one line.
static void write(json::OStream &os, const json::Value &value) {
  if (const json::Object *object = value.getAsObject()) {
    // As LLVM sorts them.
    std::vector<const json::Object::value_type *> members;
    for (const auto &member : *object)
      members.push_back(&member);
    llvm::sort(members, [](const auto *a, const auto *b) {
      return llvm::StringRef(a->first) < llvm::StringRef(b->first);
    });
    os.object([&] {
      for (const auto *member : members) {
        os.attributeBegin(member->first);
        write(os, member->second);
        os.attributeEnd();
      }
    });
    return;
  }
  const json::Array *array = value.getAsArray();
  if (!array) {
    os.value(value);
    return;
  }
  bool isFlat = llvm::all_of(*array, [](const json::Value &item) {
    return item.kind() == json::Value::Number;
  });
  if (isFlat) {
    os.rawValue([&](llvm::raw_ostream &raw) {
      raw << '[';
      llvm::interleaveComma(*array, raw);
      raw << ']';
    });
    return;
  }
  os.array([&] {
    for (const json::Value &item : *array)
      write(os, item);
  });
}

weights::Status lowbit::writeReport(const std::string &path,
                                    const json::Value &report) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  json::OStream os(stream, /*IndentSize=*/2);
  write(os, report);
  os.flush();
  stream << '\n';
  weights::Result<weights::OutputFile> file = weights::OutputFile::create(path);
  if (!file)
    return file.takeError();
  weights::Status status =
      file->write(0, std::as_bytes(std::span<const char>(text)));
  return status ? file->commit() : status;
}
