//===- Ceilings.cpp - What this processor can do at most ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Ceilings.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace lowbit::runtime;

namespace {

/// Seconds, of the processor where one thread runs: what else the machine does
/// is not counted then.
double getSeconds(unsigned threads) {
  timespec time;
  clock_gettime(threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC,
                &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

/// Runs `work(thread)` on all threads at once; the seconds until the last ends.
template <typename Work>
double timeThreads(unsigned count, Work &&work) {
  double start = 0;
  std::barrier ready(count, [&]() noexcept { start = getSeconds(count); });
  std::vector<std::thread> threads;
  for (unsigned thread = 1; thread < count; ++thread)
    threads.emplace_back([&, thread] {
      ready.arrive_and_wait();
      work(thread);
    });
  ready.arrive_and_wait();
  work(0);
  for (std::thread &thread : threads)
    thread.join();
  return getSeconds(count) - start;
}

double median(std::vector<double> values) {
  auto middle = values.begin() + values.size() / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// What is computed is looked at by nobody: this keeps compilers from knowing.
std::atomic<uint64_t> sink;

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// Independent accumulators, enough to hide the latency of two pipes.
constexpr unsigned accumulators = 16;

/// One kind of arithmetic: `run` does `operations` in each of its iterations.
struct Arithmetic {
  bool isThere = false;
  double operations = 0;
  uint64_t (*run)(int64_t iterations) = nullptr;
};

#if defined(__x86_64__)

__attribute__((target("avx512f,avx512vnni")))
uint64_t multiplyInt8(int64_t iterations) {
  __m512i a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(-5);
  __m512i sums[accumulators] = {};
  for (int64_t i = 0; i < iterations; ++i)
#pragma clang loop unroll(full)
    for (__m512i &sum : sums)
      sum = _mm512_dpbusd_epi32(sum, a, b);
  for (__m512i sum : sums)
    a = _mm512_xor_si512(a, sum);
  return _mm512_reduce_add_epi64(a);
}

__attribute__((target("avx512f"))) uint64_t
addUp(const __m512 (&sums)[accumulators]) {
  __m512 all = _mm512_setzero_ps();
  for (__m512 sum : sums)
    all = _mm512_add_ps(all, sum);
  return _mm512_reduce_add_epi64(_mm512_castps_si512(all));
}

__attribute__((target("avx512f,avx512bf16"))) uint64_t
multiplyBf16(int64_t iterations) {
  __m512bh a = (__m512bh)_mm512_set1_epi16(0x3f80);
  __m512bh b = (__m512bh)_mm512_set1_epi16(0x3e80);
  __m512 sums[accumulators] = {};
  for (int64_t i = 0; i < iterations; ++i)
#pragma clang loop unroll(full)
    for (__m512 &sum : sums)
      sum = _mm512_dpbf16_ps(sum, a, b);
  return addUp(sums);
}

__attribute__((target("avx512f"))) uint64_t
multiplyWideFloats(int64_t iterations) {
  __m512 a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
  __m512 sums[accumulators] = {};
  for (int64_t i = 0; i < iterations; ++i)
#pragma clang loop unroll(full)
    for (__m512 &sum : sums)
      sum = _mm512_fmadd_ps(sum, a, b);
  return addUp(sums);
}

/// 12 sums: with two operands they fit 16 registers.
__attribute__((target("avx2,fma"))) uint64_t
multiplyFloats(int64_t iterations) {
  __m256 a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
  __m256 sums[12] = {};
  for (int64_t i = 0; i < iterations; ++i)
#pragma clang loop unroll(full)
    for (__m256 &sum : sums)
      sum = _mm256_fmadd_ps(sum, a, b);
  __m256 all = _mm256_setzero_ps();
  for (__m256 sum : sums)
    all = _mm256_add_ps(all, sum);
  return static_cast<uint64_t>(
      _mm256_extract_epi64(_mm256_castps_si256(all), 0));
}

Arithmetic getArithmetic(Ceiling ceiling) {
  bool isWide = __builtin_cpu_supports("avx512f");
  bool hasFma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  switch (ceiling) {
  case Ceiling::Int8:
    return {bool(__builtin_cpu_supports("avx512vnni")), accumulators * 128.0,
            multiplyInt8};
  case Ceiling::Bf16:
    return {bool(__builtin_cpu_supports("avx512bf16")), accumulators * 64.0,
            multiplyBf16};
  case Ceiling::F32:
    return {isWide || hasFma, isWide ? accumulators * 32.0 : 12 * 16.0,
            isWide ? multiplyWideFloats : multiplyFloats};
  case Ceiling::Memory:
    break;
  }
  return {};
}

#else

Arithmetic getArithmetic(Ceiling) { return {}; }

#endif

/// 10^9 operations per second: the median of slices of some ms each.
std::optional<double> measureArithmetic(const Arithmetic &x, unsigned threads) {
  if (!x.isThere)
    return std::nullopt;
  auto time = [&](int64_t iterations) {
    return timeThreads(threads, [&](unsigned) { sink += x.run(iterations); });
  };
  constexpr double slice = 8e-3;
  int64_t iterations = 100000;
  while (time(iterations) < slice)
    iterations *= 2;
  std::vector<double> rates;
  for (unsigned i = 0; i < 9; ++i)
    rates.push_back(x.operations * threads * iterations / time(iterations) /
                    1e9);
  return median(rates);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// Reads `size` bytes in `streams` sequences side by side; compilers make
/// vectors of the blocks.
template <unsigned streams, bool prefetches>
uint64_t read(const std::byte *data, size_t size) {
  constexpr size_t block = 256;
  uint64_t sums[streams][block / 8] = {};
  size_t part = size / streams / block * block;
  for (size_t i = 0; i < part; i += block)
    for (unsigned stream = 0; stream < streams; ++stream) {
      const std::byte *from = data + stream * part + i;
      if (prefetches)
        for (size_t j = 0; j < block; j += 64)
          __builtin_prefetch(from + 4096 + j);
      uint64_t words[block / 8];
      std::memcpy(words, from, block);
      for (size_t j = 0; j < block / 8; ++j)
        sums[stream][j] |= words[j];
    }
  uint64_t all = 0;
  for (auto &stream : sums)
    for (uint64_t sum : stream)
      all |= sum;
  return all;
}

/// More than any cache holds.
constexpr size_t memorySize = size_t(576) << 20;

} // namespace

std::string_view lowbit::runtime::getName(Ceiling ceiling) {
  switch (ceiling) {
  case Ceiling::Int8:
    return "int8_gops";
  case Ceiling::Bf16:
    return "bf16_gflops";
  case Ceiling::F32:
    return "f32_gflops";
  case Ceiling::Memory:
    return "dram_gbs";
  }
  return "";
}

CeilingMeter::CeilingMeter(unsigned threads)
    : threads(threads), memory(HugeBuffer::allocate(memorySize)) {
  // Pages that nobody has written are all the same one.
  if (memory)
    std::ranges::fill(memory->bytes(), std::byte(1));
}

std::optional<double> CeilingMeter::measure(Ceiling ceiling) const {
  return ceiling == Ceiling::Memory
             ? measureMemory()
             : measureArithmetic(getArithmetic(ceiling), threads);
}

/// The best way to read, the median of its passes.
std::optional<double> CeilingMeter::measureMemory() const {
  if (!memory)
    return std::nullopt;
  using Read = uint64_t (*)(const std::byte *, size_t);
  const std::byte *data = memory->bytes().data();
  size_t part = memorySize / threads;
  double best = 0;
  for (Read way : {read<1, false>, read<1, true>, read<4, false>}) {
    std::vector<double> rates;
    for (unsigned pass = 0; pass < 5; ++pass)
      rates.push_back(memorySize / 1e9 / timeThreads(threads, [&](unsigned i) {
                        sink += way(data + part * i, part);
                      }));
    best = std::max(best, median(rates));
  }
  return best;
}
