//===- Exchange.cpp - shfl, vote, redux, match and elect ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Collectives.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace lowbit::simt;

void lowbit::simt::shuffle(Block &block, Warp &warp, uint32_t lanes,
                           const Site &site) {
  unsigned kind = site.attributes[0];
  bool wantsPredicate = site.attributes[1];
  if (kind > LOWBIT_SIMT_IDX || site.operands != 4 ||
      site.results != (wantsPredicate ? 2u : 1u))
    failInvalidSite(block, site, "no shfl.sync has this kind");
  const auto &values = warp.in[1], &offsets = warp.in[2], &clamps = warp.in[3];
  for (unsigned lane : EachLane(lanes)) {
    int offset = offsets[lane] & 31, clamp = clamps[lane] & 31;
    int segment = clamps[lane] >> 8 & 31;
    int first = lane & segment, last = first | (clamp & ~segment);
    int source = lane;
    bool valid = false;
    switch (kind) {
    case LOWBIT_SIMT_UP:
      source = int(lane) - offset;
      valid = source >= last;
      break;
    case LOWBIT_SIMT_DOWN:
      source = int(lane) + offset;
      valid = source <= last;
      break;
    case LOWBIT_SIMT_BFLY:
      source = int(lane) ^ offset;
      valid = source <= last;
      break;
    case LOWBIT_SIMT_IDX:
      source = first | (offset & ~segment);
      valid = source <= last;
      break;
    }
    if (!valid)
      source = lane;
    if (!(lanes >> source & 1)) [[unlikely]] {
      // Undefined on hardware.
      if (block.checker)
        block.fail(Detector::Divergence,
                   "shfl.sync: lane " + std::to_string(lane) +
                       " reads from lane " + std::to_string(source) +
                       ", which does not take part",
                   &site);
      warp.out[0][lane] = allLanes;
    } else {
      warp.out[0][lane] = values[source];
    }
    warp.out[1][lane] = valid;
  }
}

void lowbit::simt::vote(Block &block, Warp &warp, uint32_t lanes,
                        const Site &site) {
  if (site.attributes[0] > LOWBIT_SIMT_UNI || site.operands != 2 ||
      site.results != 1)
    failInvalidSite(block, site, "no vote.sync has this kind");
  uint32_t ballot = 0;
  for (unsigned lane : EachLane(lanes))
    ballot |= (warp.in[1][lane] & 1) << lane;
  uint32_t result = ballot;
  switch (site.attributes[0]) {
  case LOWBIT_SIMT_ANY:
    result = ballot != 0;
    break;
  case LOWBIT_SIMT_ALL:
    result = ballot == lanes;
    break;
  case LOWBIT_SIMT_UNI:
    result = ballot == 0 || ballot == lanes;
    break;
  }
  for (unsigned lane : EachLane(lanes))
    warp.out[0][lane] = result;
}

/// Of two floats the smaller or larger as PTX has it: the one that is no NaN,
/// unless NaN is to win.
static uint32_t reduceFloats(uint32_t kind, bool keepNaN, uint32_t a,
                             uint32_t b) {
  float x = std::bit_cast<float>(a), y = std::bit_cast<float>(b);
  if (std::isnan(x) || std::isnan(y)) {
    if (keepNaN || (std::isnan(x) && std::isnan(y)))
      return 0x7fffffff;
    return std::isnan(x) ? b : a;
  }
  // -0 is smaller than +0.
  bool aIsSmaller = x < y || (x == y && std::signbit(x));
  return (kind == LOWBIT_SIMT_REDUX_FMIN) == aIsSmaller ? a : b;
}

static uint32_t reduceWords(uint32_t kind, uint32_t a, uint32_t b) {
  auto x = static_cast<int32_t>(a), y = static_cast<int32_t>(b);
  switch (kind) {
  case LOWBIT_SIMT_REDUX_ADD:
    return a + b;
  case LOWBIT_SIMT_REDUX_AND:
    return a & b;
  case LOWBIT_SIMT_REDUX_OR:
    return a | b;
  case LOWBIT_SIMT_REDUX_XOR:
    return a ^ b;
  case LOWBIT_SIMT_REDUX_MAX:
    return x > y ? a : b;
  case LOWBIT_SIMT_REDUX_MIN:
    return x < y ? a : b;
  case LOWBIT_SIMT_REDUX_UMAX:
    return a > b ? a : b;
  default:
    return a < b ? a : b;
  }
}

void lowbit::simt::redux(Block &block, Warp &warp, uint32_t lanes,
                         const Site &site) {
  uint32_t kind = site.attributes[0];
  bool absolute = site.attributes[1] & 1, keepNaN = site.attributes[1] & 2;
  bool isFloat =
      kind == LOWBIT_SIMT_REDUX_FMIN || kind == LOWBIT_SIMT_REDUX_FMAX;
  if (kind < LOWBIT_SIMT_REDUX_ADD || kind > LOWBIT_SIMT_REDUX_FMAX ||
      (!isFloat && site.attributes[1]) || site.operands != 2 ||
      site.results != 1)
    failInvalidSite(block, site, "no redux.sync has this kind");
  uint32_t result = 0;
  bool isFirst = true;
  for (unsigned lane : EachLane(lanes)) {
    uint32_t value = warp.in[0][lane];
    if (absolute)
      value &= 0x7fffffff;
    if (isFirst && isFloat)
      result = reduceFloats(kind, keepNaN, value, value);
    else if (isFirst)
      result = value;
    else
      result = isFloat ? reduceFloats(kind, keepNaN, result, value)
                       : reduceWords(kind, result, value);
    isFirst = false;
  }
  for (unsigned lane : EachLane(lanes))
    warp.out[0][lane] = result;
}

void lowbit::simt::match(Block &block, Warp &warp, uint32_t lanes,
                         const Site &site) {
  bool isAll = site.attributes[0] == 1;
  unsigned bits = site.attributes[1];
  if (site.attributes[0] > 1 || (bits != 32 && bits != 64) ||
      site.operands != 2 || site.results != (isAll ? 2u : 1u))
    failInvalidSite(block, site, "no match.sync has this kind");
  uint64_t values[warpSize];
  for (unsigned lane : EachLane(lanes)) {
    values[lane] = warp.in[1][lane];
    if (bits == 64)
      std::memcpy(&values[lane], warp.lanes[lane].operands + 8, 8);
  }
  for (unsigned lane : EachLane(lanes)) {
    uint32_t same = 0;
    for (unsigned other : EachLane(lanes))
      same |= uint32_t(values[other] == values[lane]) << other;
    warp.out[0][lane] = isAll && same != lanes ? 0 : same;
    warp.out[1][lane] = same == lanes;
  }
}

void lowbit::simt::elect(Block &block, Warp &warp, uint32_t lanes,
                         const Site &site) {
  if (site.results != 1)
    failInvalidSite(block, site, "elect.sync has one result");
  for (unsigned lane : EachLane(lanes))
    warp.out[0][lane] = lane == unsigned(std::countr_zero(lanes));
}
