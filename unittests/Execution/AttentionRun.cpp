//===- AttentionRun.cpp - Kernels of attention on the emulator ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionRun.h"

#include "lowbit/Pipelines/Pipelines.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <map>
#include <random>

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace lowbit::test;
using A = AttentionArgument;

struct AttentionRun::Kernel {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<EmulatedKernels> kernels;
  std::string error;
  int64_t blockRows = 0;
};

AttentionRun::~AttentionRun() = default;

AttentionRun::AttentionRun(const AttentionSpec &spec, bool checks)
    : kernel(std::make_unique<Kernel>()), spec(spec) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  kernel->context.appendDialectRegistry(registry);
  kernel->context.loadDialect<mlir::arith::ArithDialect, mlir::gpu::GPUDialect,
                              mlir::LLVM::LLVMDialect, mlir::NVVM::NVVMDialect,
                              mlir::scf::SCFDialect>();
  if (kernel->error = spec.getMisfit(); !kernel->error.empty())
    return;
  auto loc =
      mlir::NameLoc::get(mlir::StringAttr::get(&kernel->context, "attention"));
  kernel->module = mlir::ModuleOp::create(loc);
  mlir::OpBuilder builder(kernel->module->getBodyRegion());
  auto gpuModule = mlir::gpu::GPUModuleOp::create(builder, loc, "m");
  llvm::Expected<AttentionPlan> plan = AttentionPlan::get(spec);
  if (!plan) {
    kernel->error = llvm::toString(plan.takeError());
    return;
  }
  kernel->blockRows = plan->getBlockRows();
  buildAttention(gpuModule, spec, *plan);
  if (spec.splitKeys)
    buildCombine(gpuModule, spec);
  mlir::PassManager pm(&kernel->context);
  buildLowerNVVMKernelsPipeline(pm);
  if (failed(pm.run(*kernel->module))) {
    kernel->error = "the lowering failed";
    return;
  }
  auto compiled = EmulatedKernels::compile(*kernel->module, checks);
  if (compiled)
    kernel->kernels = std::move(*compiled);
  else
    kernel->error = llvm::toString(compiled.takeError());
}

namespace {

/// Strides of a matrix of each sequence and head.
struct Strides {
  int64_t batch = 0, head = 0, row = 0;
};

/// One launch: its memory, its arguments and what should come of it.
struct Launch {
  const AttentionSpec &spec;
  const AttentionSizes &sizes;
  std::mt19937_64 random;
  Array query, key, value, keyScale, valueScale, mask;
  Bytes output;
  std::vector<float> logSums, slopes, partialOutput, partialSums;
  std::vector<int32_t> queryOffsets, keyOffsets, keyLengths, pageTable;
  int64_t pagesPerSequence = 0;
  Strides queryStrides, keyStrides, valueStrides, outputStrides;
  int64_t maskStrides[4] = {};
  int64_t logSumStrides[2] = {};
  int64_t mostQueries, mostKeys;

  Launch(const AttentionSpec &spec, const AttentionSizes &sizes);

  int64_t getQueries(int64_t sequence) const {
    return sizes.queries[spec.sequenceOffsets ? sequence : 0];
  }
  int64_t getLength(int64_t sequence) const {
    bool own = spec.sequenceOffsets || spec.keyLengths;
    return sizes.keys[own ? sequence : 0];
  }
  int64_t getKeys(int64_t sequence) const {
    return std::clamp<int64_t>(getLength(sequence), 0, mostKeys);
  }
  /// Of a row of keys or values.
  int64_t atKey(const Strides &strides, int64_t sequence, int64_t head,
                int64_t row) const {
    if (!spec.paged)
      return at(strides, keyOffsets, sequence, head, row);
    int64_t page = row / sizes.keysPerPage;
    return pageTable[sequence * pagesPerSequence + page] * strides.batch +
           head * strides.head + row % sizes.keysPerPage * strides.row;
  }
  int64_t at(const Strides &strides, const std::vector<int32_t> &offsets,
             int64_t sequence, int64_t head, int64_t row) const {
    int64_t first = offsets.empty() ? sequence * strides.batch
                                    : offsets[sequence] * strides.row;
    return first + head * strides.head + row * strides.row;
  }
  void setArguments(std::map<A, uint64_t> &slots,
                    std::vector<simt::Buffer> &buffers);
  std::string checkRow(int64_t sequence, int64_t head, int64_t row) const;
};

} // namespace

