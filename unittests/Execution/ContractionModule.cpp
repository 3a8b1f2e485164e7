//===- ContractionModule.cpp - Modules and weights files of cases ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionCase.h"
#include "lowbit/Numerics/Packing.h"
#include "lowbit/Weights/SafetensorsWriter.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>

using namespace lowbit;
using namespace lowbit::test;
using llvm::formatv;
using numerics::PartKind;
using numerics::ScaleType;
using weights::DType;

namespace {

struct Part {
  const char *name;
  std::vector<int64_t> shape;
  const char *element;
  DType dtype;
  PartKind kind;
};

} // namespace

/// How scales are stored, in IR and in files.
static std::pair<const char *, DType> getStoredType(ScaleType type) {
  switch (type) {
  case ScaleType::F32:
    return {"f32", DType::F32};
  case ScaleType::F16:
    return {"f16", DType::F16};
  case ScaleType::BF16:
    return {"bf16", DType::BF16};
  default:
    return {"i8", DType::I8};
  }
}

/// The stored parts of a weight in rows.
static std::vector<Part> getParts(const ContractionCase &x) {
  numerics::Format format = x.format();
  std::vector<int64_t> shape = x.weightShape();
  auto granularity = numerics::Granularity::get(shape, format.blockShape);
  unsigned bits = format.codec->bits();
  std::vector<int64_t> scales = granularity->scaleShape(), codes = shape;
  codes.back() = numerics::packedRowBytes(codes.back(), bits);
  auto [element, dtype] = getStoredType(x.scales.type);
  std::vector<Part> parts = {
      {"codes", codes, "i8", DType::I8, PartKind::Codes}};
  if (x.scales.type != ScaleType::One)
    parts.push_back({"scales", scales, element, dtype, PartKind::Scales});
  if (x.scales.nested) {
    std::vector<int64_t> counts;
    if (int64_t block = x.scales.nested->block)
      counts.push_back((granularity->numScales() + block - 1) / block);
    auto [nestedElement, nestedType] = getStoredType(x.scales.nested->type);
    parts.push_back({"nested_scales", counts, nestedElement, nestedType,
                     PartKind::NestedScales});
  }
  if (x.hasZeroPoint) {
    if (!scales.empty())
      scales.back() = numerics::packedRowBytes(scales.back(), bits);
    parts.push_back(
        {"zero_points", scales, "i8", DType::I8, PartKind::ZeroPoints});
  }
  return parts;
}

static std::string tensorOf(const std::vector<int64_t> &shape,
                            const std::string &element,
                            const std::string &encoding = "") {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += (size < 0 ? "?" : std::to_string(size)) + "x";
  return text + element + (encoding.empty() ? "" : ", " + encoding) + ">";
}

namespace {

/// The text of one case.
struct CaseText {
  CaseText(const ContractionCase &x, int number);
  /// Adds what follows the product.
  void follow(const ContractionCase &x);

  std::string attributes, globals, body, result, followed;
  std::vector<std::string> arguments;

private:
  std::string addArgument(const char *name, const std::string &type) {
    arguments.push_back(formatv("%{0}{1}: {2}", name, number, type));
    return type;
  }
  void addActivation(const ContractionCase &x);
  void addWeight(const ContractionCase &x);
  void addInit(const ContractionCase &x);

  int number;
  int64_t rows;
  std::string activation, weight;
};

} // namespace

CaseText::CaseText(const ContractionCase &x, int number)
    : number(number), rows(x.isDynamic ? -1 : x.rows) {
  attributes = formatv("#w{0} = {1}\n", number, x.encodingText());
  result = tensorOf({rows, x.columns}, "f32");
  addActivation(x);
  addWeight(x);
  addInit(x);
  std::string maps =
      x.isTransposed ? "indexing_maps = [#lhs, #rhs, #out] " : "";
  body += formatv("  %y{0} = linalg.matmul {1}ins(%a{0}, %w{0} : {2}, {3}) "
                  "outs(%c{0} : {4}) -> {4}\n",
                  number, maps, activation, weight, result);
}

