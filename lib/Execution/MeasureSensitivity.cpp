//===- MeasureSensitivity.cpp - What encodings do to outputs --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Execution/MeasureSensitivity.h"

#include "OutputNoise.h"
#include "RunPasses.h"
#include "TemporaryFile.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/WeightValues.h"
#include "lowbit/Pipelines/Pipelines.h"
#include "lowbit/Weights/Fingerprint.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace lowbit;
using namespace mlir;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

/// A failure that a diagnostic has told.
static llvm::Error diagnosed() { return llvm::make_error<DiagnosedError>(); }

namespace {

/// A weight that is encoded as one.
struct Unit {
  SmallVector<Layer> layers;
  /// In the program: the name of the global, and its value in float.
  std::string global;
  std::span<const std::byte> value;
  std::vector<std::byte> storage;

  const Layer &first() const { return layers.front(); }
};

class Measurement {
public:
  Measurement(ModuleOp module, const SensitivityOptions &options)
      : module(module), options(options) {}

  llvm::Error prepare(bool runs);
  llvm::Error compile(const SampleSource &source);
  llvm::Error measure(const std::string &candidate);

  Sensitivity take() { return std::move(result); }

private:
  llvm::Error quantize(ModuleOp copy, const std::string &candidate,
                       const std::string &path);
  llvm::Error measureFloat();
  llvm::Expected<double> getError(Unit &unit, std::vector<float> decoded);
  void report(const std::string &candidate, size_t measured);

  ModuleOp module;
  const SensitivityOptions &options;
  std::optional<WeightValues> values;
  std::vector<Unit> units;
  std::unique_ptr<Program> program;
  std::optional<OutputNoise> noise;
  Sensitivity result;
};

} // namespace

/// Brings the model into the form that lowbit-quantize gives it, and finds the
/// weights.
llvm::Error Measurement::prepare(bool runs) {
  if (llvm::Error error = runPasses(module, buildNamedLayersStage))
    return error;
  if (runs) {
    // Layers that do not run have no effect, which is not to say no error.
    auto function = module.lookupSymbol<func::FuncOp>(options.compile.function);
    for (auto other : module.getOps<func::FuncOp>())
      if (function && other != function)
        other.setPrivate();
    if (llvm::Error error = runPasses(module, [](OpPassManager &pm) {
          pm.addPass(createSymbolDCEPass());
        }))
      return error;
  }
  FailureOr<WeightValues> opened =
      WeightValues::open(module, options.compile.weights);
  if (failed(opened))
    return diagnosed();
  values.emplace(std::move(*opened));

  SmallVector<Layer> layers = collectLayers(module);
  SmallVector<const Layer *> encodable;
  for (const Layer &layer : layers)
    if (layer.reason.empty() && !getEncoding(layer.getWeightType()))
      encodable.push_back(&layer);
  if (encodable.empty())
    return makeError("the model has no layer whose weight could be encoded");
  for (const SmallVector<size_t> &group : groupByWeight(encodable)) {
    Unit &unit = units.emplace_back();
    Sensitivity::Weight &weight = result.weights.emplace_back();
    for (size_t place : group) {
      unit.layers.push_back(*encodable[place]);
      weight.layers.push_back(encodable[place]->name);
    }
    weight.shape = unit.first().getWeightType().getShape().vec();
    weight.axis = unit.first().weightAxis;
  }
  result.measure =
      runs ? Sensitivity::Measure::Outputs : Sensitivity::Measure::Weights;
  result.candidates = options.candidates;
  if (!options.compile.weights.empty()) {
    auto file = weights::WeightsFile::open(options.compile.weights);
    if (!file)
      return makeError(file.message());
    result.model = weights::fingerprint(*file);
  }
  return llvm::Error::success();
}

