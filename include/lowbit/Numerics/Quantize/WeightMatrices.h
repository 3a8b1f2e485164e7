//===- WeightMatrices.h - Filters and batches as matrices -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A convolution multiplies patches of its input with a matrix: the filter with
// its channels and its window as one axis, that of the inputs. Methods for
// matrices work on that one, in the filter's own granularity.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_WEIGHTMATRICES_H
#define LOWBIT_NUMERICS_QUANTIZE_WEIGHTMATRICES_H

#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Quantize/Parts.h"
#include "lowbit/Numerics/Statistics.h"

namespace lowbit::numerics {

/// A tensor as one matrix, or as one for each index of the axes before that of
/// the channels where there are outputs on both sides of it.
class WeightMatrices {
public:
  /// The indices of a window are inputs beside the channels; or outputs, each
  /// of which sums over the channels at one place of the window.
  enum class Window { Inputs, Outputs };

  /// The matrices of a tensor of `shape`, which layers sum over `channels` and
  /// over `window`, and the format that `format` is for each. InvalidFormat,
  /// with the reason, where it is none: where scales differ within a window
  /// that is part of the inputs, or matrices share what they store.
  static Result<WeightMatrices> get(ShapeRef shape, unsigned channels,
                                    std::span<const unsigned> window,
                                    Window kind, const Format &format);

  int64_t count() const { return static_cast<int64_t>(layout.matrices.size()); }
  ShapeRef shape() const { return layout.shape; }
  unsigned reductionAxis() const { return layout.reductionAxis; }
  const Format &format() const { return matrixFormat; }

  /// Matrix `number` of the tensor's values.
  std::vector<float> take(std::span<const float> values, int64_t number) const;
  ContractionWeight weight(std::span<const float> taken) const {
    return {taken, layout.shape, layout.reductionAxis};
  }

  /// For each input of a matrix its channel, or its number where those of a
  /// channel's window come one after the other, the last axis fastest.
  std::vector<int64_t> channelOfInput() const;
  std::span<const int64_t> numberOfInput() const { return inputNumbers; }

  /// The parts of the tensor from those of its matrices, whose window is part
  /// of the inputs.
  UnpackedParts join(std::vector<UnpackedParts> parts) const;
  /// An error of matrix `number` with its place in the tensor.
  Error placed(Error error, int64_t number) const;

private:
  /// Where the elements of matrices lie in a tensor: at the sum of an entry of
  /// each, of the matrix, its output and its input.
  struct Layout {
    Shape shape;
    unsigned reductionAxis = 0;
    std::vector<int64_t> matrices, outputs, inputs;

    /// Calls `fn(place in the matrix, place in the tensor)` for all elements of
    /// a matrix, row by row.
    template <typename Fn>
    void forEach(int64_t number, Fn &&fn) const;
  };

  Layout layOut(ShapeRef of, int64_t block) const;
  std::optional<Error> convertFormat(ShapeRef shape, const Format &format);
  Result<Shape> convertBlock(ShapeRef shape, ShapeRef block) const;
  std::vector<int8_t> scatterKept(const UnpackedParts &part, int64_t width,
                                  std::vector<int8_t> &bitmap) const;

  unsigned channels = 0;
  std::vector<unsigned> window;
  Window kind = Window::Inputs;
  /// Consecutive channels whose windows are together.
  int64_t channelBlock = wholeAxis;
  /// Inputs of each channel.
  int64_t windowSize = 1;

  Layout layout, kept;
  std::vector<int64_t> inputNumbers;
  Format matrixFormat;
};

/// A Gram matrix whose input i is number order[i] of `gram`.
GramMatrix reorderInputs(const GramMatrix &gram,
                         std::span<const int64_t> order);

/// The same of statistics; a channel may be that of several inputs.
ChannelStatistics reorderInputs(const ChannelStatistics &channels,
                                std::span<const int64_t> order);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_WEIGHTMATRICES_H