void CaseText::addActivation(const ContractionCase &x) {
  bool isFloats = x.activation.codec.empty(), isBf16 = x.activation.isBf16();
  const char *first = isFloats ? "a" : "codes";
  std::string stored = addArgument(
      first, tensorOf({rows, isBf16 ? 2 * x.reduction : x.reduction},
                      isFloats ? "f32" : "i8"));
  if (x.isDynamic)
    body += formatv("  %m{0} = tensor.dim %{1}{0}, %zero : {2}\n", number,
                    first, stored);
  activation = stored;
  if (isFloats)
    return;
  std::vector<int64_t> shape;
  if (x.activation.isPerRow)
    shape.push_back(rows);
  std::string values = formatv("%codes{0}", number), types = stored;
  if (!isBf16) {
    values += formatv(", %scales{0}", number);
    types += ", " + addArgument("scales", tensorOf(shape, "f32"));
  }
  if (x.activation.hasZeroPoint) {
    values += formatv(", %zeros{0}", number);
    types += ", " + addArgument("zeros", tensorOf(shape, "i8"));
  }
  attributes += formatv("#a{0} = {1}\n", number, x.activation.encodingText());
  activation = tensorOf({rows, x.reduction}, "f32", formatv("#a{0}", number));
  body +=
      formatv("  %a{0} = lowbit.assemble {1}{2} : {3} to {4}\n", number, values,
              x.isDynamic ? formatv(" sizes(%m{0})", number).str() : "", types,
              activation);
}

void CaseText::addWeight(const ContractionCase &x) {
  std::vector<std::string> names, types;
  for (const Part &part : getParts(x)) {
    std::string type = tensorOf(part.shape, part.element);
    std::string symbol = formatv("\"w{0}.{1}\"", number, part.name);
    globals += formatv("ml_program.global public @{0}(#ml_program.extern<{1}>) "
                       ": {1}\n",
                       symbol, type);
    names.push_back(formatv("%w{0}_{1}", number, part.name));
    types.push_back(type);
    body += formatv("  {0} = ml_program.global_load_const @{1} : {2}\n",
                    names.back(), symbol, type);
  }
  weight = tensorOf(x.weightShape(), "f32", "#w" + std::to_string(number));
  body += formatv("  %w{0} = lowbit.assemble {1} : {2} to {3}\n", number,
                  llvm::join(names, ", "), llvm::join(types, ", "), weight);
}

void CaseText::addInit(const ContractionCase &x) {
  if (x.init == Init::Given) {
    addArgument("c", result);
    return;
  }
  body += formatv("  %e{0} = tensor.empty({1}) : {2}\n", number,
                  x.isDynamic ? "%m" + std::to_string(number) : "", result);
  body += formatv("  %c{0} = linalg.fill ins(%{1} : f32) outs(%e{0} : {2}) -> "
                  "{2}\n",
                  number, x.init == Init::Zero ? "plus" : "minus", result);
}

bool test::givesCodes(const ContractionCase &x) {
  return x.isInteger() && x.init == Init::Zero;
}

/// GELU of a sum with its bias, and the residual; of integers, codes.
void CaseText::follow(const ContractionCase &x) {
  std::string bias = addArgument("bias", tensorOf({x.columns}, "f32"));
  addArgument("residual", result);
  const char *element = givesCodes(x) ? "i8" : "f32";
  followed = tensorOf({rows, x.columns}, element);
  const char *function = R"(
    %1 = arith.mulf %0, %root : f32
    %2 = math.erf %1 : f32
    %3 = arith.mulf %0, %2 : f32
    %4 = arith.addf %3, %residual : f32
    linalg.yield %4 : f32)";
  const char *codes = R"(
    %1 = arith.maximumf %0, %least : f32
    %2 = arith.minimumf %1, %most : f32
    %3 = math.roundeven %2 : f32
    %4 = arith.fptosi %3 : f32 to i8
    linalg.yield %4 : i8)";
  body += formatv("  %f{0} = tensor.empty({1}) : {2}\n", number,
                  x.isDynamic ? "%m" + std::to_string(number) : "", followed);
  body += formatv(R"(  %z{0} = linalg.generic {{
      indexing_maps = [#id, #column, #id, #id],
      iterator_types = ["parallel", "parallel"]}
      ins(%y{0}, %bias{0}, %residual{0} : {1}, {2}, {1}) outs(%f{0} : {3}) {{
  ^bb0(%sum: f32, %bias: f32, %residual: f32, %old: {4}):
    %0 = arith.addf %sum, %bias : f32{5}
  } -> {3}
)",
                  number, result, bias, followed, element,
                  givesCodes(x) ? codes : function);
}

