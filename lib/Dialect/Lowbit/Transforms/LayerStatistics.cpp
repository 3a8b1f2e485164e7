//===- LayerStatistics.cpp - What calibration knows of layers -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerStatistics.h"

#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Numerics/Quantize/FewRows.h"
#include "lowbit/Numerics/Quantize/InputScales.h"
#include "lowbit/Weights/Fingerprint.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"

using namespace lowbit;
using namespace mlir;
using calibration::InputStatistics;
using numerics::MethodNeeds;

FailureOr<LayerStatistics>
LayerStatistics::open(ModuleOp module, StringRef path,
                      const weights::WeightsFile *weights) {
  LayerStatistics statistics;
  statistics.module = module;
  if (path.empty())
    return statistics;
  weights::Result<calibration::Statistics> file =
      calibration::Statistics::read(path.str());
  if (!file)
    return emitError(module.getLoc()) << file.message();
  statistics.file = *std::move(file);
  if (statistics.file->model().empty())
    return statistics;
  if (!weights) {
    emitWarning(module.getLoc())
        << path << ": is of a model with weights in a file, and here there is "
        << "none to check that it is this one; name it with the option "
           "'weights'";
    return statistics;
  }
  weights::Status status =
      statistics.file->checkModel(weights::fingerprint(*weights));
  if (!status)
    return emitError(module.getLoc()) << status.message();
  return statistics;
}

void LayerStatistics::warnOfZeros(Location loc, StringRef layer,
                                  const InputStatistics &input) const {
  const numerics::ChannelStatistics &seen = input.channels.channels();
  auto isZero = [](float bound) { return bound == 0; };
  if (seen.rows == 0 || seen.channels() == 0 ||
      !llvm::all_of(seen.minimum, isZero) ||
      !llvm::all_of(seen.maximum, isZero))
    return;
  SmallVector<Attribute> known;
  if (auto names = module->getAttrOfType<ArrayAttr>(kZeroInputsAttr))
    llvm::append_range(known, names);
  // Layers of one input are known by the first.
  auto name = StringAttr::get(module.getContext(), input.layers.front());
  if (llvm::is_contained(known, name))
    return;
  known.push_back(name);
  module->setAttr(kZeroInputsAttr, ArrayAttr::get(module.getContext(), known));
  emitWarning(loc) << file->path() << ": inputs of layer '" << layer
                   << "' were 0 in all " << seen.rows
                   << " rows, which says nothing of others; collect them from "
                      "samples as the model is to meet";
}

/// Whether `method` looks at inputs where it can.
static bool usesInputs(numerics::Method::Kind method) {
  using Kind = numerics::Method::Kind;
  return method != Kind::RoundToNearest && method != Kind::Percentile &&
         method != Kind::Hqq;
}

const InputStatistics *
LayerStatistics::findMoments(StringRef layer, const InputStatistics &input,
                             int64_t windowSize) const {
  const InputStatistics *patches =
      file->find(calibration::patchesOf(layer.str()));
  const InputStatistics *found = patches || windowSize != 1 ? patches : &input;
  return found && found->hasSecondMoments() ? found : nullptr;
}

std::optional<int64_t> LayerStatistics::countRows(ArrayRef<Attribute> layers,
                                                  int64_t windowSize) const {
  int64_t rows = 0;
  for (Attribute layer : layers) {
    StringRef name = cast<StringAttr>(layer).getValue();
    const InputStatistics *input = file->find(name);
    const InputStatistics *moments =
        input ? findMoments(name, *input, windowSize) : nullptr;
    if (!moments)
      return std::nullopt;
    rows += moments->channels.channels().rows;
  }
  return rows;
}

static std::string getMethodText(numerics::Method::Kind method) {
  return "method '" + std::string(numerics::methodName(method)) + "'";
}

std::string LayerStatistics::describeUndamped(ArrayRef<Attribute> layers,
                                              numerics::Method::Kind method,
                                              int64_t channels,
                                              int64_t windowSize) const {
  if (numerics::methodNeeds(method) != MethodNeeds::GramMatrix)
    return {};
  std::optional<int64_t> rows = countRows(layers, windowSize);
  if (!rows || *rows >= channels * windowSize)
    return {};
  std::string text;
  llvm::raw_string_ostream(text)
      << "layer " << layers.front() << ": " << getMethodText(method)
      << " cannot tell " << channels * windowSize << " channels apart by "
      << *rows << " rows of inputs and 'damping: 0'; use as many rows as "
      << "channels or more, or a damping above 0";
  return text;
}

