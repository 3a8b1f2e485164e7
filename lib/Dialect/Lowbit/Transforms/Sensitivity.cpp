//===- Sensitivity.cpp - What each encoding of a weight costs -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/Sensitivity.h"

#include "lowbit/Weights/OutputFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace lowbit;
namespace json = llvm::json;

static constexpr llvm::StringLiteral kFormat = "lowbit.sensitivity";
static constexpr int64_t kVersion = 1;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace lowbit {

/// A number that is no less than 0, as sums of squares and sizes are.
template <typename Number>
static bool mapNonNegative(json::ObjectMapper &mapper, llvm::StringLiteral key,
                           Number &number, json::Path path) {
  if (!mapper.map(key, number))
    return false;
  if (number >= 0 && std::isfinite(double(number)))
    return true;
  path.field(key).report("expected a number of at least 0");
  return false;
}

static bool fromJSON(const json::Value &value, Sensitivity::Output &output,
                     json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("name", output.name) &&
         mapNonNegative(mapper, "energy", output.energy, path);
}

static bool fromJSON(const json::Value &value, Sensitivity::Option &option,
                     json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("candidate", option.candidate) &&
         mapNonNegative(mapper, "bytes", option.bytes, path) &&
         mapNonNegative(mapper, "error", option.error, path);
}

static bool fromJSON(const json::Value &value, Sensitivity::Weight &weight,
                     json::Path path) {
  json::ObjectMapper mapper(value, path);
  if (!mapper || !mapper.map("layers", weight.layers) ||
      !mapper.map("shape", weight.shape) ||
      !mapNonNegative(mapper, "axis", weight.axis, path) ||
      !mapper.map("options", weight.options))
    return false;
  if (!weight.layers.empty() && !weight.options.empty())
    return true;
  path.report("expected a layer and an option at least");
  return false;
}

static bool fromJSON(const json::Value &value, Sensitivity::Measure &measure,
                     json::Path path) {
  std::optional<llvm::StringRef> text = value.getAsString();
  if (text != "outputs" && text != "weights") {
    path.report("expected \"outputs\" or \"weights\"");
    return false;
  }
  measure = text == "outputs" ? Sensitivity::Measure::Outputs
                              : Sensitivity::Measure::Weights;
  return true;
}

static bool fromJSON(const json::Value &value, Sensitivity &sensitivity,
                     json::Path path) {
  json::ObjectMapper mapper(value, path);
  return mapper && mapper.map("measure", sensitivity.measure) &&
         mapNonNegative(mapper, "runs", sensitivity.runs, path) &&
         mapper.map("model", sensitivity.model) &&
         mapper.map("outputs", sensitivity.outputs) &&
         mapper.map("candidates", sensitivity.candidates) &&
         mapper.map("weights", sensitivity.weights);
}

} // namespace lowbit

llvm::Expected<Sensitivity> Sensitivity::read(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return makeError("cannot open " + path + ": " +
                     buffer.getError().message());
  llvm::Expected<json::Value> value = json::parse((*buffer)->getBuffer());
  if (!value)
    return makeError(path +
                     ": is not JSON: " + llvm::toString(value.takeError()));
  const json::Object *object = value->getAsObject();
  if (!object || object->getString("format") != kFormat)
    return makeError(path + ": is no sensitivity file of quant-run "
                            "(--sensitivity=FILE)");
  if (object->getInteger("version") != kVersion)
    return makeError(path + ": has another version than " +
                     llvm::Twine(kVersion) +
                     "; measure again with this quant-run --sensitivity");
  Sensitivity sensitivity;
  json::Path::Root root;
  if (!fromJSON(*value, sensitivity, root))
    return makeError(path + ": " + llvm::toString(root.getError()));
  return sensitivity;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static json::Value toJson(const Sensitivity::Weight &weight) {
  json::Array options;
  for (const Sensitivity::Option &option : weight.options)
    options.push_back(json::Object{{"candidate", option.candidate},
                                   {"bytes", option.bytes},
                                   {"error", option.error}});
  return json::Object{{"layers", json::Array(weight.layers)},
                      {"shape", json::Array(weight.shape)},
                      {"axis", weight.axis},
                      {"options", std::move(options)}};
}

llvm::Error Sensitivity::write(const std::string &path) const {
  json::Array outputRows, weightRows;
  for (const Output &output : outputs)
    outputRows.push_back(json::Object{{"name", json::fixUTF8(output.name)},
                                      {"energy", output.energy}});
  for (const Weight &weight : weights)
    weightRows.push_back(toJson(weight));
  json::Value root = json::Object{
      {"format", kFormat},
      {"version", kVersion},
      {"measure", measure == Measure::Outputs ? "outputs" : "weights"},
      {"runs", runs},
      {"model", model},
      {"outputs", std::move(outputRows)},
      {"candidates", json::Array(candidates)},
      {"weights", std::move(weightRows)},
  };
  std::string text;
  llvm::raw_string_ostream(text) << llvm::formatv("{0:2}", root) << '\n';
  weights::Result<weights::OutputFile> file = weights::OutputFile::create(path);
  if (!file)
    return makeError(file.message());
  weights::Status status =
      file->write(0, std::as_bytes(std::span<const char>(text)));
  if (status)
    status = file->commit();
  return status ? llvm::Error::success() : makeError(status.message());
}
