//===- BitBudget.h - Where to spend bits ------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The multiple-choice knapsack problem: of several options for each item take
// one, so that the losses sum to as little as possible while the costs stay
// within a limit. Items are weights, options encodings; cost and loss are bytes
// and error, or, where a bound on the error is given, the other way round.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_BITBUDGET_H
#define LOWBIT_NUMERICS_BITBUDGET_H

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// One way to treat an item. Both are finite and at least 0.
struct BudgetOption {
  double cost;
  double loss;
};

/// At least one option for each item, in any order.
using BudgetItems = std::span<const std::vector<BudgetOption>>;

/// An option of each item. The sums are taken in the order of the items.
struct BudgetChoice {
  std::vector<size_t> options;
  double cost = 0;
  double loss = 0;
};

/// The choice of least loss among those that cost no more than `limit`; nothing
/// if even the cheapest options of all items cost more. Of equal losses the
/// cheaper choice, as far as it is seen.
///
/// Exact as long as no more than `maxStates` partial choices are open at once
/// (each is neither dominated by another nor proven worse than a known choice
/// by the Lagrangian bound), which holds for dozens of items with a dozen
/// options; beyond that the partial choices of least bound are pursued. Never
/// worse than the greedy ascent along the items' convex hulls. Deterministic.
std::optional<BudgetChoice> chooseWithin(BudgetItems items, double limit,
                                         size_t maxStates = size_t(1) << 15);

/// The choices that are best for some price of a unit of cost, from the
/// cheapest to the one of least loss: the corners of the convex hull of all
/// choices. Each differs from the one before in one item.
std::vector<BudgetChoice> tradeOffCurve(BudgetItems items);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_BITBUDGET_H