static Strides getStrides(bool headsInRows, int64_t heads, int64_t rows,
                          int64_t size) {
  if (headsInRows)
    return {rows * heads * size, size, heads * size};
  return {heads * rows * size, rows * size, size};
}

Launch::Launch(const AttentionSpec &spec, const AttentionSizes &sizes)
    : spec(spec), sizes(sizes), random(sizes.seed) {
  mostQueries = *llvm::max_element(sizes.queries);
  mostKeys = sizes.availableKeys ? sizes.availableKeys
                                 : *llvm::max_element(sizes.keys);
  int64_t queryRows = mostQueries * sizes.sequences;
  int64_t keyRows = mostKeys * sizes.sequences;
  int64_t stridedQueries = mostQueries, stridedKeys = mostKeys;
  if (spec.sequenceOffsets) {
    queryOffsets = keyOffsets = {0};
    for (int64_t i = 0; i < sizes.sequences; ++i) {
      queryOffsets.push_back(queryOffsets.back() + sizes.queries[i]);
      keyOffsets.push_back(keyOffsets.back() + sizes.keys[i]);
    }
    stridedQueries = queryRows = queryOffsets.back();
    stridedKeys = keyRows = keyOffsets.back();
  }
  if (spec.paged) {
    // Pages in any order, and some that belong to nobody.
    pagesPerSequence = (mostKeys + sizes.keysPerPage - 1) / sizes.keysPerPage;
    int64_t pages = pagesPerSequence * sizes.sequences + 3;
    for (int64_t i = 0; i < pages; ++i)
      pageTable.push_back(i);
    std::shuffle(pageTable.begin(), pageTable.end(), random);
    pageTable.resize(pages - 3);
    stridedKeys = sizes.keysPerPage;
    keyRows = pages * sizes.keysPerPage;
  }
  if (spec.splitKeys) {
    int64_t rows = sizes.splits * sizes.sequences * sizes.heads * mostQueries;
    float nan = std::numeric_limits<float>::quiet_NaN();
    partialOutput.assign(rows * spec.valueSize, nan);
    partialSums.assign(2 * rows, nan);
  }
  if (spec.keyLengths)
    keyLengths.assign(sizes.keys.begin(), sizes.keys.end());
  auto get = [&](int64_t heads, int64_t rows, int64_t size) {
    return getStrides(sizes.headsInRows, heads, rows, size);
  };
  queryStrides = get(sizes.heads, stridedQueries, spec.headSize);
  keyStrides = get(sizes.keyHeads, stridedKeys, spec.headSize);
  valueStrides = get(sizes.keyHeads, stridedKeys, spec.valueSize);
  outputStrides = get(sizes.heads, stridedQueries, spec.valueSize);

  std::normal_distribution<double> normal;
  auto draw = [&] { return normal(random); };
  const llvm::fltSemantics &semantics = getSemantics(spec.element);
  query.fill(queryRows * sizes.heads * spec.headSize, semantics, draw);
  auto fillMatrix = [&](Array &matrix, Array &scales, int64_t size,
                        const MatrixStorage &storage) {
    int64_t rows = keyRows * sizes.keyHeads;
    // Without scales numbers are those of other elements.
    double limit = storage.hasScales() ? sizes.largestCode : 4;
    if (storage.codes)
      matrix.fillCodes(rows, size, storage, limit, scales, sizes.oneScale,
                       random);
    else
      matrix.fill(rows * size, semantics, draw);
  };
  fillMatrix(key, keyScale, spec.headSize, spec.key);
  fillMatrix(value, valueScale, spec.valueSize, spec.value);
  output.assign(queryRows * sizes.heads * spec.valueSize * 2, 0xff);
  if (spec.logSumExp) {
    logSums.assign(queryRows * sizes.heads,
                   std::numeric_limits<float>::quiet_NaN());
    logSumStrides[0] = sizes.heads * stridedQueries;
    logSumStrides[1] = stridedQueries;
  }
  std::uniform_real_distribution<double> uniform;
  if (spec.alibi)
    for (int64_t i = 0; i < sizes.heads; ++i)
      slopes.push_back(static_cast<float>(uniform(random)));
  if (spec.mask == MaskType::None)
    return;
  // Strides of 0 where nothing differs.
  int64_t size = 1;
  auto add = [&](int dimension, bool isShared, int64_t extent) {
    maskStrides[dimension] = isShared ? 0 : size;
    if (!isShared)
      size *= extent;
  };
  add(3, false, mostKeys);
  add(2, spec.maskSharedByRows, mostQueries);
  add(1, sizes.maskSharedByHeads, sizes.heads);
  add(0, sizes.maskSharedBySequences, sizes.sequences);
  if (spec.mask == MaskType::Boolean) {
    mask.elementBytes = 1;
    for (int64_t i = 0; i < size; ++i) {
      mask.bytes.push_back(uniform(random) >= sizes.hidden);
      mask.values.push_back(mask.bytes.back());
    }
    return;
  }
  mask.fill(size, getSemantics(spec.mask), [&] {
    if (uniform(random) < sizes.hidden)
      return sizes.hiddenValue;
    return normal(random) * 2;
  });
}

