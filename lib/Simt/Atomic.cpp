//===- Atomic.cpp - Read-modify-write ops on memory -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks run on several host threads, so these are atomic on the host too.
//
//===----------------------------------------------------------------------===//

#include "Atomic.h"

#include "AccessCounter.h"
#include "Checker.h"
#include "Collectives/Collectives.h"

#include "lowbit/Numerics/FloatTypes.h"

#include <bit>
#include <cmath>
#include <cstring>

using namespace lowbit;
using namespace lowbit::simt;

namespace {

/// A lane that polls memory with atomics lets others run now and then.
constexpr uint32_t maxSpins = 64;

unsigned sizeOf(uint32_t type) {
  switch (type) {
  case LOWBIT_SIMT_F16:
  case LOWBIT_SIMT_BF16:
    return 2;
  case LOWBIT_SIMT_F32:
  case LOWBIT_SIMT_S32:
  case LOWBIT_SIMT_F16X2:
  case LOWBIT_SIMT_BF16X2:
    return 4;
  case LOWBIT_SIMT_F64:
  case LOWBIT_SIMT_S64:
    return 8;
  default:
    return 0;
  }
}

bool exists(uint32_t kind, uint32_t type) {
  switch (type) {
  case LOWBIT_SIMT_S32:
  case LOWBIT_SIMT_S64:
    return kind <= LOWBIT_SIMT_ATOMIC_UMIN ||
           (kind >= LOWBIT_SIMT_ATOMIC_INC && kind <= LOWBIT_SIMT_ATOMIC_CAS);
  case LOWBIT_SIMT_F32:
  case LOWBIT_SIMT_F64:
    return kind == LOWBIT_SIMT_ATOMIC_EXCHANGE ||
           kind == LOWBIT_SIMT_ATOMIC_CAS ||
           (kind >= LOWBIT_SIMT_ATOMIC_FADD && kind <= LOWBIT_SIMT_ATOMIC_FMIN);
  default:
    return sizeOf(type) && kind == LOWBIT_SIMT_ATOMIC_FADD;
  }
}

template <typename Float>
Float combineFloats(uint32_t kind, Float old, Float value) {
  if (kind == LOWBIT_SIMT_ATOMIC_FADD)
    return old + value;
  return kind == LOWBIT_SIMT_ATOMIC_FMAX ? std::fmax(old, value)
                                         : std::fmin(old, value);
}

uint16_t addHalves(bool isBF16, uint16_t a, uint16_t b) {
  using namespace numerics;
  return isBF16 ? bf16FromF32(f32FromBF16(a) + f32FromBF16(b))
                : f16FromF32(f32FromF16(a) + f32FromF16(b));
}

template <typename Word>
Word combineWords(uint32_t kind, Word old, Word value) {
  using Signed = std::make_signed_t<Word>;
  switch (kind) {
  case LOWBIT_SIMT_ATOMIC_ADD:
    return old + value;
  case LOWBIT_SIMT_ATOMIC_SUB:
    return old - value;
  case LOWBIT_SIMT_ATOMIC_AND:
    return old & value;
  case LOWBIT_SIMT_ATOMIC_OR:
    return old | value;
  case LOWBIT_SIMT_ATOMIC_XOR:
    return old ^ value;
  case LOWBIT_SIMT_ATOMIC_MAX:
    return Signed(old) > Signed(value) ? old : value;
  case LOWBIT_SIMT_ATOMIC_MIN:
    return Signed(old) < Signed(value) ? old : value;
  case LOWBIT_SIMT_ATOMIC_UMAX:
    return old > value ? old : value;
  case LOWBIT_SIMT_ATOMIC_UMIN:
    return old < value ? old : value;
  case LOWBIT_SIMT_ATOMIC_INC:
    return old >= value ? 0 : old + 1;
  case LOWBIT_SIMT_ATOMIC_DEC:
    return old == 0 || old > value ? value : old - 1;
  default:
    return value;
  }
}

/// What is stored where `old` was.
template <typename Word>
Word combine(const Site &site, Word old, Word value, Word swap) {
  uint32_t kind = site.attributes[0], type = site.attributes[1];
  if (kind == LOWBIT_SIMT_ATOMIC_CAS)
    return old == value ? swap : old;
  if (kind == LOWBIT_SIMT_ATOMIC_EXCHANGE)
    return value;
  if constexpr (sizeof(Word) == 2) {
    return addHalves(type == LOWBIT_SIMT_BF16, old, value);
  } else {
    if (type == LOWBIT_SIMT_F16X2 || type == LOWBIT_SIMT_BF16X2) {
      bool isBF16 = type == LOWBIT_SIMT_BF16X2;
      return Word(addHalves(isBF16, old, value)) |
             Word(addHalves(isBF16, old >> 16, value >> 16)) << 16;
    }
    using Float = std::conditional_t<sizeof(Word) == 4, float, double>;
    if (type == LOWBIT_SIMT_F32 || type == LOWBIT_SIMT_F64)
      return std::bit_cast<Word>(combineFloats(kind, std::bit_cast<Float>(old),
                                               std::bit_cast<Float>(value)));
    return combineWords(kind, old, value);
  }
}

template <typename Word>
void perform(const Site &site, void *address, const char *operands,
             void *results) {
  Word value, swap = 0;
  std::memcpy(&value, operands + 8, sizeof value);
  if (site.attributes[0] == LOWBIT_SIMT_ATOMIC_CAS)
    std::memcpy(&swap, operands + 16, sizeof swap);
  auto *word = static_cast<Word *>(address);
  Word old = __atomic_load_n(word, __ATOMIC_SEQ_CST);
  while (!__atomic_compare_exchange_n(word, &old,
                                      combine(site, old, value, swap), false,
                                      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
  }
  if (site.results)
    std::memcpy(results, &old, sizeof old);
}

} // namespace

void lowbit::simt::atomic(Block &block, const Site &site, const char *operands,
                          void *results) {
  Lane &lane = *block.current;
  lane.site = &site;
  unsigned bytes = sizeOf(site.attributes[1]);
  bool isSwap = site.attributes[0] == LOWBIT_SIMT_ATOMIC_CAS;
  if (!exists(site.attributes[0], site.attributes[1]) ||
      site.operands != (isSwap ? 3u : 2u) || site.results > 1)
    failInvalidSite(block, site, "no atom has this operation and type");
  char *address;
  std::memcpy(&address, operands, sizeof address);
  if (reinterpret_cast<uintptr_t>(address) % bytes)
    block.fail(Detector::Misaligned, "atom: " + block.describeAddress(address) +
                                         " is not aligned to " +
                                         std::to_string(bytes) + " bytes");
  int64_t offset = block.shared.offset(address);
  if (block.shared.inReach(address) &&
      (offset < 0 || offset + bytes > int64_t(block.shared.size())))
    block.fail(Detector::OutOfBounds,
               "atom: " + block.describeAddress(address) +
                   " is not in shared memory");
  if (block.checker)
    block.checker->atomic(lane, site, address, bytes);
  if (block.counter)
    block.counter->access(block, lane, site, address, bytes, bytes);
  switch (bytes) {
  case 2:
    perform<uint16_t>(site, address, operands, results);
    break;
  case 4:
    perform<uint32_t>(site, address, operands, results);
    break;
  default:
    perform<uint64_t>(site, address, operands, results);
    break;
  }
  if (++lane.spins >= maxSpins)
    block.yield();
}
