//===- InputScales.cpp - AWQ and SmoothQuant in Python --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bindings.h"
#include "Contractions.h"
#include "Formats.h"
#include "Quantized.h"

#include "lowbit/Numerics/Quantize/AwqClip.h"
#include "lowbit/Numerics/Quantize/SmoothQuant.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace lowbit;
using namespace lowbit::python;
using numerics::AwqLayer;
using numerics::AwqScales;

namespace {

/// What AWQ wants to know of inputs, kept alive.
struct AwqKnown {
  AwqKnown(const Inputs &inputs, Threads threads) {
    numerics::ActivationStatistics statistics = statisticsOf(inputs, threads);
    meanMagnitude = statistics.channels().meanMagnitude();
    squares = statistics.channels().sumOfSquares;
    if (statistics.hasGram())
      gram = statistics.gramMatrix(threads);
  }
  numerics::AwqInputs view() const {
    return {meanMagnitude, squares, gram ? &*gram : nullptr};
  }

  std::vector<double> meanMagnitude, squares;
  std::optional<numerics::GramMatrix> gram;
};

AwqScales awqScales(const std::vector<Floats> &weights, const Format &format,
                    const Inputs &inputs, int64_t axis,
                    const std::optional<std::string> &method, int steps,
                    bool weightedSearch, Threads threads) {
  AwqKnown known(inputs, threads);
  std::vector<AwqLayer> layers;
  for (const Floats &weight : weights)
    layers.push_back({contraction(weight, axis), format.of(2)});
  numerics::AwqOptions options;
  options.alphaSteps = steps;
  options.weightedSearch = weightedSearch;
  options.chooser = chooserOf({method, std::nullopt}, format, threads);
  return run([&] {
    return numerics::searchAwqScales(layers, known.view(), options, threads);
  });
}

std::pair<Array<float>, Array<float>>
awqRanges(const Floats &weight, const Format &format, const Inputs &inputs,
          const std::optional<Floats> &scales, int64_t axis, Threads threads) {
  AwqKnown known(inputs, threads);
  AwqLayer layer{contraction(weight, axis), format.of(2)};
  numerics::AwqOptions options;
  options.chooser = chooserOf({}, format, threads);
  auto ranges = run([&] {
    return numerics::searchAwqClipping(
        layer, scales ? valuesOf(*scales) : std::span<const float>(),
        known.view(), options, threads);
  });
  return {toArray(std::move(ranges.low)), toArray(std::move(ranges.high))};
}

Array<float> smoothScales(const std::vector<Floats> &weights,
                          const Floats &maxMagnitude, float alpha, int64_t axis,
                          Threads threads) {
  std::vector<numerics::ContractionWeight> layers;
  for (const Floats &weight : weights)
    layers.push_back(contraction(weight, axis));
  return toArray(run([&] {
    return numerics::smoothQuantScales(layers, valuesOf(maxMagnitude), alpha,
                                       threads);
  }));
}

} // namespace

void lowbit::python::addInputScales(nb::module_ &module) {
  nb::class_<AwqScales>(module, "AwqScales")
      .def_prop_ro(
          "scales", [](const AwqScales &self) { return toArray(self.scales); },
          nb::rv_policy::move,
          "Weights are to be multiplied by them, inputs divided.")
      .def_ro("alpha", &AwqScales::alpha)
      .def_ro("error", &AwqScales::error)
      .def_ro("error_without", &AwqScales::errorWithout);
  module.def(
      "awq_scales", awqScales, "weights"_a, "format"_a, "inputs"_a.none(),
      "reduction_axis"_a = 0, nb::kw_only(), "method"_a = nb::none(),
      "steps"_a = 20, "weighted_search"_a = false, "threads"_a = 0,
      "AWQ: the scales of inputs with the least output error, for layers "
      "(a list of weights) with the same inputs: rows or Statistics.");
  module.def("awq_ranges", awqRanges, "weight"_a.none(), "format"_a,
             "inputs"_a.none(), "scales"_a = nb::none(), "reduction_axis"_a = 0,
             nb::kw_only(), "threads"_a = 0,
             "AWQ: (low, high) of each block of the scaled weight, for the "
             "argument `ranges` of quantize.");
  module.def("smooth_scales", smoothScales, "weights"_a,
             "max_magnitude"_a.none(), "alpha"_a = 0.5f, "reduction_axis"_a = 0,
             nb::kw_only(), "threads"_a = 0,
             "SmoothQuant: scales that move outliers from inputs, divided by "
             "them, to weights, multiplied by them.");
}
