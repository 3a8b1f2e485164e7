//===- Statistics.cpp - What calibration collects, in Python --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arrays.h"
#include "Bindings.h"
#include "Contractions.h"

#include "lowbit/Numerics/Histogram.h"

#include <nanobind/stl/optional.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace lowbit;
using namespace lowbit::python;
using numerics::ActivationStatistics;
using numerics::GramMatrix;
using numerics::Histogram;

numerics::ContractionWeight lowbit::python::contraction(const Floats &weight,
                                                        int64_t reductionAxis) {
  if (weight.ndim() != 2)
    raise("the weight of a contraction has two axes, not " +
          std::to_string(weight.ndim()));
  if (reductionAxis != 0 && reductionAxis != 1)
    raise("the reduction axis of a weight is 0 or 1, not " +
          std::to_string(reductionAxis));
  return {valuesOf(weight), shapeOf(weight), unsigned(reductionAxis)};
}

static ActivationStatistics collect(const Floats &rows, bool gram,
                                    Threads threads) {
  if (rows.ndim() != 2)
    raise("inputs have two axes, [rows, channels], not " +
          std::to_string(rows.ndim()));
  ActivationStatistics statistics(rows.shape(1),
                                  gram ? ActivationStatistics::Gram::Collect
                                       : ActivationStatistics::Gram::Skip);
  run([&] { return statistics.add(valuesOf(rows), threads); }, shapeOf(rows));
  return statistics;
}

GramMatrix lowbit::python::gramOf(const Inputs &inputs, Threads threads) {
  if (auto *gram = std::get_if<GramMatrix>(&inputs))
    return *gram;
  if (auto *rows = std::get_if<Floats>(&inputs))
    return collect(*rows, /*gram=*/true, threads).gramMatrix(threads);
  auto &statistics = std::get<ActivationStatistics>(inputs);
  if (!statistics.hasGram())
    raise("these statistics have no Gram matrix; make them with gram=True");
  return statistics.gramMatrix(threads);
}

ActivationStatistics lowbit::python::statisticsOf(const Inputs &inputs,
                                                  Threads threads) {
  if (auto *statistics = std::get_if<ActivationStatistics>(&inputs))
    return *statistics;
  if (auto *rows = std::get_if<Floats>(&inputs))
    return collect(*rows, /*gram=*/true, threads);
  raise("a Gram matrix does not say how large inputs are; give the inputs or "
        "their Statistics");
}

static GramMatrix makeGram(const Input<double> &values, int64_t rows) {
  if (values.ndim() != 2 || values.shape(0) != values.shape(1))
    raise("a Gram matrix is square");
  auto all = valuesOf(values);
  GramMatrix gram{int64_t(values.shape(0)), rows, {all.begin(), all.end()}};
  for (int64_t i = 0; i < gram.channels; ++i)
    for (int64_t j = 0; j < i; ++j)
      if (double a = all[i * gram.channels + j], b = all[j * gram.channels + i];
          a < b || a > b)
        raise("a Gram matrix is symmetric, this one is not at [" +
              std::to_string(i) + ", " + std::to_string(j) +
              "]; take (G + G.T) / 2 where rounding is the reason");
  return gram;
}

static double checkedPercent(double percent) {
  if (!(percent >= 0 && percent <= 100))
    raise("a percentile is of 0 to 100 percent, not " +
          std::to_string(percent));
  return percent;
}