void Launch::setArguments(std::map<A, uint64_t> &slots,
                          std::vector<simt::Buffer> &buffers) {
  auto pointer = [&](A argument, auto &data, bool isWritten = false) {
    slots[argument] = reinterpret_cast<uintptr_t>(data.data());
    buffers.push_back({data.data(), data.size() * sizeof(data[0]),
                       getName(argument).str(), isWritten});
  };
  pointer(A::Query, query.bytes);
  pointer(A::Key, key.bytes);
  pointer(A::Value, value.bytes);
  pointer(A::KeyScale, keyScale.bytes);
  pointer(A::ValueScale, valueScale.bytes);
  pointer(A::Output, output, /*isWritten=*/true);
  pointer(A::LogSumExp, logSums, /*isWritten=*/true);
  pointer(A::PartialOutput, partialOutput, /*isWritten=*/true);
  pointer(A::PartialSums, partialSums, /*isWritten=*/true);
  pointer(A::PageTable, pageTable);
  pointer(A::Mask, mask.bytes);
  pointer(A::Slopes, slopes);
  pointer(A::QueryOffsets, queryOffsets);
  pointer(A::KeyOffsets, keyOffsets);
  pointer(A::KeyLengths, keyLengths);
  slots[A::Queries] = mostQueries;
  slots[A::Keys] = spec.paged ? pagesPerSequence * sizes.keysPerPage : mostKeys;
  slots[A::HeadsPerKeyHead] = sizes.heads / sizes.keyHeads;
  slots[A::Splits] = sizes.splits;
  slots[A::KeysPerPage] = sizes.keysPerPage;
  slots[A::PageTableStride] = pagesPerSequence;
  slots[A::PastKeys] = sizes.pastKeys;
  slots[A::WindowLeft] = sizes.windowLeft;
  slots[A::WindowRight] = sizes.windowRight;
  slots[A::Scale] = llvm::bit_cast<uint32_t>(static_cast<float>(sizes.scale));
  slots[A::Cap] = llvm::bit_cast<uint32_t>(static_cast<float>(sizes.cap));
  auto strides = [&](A batch, const Strides &s) {
    slots[batch] = s.batch;
    slots[A(static_cast<int>(batch) + 1)] = s.head;
    slots[A(static_cast<int>(batch) + 2)] = s.row;
  };
  strides(A::QueryBatchStride, queryStrides);
  strides(A::KeyBatchStride, keyStrides);
  strides(A::ValueBatchStride, valueStrides);
  // A scale for each row, in the same order, or one for all.
  auto ofScales = [&](const Strides &s, int64_t size) {
    return sizes.oneScale
               ? Strides{}
               : Strides{s.batch / size, s.head / size, s.row / size};
  };
  strides(A::KeyScaleBatchStride, ofScales(keyStrides, spec.headSize));
  strides(A::ValueScaleBatchStride, ofScales(valueStrides, spec.valueSize));
  strides(A::OutputBatchStride, outputStrides);
  slots[A::LogSumExpBatchStride] = logSumStrides[0];
  slots[A::LogSumExpHeadStride] = logSumStrides[1];
  slots[A::MaskBatchStride] = maskStrides[0];
  slots[A::MaskHeadStride] = maskStrides[1];
  slots[A::MaskRowStride] = maskStrides[2];
  slots[A::MaskKeyStride] = maskStrides[3];
  slots[A::SlopesBatchStride] = 0;
}

