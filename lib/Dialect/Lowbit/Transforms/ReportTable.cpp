//===- ReportTable.cpp - The report as a table ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizationReport.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/TextTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace lowbit;

using numerics::QuantizationSummary;

namespace {
struct Column {
  llvm::StringRef name;
  llvm::StringRef title;
  bool isNumber;
  /// Whether it is in the table where no columns are asked for.
  bool isUsual;
  std::string (*text)(const QuantizationReport &, const LayerReport &);
};
} // namespace

static std::string numberText(const char *format,
                              std::optional<double> number) {
  if (!number)
    return "-";
  if (std::isinf(*number))
    return *number > 0 ? "exact" : "-inf";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(format, *number);
  return text;
}

/// A measure of the layer's weight; "-" where there is none.
static std::string measure(const QuantizationReport &report,
                           const LayerReport &layer, const char *format,
                           double (*get)(const QuantizationSummary &)) {
  const QuantizationSummary *summary = report.summary(layer);
  return numberText(format,
                    summary ? std::optional(get(*summary)) : std::nullopt);
}

/// "4x384"; "?" for a size that is not known.
static std::string shapeText(const std::vector<int64_t> &shape) {
  auto sizes = llvm::map_range(shape, [](int64_t size) {
    return size < 0 ? std::string("?") : std::to_string(size);
  });
  return shape.empty() ? "scalar" : llvm::join(sizes, "x");
}

static double percentOf(int64_t count, const QuantizationSummary &summary) {
  return summary.elements == 0 ? 0 : 100.0 * count / summary.elements;
}

/// In the place of a kernel that no pass has planned.
static constexpr llvm::StringLiteral kNotPlanned = "not planned";

/// In front of an error of outputs that is not that of the samples exactly.
static constexpr llvm::StringLiteral kEstimated = "~";

static bool isEstimated(const LayerReport &layer) {
  return layer.output && !layer.output->isExact();
}

/// A column of a measure of the weight.
#define MEASURE(NAME, TITLE, USUAL, FORMAT, VALUE)                             \
  {NAME, TITLE, /*isNumber=*/true, USUAL,                                      \
   [](const QuantizationReport &report, const LayerReport &layer) {            \
     return measure(                                                           \
         report, layer, FORMAT,                                                \
         [](const QuantizationSummary &s) -> double { return VALUE; });        \
   }}

static const Column kColumns[] = {
    {"layer", "layer", false, true,
     [](const QuantizationReport &, const LayerReport &l) { return l.name; }},
    {"op", "op", false, false,
     [](const QuantizationReport &, const LayerReport &l) {
       return l.operation;
     }},
    {"shape", "shape", false, true,
     [](const QuantizationReport &, const LayerReport &l) {
       return shapeText(l.shape);
     }},
    {"encoding", "encoding", false, true,
     [](const QuantizationReport &, const LayerReport &l) {
       return l.encoding;
     }},
    {"bits", "bits", true, true,
     [](const QuantizationReport &, const LayerReport &l) {
       return l.bitsPerWeight == 0 ? "-" : numberText("%.3f", l.bitsPerWeight);
     }},
    {"before", "before", true, true,
     [](const QuantizationReport &, const LayerReport &l) {
       return std::to_string(l.bytesBefore);
     }},
    {"after", "after", true, true,
     [](const QuantizationReport &, const LayerReport &l) {
       return std::to_string(l.bytesAfter);
     }},
    MEASURE("sqnr", "SQNR dB", true, "%.2f", s.error.sqnrDb()),
    {"output", "output dB (weights only)", true, true,
     [](const QuantizationReport &, const LayerReport &l) {
       std::string text =
           numberText("%.2f", l.output ? std::optional(l.output->error.sqnrDb())
                                       : std::nullopt);
       return isEstimated(l) ? kEstimated.str() + text : text;
     }},
    MEASURE("psnr", "PSNR dB", false, "%.2f", s.error.psnrDb()),
    MEASURE("mse", "MSE", false, "%.3g", s.error.mse()),
    MEASURE("max-error", "max error", false, "%.3g", s.error.maxAbsError()),
    MEASURE("cosine", "cosine", false, "%.6f", s.error.cosine()),
    MEASURE("clipped", "clipped %", false, "%.3g", percentOf(s.clipped, s)),
    MEASURE("pruned", "pruned %", false, "%.3g", percentOf(s.pruned, s)),
    MEASURE("worst", "worst dB", false, "%.2f",
            s.worst.empty() ? s.error.sqnrDb() : s.worst.front().sqnrDb),
    {"kernel", "kernel", false, true,
     [](const QuantizationReport &, const LayerReport &l) {
       if (!l.floatReason.empty())
         return "float: " + l.floatReason;
       return l.kernel.empty() ? kNotPlanned.str() : l.kernel;
     }},
};
#undef MEASURE

