//===- BitBudget.cpp - Where to spend bits --------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Greedy steps along the convex hull of each item give the trade-off curve, a
// first choice, and the price of a unit of cost at the limit (the optimal dual
// of the linear relaxation: Sinha and Zoltners, The Multiple-Choice Knapsack
// Problem, 1979). Dynamic programming over the items, on the partial choices
// that no other dominates and that the price does not rule out, then finds the
// best choice.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/BitBudget.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

using namespace lowbit::numerics;

namespace {

/// Options of one item by rising cost and falling loss, as places in its list.
using Places = std::vector<size_t>;

/// From one corner of an item's hull to the next.
struct Step {
  size_t item;
  /// Where the step leads, a place in the item's list of options.
  size_t option;
  double cost;
  /// How much loss a unit of cost saves.
  double slope;
};

/// A choice for the first items.
struct State {
  double cost;
  double loss;
  uint32_t parent;
  uint32_t option;
};

} // namespace

/// The options that no other is at least as good as in both respects.
static Places findFront(const std::vector<BudgetOption> &options) {
  Places order(options.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tuple(options[a].cost, options[a].loss, a) <
           std::tuple(options[b].cost, options[b].loss, b);
  });
  Places front;
  for (size_t place : order)
    if (front.empty() || options[place].loss < options[front.back()].loss)
      front.push_back(place);
  return front;
}

static double getSlope(const BudgetOption &from, const BudgetOption &to) {
  return (from.loss - to.loss) / (to.cost - from.cost);
}

/// The corners of the lower convex hull of a front: slopes fall.
static Places findHull(const std::vector<BudgetOption> &options,
                       const Places &front) {
  Places hull;
  for (size_t place : front) {
    while (hull.size() > 1 &&
           getSlope(options[hull.end()[-2]], options[hull.back()]) <=
               getSlope(options[hull.back()], options[place]))
      hull.pop_back();
    hull.push_back(place);
  }
  return hull;
}

static void sum(BudgetItems items, BudgetChoice &choice) {
  choice.cost = choice.loss = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    choice.cost += items[i][choice.options[i]].cost;
    choice.loss += items[i][choice.options[i]].loss;
  }
}

namespace {

/// The problem with what is known of each item.
class Problem {
public:
  explicit Problem(BudgetItems items) : items(items) {
    for (size_t i = 0; i < items.size(); ++i) {
      assert(!items[i].empty() && "an item without an option");
      fronts.push_back(findFront(items[i]));
      Places hull = findHull(items[i], fronts.back());
      cheapest.options.push_back(hull.front());
      for (size_t k = 1; k < hull.size(); ++k) {
        const BudgetOption &from = items[i][hull[k - 1]];
        const BudgetOption &to = items[i][hull[k]];
        steps.push_back({i, hull[k], to.cost - from.cost, getSlope(from, to)});
      }
    }
    sum(items, cheapest);
    // An item's own slopes fall, so that its steps keep their order.
    std::sort(steps.begin(), steps.end(), [](const Step &a, const Step &b) {
      return std::pair(-a.slope, a.item) < std::pair(-b.slope, b.item);
    });
  }

  const BudgetChoice &getCheapest() const { return cheapest; }
  const std::vector<Step> &getSteps() const { return steps; }

  /// Takes steps while they fit; `price` becomes the slope of the first that
  /// does not, or 0.
  BudgetChoice ascend(double limit, double &price) const;
  /// The best choice, where that is better than `best`.
  BudgetChoice search(double limit, double price, BudgetChoice best,
                      size_t maxStates) const;

private:
  BudgetItems items;
  std::vector<Places> fronts;
  BudgetChoice cheapest;
  std::vector<Step> steps;
};

} // namespace

BudgetChoice Problem::ascend(double limit, double &price) const {
  BudgetChoice choice = cheapest;
  price = 0;
  // An item that could not take a step takes none of its later ones.
  std::vector<bool> isStuck(items.size());
  for (const Step &step : steps) {
    if (isStuck[step.item])
      continue;
    BudgetChoice next = choice;
    next.options[step.item] = step.option;
    sum(items, next);
    if (next.cost <= limit) {
      choice = std::move(next);
      continue;
    }
    isStuck[step.item] = true;
    if (price == 0)
      price = step.slope;
  }
  return choice;
}