/// Compiles the model with a global of its own for each unit.
llvm::Error Measurement::compile(const SampleSource &source) {
  for (Unit &unit : units) {
    unit.value = values->findInFile(unit.first());
    if (!unit.value.empty())
      continue;
    FailureOr<std::vector<float>> reals = values->read(unit.first());
    if (failed(reals))
      return diagnosed();
    unit.storage =
        toStoredReals(*reals, unit.first().getWeightType().getElementType());
    unit.value = unit.storage;
  }

  // The copies of the layers stand in the same order.
  OwningOpRef<ModuleOp> copy = module.clone();
  llvm::StringMap<Layer> copies;
  for (Layer &layer : collectLayers(*copy))
    copies[layer.name] = std::move(layer);
  SymbolTable symbols(*copy);
  CompileOptions compile = options.compile;
  for (Unit &unit : units) {
    RankedTensorType type = unit.first().getWeightType();
    OpBuilder builder(module.getContext());
    auto global = ml_program::GlobalOp::create(
        builder, unit.first().op->getLoc(), "lowbit.unit", type,
        /*is_mutable=*/false,
        ml_program::ExternAttr::get(module.getContext(), type),
        builder.getStringAttr("public"));
    unit.global =
        symbols.insert(global, copy->getBody()->begin()).getValue().str();
    for (const Layer &layer : unit.layers) {
      const Layer &target = copies[layer.name];
      builder.setInsertionPoint(target.op);
      Value load = ml_program::GlobalLoadConstOp::create(
          builder, target.op->getLoc(), type,
          FlatSymbolRefAttr::get(global.getSymNameAttr()));
      for (OpOperand *use : target.getWeightUses())
        use->set(load);
    }
    compile.heldWeights.push_back(unit.global);
  }
  // What only read the weights goes, and is not asked for.
  if (llvm::Error error = runPasses(*copy, [](OpPassManager &pm) {
        pm.addPass(createCanonicalizerPass());
      }))
    return error;
  auto compiled = Program::compile(*copy, compile);
  if (!compiled)
    return compiled.takeError();
  program = std::move(*compiled);
  for (Unit &unit : units)
    program->setWeight(unit.global, unit.value);

  auto samples = source(program->getInputs());
  if (!samples)
    return samples.takeError();
  auto reference = OutputNoise::get(*program, std::move(*samples));
  if (!reference)
    return reference.takeError();
  noise.emplace(std::move(*reference));
  result.runs = noise->getNumRuns();
  result.outputs = noise->getOutputs();
  return llvm::Error::success();
}

/// Runs lowbit-quantize on a copy of the model.
llvm::Error Measurement::quantize(ModuleOp copy, const std::string &candidate,
                                  const std::string &path) {
  // What stays float is the same for every candidate, and no news.
  ScopedDiagnosticHandler handler(
      copy.getContext(), [](Diagnostic &diagnostic) {
        return success(diagnostic.getSeverity() == DiagnosticSeverity::Remark);
      });
  return runPasses(copy, [&](OpPassManager &pm) {
    QuantizeOptions quantize;
    quantize.recipe = candidate;
    quantize.weights = options.compile.weights;
    quantize.outputWeights = path;
    quantize.statistics = options.statistics;
    quantize.threads = options.threads;
    buildQuantizePipeline(pm, quantize);
  });
}

/// The share of noise that comes of `decoded` in place of the weight; infinite
/// if the outputs are not finite then, or the weight is 0 and `decoded` is not.
llvm::Expected<double> Measurement::getError(Unit &unit,
                                             std::vector<float> decoded) {
  const Layer &layer = unit.first();
  if (program) {
    std::vector<std::byte> bytes =
        toStoredReals(decoded, layer.getWeightType().getElementType());
    program->setWeight(unit.global, bytes);
    llvm::Expected<double> share = noise->measure(*program);
    program->setWeight(unit.global, unit.value);
    return share;
  }
  FailureOr<std::vector<float>> original = values->read(layer);
  if (failed(original))
    return diagnosed();
  double energy = 0, error = 0;
  for (auto [x, y] : llvm::zip_equal(*original, decoded)) {
    energy += double(x) * x;
    error += (double(y) - x) * (double(y) - x);
  }
  return error == 0 ? 0 : error / energy;
}

/// The candidate "float": nothing is lost.
llvm::Error Measurement::measureFloat() {
  for (auto [unit, weight] : llvm::zip_equal(units, result.weights))
    weight.options.push_back({"float", getFloatBytes(unit.first()), 0});
  return llvm::Error::success();
}

