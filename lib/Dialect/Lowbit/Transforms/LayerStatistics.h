//===- LayerStatistics.h - What calibration knows of layers -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERSTATISTICS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERSTATISTICS_H

#include "lowbit/Calibration/Statistics.h"
#include "lowbit/Numerics/Quantize/Method.h"
#include "lowbit/Weights/WeightsFile.h"
#include "mlir/IR/BuiltinOps.h"

#include <optional>

namespace lowbit {

/// What is known of the inputs of all layers that share a weight.
struct LayerInputs {
  /// Of the channels, or of all that an output sums over.
  numerics::ChannelStatistics channels;
  /// Of a filter with a window, that of patches.
  std::optional<numerics::GramMatrix> gram;

  /// Makes them those of inputs that are divided by `scales`, one per channel.
  void divideBy(llvm::ArrayRef<float> scales);

  numerics::MethodInputs view() const {
    return {&channels, gram ? &*gram : nullptr};
  }
};

/// The statistics that a pass was given, or none.
class LayerStatistics {
public:
  /// On a module: the layers whose inputs were zero in all statistics, an array
  /// of strings; a pass has said so, and the next ones need not (C193).
  static constexpr llvm::StringLiteral kZeroInputsAttr = "lowbit.zero_inputs";

  /// Reads the file `path`, if it is not empty. Emits an error at `module` if
  /// it cannot be used, or is of another model than `weights`; and a warning if
  /// it is of a model with weights, and these are null.
  static mlir::FailureOr<LayerStatistics>
  open(mlir::ModuleOp module, llvm::StringRef path,
       const weights::WeightsFile *weights);

  /// Emits an error at `loc` if a method cannot have what it needs of the
  /// inputs of `layers`, of which the weight takes `channels` each at
  /// `windowSize` places; and, where there are fewer rows than
  /// inputs for a method that looks at all pairs of these, a warning, or an
  /// error without damping. Inputs of zeros alone are a warning, too.
  mlir::LogicalResult verify(mlir::Location loc, mlir::ArrayAttr layers,
                             const numerics::Method &chosen, int64_t channels,
                             int64_t windowSize) const;

  /// Why `method` cannot do without damping for a weight that takes `channels`
  /// of each of `layers` at `windowSize` places: there are fewer rows of inputs
  /// than that. "" if there are enough, the method does not count them, or not
  /// all of them are known, which `verify` says.
  std::string describeUndamped(llvm::ArrayRef<mlir::Attribute> layers,
                               numerics::Method::Kind method, int64_t channels,
                               int64_t windowSize) const;

  /// What is known of `layers`, summed up over them, as the method needs it;
  /// nothing if it can do without and one of them is not known. They have been
  /// verified. Emits an error at `loc` if the file's numbers are those of no
  /// run.
  mlir::FailureOr<std::optional<LayerInputs>> get(mlir::Location loc,
                                                  mlir::ArrayAttr layers,
                                                  numerics::Method::Kind method,
                                                  int64_t windowSize) const;

  /// What has X^T X of what `layer` sums over, where `input` is what is known
  /// of its channels: their patches, or themselves without a window; or null.
  const calibration::InputStatistics *
  findMoments(llvm::StringRef layer, const calibration::InputStatistics &input,
              int64_t windowSize) const;

  /// What is known of the input that `layers` share, which has `channels`, or
  /// any number if that is 0. Emits an error at `loc` if that is nothing, or
  /// they do not share it there; a warning if it was always zero. There has to
  /// be a file.
  mlir::FailureOr<const calibration::InputStatistics *>
  find(mlir::Location loc, llvm::ArrayRef<llvm::StringRef> layers,
       int64_t channels) const;

private:
  /// The rows of inputs that `layers` saw together; nothing if second moments
  /// of one of them are not known.
  std::optional<int64_t> countRows(llvm::ArrayRef<mlir::Attribute> layers,
                                   int64_t windowSize) const;

  /// A warning at `loc` if what is known of the inputs of `layer` is zeros
  /// alone; one for each input, of which the module keeps the name so that no
  /// other pass says it again (C193).
  void warnOfZeros(mlir::Location loc, llvm::StringRef layer,
                   const calibration::InputStatistics &input) const;

  mutable mlir::ModuleOp module;
  std::optional<calibration::Statistics> file;
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LAYERSTATISTICS_H
