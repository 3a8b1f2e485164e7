//===- GroupQuantizer.h - Rows to codes of a format and back ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_GROUPQUANTIZER_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_GROUPQUANTIZER_H

#include "BookCodecs.h"
#include "ErrorFeedback.h"

#include "lowbit/Numerics/Quantize/BlockParameters.h"

namespace lowbit::numerics {

/// Rounds rows of a weight's [K, N] form to values of a format, with parameters
/// that are chosen for the whole weight at once or for one group of channels
/// after the other.
class GroupQuantizer {
public:
  /// `wholeWeight` asks for all parameters at once, which happens anyhow where
  /// a block has all channels, and where blocks share nested scales or books.
  /// What the format's sparsity leaves out is rounded like the rest.
  static Result<GroupQuantizer> get(const ContractionWeight &weight,
                                    const Format &format,
                                    const ParameterChooser &chooser,
                                    bool wholeWeight);

  /// Channels that share parameters; 0 if these are all chosen.
  int64_t channelsPerGroup() const { return groupSize; }

  /// Chooses the parameters of a group from its rows.
  std::optional<Error> chooseGroup(Range channels, std::span<const float> rows);

  /// Rounds the outputs of one channel, at most outputsPerRange.
  void round(int64_t channel, Range outputs, const float *row,
             float *rounded) const;

  /// The parameters of all blocks, in the weight's layout.
  BlockParameters takeParameters() &&;

private:
  GroupQuantizer(const ContractionWeight &weight, const Format &format,
                 const ParameterChooser &chooser);

  Format format;
  ParameterChooser chooser;
  unsigned reductionAxis;
  int64_t outputs;
  /// Of the [K, N] form.
  int64_t channelsPerBlock, outputsPerBlock;
  int64_t rowsOfBlocks, blocksPerRow;
  int64_t groupSize = 0;
  /// [rowsOfBlocks, blocksPerRow].
  BlockParameters byRows;
  /// Those of the whole weight, as the chooser gave them.
  std::optional<BlockParameters> whole;
  /// The codec of each element, in the [K, N] form.
  std::optional<BookCodecs> books;
};

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_GROUPQUANTIZER_H
