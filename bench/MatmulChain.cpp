//===- MatmulChain.cpp - A model that is a chain of products --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatmulChain.h"

#include "PackWeights.h"
#include "QuantizeStored.h"
#include "TemporaryFile.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Weights/SafetensorsWriter.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>
#include <ctime>
#include <random>

using namespace lowbit;
using namespace lowbit::bench;
using llvm::formatv;
using weights::DType;
using weights::HostTensor;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

std::vector<int64_t> ChainSpec::getShape(int64_t layer) const {
  if (layer % getNumShapes() == 0)
    return {reduction, columns};
  return {columns, reduction};
}

int64_t ChainSpec::getNumShapes() const {
  return reduction == columns || activation == Activation::Codes ? 1 : 2;
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

std::vector<float> StoredWeight::decode() const {
  if (!encoding)
    return plain;
  std::vector<float> values(numerics::numElements(shape));
  if (numerics::dequantize(parts, shape, encoding.getFormat(2), values))
    values.assign(values.size(), NAN);
  return values;
}

int64_t StoredWeight::getBytes() const {
  if (!encoding)
    return plain.size() * sizeof(float);
  int64_t bytes = 0;
  for (const std::vector<uint8_t> &part : parts)
    bytes += part.size();
  return bytes;
}

/// The encoding that `text` names for a weight of `shape`, and its range.
static llvm::Expected<std::pair<EncodingAttr, RangeKind>>
getEncodingOf(const std::string &text, const std::vector<int64_t> &shape,
              mlir::MLIRContext &context) {
  EncodingAttr encoding;
  std::optional<RangeKind> range;
  if (llvm::StringRef(text).starts_with("#")) {
    encoding = mlir::dyn_cast_or_null<EncodingAttr>(
        mlir::parseAttribute(text, &context));
    if (!encoding)
      return makeError("not an encoding: " + text);
  } else {
    std::optional<Treatment> treatment = parseWeightShorthand(text, &context);
    if (!treatment || !treatment->weight)
      return makeError(describeBadShorthand("encoding", text, &context));
    encoding = treatment->weight->resolve(&context, shape, 0);
    range = treatment->range ? treatment->range : treatment->weight->range;
  }
  numerics::Format format = encoding.getFormat(2);
  if (auto error = numerics::verifyFormat(shape, format))
    return makeError(error->message);
  return std::pair(encoding, range.value_or(encoding.getDefaultRange()));
}

llvm::Expected<std::vector<StoredWeight>>
bench::makeWeights(const ChainSpec &spec, mlir::MLIRContext &context) {
  std::vector<StoredWeight> made;
  std::mt19937 random(1);
  for (int64_t i = 0; i < spec.getNumShapes(); ++i) {
    StoredWeight &weight = made.emplace_back();
    weight.shape = spec.getShape(i);
    std::vector<float> values(numerics::numElements(weight.shape));
    std::normal_distribution<float> normal(
        0, 1 / std::sqrt(static_cast<float>(weight.shape[0])));
    for (float &value : values)
      value = normal(random);
    if (spec.weight == "f32") {
      weight.plain = std::move(values);
      continue;
    }
    auto encoding = getEncodingOf(spec.weight, weight.shape, context);
    if (!encoding)
      return encoding.takeError();
    weight.encoding = encoding->first;
    auto parts = numerics::quantizeByMethod(
        {values, weight.shape, 0}, weight.encoding.getFormat(2),
        getNumericRange(encoding->second),
        getMethodInForce(weight.encoding, nullptr), {});
    if (!parts)
      return makeError(parts.error().message);
    weight.parts = std::move(*parts);
  }
  return made;
}

//===----------------------------------------------------------------------===//
// The module
//===----------------------------------------------------------------------===//

static std::string getText(mlir::Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream(text) << attribute;
  return text;
}

static std::string getText(mlir::Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

static const char *getActivationEncoding(Activation activation) {
  switch (activation) {
  case Activation::F32:
    return "";
  case Activation::BF16:
    return "#lowbit.encoding<#lowbit.float<bf16>>";
  case Activation::U8:
    return "#lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, "
           "zero_point = u8>";
  case Activation::I8:
  case Activation::Codes:
    return "#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>";
  }
  llvm_unreachable("all are above");
}

static std::string getBase(int64_t layer) {
  return "w" + std::to_string(layer);
}

/// Globals of a layer's weight, and what makes %w<layer> of them.
static void addWeight(const StoredWeight &weight, int64_t layer,
                      std::string &globals, std::string &body) {
  auto load = [&](const std::string &name, const std::string &type,
                  const std::string &value) {
    globals += formatv("ml_program.global public @\"{0}\"(#ml_program.extern : "
                       "{1}) : {1}\n",
                       name, type);
    body += formatv("  {0} = ml_program.global_load_const @\"{1}\" : {2}\n",
                    value, name, type);
  };
  std::string base = getBase(layer);
  std::string type =
      formatv("tensor<{0}x{1}xf32", weight.shape[0], weight.shape[1]);
  if (!weight.encoding)
    return load(base, type + ">", "%" + base);
  std::vector<std::string> names, types;
  for (PartKind kind : weight.encoding.getPartKinds()) {
    names.push_back(formatv("%{0}_{1}", base, names.size()));
    types.push_back(getText(weight.encoding.getPartType(kind, weight.shape)));
    load(getPartName(base, kind), types.back(), names.back());
  }
  body += formatv("  %{0} = lowbit.assemble {1} : {2} to {3}, {4}>\n", base,
                  llvm::join(names, ", "), llvm::join(types, ", "), type,
                  getText(weight.encoding));
}

static std::string makeModule(const ChainSpec &spec,
                              const std::vector<StoredWeight> &weights,
                              int64_t layers, bool returnsAll) {
  bool isGiven = spec.activation == Activation::Codes;
  std::string encoding = getActivationEncoding(spec.activation);
  std::string first = formatv("tensor<?x{0}xf32>", spec.reduction);
  std::string codes = formatv("tensor<?x{0}xi8>", spec.reduction);
  std::string globals, body, result;
  std::string arguments =
      isGiven ? "%q: " + codes + ", %s: tensor<?xf32>" : "%x: " + first;
  body += formatv("  %m = tensor.dim {0} : {1}\n",
                  isGiven ? "%q, %i0" : "%x, %i0", isGiven ? codes : first);
  if (isGiven)
    body += formatv("  %a = lowbit.assemble %q, %s sizes(%m) : {0}, "
                    "tensor<?xf32> to tensor<?x{1}xf32, {2}>\n",
                    codes, spec.reduction, encoding);
  std::string input = "%x", init;
  for (int64_t i = 0; i < layers; ++i) {
    const StoredWeight &weight = weights[i % weights.size()];
    addWeight(weight, i, globals, body);
    std::string from = formatv("tensor<?x{0}xf32", weight.shape[0]);
    std::string fromType = from + ">",
                weightType = formatv("tensor<{0}x{1}xf32", weight.shape[0],
                                     weight.shape[1]);
    weightType += weight.encoding ? ", " + getText(weight.encoding) + ">" : ">";
    if (isGiven) {
      input = "%a";
      fromType = from + ", " + encoding + ">";
    } else if (!encoding.empty()) {
      fromType = from + ", " + encoding + ">";
      body += formatv("  %a{0} = lowbit.encode {1} : {2}> to {3}\n", i, input,
                      from, fromType);
      input = formatv("%a{0}", i);
    }
    result = formatv("tensor<?x{0}xf32>", weight.shape[1]);
    if (!isGiven || i == 0) {
      body += formatv("  %e{0} = tensor.empty(%m) : {1}\n"
                      "  %c{0} = linalg.fill ins(%zero : f32) outs(%e{0} : "
                      "{1}) -> {1}\n",
                      i, result);
      init = formatv("%c{0}", i);
    }
    body += formatv("  %y{0} = linalg.matmul ins({1}, %w{0} : {2}, {3}) "
                    "outs({4} : {5}) -> {5}\n",
                    i, input, fromType, weightType, init, result);
    input = init = formatv("%y{0}", i);
  }
  if (!returnsAll) {
    std::string row =
        formatv("tensor<1x{0}xf32>", spec.getShape(layers - 1)[1]);
    body += formatv("  %last = arith.subi %m, %i1 : index\n"
                    "  %row = tensor.extract_slice {0}[%last, 0] [1, {1}] "
                    "[1, 1] : {2} to {3}\n",
                    input, spec.getShape(layers - 1)[1], result, row);
    input = "%row";
    result = row;
  }
  return formatv("{0}func.func @main({1}) -> {2} {{\n"
                 "  %i0 = arith.constant 0 : index\n"
                 "  %i1 = arith.constant 1 : index\n"
                 "  %zero = arith.constant 0.0 : f32\n"
                 "{3}  return {4} : {2}\n}\n",
                 globals, arguments, result, body, input);
}

/// A file with the weights of all layers, in rows.
static llvm::Error writeRows(const std::string &path,
                             const std::vector<StoredWeight> &weights,
                             int64_t layers) {
  std::vector<weights::TensorDecl> tensors;
  std::vector<std::span<const std::byte>> data;
  weights::Metadata metadata;
  for (int64_t i = 0; i < layers; ++i) {
    const StoredWeight &weight = weights[i % weights.size()];
    std::string base = getBase(i);
    if (!weight.encoding) {
      tensors.push_back({base, DType::F32, weight.shape});
      data.push_back(std::as_bytes(std::span(weight.plain)));
      continue;
    }
    addStoredEncoding(metadata, base, weight.encoding, weight.shape, {base});
    llvm::append_range(tensors,
                       declareParts(base, weight.encoding, weight.shape));
    for (PartKind kind : weight.encoding.getPartKinds())
      data.push_back(std::as_bytes(std::span(weight.parts[kind])));
  }
  auto writer = weights::SafetensorsWriter::create(path, tensors, metadata);
  if (!writer)
    return makeError(writer.message());
  for (auto [i, bytes] : llvm::enumerate(data))
    if (weights::Status status = writer->append(i, bytes); !status)
      return makeError(status.message());
  if (weights::Status status = writer->commit(); !status)
    return makeError(status.message());
  return llvm::Error::success();
}

//===----------------------------------------------------------------------===//
// Chain
//===----------------------------------------------------------------------===//

static double getSeconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

llvm::Expected<std::unique_ptr<Chain>>
Chain::make(const ChainSpec &spec, const std::vector<StoredWeight> &weights,
            int64_t layers, bool returnsAll, size_t poolBytes,
            mlir::MLIRContext &context) {
  std::unique_ptr<Chain> chain(new Chain(spec));
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Remark)
          return mlir::failure();
        std::string text = diagnostic.str();
        if (!llvm::is_contained(chain->remarks, text))
          chain->remarks.push_back(text);
        return mlir::success();
      });
  std::string text = makeModule(spec, weights, layers, returnsAll);
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return makeError("the model does not parse");
  auto rows = TemporaryFile::create("weights");
  if (!rows)
    return rows.takeError();
  if (llvm::Error error = writeRows(rows->getPath(), weights, layers))
    return error;
  // As Program packs them, but once for all that are read in turn.
  auto packed =
      packWeights(*module, rows->getPath(), *x86::Target::get(spec.isa));
  if (!packed)
    return packed.takeError();
  auto stored = weights::WeightsFile::open(rows->getPath());
  if (!stored)
    return makeError(stored.message());

  CompileOptions options;
  options.isa = spec.isa;
  std::map<std::string, std::span<const std::byte>> parts;
  for (auto global : module->getOps<mlir::ml_program::GlobalOp>()) {
    std::string name = global.getSymName().str();
    const weights::TensorView *view = *packed ? (*packed)->find(name) : nullptr;
    if (!view) {
      view = stored->find(name);
      // Program looks for what could be packed there.
      options.weights = rows->getPath();
    }
    if (!view)
      return makeError("no weight '" + name + "'");
    options.heldWeights.push_back(name);
    parts[name] = view->bytes();
  }
  double start = getSeconds(CLOCK_PROCESS_CPUTIME_ID);
  auto program = Program::compile(*module, options);
  if (!program)
    return program.takeError();
  chain->compileSeconds = getSeconds(CLOCK_PROCESS_CPUTIME_ID) - start;
  chain->program = std::move(*program);
  if (llvm::Error error = chain->copyWeights(parts, poolBytes))
    return error;
  return chain;
}

