//===- QuantizeStored.cpp - From stored reals to stored parts -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizeStored.h"

#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "lowbit/Numerics/Quantize/Reach.h"
#include "lowbit/Numerics/Quantize/Underflow.h"
#include "mlir/IR/Diagnostics.h"

#include <algorithm>

using namespace lowbit;
using namespace mlir;

numerics::RangeKind lowbit::getNumericRange(RangeKind kind) {
  switch (kind) {
  case RangeKind::AbsMax:
    return numerics::RangeKind::AbsMax;
  case RangeKind::Full:
    return numerics::RangeKind::Full;
  case RangeKind::MinMax:
    return numerics::RangeKind::MinMax;
  case RangeKind::Mean:
    return numerics::RangeKind::Mean;
  case RangeKind::Exponent:
    return numerics::RangeKind::Exponent;
  }
  llvm_unreachable("unknown range kind");
}

std::string lowbit::getMethodMisfit(EncodingAttr encoding, int64_t rank,
                                    RangeKindAttr range, MethodAttr method,
                                    std::optional<unsigned> reductionAxis) {
  numerics::Format format = encoding.getFormat(rank);
  numerics::Method chosen = getMethodInForce(encoding, method);
  if (auto error = numerics::verifyMethod(chosen, format, reductionAxis))
    return error->message;
  if (!numerics::usesRange(chosen, format)) {
    if (!range)
      return {};
    return "range '" + stringifyRangeKind(range.getValue()).str() +
           "' is given, but method '" +
           std::string(numerics::methodName(chosen.kind)) +
           "' finds ranges by itself";
  }
  RangeKind kind = range ? range.getValue() : encoding.getDefaultRange();
  if (auto error = numerics::verifyRangeKind(format, getNumericRange(kind)))
    return error->message;
  return {};
}

std::string lowbit::getMatrixMisfit(EncodingAttr encoding, const Layer &layer) {
  RankedTensorType type = layer.getWeightType();
  SmallVector<unsigned> window(layer.weightWindow.begin(),
                               layer.weightWindow.end());
  if (!type.hasStaticShape())
    return "sizes of the weight are not known";
  if (auto error = numerics::verifyMatrices(
          type.getShape(), static_cast<unsigned>(layer.weightChannels), window,
          encoding.getFormat(type.getRank())))
    return error->message;
  return {};
}

/// Elements of one slice: all, or rows of axis 0 that end where a block ends
/// and where packed rows of one dimension end at a whole byte. Nested scales
/// and bitmaps are found from all of the tensor.
static int64_t getSliceRows(const QuantizePlan &plan,
                            const numerics::Format &format) {
  if (plan.shape.empty() || plan.shape[0] == 0)
    return 1;
  int64_t rows = plan.shape[0];
  int64_t elements = numerics::numElements(plan.shape);
  // Other methods look at all of the tensor; split blocks of one row do not end
  // where its bytes do.
  if (elements <= plan.sliceElements || format.blockShape[0] == 0 ||
      plan.method.kind != numerics::Method::Kind::RoundToNearest ||
      !(isInPlainRows(plan.encoding) ||
        (isa<RowsAttr>(plan.encoding.getLayout()) && plan.shape.size() > 1)) ||
      plan.encoding.getScale().isNested() ||
      isa<BitmapAttr>(plan.encoding.getSparsity()))
    return rows;
  // A group may be of any size; one that long leaves nothing to slice.
  if (format.blockShape[0] > rows / 8)
    return rows;
  int64_t unit = format.blockShape[0] * 8;
  int64_t wanted = plan.sliceElements / (elements / rows) / unit * unit;
  return std::clamp(wanted, unit, rows);
}

