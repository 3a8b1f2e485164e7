//===- numerics.cpp - Rates of quantizers, packers and metrics ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One 4096x4096 f32 weight on one thread; items are weights, so the rate that
// is printed is weights per second.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Metrics.h"
#include "lowbit/Numerics/Quantize/Awq.h"
#include "lowbit/Numerics/Quantize/ClipRanges.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/Gptq.h"
#include "lowbit/Numerics/Quantize/Hqq.h"
#include "lowbit/Numerics/Quantize/KMeans.h"
#include "lowbit/Numerics/Quantize/OutputError.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"
#include "lowbit/Numerics/Quantize/ScaleSearch.h"
#include "lowbit/Numerics/Quantize/SparseGpt.h"
#include "lowbit/Runtime/HugeBuffer.h"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <random>
#include <span>
#include <utility>
#include <vector>

using namespace lowbit::numerics;

namespace {

constexpr int64_t size = 4096;
const Shape shape{size, size};

/// What streams through 64 MiB in pages of 4 KiB measures how fast this machine
/// translates addresses.
std::span<float> allocate(size_t count) {
  static std::vector<lowbit::runtime::HugeBuffer> kept;
  auto buffer = lowbit::runtime::HugeBuffer::allocate(count * sizeof(float));
  if (!buffer)
    std::abort();
  std::span<std::byte> bytes = kept.emplace_back(std::move(*buffer)).bytes();
  return {reinterpret_cast<float *>(bytes.data()), count};
}

std::span<const float> weight() {
  static const std::span<const float> values = [] {
    std::mt19937 generator(1);
    std::normal_distribution<float> normal(0, 0.02f);
    std::span<float> result = allocate(size * size);
    for (float &value : result)
      value = normal(generator);
    return result;
  }();
  return values;
}

struct Case {
  const char *codec;
  Shape blocks;
  ScaleType scaleType;
  RangeKind kind;
  std::optional<NestedScales> nestedScales = std::nullopt;
  Sparsity sparsity = {};

