//===- Method.h - Quantization algorithms by name ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_METHOD_H
#define LOWBIT_NUMERICS_QUANTIZE_METHOD_H

#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Quantize/Gptq.h"
#include "lowbit/Numerics/Quantize/Hqq.h"
#include "lowbit/Numerics/Quantize/ScaleSearch.h"
#include "lowbit/Numerics/Statistics.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace lowbit::numerics {

/// Which algorithm finds the codes of a weight, with its options.
struct Method {
  enum class Kind {
    /// "rtn": the range rule of the format, each value to its nearest code.
    RoundToNearest,
    /// "percentile": the same of ranges that leave values out (ClipRanges.h).
    Percentile,
    /// "mse": scales of least squared error (ScaleSearch.h), each channel
    /// weighted by its inputs where these are known.
    ScaleSearch,
    /// "hqq": scales or offsets of least lp error (Hqq.h).
    Hqq,
    /// "kmeans": learned levels (KMeans.h), weighted like "mse".
    KMeans,
    /// "awq": ranges clipped by what their errors do to the outputs (Awq.h). To
    /// scale the channels before is a matter of the model, not of the weight.
    Awq,
    /// "gptq": errors made up for by the channels that follow (Gptq.h).
    Gptq,
    /// "magnitude": keeps the largest values (Sparsity.h).
    Magnitude,
    /// "wanda": keeps the largest, measured with their inputs (Prune.h).
    Wanda,
    /// "sparsegpt": prunes and rounds as "gptq" rounds (SparseGpt.h).
    SparseGpt,
  };

  Kind kind = Kind::RoundToNearest;

  /// Of "percentile": the part of each block's values in its range.
  double percentile = 99.9;
  /// Of "hqq"; its number of iterations is `iterations`.
  HqqOptions hqq = {};
  /// Of "hqq" and "kmeans"; those of their own if negative.
  int iterations = -1;
  /// Of "gptq" and "sparsegpt": see HessianOptions and GptqOptions. Where no
  /// damping is given, that of gptqHessianOptions or HessianOptions.
  std::optional<double> damping = std::nullopt;
  /// Of "gptq".
  bool activationOrder = gptqHessianOptions.activationOrder;
  bool staticGroups = false;
  /// Of "awq", "gptq" and the methods that prune: parameters are those of
  /// least squared error, not of the range rule.
  bool searchesScales = false;
};

/// The name of a method, and the method of a name.
std::string_view methodName(Method::Kind kind);
std::optional<Method::Kind> methodOfName(std::string_view name);
/// All names, in the order of Method::Kind.
std::span<const std::string_view> methodNames();

/// The options that a method has, by name, sorted.
std::vector<std::string_view> methodOptions(Method::Kind kind);

/// A value of an option as recipes and IR write it.
using MethodOptionValue = std::variant<bool, double, std::string>;

/// Sets one of methodOptions(); InvalidFormat for any other option or a value
/// that it cannot have.
std::optional<Error> setMethodOption(Method &method, std::string_view option,
                                     const MethodOptionValue &value);

/// What a method has to know of the inputs of the layers that use a weight.
enum class MethodNeeds { Nothing, ChannelStatistics, GramMatrix };
MethodNeeds methodNeeds(Method::Kind kind);

/// Whether parameters follow from a RangeKind, so that it makes sense to give
/// one.
bool usesRange(const Method &method, const Format &format);

/// InvalidFormat, with the reason, if a tensor in `format` cannot be quantized
/// so; `reductionAxis` is the one that is summed over, if known.
std::optional<Error> verifyMethod(const Method &method, const Format &format,
                                  std::optional<unsigned> reductionAxis);

/// InvalidFormat, with the reason, if a method that looks at inputs has no
/// matrices in a tensor of `shape` in `format` (WeightMatrices.h).
std::optional<Error> verifyMatrices(ShapeRef shape, unsigned reductionAxis,
                                    std::span<const unsigned> window,
                                    const Format &format);

/// How a method that only finds parameters ("rtn", "percentile", "mse", "hqq",
/// "kmeans") does so; null for the others. `range` counts where usesRange()
/// says so, `weights`, which have to live as long, for "mse" and "kmeans".
ParameterChooser methodChooser(const Method &method, RangeKind range,
                               const ErrorWeights &weights = {},
                               ThreadCount threads = {});

/// The inputs of a layer, over all rows of calibration; null where unknown.
/// Of a filter the Gram matrix is that of patches: of K channels times W places
/// of its window, in the order of WeightMatrices::numberOfInput. A batch has
/// one for all of its matrices.
struct MethodInputs {
  const ChannelStatistics *channels = nullptr;
  const GramMatrix *gram = nullptr;
};

/// Quantizes a weight of any rank by `method`. `range` counts where usesRange()
/// says so.
///
/// The result is the same for every number of threads. Errors are those of
/// verifyMethod, verifyMatrices, verifyFormat, verifyRangeKind and the
/// algorithm; InvalidStatistics if it lacks inputs or has those of another
/// layer.
Result<Parts> quantizeByMethod(const ContractionWeight &weight,
                               const Format &format, RangeKind range,
                               const Method &method, const MethodInputs &inputs,
                               ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_METHOD_H