LogicalResult LayerStatistics::verify(Location loc, ArrayAttr layers,
                                      const numerics::Method &chosen,
                                      int64_t channels,
                                      int64_t windowSize) const {
  numerics::Method::Kind method = chosen.kind;
  if (!usesInputs(method))
    return success();
  MethodNeeds needs = numerics::methodNeeds(method);
  std::string methodText = getMethodText(method);
  std::string remedy =
      needs == MethodNeeds::GramMatrix
          ? "quant-run --collect --gram collects them (docs/calibration.md)"
          : "quant-run --collect collects them (docs/calibration.md)";
  if (!file) {
    if (needs == MethodNeeds::Nothing || !layers || layers.empty())
      return success();
    return emitError(loc) << "layer " << layers[0] << ": " << methodText
                          << " needs statistics of its inputs: name their file "
                             "with the option 'statistics'; "
                          << remedy;
  }
  for (Attribute name : layers ? layers.getValue() : ArrayRef<Attribute>()) {
    auto error = [&] {
      return emitError(loc) << file->path() << ": layer " << name << ": ";
    };
    const InputStatistics *input =
        file->find(cast<StringAttr>(name).getValue());
    if (!input) {
      if (needs == MethodNeeds::Nothing)
        continue;
      return error() << "has no statistics, which " << methodText << " needs; "
                     << remedy;
    }
    int64_t seen = input->channels.channels().channels();
    if (seen != channels)
      return error() << "has inputs of " << seen << " channels, but the weight "
                     << "takes " << channels
                     << ": these are statistics of another model";
    warnOfZeros(loc, cast<StringAttr>(name).getValue(), *input);
    if (needs == MethodNeeds::Nothing)
      continue;
    if (input->channels.channels().rows == 0)
      return error() << "was never run: there are no rows of inputs";
    if (needs != MethodNeeds::GramMatrix)
      continue;
    const InputStatistics *moments =
        findMoments(cast<StringAttr>(name).getValue(), *input, windowSize);
    if (!moments)
      return error() << "has no second moments"
                     << (windowSize == 1 ? "" : " of patches") << ", which "
                     << methodText << " needs; " << remedy;
    if (int64_t size = moments->channels.channels().channels();
        size != channels * windowSize)
      return error() << "has patches of " << size << " inputs, but the weight "
                     << "takes " << channels * windowSize
                     << ": these are statistics of another model";
  }
  if (needs != MethodNeeds::GramMatrix || !layers || layers.empty())
    return success();
  if (chosen.damping == 0)
    if (std::string problem =
            describeUndamped(layers.getValue(), method, channels, windowSize);
        !problem.empty())
      return emitError(loc) << problem;
  std::string few = numerics::describeFewRows(
      *countRows(layers.getValue(), windowSize), channels * windowSize,
      numerics::methodName(method));
  if (!few.empty())
    emitWarning(loc) << "layer " << layers[0] << ": " << few;
  return success();
}

void LayerInputs::divideBy(ArrayRef<float> scales) {
  // Those of a patch are a channel's window after the other.
  auto spread = [&](int64_t inputs) {
    int64_t each = inputs / static_cast<int64_t>(scales.size());
    std::vector<float> ofInputs;
    for (int64_t i = 0; i < inputs; ++i)
      ofInputs.push_back(scales[i / each]);
    return ofInputs;
  };
  channels = numerics::scaledChannels(channels, spread(channels.channels()));
  if (gram)
    gram = numerics::scaledGram(*gram, spread(gram->channels));
}

FailureOr<const InputStatistics *>
LayerStatistics::find(Location loc, ArrayRef<StringRef> layers,
                      int64_t channels) const {
  assert(file && !layers.empty() && "there is something to look for, and in");
  const InputStatistics *input = nullptr;
  StringRef layer = layers.front();
  for (StringRef name : layers) {
    const InputStatistics *known = file->find(name);
    if (input && known && known != input)
      return emitError(loc)
             << file->path() << ": layers '" << layer << "' and '" << name
             << "' have an input each there, and one together "
                "here: these are statistics of another model";
    if (!input && known) {
      input = known;
      layer = name;
    }
  }
  if (!input) {
    InFlightDiagnostic diagnostic =
        emitError(loc) << file->path() << ": has no layer '" << layer << "'";
    SmallVector<StringRef> names;
    for (const InputStatistics &known : file->inputs())
      llvm::append_range(names, known.layers);
    if (StringRef nearest = findNearest(layer, names); !nearest.empty())
      diagnostic << "; did you mean '" << nearest << "'?";
    return diagnostic;
  }
  const numerics::ChannelStatistics &seen = input->channels.channels();
  if (channels != 0 && seen.channels() != channels)
    return emitError(loc) << file->path() << ": layer '" << layer << "' has "
                          << seen.channels() << " input channels there, and "
                          << channels << " here";
  warnOfZeros(loc, layer, *input);
  return input;
}

FailureOr<std::optional<LayerInputs>>
LayerStatistics::get(Location loc, ArrayAttr layers,
                     numerics::Method::Kind method, int64_t windowSize) const {
  std::optional<LayerInputs> result;
  if (!usesInputs(method) || !file || !layers || layers.empty())
    return result;
  std::vector<const InputStatistics *> inputs;
  for (Attribute name : layers)
    inputs.push_back(file->find(cast<StringAttr>(name).getValue()));
  if (llvm::is_contained(inputs, nullptr))
    return result;
  std::vector<const InputStatistics *> moments;
  for (auto [name, input] : llvm::zip_equal(layers, inputs))
    moments.push_back(
        findMoments(cast<StringAttr>(name).getValue(), *input, windowSize));
  // An input that all share is as good as many times itself.
  for (auto *of : {&inputs, &moments})
    if (llvm::all_equal(*of))
      of->resize(1);
  numerics::ActivationStatistics sum(inputs.front()->channels.channels());
  for (const InputStatistics *input : ArrayRef(inputs).drop_front())
    if (sum.merge(numerics::ActivationStatistics(input->channels.channels())))
      return result;
  result = LayerInputs{sum.channels(), std::nullopt};
  if (numerics::methodNeeds(method) == MethodNeeds::Nothing ||
      llvm::is_contained(moments, nullptr))
    return result;
  for (const InputStatistics *input : moments) {
    weights::Result<numerics::GramMatrix> more = input->secondMoments();
    if (!more)
      return emitError(loc) << more.message();
    if (!result->gram) {
      result->gram = *std::move(more);
      continue;
    }
    for (auto [value, added] :
         llvm::zip_equal(result->gram->values, more->values))
      value += added;
    result->gram->rows += more->rows;
  }
  return result;
}