std::string Launch::checkRow(int64_t sequence, int64_t head,
                             int64_t row) const {
  const double infinity = std::numeric_limits<double>::infinity();
  int64_t keys = getKeys(sequence);
  int64_t center =
      row + (spec.topLeft ? sizes.pastKeys
                          : getLength(sequence) - getQueries(sequence));
  int64_t keyHead = head / (sizes.heads / sizes.keyHeads);
  const double *q =
      &query.values[at(queryStrides, queryOffsets, sequence, head, row)];
  // f32 has 24 bits; errors of scores of this row.
  const double unit = std::ldexp(1.0, -24);
  double largest = -infinity, scoreError = 0;
  std::vector<double> scores(keys, -infinity);
  for (int64_t j = 0; j < keys; ++j) {
    const double *k = &key.values[atKey(keyStrides, sequence, keyHead, j)];
    double product = 0, absolute = 0;
    for (int64_t i = 0; i < spec.headSize; ++i) {
      product += q[i] * k[i];
      absolute += std::fabs(q[i] * k[i]);
    }
    double score = product * sizes.scale;
    // One more rounding for the scale of a key.
    double error = (spec.headSize + 9) * absolute * sizes.scale;
    if (spec.softCap) {
      score = sizes.cap * std::tanh(score / sizes.cap);
      error += 16 * std::fabs(score);
    }
    if (spec.alibi) {
      double bias = slopes[head] * std::fabs(double(center - j));
      score -= bias;
      error += 4 * bias;
    }
    if (spec.mask != MaskType::None) {
      double element =
          mask.values[sequence * maskStrides[0] + head * maskStrides[1] +
                      row * maskStrides[2] + j * maskStrides[3]];
      if (spec.mask != MaskType::Boolean)
        score += element;
      else if (!element)
        score = -infinity;
      if (std::isfinite(element))
        error += 4 * std::fabs(element);
    }
    if ((spec.causal && j > center) ||
        (spec.windowRight && j > center + sizes.windowRight) ||
        (spec.windowLeft && j < center - sizes.windowLeft))
      score = -infinity;
    scores[j] = score;
    largest = std::max(largest, score);
    // Keys far below the others count for nothing, or all are the same.
    if (score > -1e4)
      scoreError = std::max(scoreError, unit * (error + 4 * std::fabs(score)));
  }
  double sum = 0;
  if (largest != -infinity)
    for (double &score : scores)
      sum += score = std::exp(score - largest);

  const uint8_t *result =
      &output[2 * at(outputStrides, queryOffsets, sequence, head, row)];
  // The weights and the output have 8 or 11 bits; the rest of the arithmetic is
  // f32, ex2 with some 2 units, and each step of the running sum rounds.
  double rounding = std::ldexp(1.0, spec.element == Half::F16 ? -11 : -8);
  double relative =
      2 * rounding * (1 + rounding) + 2 * std::expm1(scoreError * 2) +
      unit * (64.0 + 2 * keys + 8 * std::min(std::fabs(largest), 1e4));
  if (largest == -infinity)
    relative = 0;
  for (int64_t i = 0; i < spec.valueSize; ++i) {
    double expected = 0, absolute = 0;
    for (int64_t j = 0; j < keys && sum > 0; ++j) {
      double element =
          value.values[atKey(valueStrides, sequence, keyHead, j) + i];
      expected += scores[j] / sum * element;
      absolute += scores[j] / sum * std::fabs(element);
    }
    uint16_t bits;
    memcpy(&bits, result + 2 * i, 2);
    llvm::APFloat number(getSemantics(spec.element), llvm::APInt(16, bits));
    bool lost;
    number.convert(llvm::APFloat::IEEEdouble(),
                   llvm::APFloat::rmNearestTiesToEven, &lost);
    double actual = number.convertToDouble();
    // Weights below the least normal f16 lose bits that others do not; with
    // scales of values, where their product with the largest code is.
    double least = spec.element == Half::F16 ? std::ldexp(keys, -24) * 4 : 0;
    double bound = relative * absolute + least;
    if (!(std::fabs(actual - expected) <= bound))
      return llvm::formatv("output of sequence {0}, head {1}, row {2}, element "
                           "{3}: {4}, not {5} within {6}",
                           sequence, head, row, i, actual, expected, bound);
  }
  if (!spec.logSumExp)
    return "";
  int64_t place = head * logSumStrides[1] + row;
  place += spec.sequenceOffsets ? queryOffsets[sequence]
                                : sequence * logSumStrides[0];
  double actual = logSums[place];
  double expected = sum > 0 ? std::log(sum) + largest : -infinity;
  double bound =
      2 * scoreError + unit * (16 + 2 * keys + 8 * std::fabs(largest));
  if (actual == expected || std::fabs(actual - expected) <= bound)
    return "";
  return llvm::formatv("log-sum-exp of sequence {0}, head {1}, row {2}: {3}, "
                       "not {4} within {5}",
                       sequence, head, row, actual, expected, bound);
}

