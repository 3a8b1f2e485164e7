//===- ErrorFeedback.cpp - GPTQ and SparseGPT in Python -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"
#include "Contractions.h"
#include "Pruning.h"
#include "Quantized.h"

#include "lowbit/Numerics/Quantize/FewRows.h"
#include "lowbit/Numerics/Quantize/SparseGpt.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace lowbit;
using namespace lowbit::python;
using numerics::Result;

/// A UserWarning if there are fewer rows of inputs than channels, or all are 0.
static numerics::HessianFactor factorize(const Inputs &inputs,
                                         numerics::Method::Kind method,
                                         double damping, bool activationOrder,
                                         Threads threads) {
  numerics::GramMatrix gram = gramOf(inputs, threads);
  auto factor = run([&] {
    return numerics::factorizeHessian(gram, {damping, activationOrder},
                                      threads);
  });
  warn(numerics::describeFewRows(gram.rows, gram.channels,
                                 numerics::methodName(method)));
  if (factor.channels != 0 && factor.deadChannels == factor.channels)
    warn("the inputs are 0 in all rows: they tell method '" +
         std::string(numerics::methodName(method)) +
         "' nothing, and weights are rounded to nearest");
  return factor;
}

static Quantized gptq(const Floats &array, const Format &given,
                      const Inputs &inputs, int64_t axis,
                      const std::optional<std::string> &method,
                      const std::optional<std::string> &range,
                      double percentile, double damping, bool activationOrder,
                      bool staticGroups, Threads threads) {
  numerics::ContractionWeight weight = contraction(array, axis);
  numerics::Format format = given.of(2);
  auto chooser = chooserOf({method, range, percentile}, given, threads);
  auto hessian = factorize(inputs, numerics::Method::Kind::Gptq, damping,
                           activationOrder, threads);
  Quantized result{weight.shape, {format, given.range}, {}};
  result.parts = run(
      [&]() -> Result<numerics::Parts> {
        auto unpacked = numerics::quantizeGptq(weight, hessian, format, chooser,
                                               {staticGroups, threads});
        if (!unpacked)
          return unpacked.error();
        return numerics::packParts(*unpacked, weight.shape, format);
      },
      weight.shape);
  checkRange(weight.values, result);
  return result;
}

static std::pair<Array<float>, Array<bool>>
sparseGpt(const Floats &array, const Inputs &inputs,
          std::optional<int64_t> keep, std::optional<int64_t> of,
          std::optional<double> fraction, int64_t axis, double damping,
          Threads threads) {
  numerics::ContractionWeight weight = contraction(array, axis);
  numerics::Pruning pruning = pruningOf(keep, of, fraction);
  auto hessian = factorize(inputs, numerics::Method::Kind::SparseGpt, damping,
                           /*activationOrder=*/false, threads);
  auto result = run(
      [&] {
        return numerics::pruneBySparseGpt(weight, hessian, pruning, threads);
      },
      weight.shape);
  return {toArray(std::move(result.values), weight.shape),
          maskArray(result.mask, weight.shape)};
}

static Quantized sparseGptQuantize(const Floats &array, const Format &given,
                                   const Inputs &inputs, int64_t axis,
                                   const std::optional<std::string> &method,
                                   const std::optional<std::string> &range,
                                   double percentile, double damping,
                                   bool staticGroups, Threads threads) {
  numerics::ContractionWeight weight = contraction(array, axis);
  numerics::Format format = given.of(2);
  check(numerics::verifyFormat(weight.shape, format));
  if (format.sparsity.isDense())
    raise("SparseGPT needs a sparse format; this one is dense");
  // A bitmap says how many are kept; half a weight more keeps rounding from
  // pruning one less.
  double elements = double(weight.values.size());
  double pruned = elements - double(format.sparsity.kept) + 0.5;
  numerics::Pruning pruning =
      format.sparsity.kind == numerics::Sparsity::Kind::Pattern
          ? numerics::Pruning::keepOf(format.sparsity.keep, format.sparsity.run)
          : numerics::Pruning::prune(elements ? std::min(pruned / elements, 1.0)
                                              : 0);
  auto chooser = chooserOf({method, range, percentile}, given, threads);
  auto hessian = factorize(inputs, numerics::Method::Kind::SparseGpt, damping,
                           /*activationOrder=*/false, threads);
  Quantized result{weight.shape, {format, given.range}, {}};
  result.parts = run(
      [&]() -> Result<numerics::Parts> {
        auto pruned = numerics::pruneBySparseGpt(
            weight, hessian, pruning, format, chooser, {staticGroups, threads});
        if (!pruned)
          return pruned.error();
        auto unpacked =
            numerics::encodeWith(std::move(pruned->parameters), pruned->values,
                                 weight.shape, format, threads, pruned->mask);
        if (!unpacked)
          return unpacked.error();
        return numerics::packParts(*unpacked, weight.shape, format);
      },
      weight.shape);
  checkRange(weight.values, result);
  return result;
}

void lowbit::python::addErrorFeedback(nb::module_ &module) {
  module.def("gptq", gptq, "weight"_a.none(), "format"_a, "inputs"_a.none(),
             "reduction_axis"_a = 0, nb::kw_only(), "method"_a = nb::none(),
             "range"_a = nb::none(), "percentile"_a = 99.9,
             "damping"_a = numerics::gptqHessianOptions.damping,
             "activation_order"_a =
                 numerics::gptqHessianOptions.activationOrder,
             "static_groups"_a = false, "threads"_a = 0,
             "GPTQ: rounds channel by channel, and moves those that follow so "
             "that outputs change least; with activation_order those of most "
             "energy first.\n\n"
             "inputs: rows [n, K], Statistics with a Gram matrix, or a Gram.\n"
             "method, range, percentile: how parameters are found, as for "
             "quantize.");
  module.def(
      "sparse_gpt", sparseGpt, "weight"_a.none(), "inputs"_a.none(),
      nb::kw_only(), "keep"_a = nb::none(), "of"_a = nb::none(),
      "fraction"_a = nb::none(), "reduction_axis"_a = 0, "damping"_a = 0.01,
      "threads"_a = 0,
      "SparseGPT: (weight, mask), what is kept moved to make up for what "
      "is not.");
  module.def("sparse_gpt_quantize", sparseGptQuantize, "weight"_a.none(),
             "format"_a, "inputs"_a.none(), "reduction_axis"_a = 0,
             nb::kw_only(), "method"_a = nb::none(), "range"_a = nb::none(),
             "percentile"_a = 99.9, "damping"_a = 0.01,
             "static_groups"_a = false, "threads"_a = 0,
             "SparseGPT to the sparsity of the format, and GPTQ to its codes, "
             "in one pass.");
}