BudgetChoice Problem::search(double limit, double price, BudgetChoice best,
                             size_t maxStates) const {
  size_t count = items.size();
  // Of the items from i on: the least that they cost, the least that they cost
  // and lose at the price, and what the options for that cost and lose.
  std::vector<double> leastCost(count + 1), leastPriced(count + 1),
      pricedCost(count + 1), pricedLoss(count + 1);
  std::vector<uint32_t> pricedOption(count);
  for (size_t i = count; i-- > 0;) {
    double least = std::numeric_limits<double>::infinity();
    for (size_t place : fronts[i]) {
      const BudgetOption &option = items[i][place];
      if (double priced = option.loss + price * option.cost; priced < least) {
        least = priced;
        pricedOption[i] = place;
      }
    }
    const BudgetOption &option = items[i][pricedOption[i]];
    leastCost[i] = leastCost[i + 1] + items[i][fronts[i].front()].cost;
    leastPriced[i] = leastPriced[i + 1] + least;
    pricedCost[i] = pricedCost[i + 1] + option.cost;
    pricedLoss[i] = pricedLoss[i + 1] + option.loss;
  }
  // Sums in another order differ in their last bits: what is as good as the
  // bound up to them is not ruled out.
  double slack = 1e-12 * (cheapest.loss + price * limit);

  std::vector<std::vector<State>> stages = {{{0, 0, 0, 0}}};
  auto trace = [&](size_t stage, uint32_t place) {
    BudgetChoice choice;
    choice.options.assign(pricedOption.begin(), pricedOption.end());
    for (; stage > 0; --stage) {
      const State &state = stages[stage][place];
      choice.options[stage - 1] = state.option;
      place = state.parent;
    }
    sum(items, choice);
    return choice;
  };

  for (size_t i = 0; i < count; ++i) {
    auto getBound = [&](const State &state) {
      return state.loss + price * state.cost + leastPriced[i + 1] -
             price * limit;
    };
    std::vector<State> next;
    for (uint32_t parent = 0; parent < stages[i].size(); ++parent) {
      const State &state = stages[i][parent];
      for (size_t place : fronts[i]) {
        const BudgetOption &option = items[i][place];
        State extended{state.cost + option.cost, state.loss + option.loss,
                       parent, static_cast<uint32_t>(place)};
        if (extended.cost + leastCost[i + 1] > limit ||
            getBound(extended) > best.loss + slack)
          continue;
        next.push_back(extended);
      }
    }
    std::sort(next.begin(), next.end(), [](const State &a, const State &b) {
      return std::tuple(a.cost, a.loss, a.parent, a.option) <
             std::tuple(b.cost, b.loss, b.parent, b.option);
    });
    std::vector<State> &kept = stages.emplace_back();
    for (const State &state : next)
      if (kept.empty() || state.loss < kept.back().loss)
        kept.push_back(state);
    if (kept.size() > maxStates) {
      std::sort(kept.begin(), kept.end(), [&](const State &a, const State &b) {
        return std::pair(getBound(a), a.cost) < std::pair(getBound(b), b.cost);
      });
      kept.resize(maxStates);
    }
    // The rest at its price makes whole choices of partial ones; the best of
    // them rules out more of what follows.
    uint32_t bestPlace = 0;
    double bestLoss = best.loss;
    for (uint32_t place = 0; place < kept.size(); ++place) {
      double loss = kept[place].loss + pricedLoss[i + 1];
      if (kept[place].cost + pricedCost[i + 1] <= limit && loss < bestLoss) {
        bestLoss = loss;
        bestPlace = place;
      }
    }
    if (bestLoss < best.loss)
      if (BudgetChoice choice = trace(i + 1, bestPlace);
          choice.cost <= limit && choice.loss < best.loss)
        best = std::move(choice);
  }
  return best;
}

std::optional<BudgetChoice> lowbit::numerics::chooseWithin(BudgetItems items,
                                                           double limit,
                                                           size_t maxStates) {
  Problem problem(items);
  if (problem.getCheapest().cost > limit)
    return std::nullopt;
  double price = 0;
  BudgetChoice choice = problem.ascend(limit, price);
  // Without a price every item has its option of least loss.
  if (price == 0)
    return choice;
  return problem.search(limit, price, std::move(choice), maxStates);
}

std::vector<BudgetChoice> lowbit::numerics::tradeOffCurve(BudgetItems items) {
  Problem problem(items);
  std::vector<BudgetChoice> curve = {problem.getCheapest()};
  for (const Step &step : problem.getSteps()) {
    BudgetChoice next = curve.back();
    next.options[step.item] = step.option;
    sum(items, next);
    curve.push_back(std::move(next));
  }
  return curve;
}