llvm::Error Chain::copyWeights(
    const std::map<std::string, std::span<const std::byte>> &parts,
    size_t poolBytes) {
  for (const auto &[name, bytes] : parts) {
    places[name] = {setBytes, bytes.size()};
    setBytes += llvm::alignTo(bytes.size(), 64);
  }
  numSets = std::max<int64_t>(1, llvm::divideCeil(poolBytes, setBytes));
  // As programs hold what they pack.
  auto memory = runtime::HugeBuffer::allocate(setBytes * numSets);
  if (!memory)
    return makeError("no memory for " + llvm::Twine(setBytes * numSets) +
                     " bytes");
  buffer = std::move(*memory);
  pool = buffer.bytes().data();
  for (int64_t set = 0; set < numSets; ++set)
    for (const auto &[name, bytes] : parts)
      std::memcpy(pool + set * setBytes + places[name].first, bytes.data(),
                  bytes.size());
  return llvm::Error::success();
}

const std::vector<HostTensor> &Chain::getInputs(int64_t rows) {
  std::vector<HostTensor> &tensors = inputs[rows];
  if (!tensors.empty())
    return tensors;
  std::mt19937 random(rows);
  if (spec.activation == Activation::Codes) {
    HostTensor codes{DType::I8, {rows, spec.reduction}, {}};
    codes.bytes.resize(rows * spec.reduction);
    for (int8_t &code : codes.as<int8_t>())
      code = static_cast<int8_t>(random());
    HostTensor scales{DType::F32, {rows}, {}};
    scales.bytes.resize(rows * sizeof(float));
    for (float &scale : scales.as<float>())
      scale = 1.0f / (100 + random() % 50);
    tensors = {std::move(codes), std::move(scales)};
    return tensors;
  }
  HostTensor x{DType::F32, {rows, spec.reduction}, {}};
  x.bytes.resize(rows * spec.reduction * sizeof(float));
  std::normal_distribution<float> normal;
  for (float &value : x.as<float>())
    value = normal(random);
  tensors = {std::move(x)};
  return tensors;
}

llvm::Expected<HostTensor> Chain::run(int64_t rows, unsigned threads,
                                      double &seconds) {
  setNumThreads(threads);
  clockid_t clock = threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;

  std::vector<const HostTensor *> pointers;
  for (const HostTensor &tensor : getInputs(rows))
    pointers.push_back(&tensor);
  const std::byte *set = pool + nextSet * setBytes;
  nextSet = (nextSet + 1) % numSets;
  for (const auto &[name, place] : places)
    program->setWeight(name, {set + place.first, place.second});
  double start = getSeconds(clock);
  auto results = program->run(pointers);
  seconds = getSeconds(clock) - start;
  if (!results)
    return results.takeError();
  return std::move(results->front());
}
