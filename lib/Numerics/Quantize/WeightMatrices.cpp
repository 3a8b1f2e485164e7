//===- WeightMatrices.cpp - Filters and batches as matrices ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/WeightMatrices.h"

#include <algorithm>
#include <cassert>

using namespace lowbit::numerics;

static Error invalid(std::string message) {
  return {Error::Kind::InvalidFormat, std::move(message)};
}

/// The offsets of all indices of axes of these sizes and strides, the last
/// fastest.
static std::vector<int64_t> offsetsOf(ShapeRef sizes, ShapeRef strides) {
  std::vector<int64_t> offsets{0};
  for (size_t i = 0; i < sizes.size(); ++i) {
    std::vector<int64_t> finer;
    finer.reserve(offsets.size() * sizes[i]);
    for (int64_t offset : offsets)
      for (int64_t j = 0; j < sizes[i]; ++j)
        finer.push_back(offset + j * strides[i]);
    offsets = std::move(finer);
  }
  return offsets;
}

namespace {
/// Some axes of a tensor.
struct Axes {
  Shape sizes, strides;
  void add(int64_t size, int64_t stride) {
    sizes.push_back(size);
    strides.push_back(stride);
  }
  std::vector<int64_t> offsets() const { return offsetsOf(sizes, strides); }
};
} // namespace

template <typename Fn>
void WeightMatrices::Layout::forEach(int64_t number, Fn &&fn) const {
  bool inputsFirst = reductionAxis == 0;
  const std::vector<int64_t> &rows = inputsFirst ? inputs : outputs;
  const std::vector<int64_t> &columns = inputsFirst ? outputs : inputs;
  int64_t place = 0;
  for (int64_t row : rows)
    for (int64_t column : columns)
      fn(place++, matrices[number] + row + column);
}

/// The layout of a tensor of shape `of`, whose windows are together for `block`
/// consecutive channels.
WeightMatrices::Layout WeightMatrices::layOut(ShapeRef of,
                                              int64_t block) const {
  Shape strides(of.size(), 1);
  for (size_t i = of.size(); i-- > 1;)
    strides[i - 1] = strides[i] * of[i];
  Axes before, behind, places;
  for (unsigned axis = 0; axis < of.size(); ++axis) {
    bool isWindow = std::ranges::find(window, axis) != window.end();
    if (axis != channels)
      (isWindow          ? places
       : axis < channels ? before
                         : behind)
          .add(of[axis], strides[axis]);
  }
  Layout result;
  bool isSplit = !before.sizes.empty() && !behind.sizes.empty();
  result.matrices = isSplit ? before.offsets() : std::vector<int64_t>{0};
  Axes outputs = before.sizes.empty() || isSplit ? behind : before;
  // In the order of the tensor's scales.
  result.reductionAxis = before.sizes.empty() || isSplit ? 0 : 1;
  if (behind.sizes.empty() && before.sizes.empty())
    result.reductionAxis = 1;

  int64_t size = of[channels], stride = strides[channels];
  std::vector<int64_t> inWindow = places.offsets();
  if (kind == Window::Outputs) {
    for (size_t i = 0; i < places.sizes.size(); ++i)
      outputs.add(places.sizes[i], places.strides[i]);
    inWindow = {0};
  }
  result.outputs = outputs.offsets();
  if (block == wholeAxis)
    block = std::max<int64_t>(size, 1);
  for (int64_t begin = 0; begin < size; begin += block)
    for (int64_t place : inWindow)
      for (int64_t i = begin; i < std::min(begin + block, size); ++i)
        result.inputs.push_back(place + i * stride);
  int64_t rows = static_cast<int64_t>(result.outputs.size());
  int64_t columns = static_cast<int64_t>(result.inputs.size());
  result.shape =
      result.reductionAxis == 0 ? Shape{columns, rows} : Shape{rows, columns};
  return result;
}

namespace {
/// One axis, or several as one, and how many of its indices share a scale.
struct Run {
  int64_t size = 1, block = 1;

  bool isWhole() const { return block == wholeAxis || block >= size; }
  /// Adds a slower axis. Fails if what shares a scale is then no run.
  bool addSlower(int64_t more, int64_t moreBlock) {
    bool all = moreBlock == wholeAxis || moreBlock >= more;
    if (isWhole())
      block = all ? wholeAxis : moreBlock * size;
    else if (more != 1 && (moreBlock != 1 || size % block != 0))
      return false;
    size *= more;
    return true;
  }
};
} // namespace