llvm::Error Measurement::measure(const std::string &candidate) {
  if (candidate == "float")
    return measureFloat();
  auto file = TemporaryFile::create("encoded weights");
  if (!file)
    return file.takeError();
  OwningOpRef<ModuleOp> copy = module.clone();
  if (llvm::Error error = quantize(*copy, candidate, file->getPath())) {
    // Diagnostics know nothing of candidates.
    llvm::consumeError(std::move(error));
    return makeError("measuring ends at candidate '" + candidate +
                     "', by the error above");
  }
  FailureOr<WeightValues> encoded = WeightValues::open(*copy, file->getPath());
  if (failed(encoded))
    return diagnosed();
  llvm::StringMap<Layer> copies;
  for (Layer &layer : collectLayers(*copy))
    copies[layer.name] = std::move(layer);
  for (auto [place, unit] : llvm::enumerate(units)) {
    const Layer &layer = copies[unit.first().name];
    FailureOr<std::vector<float>> decoded =
        encoded->read(layer, numerics::ThreadCount(options.threads));
    FailureOr<int64_t> bytes = encoded->getBytes(layer);
    if (failed(decoded) || failed(bytes))
      return diagnosed();
    llvm::Expected<double> error = getError(unit, std::move(*decoded));
    if (!error)
      return error.takeError();
    if (std::isfinite(*error))
      result.weights[place].options.push_back({candidate, *bytes, *error});
    else if (options.progress)
      *options.progress << "layer '" << layer.name << "' in " << candidate
                        << (program ? " makes outputs that are not finite"
                                    : " is not 0, as all of its weight is")
                        << ": left out\n";
    report(candidate, place + 1);
  }
  return llvm::Error::success();
}

/// A line for each candidate; on a terminal also while it is being measured.
void Measurement::report(const std::string &candidate, size_t measured) {
  bool isLast = measured == units.size();
  llvm::raw_ostream *os = options.progress;
  if (!os || (!isLast && !os->is_displayed()))
    return;
  if (os->is_displayed())
    *os << '\r';
  *os << llvm::formatv("{0,-12} {1} of {2} weights", candidate, measured,
                       units.size());
  if (!isLast)
    return;
  int64_t bytes = 0, elements = 0;
  double error = 0;
  for (auto [unit, weight] : llvm::zip_equal(units, result.weights)) {
    if (weight.options.empty() || weight.options.back().candidate != candidate)
      continue;
    bytes += weight.options.back().bytes;
    error += weight.options.back().error;
    elements += unit.first().getWeightType().getNumElements();
  }
  if (elements == 0) {
    *os << ": all left out\n";
    return;
  }
  *os << llvm::formatv(": {0:f3} bits per weight, ", 8.0 * bytes / elements);
  if (error == 0)
    *os << "no errors\n";
  else
    *os << llvm::formatv("errors add up to {0:f2} dB\n",
                         -10 * std::log10(error));
}

/// Whether `candidate` can be measured, before any work.
static llvm::Error checkCandidate(const std::string &candidate,
                                  MLIRContext *context) {
  std::optional<Treatment> treatment = parseWeightShorthand(candidate, context);
  if (!treatment)
    return makeError(describeBadShorthand("candidate", candidate, context));
  if (treatment->activation || treatment->scaleInputs)
    return makeError("candidate '" + candidate + "' " +
                     (treatment->activation ? "encodes" : "scales") +
                     " activations too, which cannot be seen by replacing "
                     "weights: name encodings of weights alone");
  return llvm::Error::success();
}

llvm::Expected<Sensitivity>
lowbit::measureSensitivity(ModuleOp module, const SensitivityOptions &options,
                           const SampleSource &samples) {
  // A model with constants alone has loaded neither.
  module.getContext()
      ->loadDialect<LowbitDialect, ml_program::MLProgramDialect>();
  for (const auto &[place, candidate] : llvm::enumerate(options.candidates)) {
    if (llvm::Error error = checkCandidate(candidate, module.getContext()))
      return error;
    if (llvm::is_contained(llvm::ArrayRef(options.candidates).take_front(place),
                           candidate))
      return makeError("candidate '" + candidate + "' is named twice");
  }
  Measurement measurement(module, options);
  if (llvm::Error error = measurement.prepare(bool(samples)))
    return error;
  if (samples)
    if (llvm::Error error = measurement.compile(samples))
      return error;
  for (const std::string &candidate : options.candidates)
    if (llvm::Error error = measurement.measure(candidate))
      return error;
  return measurement.take();
}
