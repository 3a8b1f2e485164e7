//===- SiteText.cpp - Ops, lanes and places in words ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Block.h"

#include "Collectives/Collectives.h"

#include <algorithm>

using namespace lowbit::simt;

namespace {

struct OpName {
  uint32_t op;
  const char *name;
};

constexpr OpName opNames[] = {
    {LOWBIT_SIMT_MMA, "mma.sync"},
    {LOWBIT_SIMT_MMA_SPARSE, "mma.sp.sync"},
    {LOWBIT_SIMT_LDMATRIX, "ldmatrix"},
    {LOWBIT_SIMT_SHUFFLE, "shfl.sync"},
    {LOWBIT_SIMT_VOTE, "vote.sync"},
    {LOWBIT_SIMT_REDUX, "redux.sync"},
    {LOWBIT_SIMT_MATCH, "match.sync"},
    {LOWBIT_SIMT_ELECT, "elect.sync"},
    {LOWBIT_SIMT_BARRIER, "bar.sync"},
    {LOWBIT_SIMT_BARRIER_ARRIVE, "bar.arrive"},
    {LOWBIT_SIMT_WARP_BARRIER, "bar.warp.sync"},
    {LOWBIT_SIMT_COPY_ASYNC, "cp.async"},
    {LOWBIT_SIMT_COPY_COMMIT, "cp.async.commit_group"},
    {LOWBIT_SIMT_COPY_WAIT, "cp.async.wait_group"},
    {LOWBIT_SIMT_ATOMIC, "atom"},
    {LOWBIT_SIMT_FENCE, "fence"},
    {LOWBIT_SIMT_YIELD, "nanosleep"},
    {LOWBIT_SIMT_LOAD, "ld"},
    {LOWBIT_SIMT_STORE, "st"},
    {LOWBIT_SIMT_ARITHMETIC, "arithmetic"},
    {LOWBIT_SIMT_TRAP, "trap"},
    {LOWBIT_SIMT_BATCH, "batch"},
};

/// The word for `index`, or the number where there is none.
template <size_t n>
std::string word(const char *const (&words)[n], uint32_t index) {
  return index < n ? words[index] : std::to_string(index);
}

constexpr const char *typeNames[] = {"f16",  "bf16", "f32",   "f64",   "e4m3",
                                     "e5m2", "s4",   "u4",    "s8",    "u8",
                                     "s32",  "s64",  "f16x2", "bf16x2"};
constexpr const char *shuffleNames[] = {"bfly", "up", "down", "idx"};
constexpr const char *voteNames[] = {"any", "all", "ballot", "uni"};
constexpr const char *reduxNames[] = {"none", "add",  "and",  "max",
                                      "min",  "or",   "umax", "umin",
                                      "xor",  "fmin", "fmax"};
constexpr const char *reductionNames[] = {"", "popc", "and", "or"};
constexpr const char *atomicNames[] = {
    "exch", "add",  "sub",  "and",  "or",   "xor", "max", "min",
    "umax", "umin", "fadd", "fmax", "fmin", "inc", "dec", "cas"};
constexpr const char *arithmeticNames[] = {
    "ex2", "lg2",  "rcp",  "sqrt", "rsqrt", "tanh", "sin",
    "cos", "prmt", "lop3", "cvt",  "dp4a",  "other"};

std::string spaceName(uint32_t space) {
  switch (space) {
  case 0:
    return "generic";
  case 1:
    return "global";
  case 3:
    return "shared";
  case 4:
    return "const";
  case 5:
    return "local";
  }
  return "space" + std::to_string(space);
}

} // namespace

const char *lowbit::simt::opName(uint32_t op) {
  for (const OpName &entry : opNames)
    if (entry.op == op)
      return entry.name;
  return "unknown op";
}

const Site &lowbit::simt::firstPart(const Site &site) {
  return site.op == LOWBIT_SIMT_BATCH && site.attributes[0]
             ? *reinterpret_cast<const LowbitSimtBatch &>(site).sites[0]
             : site;
}

