//===- Pruning.cpp - Which weights to keep, in Python ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pruning.h"
#include "Bindings.h"
#include "Contractions.h"

#include <nanobind/stl/optional.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace lowbit;
using namespace lowbit::python;
using numerics::Pruning;

Pruning lowbit::python::pruningOf(std::optional<int64_t> keep,
                                  std::optional<int64_t> of,
                                  std::optional<double> fraction) {
  if (keep && of && !fraction)
    return Pruning::keepOf(*keep, *of);
  if (fraction && !keep && !of)
    return Pruning::prune(*fraction);
  raise("pruning needs either keep and of, or fraction");
}

Array<bool> lowbit::python::maskArray(const numerics::Mask &mask,
                                      const numerics::Shape &shape) {
  // A byte of 0 or 1 is a bool of numpy.
  return toArray<uint8_t, bool>(mask, shape);
}

void lowbit::python::addPruning(nb::module_ &module) {
  module.def(
      "prune_by_magnitude",
      [](const Floats &array, std::optional<int64_t> keep,
         std::optional<int64_t> of, std::optional<double> fraction,
         int64_t axis, Threads threads) {
        numerics::ContractionWeight weight = contraction(array, axis);
        Pruning pruning = pruningOf(keep, of, fraction);
        return maskArray(run([&] {
                           return numerics::pruneByMagnitude(weight, pruning,
                                                             threads);
                         }),
                         weight.shape);
      },
      "weight"_a.none(), nb::kw_only(), "keep"_a = nb::none(),
      "of"_a = nb::none(), "fraction"_a = nb::none(), "reduction_axis"_a = 0,
      "threads"_a = 0,
      "A mask of the weights of largest magnitude: `keep` of each `of` along "
      "the reduction axis, or all but a `fraction`.");
  module.def(
      "prune_by_wanda",
      [](const Floats &array, const Input<double> &sumOfSquares,
         std::optional<int64_t> keep, std::optional<int64_t> of,
         std::optional<double> fraction, int64_t axis, Threads threads) {
        numerics::ContractionWeight weight = contraction(array, axis);
        Pruning pruning = pruningOf(keep, of, fraction);
        return maskArray(run([&] {
                           return numerics::pruneByWanda(weight,
                                                         valuesOf(sumOfSquares),
                                                         pruning, threads);
                         }),
                         weight.shape);
      },
      "weight"_a.none(), "sum_of_squares"_a.none(), nb::kw_only(),
      "keep"_a = nb::none(), "of"_a = nb::none(), "fraction"_a = nb::none(),
      "reduction_axis"_a = 0, "threads"_a = 0,
      "Wanda: a mask by |w| |x|, with Statistics.sum_of_squares of the "
      "inputs.");
}
