//===- ceilings.cpp - What this processor can do at most ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rates that no kernel exceeds on this machine at this moment: products of
// 8-bit integers, of bf16 and of f32 from registers alone, and memory that no
// cache holds being read. It takes less than a second, so that it can stand
// beside what is measured in the same minute.
//
//===----------------------------------------------------------------------===//

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/mman.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

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
  const char *name;
  bool isThere;
  double operations;
  uint64_t (*run)(int64_t iterations);
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

__attribute__((target("avx512f,avx512bf16"))) uint64_t
multiplyBf16(int64_t iterations) {
  __m512bh a = (__m512bh)_mm512_set1_epi16(0x3f80);
  __m512bh b = (__m512bh)_mm512_set1_epi16(0x3e80);
  __m512 sums[accumulators] = {};
  for (int64_t i = 0; i < iterations; ++i)
#pragma clang loop unroll(full)
    for (__m512 &sum : sums)
      sum = _mm512_dpbf16_ps(sum, a, b);
  __m512 all = _mm512_setzero_ps();
  for (__m512 sum : sums)
    all = _mm512_add_ps(all, sum);
  return _mm512_reduce_add_epi64(_mm512_castps_si512(all));
}

__attribute__((target("avx512f"))) uint64_t
multiplyWideFloats(int64_t iterations) {
  __m512 a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
  __m512 sums[accumulators] = {};
  for (int64_t i = 0; i < iterations; ++i)
#pragma clang loop unroll(full)
    for (__m512 &sum : sums)
      sum = _mm512_fmadd_ps(sum, a, b);
  __m512 all = _mm512_setzero_ps();
  for (__m512 sum : sums)
    all = _mm512_add_ps(all, sum);
  return _mm512_reduce_add_epi64(_mm512_castps_si512(all));
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

/// Multiplications and additions count as one operation each.
std::vector<Arithmetic> getArithmetic() {
  bool isWide = __builtin_cpu_supports("avx512f");
  bool hasFma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return {
      {"int8_gops", bool(__builtin_cpu_supports("avx512vnni")),
       accumulators * 128.0, multiplyInt8},
      {"bf16_gflops", bool(__builtin_cpu_supports("avx512bf16")),
       accumulators * 64.0, multiplyBf16},
      {"f32_gflops", isWide || hasFma, isWide ? accumulators * 32.0 : 12 * 16.0,
       isWide ? multiplyWideFloats : multiplyFloats},
  };
}

#else

std::vector<Arithmetic> getArithmetic() {
  return {{"int8_gops", false, 0, nullptr},
          {"bf16_gflops", false, 0, nullptr},
          {"f32_gflops", false, 0, nullptr}};
}

#endif

/// 10^9 operations per second: the median of slices of some ms each.
std::optional<double> measure(const Arithmetic &x, unsigned threads) {
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

/// More than any cache holds, in huge pages where the system has them.
class Memory {
public:
  Memory() {
    void *mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
      return;
    madvise(mapped, size, MADV_HUGEPAGE);
    std::memset(mapped, 1, size);
    data = static_cast<const std::byte *>(mapped);
  }
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  ~Memory() {
    if (data)
      munmap(const_cast<std::byte *>(data), size);
  }

  /// 10^9 bytes per second: the best way to read, the median of its passes.
  std::optional<double> measure(unsigned threads) const {
    if (!data)
      return std::nullopt;
    using Read = uint64_t (*)(const std::byte *, size_t);
    double best = 0;
    for (Read way : {read<1, false>, read<1, true>, read<4, false>}) {
      std::vector<double> rates;
      for (unsigned pass = 0; pass < 5; ++pass)
        rates.push_back(size / 1e9 / timeThreads(threads, [&](unsigned i) {
                          sink +=
                              way(data + size / threads * i, size / threads);
                        }));
      best = std::max(best, median(rates));
    }
    return best;
  }

private:
  static constexpr size_t size = size_t(576) << 20;
  const std::byte *data = nullptr;
};

//===----------------------------------------------------------------------===//
// What is printed
//===----------------------------------------------------------------------===//

constexpr const char *usage =
    "usage: lowbit-bench-ceilings [--threads=N] [--serve]\n\n"
    "Prints as JSON what N threads (1) reach of arithmetic in registers, in\n"
    "10^9 operations per second, and of memory being read, in GB/s; null "
    "where\n"
    "the processor lacks the instructions. Names: int8_gops (vpdpbusd),\n"
    "bf16_gflops (vdpbf16ps), f32_gflops (fused multiply-add), dram_gbs.\n\n"
    "With --serve each line of the input is a list of such names, and is\n"
    "answered by a line of JSON with these alone; an empty line by all.\n";

class Ceilings {
public:
  explicit Ceilings(unsigned threads) : threads(threads) {}

  /// A line of JSON with what `names` names, all if nothing.
  std::string get(const std::string &names) const {
    std::string text;
    auto add = [&](const char *name, auto &&measure) {
      if (!isIn(name, names))
        return;
      std::optional<double> value = measure();
      char number[64];
      std::snprintf(number, sizeof number, value ? "%.2f" : "null",
                    value.value_or(0));
      text +=
          std::string(text.empty() ? "" : ", ") + "\"" + name + "\": " + number;
    };
    for (const Arithmetic &x : getArithmetic())
      add(x.name, [&] { return measure(x, threads); });
    add("dram_gbs", [&] { return memory.measure(threads); });
    return "{" + text + "}";
  }

private:
  static bool isIn(const std::string &name, const std::string &names) {
    std::istringstream words(names);
    std::string word;
    bool isEmpty = true;
    while (words >> word) {
      isEmpty = false;
      if (word == name)
        return true;
    }
    return isEmpty;
  }

  unsigned threads;
  Memory memory;
};

} // namespace

int main(int argc, char **argv) {
  unsigned threads = 1;
  bool serves = false;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (argument == "--serve") {
      serves = true;
    } else if (argument.starts_with("--threads=") &&
               (threads = std::atoi(argv[i] + std::strlen("--threads="))) >=
                   1 &&
               threads <= 1024) {
      continue;
    } else {
      std::fputs(usage, argument == "--help" ? stdout : stderr);
      return argument == "--help" ? 0 : 2;
    }
  }
  Ceilings ceilings(threads);
  if (!serves) {
    std::cout << ceilings.get("") << std::endl;
    return 0;
  }
  for (std::string line; std::getline(std::cin, line);)
    std::cout << ceilings.get(line) << std::endl;
  return 0;
}
