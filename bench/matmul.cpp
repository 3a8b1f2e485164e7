//===- matmul.cpp - Speed of matrix products on encoded weights -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles a chain of layers once, as any model is compiled, and runs it for
// any number of rows: once, or for each line of its input, so that others can
// be measured in between. What a layer does to its input is part of its time:
// activations are encoded in it.
//
//===----------------------------------------------------------------------===//

#include "MatmulChain.h"
#include "lowbit/InitAllDialects.h"
#include "lowbit/Kernels/X86/Target.h"
#include "lowbit/Weights/Npy.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/WithColor.h"

#include <algorithm>
#include <iostream>
#include <sstream>

using namespace lowbit;
using namespace lowbit::bench;
namespace cl = llvm::cl;
namespace json = llvm::json;
using weights::HostTensor;

namespace {

struct Options {
  cl::OptionCategory category{"Options"};
  cl::opt<int64_t> rows{"m", cl::desc("Rows of the activation (default 1)"),
                        cl::init(1), cl::cat(category)};
  cl::opt<int64_t> columns{"n",
                           cl::desc("Columns of the weight (default 4096)"),
                           cl::init(4096), cl::cat(category)};
  cl::opt<int64_t> reduction{"k", cl::desc("Rows of the weight (default 4096)"),
                             cl::init(4096), cl::cat(category)};
  cl::opt<std::string> weight{
      "weight",
      cl::desc("Shorthand of a recipe, text of an encoding, or f32 (default "
               "int8)"),
      cl::init("int8"), cl::cat(category)};
  cl::opt<Activation> activation{
      "activation", cl::desc("What is multiplied with it (default f32):"),
      cl::values(
          clEnumValN(Activation::F32, "f32", "as it is"),
          clEnumValN(Activation::BF16, "bf16", "rounded to bf16 by the model"),
          clEnumValN(Activation::I8, "i8",
                     "encoded by the model, a scale for each row"),
          clEnumValN(Activation::U8, "u8", "the same with zero points"),
          clEnumValN(Activation::Codes, "codes",
                     "given codes and scales: the product alone")),
      cl::init(Activation::F32), cl::cat(category)};
  cl::opt<unsigned> threads{"threads", cl::desc("Threads (default 1)"),
                            cl::init(1), cl::cat(category)};
  cl::opt<int64_t> layers{
      "layers", cl::desc("Layers of the model (default: 2 to 8, of 128 MB)"),
      cl::init(0), cl::cat(category)};
  cl::opt<int64_t> poolBytes{
      "pool-mb", cl::desc("MB of weights that runs read in turn (default 560)"),
      cl::init(560), cl::cat(category)};
  cl::opt<unsigned> rounds{"rounds", cl::desc("Runs to measure (default 9)"),
                           cl::init(9), cl::cat(category)};
  cl::opt<std::string> isa{"isa", cl::desc("Instruction set (default host)"),
                           cl::init("host"), cl::cat(category)};
  cl::opt<bool> serve{
      "serve",
      cl::desc("Answer lines of the input by lines of JSON: 'run M THREADS "
               "SECONDS' measures; 'check M THREADS FOLDER' writes inputs and "
               "results, 'weights FOLDER' decoded weights, as .npy files"),
      cl::cat(category)};
};

class Bench {
public:
  Bench(const Options &options, mlir::MLIRContext &context)
      : options(options), context(context) {
    spec.reduction = options.reduction;
    spec.columns = options.columns;
    spec.weight = options.weight;
    spec.activation = options.activation;
    spec.isa = options.isa;
  }

  llvm::Error prepare();
  /// What is known before the first run.
  json::Object describe() const;
  /// At least `count` runs, and as many as `seconds` hold.
  llvm::Expected<json::Object> measure(int64_t rows, unsigned threads,
                                       unsigned count, double seconds);
  llvm::Error check(int64_t rows, unsigned threads, const std::string &folder);
  llvm::Error writeWeights(const std::string &folder);
  /// The answer to a line.
  llvm::Expected<json::Object> answer(const std::string &line);

private:
  double getMeanBytes() const;

  const Options &options;
  mlir::MLIRContext &context;
  ChainSpec spec;
  std::vector<StoredWeight> weights;
  int64_t layers = 0;
  std::unique_ptr<Chain> chain, checked;
};

} // namespace

llvm::Error Bench::prepare() {
  auto made = makeWeights(spec, context);
  if (!made)
    return made.takeError();
  weights = std::move(*made);
  int64_t shapes = spec.getNumShapes();
  layers = options.layers;
  if (layers == 0)
    layers = std::clamp<int64_t>(128e6 / getMeanBytes(), 2, 8);
  // As many of each shape.
  layers = llvm::alignTo(layers, shapes);
  auto compiled = Chain::make(spec, weights, layers, /*returnsAll=*/false,
                              options.poolBytes * 1000000, context);
  if (!compiled)
    return compiled.takeError();
  chain = std::move(*compiled);
  return llvm::Error::success();
}

double Bench::getMeanBytes() const {
  double bytes = 0;
  for (const StoredWeight &weight : weights)
    bytes += weight.getBytes();
  return std::max(1.0, bytes / weights.size());
}

json::Object Bench::describe() const {
  return json::Object{{"layers", layers},
                      {"sets", chain->numSets},
                      {"bytes_per_layer", getMeanBytes()},
                      {"compile_seconds", chain->compileSeconds},
                      {"remarks", chain->remarks}};
}