static void addHistogram(nb::module_ &module) {
  nb::class_<Histogram>(module, "Histogram",
                        "The distribution of a stream of values.")
      .def(nb::init<>())
      .def(
          "add",
          [](Histogram &self, const Floats &values, Threads threads) {
            run([&] { return self.add(valuesOf(values), threads); },
                shapeOf(values));
          },
          "values"_a.none(), "threads"_a = 0)
      .def("merge", &Histogram::merge, "other"_a)
      .def_prop_ro("count", &Histogram::count)
      .def_prop_ro("minimum", &Histogram::minimum)
      .def_prop_ro("maximum", &Histogram::maximum)
      .def(
          "percentile",
          [](const Histogram &self, double percent) {
            return self.percentile(checkedPercent(percent));
          },
          "percent"_a, "What `percent` of all values are not above.")
      .def(
          "magnitude_percentile",
          [](const Histogram &self, double percent) {
            return self.magnitudePercentile(checkedPercent(percent));
          },
          "percent"_a)
      .def(
          "entropy_threshold",
          [](const Histogram &self, int64_t levels) {
            if (levels < 1 || levels > Histogram::binsPerSide)
              raise("a histogram is clipped for 1 to " +
                    std::to_string(Histogram::binsPerSide) + " levels, not " +
                    std::to_string(levels));
            return self.entropyThreshold(levels);
          },
          "levels"_a = 128,
          "The magnitude at which to clip for so many levels on each side of "
          "zero, by relative entropy.");
}

void lowbit::python::addStatistics(nb::module_ &module) {
  nb::class_<GramMatrix>(module, "Gram", "X^T X of the inputs of a layer.")
      .def(
          "__init__",
          [](GramMatrix *self, const Input<double> &values, int64_t rows) {
            new (self) GramMatrix(makeGram(values, rows));
          },
          "values"_a.none(), "rows"_a)
      .def_ro("channels", &GramMatrix::channels)
      .def_ro("rows", &GramMatrix::rows)
      .def_prop_ro(
          "values",
          [](const GramMatrix &self) {
            return toArray(self.values,
                           numerics::Shape{self.channels, self.channels});
          },
          nb::rv_policy::move);
  nb::class_<ActivationStatistics>(
      module, "Statistics",
      "Statistics of a layer's inputs, [rows, channels], that come in pieces.")
      .def(
          "__init__",
          [](ActivationStatistics *self, int64_t channels, bool gram) {
            if (channels < 0)
              raise("there are no " + std::to_string(channels) + " channels");
            new (self) ActivationStatistics(
                channels, gram ? ActivationStatistics::Gram::Collect
                               : ActivationStatistics::Gram::Skip);
          },
          "channels"_a, "gram"_a = false)
      .def(
          "add",
          [](ActivationStatistics &self, const Floats &rows, Threads threads) {
            if (rows.ndim() == 0 || int64_t(rows.shape(rows.ndim() - 1)) !=
                                        self.channels().channels())
              raise("the last axis of the inputs is not of " +
                    std::to_string(self.channels().channels()) + " channels");
            run([&] { return self.add(valuesOf(rows), threads); },
                shapeOf(rows));
          },
          "inputs"_a.none(), "threads"_a = 0)
      .def(
          "merge",
          [](ActivationStatistics &self, const ActivationStatistics &other) {
            check(self.merge(other));
          },
          "other"_a)
      .def_prop_ro(
          "rows",
          [](const ActivationStatistics &self) { return self.channels().rows; })
      .def_prop_ro(
          "minimum",
          [](const ActivationStatistics &self) {
            return toArray(self.channels().minimum);
          },
          nb::rv_policy::move)
      .def_prop_ro(
          "maximum",
          [](const ActivationStatistics &self) {
            return toArray(self.channels().maximum);
          },
          nb::rv_policy::move)
      .def_prop_ro(
          "max_magnitude",
          [](const ActivationStatistics &self) {
            return toArray(self.channels().maxMagnitude());
          },
          nb::rv_policy::move)
      .def_prop_ro(
          "mean",
          [](const ActivationStatistics &self) {
            return toArray(self.channels().mean());
          },
          nb::rv_policy::move)
      .def_prop_ro(
          "mean_magnitude",
          [](const ActivationStatistics &self) {
            return toArray(self.channels().meanMagnitude());
          },
          nb::rv_policy::move)
      .def_prop_ro(
          "sum_of_squares",
          [](const ActivationStatistics &self) {
            return toArray(self.channels().sumOfSquares);
          },
          nb::rv_policy::move)
      .def(
          "gram",
          [](const ActivationStatistics &self, Threads threads) {
            return gramOf(self, threads);
          },
          "threads"_a = 0);
  addHistogram(module);
}