/// What went wrong in the slice that starts at row `row` and element `first`,
/// with places in the whole tensor.
static std::string describe(const numerics::Error &error,
                            const QuantizePlan &plan,
                            const numerics::Format &format,
                            std::span<const float> slice, int64_t first,
                            int64_t row) {
  ScaleAttr scale = plan.encoding.getScale();
  std::string text;
  llvm::raw_string_ostream os(text);
  switch (error.kind) {
  case numerics::Error::Kind::NotFinite:
    os << "holds "
       << describeNonFinite(slice[error.index], first + error.index,
                            plan.shape);
    break;
  case numerics::Error::Kind::ScaleOverflow: {
    if (plan.encoding.getLearned()) {
      os << "cannot be quantized: " << error.message;
      break;
    }
    // Every slice but the last ends with a block, so its scales lie together.
    SmallVector<int64_t> counts = scale.getBlockCounts(plan.shape);
    int64_t before = 0;
    if (row != 0)
      before = row / format.blockShape[0] *
               numerics::numElements(ArrayRef(counts).drop_front());
    std::string why = numerics::describeProductOverflow(format);
    if (scale.isNested() && why.empty()) {
      os << "needs nested scales that are too large for "
         << scale.getNestedType() << "; use f32";
      break;
    }
    os << "needs a scale at " << getPlaceText(before + error.index, counts)
       << " that is too large";
    if (!why.empty()) {
      os << ": " << why << "; use smaller weights";
      break;
    }
    os << " for " << numerics::scaleTypeName(scale.getNumericType()) << "; use "
       << (scale.getType().isF16() ? "f32 or bf16" : "f32") << " scales";
    break;
  }
  case numerics::Error::Kind::InvalidFormat:
  case numerics::Error::Kind::InvalidStatistics:
    os << "cannot be quantized: " << error.message;
  }
  return text;
}

LogicalResult lowbit::quantizeStored(
    const StoredReals &values, const QuantizePlan &plan, TensorDiagnostic emit,
    function_ref<void(int64_t, int64_t)> release, StoredSink sink) {
  numerics::Format format = plan.encoding.getFormat(plan.shape.size());
  int64_t rows = plan.shape.empty() ? 1 : plan.shape[0];
  int64_t elements = numerics::numElements(plan.shape);
  int64_t sliceRows = getSliceRows(plan, format);
  numerics::Shape slice(plan.shape.begin(), plan.shape.end());
  std::vector<float> storage;
  NonFiniteValues nonFinite;
  numerics::Underflow underflow;
  numerics::OneSide oneSide;

  // A tensor without rows still has parts to be made.
  int64_t row = 0;
  do {
    int64_t count = std::min(sliceRows, rows - row);
    if (!slice.empty())
      slice[0] = count;
    int64_t first = rows == 0 ? 0 : elements / rows * row;
    int64_t size = numerics::numElements(slice);
    std::span<const float> reals = values.read(first, size, storage);
    if (plan.zeroNonFinite)
      reals = nonFinite.replace(reals, first, storage);
    numerics::Result<numerics::Parts> parts =
        numerics::quantizeByMethod({reals,
                                    slice,
                                    plan.reductionAxis,
                                    {plan.window.begin(), plan.window.end()}},
                                   format, getNumericRange(plan.range),
                                   plan.method, plan.inputs, plan.threads);
    if (!parts)
      return emit(DiagnosticSeverity::Error)
             << describe(parts.error(), plan, format, reals, first, row);
    if (int64_t index = numerics::firstBeyondReach(reals, format); index >= 0)
      return emit(DiagnosticSeverity::Error) << numerics::describeBeyondReach(
                 reals[index], getPlaceText(first + index, plan.shape), format);
    auto error = underflow.add(reals, *parts, slice, format);
    if (!error)
      error = oneSide.add(reals, *parts, slice, format);
    if (error)
      return emit(DiagnosticSeverity::Error)
             << "cannot be quantized: " << error->message;
    release(first, size);
    if (!isInPlainRows(plan.encoding)) {
      parts = layOutParts(*parts, slice, plan.encoding, plan.threads);
      if (!parts)
        return emit(DiagnosticSeverity::Error)
               << "cannot be packed: " << parts.error().message;
    }
    size_t number = 0;
    for (PartKind kind : plan.encoding.getPartKinds())
      if (failed(sink(number++, std::as_bytes(std::span((*parts)[kind])))))
        return failure();
    row += count;
  } while (row < rows);
  nonFinite.report(emit, plan.shape);
  for (const std::string &lost :
       {underflow.describe(format), oneSide.describe(format)})
    if (!lost.empty())
      emit(DiagnosticSeverity::Warning) << lost;
  return success();
}