/// The block of a matrix that `block` is in the tensor.
Result<Shape> WeightMatrices::convertBlock(ShapeRef shape,
                                           ShapeRef block) const {
  Run outputs;
  bool isSplit = count() > 1;
  int64_t places = 1;
  for (unsigned axis = static_cast<unsigned>(shape.size()); axis-- > 0;)
    if (std::ranges::find(window, axis) != window.end()) {
      places *= shape[axis];
      if (kind == Window::Outputs) {
        if (!outputs.addSlower(shape[axis], block[axis]))
          return invalid("blocks of scales are no blocks at each place of the "
                         "window");
      } else if (!(Run{shape[axis], block[axis]}).isWhole()) {
        return invalid("scales differ within the window");
      }
    }
  for (unsigned axis = static_cast<unsigned>(shape.size()); axis-- > 0;) {
    if (axis == channels || std::ranges::find(window, axis) != window.end())
      continue;
    if (isSplit && axis < channels) {
      if (shape[axis] > 1 && block[axis] != 1)
        return invalid("matrices of a batch share scales along axis " +
                       std::to_string(axis));
    } else if (!outputs.addSlower(shape[axis], block[axis])) {
      return invalid("blocks of scales span several axes of outputs");
    }
  }
  int64_t ofInputs = block[channels];
  if (kind == Window::Inputs && ofInputs != wholeAxis)
    ofInputs = Run{shape[channels], ofInputs}.isWhole() ? wholeAxis
                                                        : ofInputs * places;
  Shape result{outputs.block, outputs.block};
  result[layout.reductionAxis] = ofInputs;
  return result;
}

std::optional<Error> WeightMatrices::convertFormat(ShapeRef shape,
                                                   const Format &format) {
  matrixFormat = format;
  matrixFormat.blockShape = {wholeAxis, wholeAxis};
  if (format.scaleType != ScaleType::One) {
    auto block = convertBlock(shape, format.blockShape);
    if (!block)
      return block.error();
    matrixFormat.blockShape = *std::move(block);
  }
  if (format.books) {
    auto books = convertBlock(shape, format.books->blockShape);
    if (!books)
      return books.error();
    matrixFormat.books->blockShape = *std::move(books);
  }
  bool isBatch = count() > 1;
  if (format.nestedScales && isBatch)
    return invalid("matrices of a batch share nested scales");
  const Sparsity &sparsity = format.sparsity;
  if (sparsity.kind == Sparsity::Kind::Bitmap && isBatch)
    return invalid("matrices of a batch share a number of kept values");
  if (sparsity.kind != Sparsity::Kind::Pattern)
    return std::nullopt;
  if (sparsity.axis != channels)
    return invalid("the encoding is sparse along axis " +
                   std::to_string(sparsity.axis) + ", not along axis " +
                   std::to_string(channels) + " of the channels");
  int64_t run = sparsity.run;
  for (int64_t size : {shape[channels], channelBlock})
    if (windowSize != 1 && size % run != 0)
      return invalid("the " + std::to_string(size) +
                     " channels of a window are no whole number of runs of " +
                     std::to_string(run));
  matrixFormat.sparsity.axis = layout.reductionAxis;
  return std::nullopt;
}

Result<WeightMatrices> WeightMatrices::get(ShapeRef shape, unsigned channels,
                                           std::span<const unsigned> window,
                                           Window kind, const Format &format) {
  if (auto error = verifyFormat(shape, format))
    return std::move(*error);
  if (channels >= shape.size())
    return invalid("there is no axis " + std::to_string(channels) +
                   " of channels");
  for (unsigned axis : window)
    if (axis >= shape.size() || axis == channels)
      return invalid("axis " + std::to_string(axis) +
                     " is no axis of a window");
  WeightMatrices result;
  result.channels = channels;
  result.window.assign(window.begin(), window.end());
  result.kind = kind;

  // The windows of channels that share a scale are one block of inputs.
  int64_t size = shape[channels];
  auto blockOf = [&](const Shape &block) {
    int64_t run = block[channels];
    return run >= size ? wholeAxis : run;
  };
  int64_t &block = result.channelBlock;
  block = blockOf(format.blockShape);
  if (format.books) {
    int64_t books = blockOf(format.books->blockShape);
    if (block != wholeAxis && books != wholeAxis && block != books)
      return invalid("scales and books have blocks of different channels");
    block = block == wholeAxis ? books : block;
  }

  // The numbers of inputs are places in a tensor of nothing else.
  WeightMatrices numbers = result;
  numbers.channels = 0;
  numbers.window.clear();
  Shape inputShape{size};
  if (kind == Window::Inputs)
    for (unsigned axis = 0; axis < shape.size(); ++axis)
      if (std::ranges::find(window, axis) != window.end()) {
        numbers.window.push_back(static_cast<unsigned>(inputShape.size()));
        inputShape.push_back(shape[axis]);
      }
  result.windowSize = numElements(ShapeRef(inputShape).subspan(1));
  result.inputNumbers = numbers.layOut(inputShape, block).inputs;

  result.layout = result.layOut(shape, block);
  if (auto error = result.convertFormat(shape, format))
    return std::move(*error);
  const Sparsity &sparsity = format.sparsity;
  if (sparsity.kind == Sparsity::Kind::Pattern)
    result.kept = result.layOut(sparsity.keptShape(shape),
                                block == wholeAxis ? wholeAxis
                                                   : sparsity.keptBlock(block));
  return result;
}

