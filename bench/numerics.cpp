//===- numerics.cpp - Rates of quantizers, packers and metrics ------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One 4096x4096 f32 weight on one thread; items are weights, so the rate that
// is printed is weights per second.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Metrics.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <benchmark/benchmark.h>

#include <random>

using namespace lowbit::numerics;

namespace {

constexpr int64_t size = 4096;
const Shape shape{size, size};

const std::vector<float> &weight() {
  static const std::vector<float> values = [] {
    std::mt19937 generator(1);
    std::normal_distribution<float> normal(0, 0.02f);
    std::vector<float> result(size * size);
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

  Format format() const {
    return {getNamedCodec(codec), blocks, scaleType, kind == RangeKind::MinMax,
            nestedScales};
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

void measure(benchmark::State &state) {
  std::vector<float> test(weight());
  for (auto _ : state)
    benchmark::DoNotOptimize(measureError(weight(), test, 1));
  count(state);
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
  benchmark::RegisterBenchmark("measureError", measure);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
