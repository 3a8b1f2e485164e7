//===- GroupQuantizer.cpp - Rows to codes of a format and back ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GroupQuantizer.h"

#include "RowChunks.h"

using namespace lowbit::numerics;

/// Calls `fn` for each array of `to` with the same array of `from`: all that
/// has an entry per block.
template <typename Fn>
static void forEachArray(BlockParameters &to, const BlockParameters &from,
                         Fn &&fn) {
  fn(to.scales, from.scales);
  if (!from.zeroPoints.empty())
    fn(to.zeroPoints, from.zeroPoints);
}

/// [rows, columns] of blocks the other way round.
static BlockParameters transposedBlocks(const BlockParameters &parameters,
                                        int64_t rows, int64_t columns) {
  BlockParameters result;
  forEachArray(result, parameters,
               [&]<typename T>(std::vector<T> &to, const std::vector<T> &from) {
                 to = transposed(std::span<const T>(from), rows, columns);
               });
  return result;
}

/// A chooser comes from outside: what it returns is no invariant of ours.
static std::optional<Error> verifyChoice(const BlockParameters &parameters,
                                         const Format &format, size_t blocks) {
  if (parameters.scales.size() == blocks &&
      parameters.zeroPoints.size() == (format.hasZeroPoint ? blocks : 0))
    return std::nullopt;
  return Error{Error::Kind::InvalidFormat,
               "parameters of " + std::to_string(parameters.scales.size()) +
                   " blocks were chosen for " + std::to_string(blocks)};
}

GroupQuantizer::GroupQuantizer(const ContractionWeight &weight,
                               const Format &format,
                               const ParameterChooser &chooser)
    : format(format), chooser(chooser), reductionAxis(weight.reductionAxis),
      outputs(weight.outputs()) {
  auto blockOf = [&](unsigned axis) {
    int64_t size = std::max<int64_t>(weight.shape[axis], 1);
    int64_t block = format.blockShape[axis];
    return block == wholeAxis ? size : std::min(block, size);
  };
  channelsPerBlock = blockOf(reductionAxis);
  outputsPerBlock = blockOf(1 - reductionAxis);
  auto granularity = Granularity::get(weight.shape, format.blockShape);
  rowsOfBlocks = granularity->numBlocks(reductionAxis);
  blocksPerRow = granularity->numBlocks(1 - reductionAxis);
}

Result<GroupQuantizer> GroupQuantizer::get(const ContractionWeight &weight,
                                           const Format &format,
                                           const ParameterChooser &chooser,
                                           bool wholeWeight) {
  if (auto error = verifyFormat(weight.shape, format))
    return std::move(*error);
  GroupQuantizer result(weight, format, chooser);
  int64_t rows = result.rowsOfBlocks, columns = result.blocksPerRow;
  if (!wholeWeight && rows > 1 && !weight.values.empty()) {
    result.groupSize = result.channelsPerBlock;
    result.byRows.scales.resize(rows * columns);
    if (format.hasZeroPoint)
      result.byRows.zeroPoints.resize(rows * columns);
    return result;
  }
  auto chosen = chooser(weight.values, weight.shape, format);
  if (!chosen)
    return chosen.error();
  if (auto error = verifyChoice(*chosen, format, rows * columns))
    return std::move(*error);
  result.byRows = result.reductionAxis == 0
                      ? *chosen
                      : transposedBlocks(*chosen, columns, rows);
  result.whole = std::move(*chosen);
  return result;
}

std::optional<Error> GroupQuantizer::chooseGroup(Range channels,
                                                 std::span<const float> rows) {
  Format ofGroup = format;
  ofGroup.blockShape = {channelsPerBlock, outputsPerBlock};
  int64_t row = channels.begin / channelsPerBlock;
  auto chosen = chooser(rows, Shape{channels.size(), outputs}, ofGroup);
  if (!chosen) {
    Error error = chosen.error();
    if (error.kind == Error::Kind::NotFinite)
      return Error{
          Error::Kind::InvalidStatistics,
          "the errors of earlier channels move the weight of channel " +
              std::to_string(channels.begin + error.index / outputs) +
              " beyond all bounds; use more damping"};
    if (error.kind == Error::Kind::ScaleOverflow && error.index >= 0)
      error.index = reductionAxis == 0 ? row * blocksPerRow + error.index
                                       : error.index * rowsOfBlocks + row;
    return error;
  }
  if (auto error = verifyChoice(*chosen, format, blocksPerRow))
    return error;
  forEachArray(byRows, *chosen, [&](auto &to, const auto &from) {
    std::copy(from.begin(), from.end(), to.begin() + row * blocksPerRow);
  });
  return std::nullopt;
}

void GroupQuantizer::round(int64_t channel, Range range, const float *row,
                           float *rounded) const {
  int8_t codes[outputsPerRange];
  int64_t first = channel / channelsPerBlock * blocksPerRow;
  const float *scales = byRows.scales.data() + first;
  const int8_t *zeros =
      format.hasZeroPoint ? byRows.zeroPoints.data() + first : nullptr;
  forEachAlignedRun(
      range.begin, range.size(), outputsPerBlock, [&](const AlignedRun &run) {
        const float *scale = scales + run.scale;
        const int8_t *zero = zeros ? zeros + run.scale : nullptr;
        format.codec->encodeRow(row + run.offset, run.length, run.block, scale,
                                zero, codes);
        format.codec->decodeRow(codes, run.length, run.block, scale, zero,
                                rounded + run.offset);
      });
}

BlockParameters GroupQuantizer::takeParameters() && {
  if (whole)
    return std::move(*whole);
  return reductionAxis == 0
             ? std::move(byRows)
             : transposedBlocks(byRows, rowsOfBlocks, blocksPerRow);
}