static llvm::Expected<std::vector<const Column *>>
chooseColumns(const QuantizationReport &report,
              llvm::ArrayRef<std::string> names) {
  std::vector<const Column *> columns;
  if (names.empty() || names == llvm::ArrayRef<std::string>("all")) {
    auto hasAny = [&](bool (*has)(const LayerReport &)) {
      return llvm::any_of(report.layers, has);
    };
    bool hasOutputs =
        hasAny([](const LayerReport &l) { return l.output.has_value(); });
    // Also of the reasons why layers stayed float.
    bool hasKernels = hasAny([](const LayerReport &l) {
      return !l.kernel.empty() || !l.floatReason.empty();
    });
    for (const Column &column : kColumns)
      if (!names.empty() ||
          (column.isUsual && (hasOutputs || column.name != "output") &&
           (hasKernels || column.name != "kernel")))
        columns.push_back(&column);
    return columns;
  }
  for (llvm::StringRef name : names) {
    const Column *column = llvm::find_if(
        kColumns, [&](const Column &c) { return c.name == name; });
    if (column == std::end(kColumns)) {
      auto known =
          llvm::map_to_vector(kColumns, [](const Column &c) { return c.name; });
      llvm::StringRef nearest = findNearest(name, known);
      return llvm::createStringError(
          llvm::inconvertibleErrorCode(),
          "there is no column '" + name + "'" +
              (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") +
              " (columns: all, " + llvm::join(known, ", ") + ")");
    }
    columns.push_back(column);
  }
  return columns;
}

namespace {
/// Texts that are longer than a cell should be, by numbers.
class Notes {
public:
  explicit Notes(size_t limit) : limit(limit) {}

  /// The text, or "[1]".
  std::string shorten(const std::string &text) {
    if (text.size() <= limit)
      return text;
    size_t number = llvm::find(texts, text) - texts.begin();
    if (number == texts.size())
      texts.push_back(text);
    return "[" + std::to_string(number + 1) + "]";
  }

  void print(llvm::raw_ostream &os) const {
    for (auto [number, text] : llvm::enumerate(texts))
      os << '[' << number + 1 << "] " << text << '\n';
  }

private:
  size_t limit;
  std::vector<std::string> texts;
};
} // namespace

llvm::Error
QuantizationReport::printTable(llvm::raw_ostream &os,
                               llvm::ArrayRef<std::string> names) const {
  auto columns = chooseColumns(*this, names);
  if (!columns)
    return columns.takeError();
  // Long texts would make the usual table too wide.
  Notes notes(/*limit=*/names.empty() ? 24 : std::string::npos);
  TextTable table;
  table.rows.emplace_back();
  for (const Column *column : *columns) {
    table.isNumber.push_back(column->isNumber);
    table.rows.front().push_back(column->title.str());
  }
  for (const LayerReport &layer : layers) {
    std::vector<std::string> &row = table.rows.emplace_back();
    for (const Column *column : *columns) {
      std::string text = column->text(*this, layer);
      row.push_back(column->name == "kernel" ? notes.shorten(text) : text);
    }
  }
  table.print(os);
  notes.print(os);
  auto shows = [&](llvm::StringRef name) {
    return llvm::any_of(*columns,
                        [&](const Column *c) { return c->name == name; });
  };
  if (shows("output") && llvm::any_of(layers, isEstimated))
    os << kEstimated
       << ": an estimate, without second moments of what each output sums "
          "over\n";
  if (shows("kernel") && llvm::any_of(layers, [](const LayerReport &l) {
        return l.floatReason.empty() && l.kernel.empty();
      }))
    os << kNotPlanned
       << ": lowbit-plan-x86-kernels in front of lowbit-report says which "
          "kernel\n";

  if (std::optional<numerics::ErrorStatistics> all = error())
    os << "error of all encoded weights: SQNR "
       << numberText("%.2f dB", all->sqnrDb()) << ", largest "
       << llvm::format("%.3g", all->maxAbsError()) << ", cosine "
       << llvm::format("%.6f", all->cosine()) << '\n';
  if (encodedBytesBefore == 0)
    os << "encoded: nothing\n";
  else
    os << llvm::formatv("encoded: {0} of {1} bytes, {2:f3}x, {3:f3} bits per "
                        "weight\n",
                        encodedBytesAfter, encodedBytesBefore,
                        sizeRatio(encodedBytesAfter, encodedBytesBefore),
                        bitsPerWeight());
  os << llvm::formatv("all weights: {0} of {1} bytes, {2:f3}x\n", bytesAfter,
                      bytesBefore, sizeRatio(bytesAfter, bytesBefore));
  if (tradeOff)
    tradeOff->print(os);
  return llvm::Error::success();
}