std::string AttentionRun::run(const AttentionSizes &given,
                              const simt::Options &wanted) {
  if (!kernel->kernels)
    return kernel->error;
  AttentionSizes sizes = given;
  if (sizes.scale == 0)
    sizes.scale = static_cast<float>(1 / std::sqrt(double(spec.headSize)));
  Launch launch(spec, sizes);
  std::map<A, uint64_t> slots;
  simt::Options options = wanted;
  launch.setArguments(slots, options.buffers);
  auto launchKernel = [&](const std::string &name, simt::Dim3 grid,
                          const std::vector<A> &arguments) {
    std::vector<void *> parameters;
    for (A argument : arguments)
      parameters.push_back(&slots[argument]);
    return kernel->kernels->launch("m." + name, grid, parameters, options);
  };
  int64_t rows = launch.mostQueries, blockHeads = sizes.heads;
  if (spec.packedHeads) {
    rows *= sizes.heads / sizes.keyHeads;
    blockHeads = sizes.keyHeads;
  }
  int64_t blocks = (rows + kernel->blockRows - 1) / kernel->blockRows *
                   (spec.splitKeys ? sizes.splits : 1);
  auto getGrid = [&](int64_t x, int64_t y) {
    return simt::Dim3{static_cast<uint32_t>(x), static_cast<uint32_t>(y),
                      static_cast<uint32_t>(sizes.sequences)};
  };
  std::clock_t begin = std::clock();
  auto done = launchKernel(spec.getName(), getGrid(blocks, blockHeads),
                           getAttentionArguments(spec));
  if (done && spec.splitKeys)
    if (auto combined = launchKernel(spec.getName() + "_combine",
                                     getGrid(launch.mostQueries, sizes.heads),
                                     getCombineArguments(spec));
        !combined)
      return llvm::toString(combined.takeError());
  if (!done)
    return llvm::toString(done.takeError());
  seconds = double(std::clock() - begin) / CLOCKS_PER_SEC;
  report = *done;
  output = launch.output;
  for (int64_t sequence = 0; sequence < sizes.sequences; ++sequence)
    for (int64_t head = 0; head < sizes.heads; ++head)
      for (int64_t row = 0; row < launch.getQueries(sequence); ++row)
        if (std::string wrong = launch.checkRow(sequence, head, row);
            !wrong.empty())
          return wrong;
  return "";
}
