//===- Collect.cpp - Statistics of a model run on samples -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Collect.h"

#include "Samples.h"
#include "lowbit/Calibration/InputCounts.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Numerics/Granularity.h"
#include "lowbit/Weights/Fingerprint.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/WithColor.h"

#include <chrono>
#include <cstring>

using namespace lowbit;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static void warn(const llvm::Twine &message) {
  llvm::WithColor::warning(llvm::errs(), "quant-run") << message << '\n';
}

namespace {

/// A line on the terminal that says how far the work is, if there is one.
class Progress {
public:
  explicit Progress(size_t total)
      : total(total), isShown(llvm::errs().is_displayed()) {}
  ~Progress() {
    if (isShown)
      llvm::errs() << "\r\033[K";
  }

  void show(size_t done) {
    using namespace std::chrono;
    auto now = steady_clock::now();
    if (!isShown || (done != 0 && now - shown < milliseconds(100)))
      return;
    shown = now;
    llvm::errs() << "\r\033[Kcollecting: " << done << " of " << total
                 << llvm::format(" runs, %.0f s",
                                 duration<double>(now - begin).count());
  }

private:
  size_t total;
  bool isShown;
  std::chrono::steady_clock::time_point begin =
                                            std::chrono::steady_clock::now(),
                                        shown;
};

} // namespace

/// Puts observers into a model that has none.
static llvm::Error instrument(mlir::ModuleOp module,
                              const CollectOptions &options) {
  bool hasObservers =
      module->walk([](ObserveOp) { return mlir::WalkResult::interrupt(); })
          .wasInterrupted();
  if (hasObservers) {
    if (options.gram || !options.layers.empty())
      return makeError("the model has observers of its own: --gram and "
                       "--layers are for a model without");
    return llvm::Error::success();
  }
  InstrumentOptions instrument;
  instrument.gram = options.gram;
  if (!options.layers.empty())
    instrument.layers = options.layers;
  mlir::PassManager pm(module.getContext());
  buildInstrumentPipeline(pm, instrument);
  if (mlir::failed(pm.run(module)))
    return llvm::make_error<DiagnosedError>();
  return llvm::Error::success();
}

/// The fingerprint of the weights in `path`; empty where there are none.
static llvm::Expected<std::string> getFingerprint(const std::string &path) {
  if (path.empty())
    return "";
  auto file = weights::WeightsFile::open(path);
  if (!file)
    return makeError(file.message());
  return weights::fingerprint(*file);
}

/// The place of the first number whose `exponent` bits are all set, which makes
/// it infinite or NaN, or -1.
template <typename T>
static int64_t findNonFinite(const weights::TensorView &tensor, T exponent) {
  auto bytes = tensor.bytes();
  for (size_t i = 0; i < bytes.size() / sizeof(T); ++i) {
    T bits;
    std::memcpy(&bits, bytes.data() + i * sizeof(T), sizeof(T));
    if ((bits & exponent) == exponent)
      return i;
  }
  return -1;
}

/// The first of the weights in `path` that is not finite, for a message about a
/// run that met NaN; empty if they all are.
static std::string describeNonFiniteWeight(const std::string &path) {
  if (path.empty())
    return "";
  auto file = weights::WeightsFile::open(path);
  if (!file)
    return "";
  for (const weights::TensorView *tensor : file->tensors()) {
    int64_t index = -1;
    if (tensor->dtype == weights::DType::F32)
      index = findNonFinite<uint32_t>(*tensor, 0x7f800000);
    else if (tensor->dtype == weights::DType::F16)
      index = findNonFinite<uint16_t>(*tensor, 0x7c00);
    else if (tensor->dtype == weights::DType::BF16)
      index = findNonFinite<uint16_t>(*tensor, 0x7f80);
    file->release(*tensor);
    if (index < 0)
      continue;
    std::string place;
    llvm::raw_string_ostream os(place);
    llvm::interleaveComma(numerics::placeOf(index, tensor->shape), os);
    return path + ": the weight '" + tensor->name + "' is not finite at [" +
           place + "]; with it, ";
  }
  return "";
}

/// `weights` is the model's file, which may be what is wrong.
static llvm::Error run(Program &program, const Samples &samples,
                       const std::string &weights) {
  Progress progress(samples.numBatches());
  for (size_t i = 0; i < samples.numBatches(); ++i) {
    progress.show(i);
    std::vector<weights::HostTensor> inputs = samples.getInputs(i);
    std::vector<const weights::HostTensor *> pointers;
    for (const weights::HostTensor &tensor : inputs)
      pointers.push_back(&tensor);
    auto results = program.run(pointers);
    if (!results)
      return makeError(describeNonFiniteWeight(weights) + samples.getName(i) +
                       ": " + llvm::toString(results.takeError()));
  }
  return llvm::Error::success();
}

llvm::Error lowbit::collect(mlir::ModuleOp module, CompileOptions compile,
                            CollectOptions options) {
  llvm::Expected<std::string> fingerprint = getFingerprint(compile.weights);
  if (!fingerprint)
    return fingerprint.takeError();
  if (llvm::Error error = instrument(module, options))
    return error;
  calibration::Collector collector(options.threads);
  compile.collector = &collector;
  auto program = Program::compile(module, compile);
  if (!program)
    return program.takeError();
  if (collector.numObservers() == 0)
    return makeError("the function '" + compile.function +
                     "' has no layer that could be observed");
  auto samples =
      Samples::create(std::move(options.samples), std::move(options.inputs),
                      (*program)->getInputs(), options.batch);
  if (!samples)
    return samples.takeError();
  for (const std::string &warning : samples->warnings())
    warn(warning);
  setNumThreads(options.threads);
  if (llvm::Error error = run(**program, *samples, compile.weights))
    return error;

  auto statistics = collector.statistics();
  if (!statistics)
    return makeError(statistics.message());
  if (std::vector<std::string> unseen = collector.unseen(); !unseen.empty())
    warn("no sample has reached layer '" + llvm::join(unseen, "', '") +
         "': there are no statistics of it");
  statistics->setModel(*fingerprint);
  if (auto status = statistics->write(options.path); !status)
    return makeError(status.message());
  llvm::outs() << options.path << ": "
               << calibration::describeInputs(*statistics) << ", from "
               << samples->numSamples() << " samples in "
               << samples->numBatches() << " runs\n";
  return llvm::Error::success();
}
