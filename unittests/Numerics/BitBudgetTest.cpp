//===- BitBudgetTest.cpp - Where to spend bits ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/BitBudget.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace lowbit::numerics;

namespace {

using Items = std::vector<std::vector<BudgetOption>>;

/// Options as encodings have them: what costs more mostly loses less. Costs are
/// multiples of `grain`, so that choices of equal cost exist.
Items randomItems(std::mt19937 &random, size_t count, size_t options,
                  int grain) {
  std::uniform_real_distribution<double> uniform(0, 1);
  Items items(count);
  for (auto &item : items) {
    double size = 1 + 9 * uniform(random), weight = std::exp(uniform(random));
    for (size_t i = 0; i < options; ++i) {
      double bits = 2 + 6 * uniform(random);
      double cost = grain * std::floor(size * bits * 100 / grain);
      double loss = weight * std::pow(4, -bits) * (0.5 + uniform(random));
      item.push_back({cost, loss});
    }
  }
  return items;
}

/// The least loss within the limit by trying everything; infinite if nothing
/// fits.
double bruteForce(const Items &items, double limit, size_t i = 0,
                  double cost = 0, double loss = 0) {
  if (cost > limit)
    return INFINITY;
  if (i == items.size())
    return loss;
  double best = INFINITY;
  for (const BudgetOption &option : items[i])
    best = std::min(best, bruteForce(items, limit, i + 1, cost + option.cost,
                                     loss + option.loss));
  return best;
}

double sumOf(const Items &items, const BudgetChoice &choice,
             double BudgetOption::*field) {
  double total = 0;
  for (size_t i = 0; i < items.size(); ++i)
    total += items[i][choice.options[i]].*field;
  return total;
}

TEST(BitBudget, EqualsBruteForce) {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    Items items =
        randomItems(random, 1 + round % 7, 1 + round % 5, round % 2 ? 1 : 400);
    auto curve = tradeOffCurve(items);
    double low = curve.front().cost, high = curve.back().cost;
    for (double share : {0.0, 0.03, 0.2, 0.5, 0.77, 0.99, 1.0, 1.5}) {
      double limit = low + share * (high - low);
      auto choice = chooseWithin(items, limit);
      ASSERT_TRUE(choice);
      EXPECT_LE(choice->cost, limit);
      EXPECT_EQ(choice->cost, sumOf(items, *choice, &BudgetOption::cost));
      EXPECT_EQ(choice->loss, sumOf(items, *choice, &BudgetOption::loss));
      EXPECT_EQ(choice->loss, bruteForce(items, limit)) << "round " << round;
    }
    EXPECT_FALSE(chooseWithin(items, low - 1));
  }
}

// The other question, the least bytes for a bound on the error, is the same one
// with the roles exchanged.
TEST(BitBudget, AnswersForABoundOnTheLoss) {
  std::mt19937 random(2);
  for (int round = 0; round < 100; ++round) {
    Items items = randomItems(random, 5, 4, 100);
    for (auto &item : items)
      for (BudgetOption &option : item)
        std::swap(option.cost, option.loss);
    auto curve = tradeOffCurve(items);
    double limit = std::sqrt(curve.front().cost * curve.back().cost);
    auto choice = chooseWithin(items, limit);
    ASSERT_TRUE(choice);
    EXPECT_LE(choice->cost, limit);
    EXPECT_EQ(choice->loss, bruteForce(items, limit));
  }
}

TEST(BitBudget, CurveIsConvex) {
  std::mt19937 random(3);
  Items items = randomItems(random, 12, 6, 1);
  auto curve = tradeOffCurve(items);
  ASSERT_GT(curve.size(), 12u);
  double slope = INFINITY;
  for (size_t i = 1; i < curve.size(); ++i) {
    EXPECT_GT(curve[i].cost, curve[i - 1].cost);
    EXPECT_LT(curve[i].loss, curve[i - 1].loss);
    double next = (curve[i - 1].loss - curve[i].loss) /
                  (curve[i].cost - curve[i - 1].cost);
    EXPECT_LE(next, slope * (1 + 1e-9));
    slope = next;
    int changed = 0;
    for (size_t k = 0; k < items.size(); ++k)
      changed += curve[i].options[k] != curve[i - 1].options[k];
    EXPECT_EQ(changed, 1);
    // No choice of its cost is better.
    auto choice = chooseWithin(items, curve[i].cost);
    EXPECT_NEAR(choice->loss, curve[i].loss, 1e-12 * curve[i].loss);
  }
}

TEST(BitBudget, TakesNoOptionThatAnotherBeats) {
  Items items = {{{10, 5}, {10, 4}, {12, 4}, {20, 9}, {30, 1}, {30, 1}},
                 {{7, 3}}};
  auto curve = tradeOffCurve(items);
  ASSERT_EQ(curve.size(), 2u);
  EXPECT_EQ(curve[0].options, (std::vector<size_t>{1, 0}));
  EXPECT_EQ(curve[1].options, (std::vector<size_t>{4, 0}));
  EXPECT_EQ(chooseWithin(items, 36)->options, curve[0].options);
  EXPECT_EQ(chooseWithin(items, 37)->options, curve[1].options);
}

TEST(BitBudget, HoldsOffTheHull) {
  // 2 is above the line from 0 to 10, and the best that a limit of 9 allows.
  Items items = {{{0, 10}, {2, 9}, {10, 0}}};
  EXPECT_EQ(tradeOffCurve(items).size(), 2u);
  EXPECT_EQ(chooseWithin(items, 9)->options, (std::vector<size_t>{1}));
}

TEST(BitBudget, NothingToChoose) {
  auto choice = chooseWithin({}, 0);
  ASSERT_TRUE(choice);
  EXPECT_TRUE(choice->options.empty());
  EXPECT_EQ(tradeOffCurve({}).size(), 1u);
}

// As many items as a model of hundreds of layers has. With few states it is not
// exact, but between the curve's points around the limit, and the same each
// time.
TEST(BitBudget, ManyItems) {
  std::mt19937 random(4);
  Items items = randomItems(random, 400, 12, 1);
  auto curve = tradeOffCurve(items);
  double limit = (curve.front().cost + curve.back().cost) / 2;
  auto above =
      std::find_if(curve.begin(), curve.end(), [&](const BudgetChoice &choice) {
        return choice.cost > limit;
      });
  for (size_t states : {size_t(1), size_t(64), size_t(4096)}) {
    auto choice = chooseWithin(items, limit, states);
    ASSERT_TRUE(choice);
    EXPECT_LE(choice->cost, limit);
    EXPECT_LE(choice->loss, above[-1].loss);
    EXPECT_GT(choice->loss, above->loss);
    EXPECT_EQ(choice->options, chooseWithin(items, limit, states)->options);
  }
}

} // namespace
