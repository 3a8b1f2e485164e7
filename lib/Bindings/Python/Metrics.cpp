//===- Metrics.cpp - Error measures and theory in Python ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arrays.h"
#include "Bindings.h"
#include "Contractions.h"

#include "lowbit/Numerics/Metrics.h"
#include "lowbit/Numerics/Quantize/BiasCorrection.h"
#include "lowbit/Numerics/Quantize/LloydMax.h"
#include "lowbit/Numerics/Quantize/OutputError.h"

#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace lowbit;
using namespace lowbit::python;
using numerics::ErrorStatistics;
using numerics::OutputError;

static void checkSameShape(const Floats &reference, const Floats &test) {
  if (shapeOf(reference) != shapeOf(test))
    raise("reference and test differ in shape");
}

static void addErrors(nb::module_ &module) {
  nb::class_<ErrorStatistics>(module, "Errors",
                              "How far a tensor is from its reference.")
      .def_prop_ro("count", &ErrorStatistics::count)
      .def_prop_ro("mse", &ErrorStatistics::mse)
      .def_prop_ro("sqnr_db", &ErrorStatistics::sqnrDb)
      .def_prop_ro("psnr_db", &ErrorStatistics::psnrDb)
      .def_prop_ro("max_abs_error", &ErrorStatistics::maxAbsError)
      .def_prop_ro("max_abs_reference", &ErrorStatistics::maxAbsReference)
      .def_prop_ro("relative_error", &ErrorStatistics::relativeError)
      .def_prop_ro("cosine", &ErrorStatistics::cosine);
  module.def(
      "measure",
      [](const Floats &reference, const Floats &test, Threads threads) {
        checkSameShape(reference, test);
        nb::gil_scoped_release release;
        return numerics::measureError(valuesOf(reference), valuesOf(test),
                                      threads);
      },
      "reference"_a.none(), "test"_a.none(), "threads"_a = 0,
      "The error measures of `test` against `reference`.");
}

static void addTheory(nb::module_ &module) {
  module.def(
      "lloyd_max_levels",
      [](int count) {
        if (count < 1 || count > 256)
          raise("Lloyd-Max levels are 1 to 256, not " + std::to_string(count));
        return toArray(numerics::lloydMaxLevels(count));
      },
      "count"_a,
      "The levels of least mean squared error for a standard normal variable.");
  module.def(
      "gaussian_distortion",
      [](const std::vector<double> &levels) {
        bool ascend = !levels.empty();
        for (size_t i = 1; i < levels.size(); ++i)
          ascend &= levels[i - 1] < levels[i];
        if (!ascend)
          raise("levels are one or more that ascend");
        return numerics::gaussianDistortion(levels);
      },
      "levels"_a,
      "The mean squared error of ascending levels for a standard normal "
      "variable.");
}

void lowbit::python::addMetrics(nb::module_ &module) {
  addErrors(module);
  addTheory(module);
  nb::class_<OutputError>(module, "OutputError",
                          "Sums of squares over all outputs of a layer.")
      .def_ro("error", &OutputError::error)
      .def_ro("signal", &OutputError::signal)
      .def_prop_ro("sqnr_db", &OutputError::sqnrDb);
  module.def(
      "output_error",
      [](const Floats &weight, const Floats &test, const Inputs &inputs,
         int64_t axis, Threads threads) {
        checkSameShape(weight, test);
        numerics::ContractionWeight of = contraction(weight, axis);
        numerics::GramMatrix gram = gramOf(inputs, threads);
        return run([&] {
          return numerics::measureOutputError(of, valuesOf(test), gram,
                                              threads);
        });
      },
      "weight"_a.none(), "test"_a.none(), "inputs"_a.none(),
      "reduction_axis"_a = 0, "threads"_a = 0,
      "What the outputs of a layer lose when `test` replaces its weight. "
      "`inputs` are rows, Statistics or a Gram matrix.");
  module.def(
      "correct_bias",
      [](const Floats &weight, const Floats &test,
         const Input<double> &meanInputs, int64_t axis, Threads threads) {
        checkSameShape(weight, test);
        numerics::ContractionWeight of = contraction(weight, axis);
        return toArray(run([&] {
          return numerics::correctBias(of, valuesOf(test), valuesOf(meanInputs),
                                       threads);
        }));
      },
      "weight"_a.none(), "test"_a.none(), "mean_inputs"_a.none(),
      "reduction_axis"_a = 0, "threads"_a = 0,
      "What to add to each output's bias when `test` replaces the weight.");
}
