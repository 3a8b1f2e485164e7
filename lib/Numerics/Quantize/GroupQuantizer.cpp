//===- GroupQuantizer.cpp - Rows to codes of a format and back ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GroupQuantizer.h"

#include "RunEncoder.h"
#include "StoredParameters.h"

#include <utility>

using namespace lowbit::numerics;

/// Calls `fn` for each array of `to` with the same array of `from`: all that
/// has an entry per block.
template <typename Fn>
static void forEachArray(BlockParameters &to, const BlockParameters &from,
                         Fn &&fn) {
  fn(to.scales, from.scales);
  if (!from.zeroPoints.empty())
    fn(to.zeroPoints, from.zeroPoints);
  if (!from.offsets.empty())
    fn(to.offsets, from.offsets);
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

/// The books of the weight's [K, N] form.
static BookCodecs booksOfRows(const ContractionWeight &weight,
                              const Format &format,
                              std::span<const float> levels) {
  if (weight.reductionAxis == 0 || !format.books)
    return {weight.shape, format, levels};
  auto granularity = Granularity::get(weight.shape, format.books->blockShape);
  int64_t rows = granularity->numBlocks(0), columns = granularity->numBlocks(1);
  int64_t size = format.books->levels;
  std::vector<float> turned(levels.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      std::copy_n(levels.data() + (i * columns + j) * size, size,
                  turned.data() + (j * rows + i) * size);
  Format ofRows = format;
  std::swap(ofRows.books->blockShape[0], ofRows.books->blockShape[1]);
  return {Shape{weight.shape[1], weight.shape[0]}, ofRows, turned};
}

/// A chooser comes from outside: what it returns is no invariant of ours.
static std::optional<Error> verifyChoice(const BlockParameters &parameters,
                                         ShapeRef shape, const Format &format) {
  return verifyCounts(parameters, *Granularity::get(shape, format.blockShape),
                      format);
}

GroupQuantizer::GroupQuantizer(const ContractionWeight &weight,
                               const Format &format,
                               const ParameterChooser &chooser)
    : format(format), chooser(chooser), reductionAxis(weight.reductionAxis),
      outputs(weight.outputs()) {
  this->format.sparsity = {};
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
  bool belongTogether = format.nestedScales || format.books;
  if (!wholeWeight && !belongTogether && rows > 1 && !weight.values.empty()) {
    result.groupSize = result.channelsPerBlock;
    BlockParameters &all = result.byRows;
    all.scales.resize(rows * columns);
    all.zeroPoints.resize(format.hasZeroPoint ? rows * columns : 0);
    all.offsets.resize(format.offsetType ? rows * columns : 0);
    result.books.emplace(weight.shape, format, std::span<const float>());
    return result;
  }
  auto chosen = chooser(weight.values, weight.shape, result.format);
  if (!chosen)
    return chosen.error();
  if (auto error = verifyChoice(*chosen, weight.shape, result.format))
    return std::move(*error);
  result.byRows = result.reductionAxis == 0
                      ? *chosen
                      : transposedBlocks(*chosen, columns, rows);
  result.books.emplace(booksOfRows(weight, format, chosen->books));
  result.whole = std::move(*chosen);
  return result;
}

std::optional<Error> GroupQuantizer::chooseGroup(Range channels,
                                                 std::span<const float> rows) {
  Format ofGroup = format;
  ofGroup.blockShape = {channelsPerBlock, outputsPerBlock};
  int64_t row = channels.begin / channelsPerBlock;
  Shape shape{channels.size(), outputs};
  auto chosen = chooser(rows, shape, ofGroup);
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
  if (auto error = verifyChoice(*chosen, shape, ofGroup))
    return error;
  forEachArray(byRows, *chosen, [&](auto &to, const auto &from) {
    std::copy(from.begin(), from.end(), to.begin() + row * blocksPerRow);
  });
  return std::nullopt;
}

void GroupQuantizer::round(int64_t channel, Range range, const float *row,
                           float *rounded) const {
  // Codes of 16 bits take two bytes.
  int8_t codes[Codec::mostCodeBytes * outputsPerRange];
  int64_t first = channel / channelsPerBlock * blocksPerRow;
  books->forEachRun(channel, range.begin, range.size(),
                    [&](const Codec &codec, int64_t offset, int64_t length) {
                      int64_t begin = range.begin + offset;
                      RunEncoder(codec, byRows)
                          .encode(row + offset, begin, length, outputsPerBlock,
                                  first, codes);
                      RunDecoder(codec, byRows)
                          .decode(codes, begin, length, outputsPerBlock, first,
                                  rounded + offset);
                    });
}

BlockParameters GroupQuantizer::takeParameters() && {
  if (whole)
    return std::move(*whole);
  return reductionAxis == 0
             ? std::move(byRows)
             : transposedBlocks(byRows, rowsOfBlocks, blocksPerRow);
}