  Format format() const {
    Format format{getNamedCodec(codec), blocks, scaleType,
                  kind == RangeKind::MinMax, nestedScales};
    format.sparsity = sparsity;
    return format;
  }
};

void count(benchmark::State &state) {
  state.SetItemsProcessed(state.iterations() * size * size);
}

void quantize(benchmark::State &state, const Case &c) {
  Format format = c.format();
  Parts parts = Parts::allocate(shape, format);
  for (auto _ : state) {
    auto error = quantizeRoundToNearest(weight(), shape, format, c.kind, 1,
                                        parts.view());
    if (error)
      state.SkipWithError(error->message.c_str());
    benchmark::ClobberMemory();
  }
  count(state);
}

void dequantizeCase(benchmark::State &state, const Case &c) {
  Format format = c.format();
  auto parts = quantizeRoundToNearest(weight(), shape, format, {}, c.kind);
  std::vector<float> out(size * size);
  for (auto _ : state) {
    auto error = dequantize(*parts, shape, format, out, 1);
    if (error)
      state.SkipWithError(error->message.c_str());
  }
  count(state);
}

/// What one thread reads from memory: the bound of what quantizes at full
/// speed.
void readMemory(benchmark::State &state) {
  // More than caches hold.
  static const std::span<float> values = allocate(size * size * 4);
  std::ranges::fill(values, 1.0f);
  for (auto _ : state) {
    uint32_t sum = 0;
    for (float value : values)
      sum += std::bit_cast<uint32_t>(value);
    benchmark::DoNotOptimize(sum);
  }
  state.SetBytesProcessed(state.iterations() * values.size_bytes());
}

void measure(benchmark::State &state) {
  std::vector<float> test(weight().begin(), weight().end());
  for (auto _ : state)
    benchmark::DoNotOptimize(measureError(weight(), test, 1));
  count(state);
}

/// 4096 rows of inputs, each channel correlated with its neighbours.
const std::vector<float> &inputs() {
  static const std::vector<float> values = [] {
    std::vector<float> result(weight().begin(), weight().end());
    for (size_t i = 1; i < result.size(); ++i)
      if (i % size != 0)
        result[i] += 0.8f * result[i - 1];
    return result;
  }();
  return values;
}

const GramMatrix &gram() {
  static const GramMatrix matrix = [] {
    ActivationStatistics statistics(size, ActivationStatistics::Gram::Collect);
    statistics.add(inputs());
    return statistics.gramMatrix();
  }();
  return matrix;
}

void collect(benchmark::State &state) {
  inputs();
  for (auto _ : state) {
    ActivationStatistics statistics(size, ActivationStatistics::Gram::Collect);
    statistics.add(inputs(), 1);
    benchmark::ClobberMemory();
  }
  count(state);
}

/// All that GPTQ does but for the Gram matrix.
void gptq(benchmark::State &state, const Case &c) {
  Format format = c.format();
  gram();
  for (auto _ : state) {
    auto hessian = factorizeHessian(gram(), gptqHessianOptions, 1);
    auto parts = quantizeGptq({weight(), shape, 0}, *hessian, format,
                              [&](std::span<const float> values, ShapeRef shape,
                                  const Format &format) {
                                return chooseParameters(values, shape, format,
                                                        c.kind, 1);
                              },
                              {false, 1});
    if (!parts)
      state.SkipWithError(parts.error().message.c_str());
  }
  count(state);
}

void factorize(benchmark::State &state) {
  gram();
  for (auto _ : state)
    benchmark::DoNotOptimize(factorizeHessian(gram(), {}, 1));
  count(state);
}

void wanda(benchmark::State &state) {
  std::vector<double> ones(size, 1);
  for (auto _ : state)
    benchmark::DoNotOptimize(
        pruneByWanda({weight(), shape, 0}, ones, Pruning::keepOf(2, 4), 1));
  count(state);
}

void sparseGpt(benchmark::State &state, const Pruning &pruning) {
  gram();
  for (auto _ : state) {
    auto hessian = factorizeHessian(gram(), {}, 1);
    benchmark::DoNotOptimize(
        pruneBySparseGpt({weight(), shape, 0}, *hessian, pruning, 1));
  }
  count(state);
}

void outputError(benchmark::State &state) {
  std::vector<float> test(weight().size());
  gram();
  for (auto _ : state)
    benchmark::DoNotOptimize(
        measureOutputError({weight(), shape, 0}, test, gram(), 1));
  count(state);
}

/// A search for parameters; `fn` gives a Result.
template <typename Fn>
void search(benchmark::State &state, Fn &&fn) {
  for (auto _ : state)
    if (auto result = fn(); !result)
      state.SkipWithError(result.error().message.c_str());
  count(state);
}

void registerSearches() {
  auto add = [](std::string name, auto fn) {
    benchmark::RegisterBenchmark(name.c_str(), [fn](benchmark::State &state) {
      search(state, fn);
    })->Unit(benchmark::kMillisecond);
  };
  const struct {
    const char *name;
    Case c;
  } scales[] = {
      {"i4/g32x1", {"i4", {1, 32}, ScaleType::F16, RangeKind::AbsMax}},
      {"i4/g128x0", {"i4", {128, 1}, ScaleType::F16, RangeKind::AbsMax}},
      {"i4/axis1", {"i4", {0, 1}, ScaleType::F32, RangeKind::AbsMax}},
      {"i4/tensor", {"i4", {0, 0}, ScaleType::F32, RangeKind::AbsMax}},
      {"u4/g128x0", {"u4", {128, 1}, ScaleType::F16, RangeKind::MinMax}},
      {"nf4/g64x1", {"nf4", {1, 64}, ScaleType::F16, RangeKind::AbsMax}},
  };
  for (const auto &[name, c] : scales)
    add(std::string("searchScales/") + name, [format = c.format()] {
      return searchScales(weight(), shape, format, {}, 1);
    });
  add("percentile/i4/g128x0", [] {
    Format format{getNamedCodec("i4"), {128, 1}, ScaleType::F16, false};
    return percentileChooser(99, {}, 1)(weight(), shape, format);
  });
  add("hqq/u4/g64x0", [] {
    Format format{getNamedCodec("u4"), {64, 1}, ScaleType::F16, false};
    format.offsetType = ScaleType::F16;
    return solveHqq(weight(), shape, format, {}, 1);
  });
  const struct {
    const char *name;
    Shape blocks;
    int64_t k;
  } books[] = {{"16/axis1", {0, 1}, 16},
               {"16/g256x1", {1, 256}, 16},
               {"16/tensor", {0, 0}, 16},
               {"256/axis1", {0, 1}, 256}};
  for (const auto &[name, blocks, k] : books)
    add(std::string("learnBooks/") + name, [blocks = blocks, k = k] {
      return learnBooks(weight(), shape, {k, blocks, ScaleType::F32}, {}, 1);
    });
  auto awq = [](bool useGram, bool weightedSearch) {
    std::vector<double> ones(size, 1.0);
    Format format{getNamedCodec("i4"), {128, 1}, ScaleType::F16, false};
    AwqLayer layer{{weight(), shape, 0}, format};
    AwqInputs inputs{ones, ones, useGram ? &gram() : nullptr};
    AwqOptions options;
    options.weightedSearch = weightedSearch;
    return searchAwqScales({&layer, 1}, inputs, options, 1);
  };
  add("awq/i4/g128x0/diagonal", [awq] { return awq(false, false); });
  add("awq/i4/g128x0/gram", [awq] { return awq(true, false); });
  add("awq/i4/g128x0/gram/search", [awq] { return awq(true, true); });
}

const struct {
  const char *name;
  Case c;
} cases[] = {
    {"i8/absmax/axis1", {"i8", {0, 1}, ScaleType::F32, RangeKind::AbsMax}},
    {"i8/absmax/axis0", {"i8", {1, 0}, ScaleType::F32, RangeKind::AbsMax}},
    {"i8/absmax/tensor", {"i8", {0, 0}, ScaleType::F32, RangeKind::AbsMax}},
    {"i8/absmax/g128x0", {"i8", {128, 1}, ScaleType::F16, RangeKind::AbsMax}},
    {"i8/absmax/g32x1", {"i8", {1, 32}, ScaleType::F16, RangeKind::AbsMax}},
    {"i4/absmax/g128x0", {"i4", {128, 1}, ScaleType::F16, RangeKind::AbsMax}},
    {"i4/absmax/g128x1", {"i4", {1, 128}, ScaleType::F16, RangeKind::AbsMax}},
    {"i4/full/g32x0", {"i4", {32, 1}, ScaleType::F16, RangeKind::Full}},
    {"u4/minmax/g128x0", {"u4", {128, 1}, ScaleType::F16, RangeKind::MinMax}},
    {"nf4/absmax/g64x0", {"nf4", {64, 1}, ScaleType::F16, RangeKind::AbsMax}},
    {"nf4/absmax/g64x1", {"nf4", {1, 64}, ScaleType::F16, RangeKind::AbsMax}},
    {"fp4/absmax/g64x1", {"fp4", {1, 64}, ScaleType::F16, RangeKind::AbsMax}},
    {"mxfp4/exponent/g32x1",
     {"f4E2M1FN", {1, 32}, ScaleType::F8E8M0FNU, RangeKind::Exponent}},
    {"mxfp8/exponent/g32x1",
     {"f8E4M3FN", {1, 32}, ScaleType::F8E8M0FNU, RangeKind::Exponent}},
    {"nvfp4/absmax/g16x1",
     {"f4E2M1FN",
      {1, 16},
      ScaleType::F8E4M3FN,
      RangeKind::AbsMax,
      NestedScales{}}},
    {"nf4-dq/absmax/g64x1",
     {"nf4",
      {1, 64},
      ScaleType::U8,
      RangeKind::AbsMax,
      NestedScales{ScaleType::F32, 256}}},
    {"binary/mean/g64x1", {"binary", {1, 64}, ScaleType::F16, RangeKind::Mean}},
    {"bf16/absmax/tensor", {"bf16", {0, 0}, ScaleType::One, RangeKind::AbsMax}},
    {"i3/absmax/g128x0", {"i3", {128, 1}, ScaleType::F16, RangeKind::AbsMax}},
    {"i8-2:4/absmax/axis1",
     {"i8",
      {0, 1},
      ScaleType::F32,
      RangeKind::AbsMax,
      {},
      Sparsity::pattern(2, 4, 0)}},
    {"i8-2:4/absmax/axis0",
     {"i8",
      {1, 0},
      ScaleType::F32,
      RangeKind::AbsMax,
      {},
      Sparsity::pattern(2, 4, 1)}},
    {"i4-2:4/absmax/g128x0",
     {"i4",
      {128, 1},
      ScaleType::F16,
      RangeKind::AbsMax,
      {},
      Sparsity::pattern(2, 4, 0)}},
    {"i8-50%/absmax/axis1",
     {"i8",
      {0, 1},
      ScaleType::F32,
      RangeKind::AbsMax,
      {},
      Sparsity::bitmap(size * size / 2)}},
    {"i4-50%/absmax/g128x0",
     {"i4",
      {128, 1},
      ScaleType::F16,
      RangeKind::AbsMax,
      {},
      Sparsity::bitmap(size * size / 2)}},
};

} // namespace