std::string test::makeModule(const std::vector<ContractionCase> &cases,
                             Followed follows) {
  std::string attributes, globals, body;
  std::vector<std::string> arguments, results, names, products, productNames;
  for (auto [i, x] : llvm::enumerate(cases)) {
    CaseText text(x, static_cast<int>(i));
    if (follows != Followed::Not)
      text.follow(x);
    attributes += text.attributes;
    globals += text.globals;
    body += text.body;
    llvm::append_range(arguments, text.arguments);
    products.push_back(text.result);
    productNames.push_back(formatv("%y{0}", i));
    if (follows != Followed::Not) {
      results.push_back(text.followed);
      names.push_back(formatv("%z{0}", i));
    }
  }
  if (follows != Followed::Fused) {
    llvm::append_range(results, products);
    llvm::append_range(names, productNames);
  }
  return formatv(R"(
#lhs = affine_map<(m, n, k) -> (m, k)>
#rhs = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
{0}{1}func.func @main({2}) -> ({3}) {{
  %zero = arith.constant 0 : index
  %plus = arith.constant 0.0 : f32
  %minus = arith.constant -0.0 : f32
  %root = arith.constant 0.707106769 : f32
  %least = arith.constant -128.0 : f32
  %most = arith.constant 127.0 : f32
{4}  return {5} : {3}
}
)",
                 attributes, globals, llvm::join(arguments, ", "),
                 llvm::join(results, ", "), body, llvm::join(names, ", "));
}

static bool writeWeights(const std::string &path,
                         const std::vector<ContractionCase> &cases,
                         const std::vector<Weight> &weights,
                         std::string &error) {
  std::vector<weights::TensorDecl> tensors;
  std::vector<std::span<const std::byte>> data;
  weights::Metadata metadata;
  for (auto [i, x] : llvm::enumerate(cases)) {
    std::string base = "w" + std::to_string(i);
    metadata["lowbit.encoding:" + base] = x.encodingText();
    metadata["lowbit.shape:" + base] = weights::shapeText(x.weightShape());
    for (const Part &part : getParts(x)) {
      tensors.push_back({base + "." + part.name, part.dtype, part.shape});
      data.push_back(std::as_bytes(std::span(weights[i].parts[part.kind])));
    }
  }
  auto writer = weights::SafetensorsWriter::create(path, tensors, metadata);
  if (!writer) {
    error = writer.message();
    return false;
  }
  for (auto [i, bytes] : llvm::enumerate(data))
    if (weights::Status status = writer->append(i, bytes); !status) {
      error = status.message();
      return false;
    }
  weights::Status status = writer->commit();
  if (!status)
    error = status.message();
  return status.ok();
}

StoredWeights::StoredWeights(const std::vector<ContractionCase> &cases,
                             std::mt19937 &random) {
  for (const ContractionCase &x : cases)
    weights.push_back(makeWeight(x, random));
  llvm::SmallString<128> file;
  if (std::error_code code = llvm::sys::fs::createTemporaryFile(
          "contractions", "safetensors", file)) {
    ADD_FAILURE() << code.message();
    return;
  }
  remover.setFile(file);
  std::string error;
  if (writeWeights(file.str().str(), cases, weights, error))
    path = file.str().str();
  else
    ADD_FAILURE() << error;
}