std::vector<float> WeightMatrices::take(std::span<const float> values,
                                        int64_t number) const {
  std::vector<float> taken(numElements(layout.shape));
  layout.forEach(number,
                 [&](int64_t to, int64_t from) { taken[to] = values[from]; });
  return taken;
}

std::vector<int64_t> WeightMatrices::channelOfInput() const {
  std::vector<int64_t> result;
  result.reserve(inputNumbers.size());
  for (int64_t number : inputNumbers)
    result.push_back(number / windowSize);
  return result;
}

/// Codes at the places of a bitmap, which comes in the order of the matrix,
/// in that of the tensor.
std::vector<int8_t>
WeightMatrices::scatterKept(const UnpackedParts &part, int64_t width,
                            std::vector<int8_t> &bitmap) const {
  int64_t elements = numElements(layout.shape);
  std::vector<int64_t> keptPlace(elements, -1);
  bitmap.assign(elements, 0);
  int64_t next = 0;
  layout.forEach(0, [&](int64_t from, int64_t to) {
    bitmap[to] = part.bitmap[from];
    if (part.bitmap[from])
      keptPlace[to] = next++;
  });
  std::vector<int8_t> codes;
  codes.reserve(part.codes.size());
  for (int64_t place : keptPlace)
    if (place >= 0)
      codes.insert(codes.end(), part.codes.begin() + place * width,
                   part.codes.begin() + (place + 1) * width);
  return codes;
}

UnpackedParts WeightMatrices::join(std::vector<UnpackedParts> parts) const {
  assert(kind == Window::Inputs && std::cmp_equal(parts.size(), count()));
  UnpackedParts result;
  bool isPattern = !kept.shape.empty();
  const Layout &stored = isPattern ? kept : layout;
  int64_t each = numElements(stored.shape);
  for (int64_t number = 0; number < count(); ++number) {
    UnpackedParts &part = parts[number];
    auto append = [](auto &to, const auto &from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    // One for all where none is stored.
    if (number == 0 || matrixFormat.scaleType != ScaleType::One)
      append(result.scales, part.scales);
    append(result.zeroPoints, part.zeroPoints);
    append(result.offsets, part.offsets);
    append(result.nestedScales, part.nestedScales);
    append(result.books, part.books);
    if (!part.bitmap.empty()) {
      int64_t values = std::ranges::count(part.bitmap, 1);
      int64_t width = values == 0 ? 1 : std::ssize(part.codes) / values;
      result.codes = scatterKept(part, width, result.bitmap);
      continue;
    }
    int64_t width = each == 0 ? 1 : std::ssize(part.codes) / each;
    result.codes.resize(each * count() * width);
    if (isPattern)
      result.positions.resize(each * count());
    stored.forEach(number, [&](int64_t from, int64_t to) {
      std::copy_n(part.codes.begin() + from * width, width,
                  result.codes.begin() + to * width);
      if (isPattern)
        result.positions[to] = part.positions[from];
    });
    part = {};
  }
  return result;
}

Error WeightMatrices::placed(Error error, int64_t number) const {
  if (error.index < 0)
    return error;
  if (error.kind == Error::Kind::NotFinite) {
    int64_t place = error.index;
    layout.forEach(number, [&](int64_t from, int64_t to) {
      if (from == place)
        error.index = to;
    });
  } else if (error.kind == Error::Kind::ScaleOverflow) {
    auto scales = Granularity::get(layout.shape, matrixFormat.blockShape);
    if (scales)
      error.index += number * scales->numScales();
  }
  return error;
}

GramMatrix lowbit::numerics::reorderInputs(const GramMatrix &gram,
                                           std::span<const int64_t> order) {
  int64_t size = gram.channels;
  assert(std::ssize(order) == size);
  GramMatrix result{size, gram.rows, std::vector<double>(size * size)};
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j)
      result.values[i * size + j] = gram.values[order[i] * size + order[j]];
  return result;
}

ChannelStatistics
lowbit::numerics::reorderInputs(const ChannelStatistics &channels,
                                std::span<const int64_t> order) {
  ChannelStatistics result(static_cast<int64_t>(order.size()));
  result.rows = channels.rows;
  for (size_t i = 0; i < order.size(); ++i) {
    result.minimum[i] = channels.minimum[order[i]];
    result.maximum[i] = channels.maximum[order[i]];
    result.sum[i] = channels.sum[order[i]];
    result.sumOfMagnitudes[i] = channels.sumOfMagnitudes[order[i]];
    result.sumOfSquares[i] = channels.sumOfSquares[order[i]];
  }
  return result;
}