int main(int argc, char **argv) {
  // Made here, not in the first iteration of the first benchmark.
  weight();
  for (const auto &[name, c] : cases) {
    benchmark::RegisterBenchmark((std::string("quantize/") + name).c_str(),
                                 quantize, c);
    benchmark::RegisterBenchmark((std::string("dequantize/") + name).c_str(),
                                 dequantizeCase, c);
  }
  benchmark::RegisterBenchmark("readMemory", readMemory);
  benchmark::RegisterBenchmark("measureError", measure);
  auto slow = [](const char *name, auto &&...arguments) {
    benchmark::RegisterBenchmark(name, arguments...)
        ->Unit(benchmark::kMillisecond);
  };
  slow("statistics/gram", collect);
  slow("gptq/factorize", factorize);
  slow("gptq/i4/g128x0", gptq,
       Case{"i4", {128, 1}, ScaleType::F16, RangeKind::AbsMax});
  slow("gptq/nf4/g64x0", gptq,
       Case{"nf4", {64, 1}, ScaleType::F16, RangeKind::AbsMax});
  slow("wanda/2:4", wanda);
  slow("sparsegpt/2:4", sparseGpt, Pruning::keepOf(2, 4));
  slow("sparsegpt/half", sparseGpt, Pruning::prune(0.5));
  slow("outputError", outputError);

  registerSearches();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