llvm::Expected<json::Object> Bench::measure(int64_t rows, unsigned threads,
                                            unsigned count, double seconds) {
  std::vector<double> times;
  double total = 0, time = 0;
  auto run = [&]() -> llvm::Error {
    auto result = chain->run(rows, threads, time);
    return result ? llvm::Error::success() : result.takeError();
  };
  // The first run finds caches and memory as others left them: it counts only
  // where another would take too long.
  if (llvm::Error error = run())
    return error;
  if (seconds > 0 && time > 10 * seconds)
    times.push_back(time / layers);
  else
    while (times.size() < count || total < seconds) {
      if (llvm::Error error = run())
        return error;
      times.push_back(time / layers);
      total += time;
    }
  std::sort(times.begin(), times.end());
  double median = times[times.size() / 2];
  double operations = 2.0 * rows * spec.reduction * spec.columns;
  return json::Object{{"m", rows},
                      {"seconds", median},
                      {"best_seconds", times.front()},
                      {"runs", static_cast<int64_t>(times.size())},
                      {"gops", operations / median / 1e9},
                      {"gbs", getMeanBytes() / median / 1e9}};
}

static llvm::Error write(const std::string &folder, const std::string &name,
                         const HostTensor &tensor) {
  auto status = weights::writeNpy(folder + "/" + name + ".npy", tensor);
  return status ? llvm::Error::success()
                : llvm::createStringError(status.message());
}

/// Those of each shape, decoded.
llvm::Error Bench::writeWeights(const std::string &folder) {
  for (auto [i, weight] : llvm::enumerate(weights)) {
    std::vector<float> values = weight.decode();
    HostTensor tensor{weights::DType::F32, weight.shape, {}};
    auto bytes = std::as_bytes(std::span(values));
    tensor.bytes.assign(bytes.begin(), bytes.end());
    if (llvm::Error error = write(folder, "w" + std::to_string(i), tensor))
      return error;
  }
  return llvm::Error::success();
}

/// What is multiplied, the result of a chain of a layer of each shape, and the
/// last row of that which is measured.
llvm::Error Bench::check(int64_t rows, unsigned threads,
                         const std::string &folder) {
  auto writeResult = [&](const std::string &name, Chain &of) -> llvm::Error {
    double seconds;
    auto result = of.run(rows, threads, seconds);
    return result ? write(folder, name, *result) : result.takeError();
  };
  if (!checked) {
    auto compiled = Chain::make(spec, weights, spec.getNumShapes(),
                                /*returnsAll=*/true, 0, context);
    if (!compiled)
      return compiled.takeError();
    checked = std::move(*compiled);
  }
  for (auto [i, tensor] : llvm::enumerate(checked->getInputs(rows)))
    if (llvm::Error error = write(folder, "x" + std::to_string(i), tensor))
      return error;
  if (llvm::Error error = writeResult("y", *checked))
    return error;
  return writeResult("row", *chain);
}

llvm::Expected<json::Object> Bench::answer(const std::string &line) {
  std::istringstream words(line);
  std::string command, folder;
  int64_t rows = 0;
  unsigned threads = 0;
  double seconds = 0;
  words >> command;
  if (command == "run" && words >> rows >> threads >> seconds && rows > 0 &&
      threads > 0)
    return measure(rows, threads, 1, seconds);
  if (command == "check" && words >> rows >> threads >> folder && rows > 0 &&
      threads > 0) {
    if (llvm::Error error = check(rows, threads, folder))
      return error;
    return json::Object{{"layers", layers}};
  }
  if (command == "weights" && words >> folder) {
    if (llvm::Error error = writeWeights(folder))
      return error;
    return json::Object{{"shapes", spec.getNumShapes()}};
  }
  return llvm::createStringError("not understood: " + line);
}

static int fail(llvm::Error error) {
  llvm::WithColor::error() << llvm::toString(std::move(error)) << '\n';
  return 1;
}

static void print(json::Object object) {
  llvm::outs() << json::Value(std::move(object)) << '\n';
  llvm::outs().flush();
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options options;
  cl::HideUnrelatedOptions(options.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "Measure matrix products on encoded weights that no cache holds\n\n"
      "Prints JSON: seconds of a layer (the median of runs), 10^9 operations "
      "per second,\nGB/s of stored weights, and seconds of compiling.\n\n"
      "  lowbit-bench-matmul --m=16 --weight=int4-g128-sym --activation=i8\n");
  auto sizes = {options.rows.getValue(), options.columns.getValue(),
                options.reduction.getValue()};
  if (std::min(sizes) < 1 || std::max(sizes) > 1 << 20 || options.layers < 0 ||
      options.layers > 4096 || options.threads < 1 || options.rounds < 1 ||
      options.poolBytes < 0 || options.poolBytes > 100000) {
    llvm::WithColor::error() << "sizes from 1 to 2^20, up to 4096 layers and "
                                "100000 MB of them, 1 thread and round or "
                                "more\n";
    return 2;
  }
  if (!x86::Target::get(options.isa)) {
    llvm::WithColor::error()
        << x86::Target::getUnknownText(options.isa) << '\n';
    return 2;
  }
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  lowbit::registerAllDialects(registry);
  mlir::MLIRContext context(registry);
  context.printOpOnDiagnostic(false);
  context.loadAllAvailableDialects();

  Bench bench(options, context);
  if (llvm::Error error = bench.prepare())
    return fail(std::move(error));
  if (options.serve) {
    print(bench.describe());
    for (std::string line; std::getline(std::cin, line);) {
      auto answer = bench.answer(line);
      print(answer
                ? std::move(*answer)
                : json::Object{{"error", llvm::toString(answer.takeError())}});
    }
    return 0;
  }
  auto result = bench.measure(options.rows, options.threads, options.rounds, 0);
  if (!result)
    return fail(result.takeError());
  json::Object object = bench.describe();
  for (auto &[name, value] : *result)
    object[name] = std::move(value);
  print(std::move(object));
  return 0;
}