std::string lowbit::simt::siteText(const Site &site) {
  const uint32_t *a = site.attributes;
  if (const Site &part = firstPart(site); &part != &site)
    return siteText(part) +
           (a[0] > 1 ? " and " + std::to_string(a[0] - 1) + " more" : "");
  std::string text = opName(site.op);
  switch (site.op) {
  case LOWBIT_SIMT_MMA:
  case LOWBIT_SIMT_MMA_SPARSE:
    text += " m" + std::to_string(a[0]) + "n" + std::to_string(a[1]) + "k" +
            std::to_string(a[2]) + " " + word(typeNames, a[5]) + " " +
            word(typeNames, a[3]) + " " + word(typeNames, a[4]);
    if (a[6] & 1)
      text += " satfinite";
    if (a[6] & 2)
      text += " ordered";
    return text;
  case LOWBIT_SIMT_LDMATRIX:
    return text + " x" + std::to_string(a[0]) + (a[1] ? " trans" : "");
  case LOWBIT_SIMT_SHUFFLE:
    return text + " " + word(shuffleNames, a[0]);
  case LOWBIT_SIMT_VOTE:
    return text + " " + word(voteNames, a[0]);
  case LOWBIT_SIMT_REDUX:
    return text + " " + word(reduxNames, a[0]);
  case LOWBIT_SIMT_MATCH:
    return text + (a[0] ? " all" : " any") + " b" + std::to_string(a[1]);
  case LOWBIT_SIMT_BARRIER:
    return a[0] ? text + " " + word(reductionNames, a[0]) : text;
  case LOWBIT_SIMT_COPY_ASYNC:
    return text + (a[1] ? " cg " : " ca ") + std::to_string(a[0]);
  case LOWBIT_SIMT_COPY_WAIT:
    return a[0] == LOWBIT_SIMT_WAIT_ALL ? "cp.async.wait_all"
                                        : text + " " + std::to_string(a[0]);
  case LOWBIT_SIMT_ATOMIC:
    return text + " " + word(atomicNames, a[0]) + " " + word(typeNames, a[1]);
  case LOWBIT_SIMT_LOAD:
  case LOWBIT_SIMT_STORE:
    return text + " " + spaceName(a[1]) + " " + std::to_string(a[0]);
  case LOWBIT_SIMT_ARITHMETIC:
    return word(arithmeticNames, a[0]);
  }
  return text;
}

std::string lowbit::simt::lanesText(uint32_t lanes) {
  std::string text;
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    unsigned last = lane;
    while (last + 1 < warpSize && lanes >> (last + 1) & 1)
      ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(lane);
    if (last != lane)
      text += "-" + std::to_string(last);
    lane = last;
  }
  return text;
}

std::string lowbit::simt::placeText(const Dim3 &place) {
  return "(" + std::to_string(place.x) + "," + std::to_string(place.y) + "," +
         std::to_string(place.z) + ")";
}

std::string Block::describeThread(const Lane &lane) const {
  return "thread " + placeText(lane.place);
}

std::string Block::describeAddress(const void *address) const {
  if (shared.base() && shared.inReach(address))
    return "offset " + std::to_string(shared.offset(address)) + " of the " +
           std::to_string(shared.size()) + " bytes of shared memory";
  // Near a buffer still says which one is meant; more likely its end.
  auto *byte = static_cast<const char *>(address);
  const Buffer *nearest = nullptr;
  int64_t distance = 4096;
  for (const Buffer &buffer : plan->options.buffers) {
    int64_t offset = byte - static_cast<const char *>(buffer.base);
    int64_t beyond = offset - static_cast<int64_t>(buffer.bytes);
    int64_t away = offset < 0 ? -offset : std::max<int64_t>(beyond, 0);
    if (away < distance || (away == distance && offset >= 0)) {
      nearest = &buffer;
      distance = away;
    }
  }
  if (nearest)
    return "offset " +
           std::to_string(byte - static_cast<const char *>(nearest->base)) +
           " of the " + std::to_string(nearest->bytes) + " bytes of buffer '" +
           nearest->name + "'";
  char text[32];
  std::snprintf(text, sizeof text, "address %p", address);
  return text;
}

void lowbit::simt::failInvalidSite(Block &block, const Site &site,
                                   const char *reason) {
  block.fail(
      Detector::InvalidSite,
      [&] { return std::string(siteText(site) + ": " + reason); }, &site);
}
