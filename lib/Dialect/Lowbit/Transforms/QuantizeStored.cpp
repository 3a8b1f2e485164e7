//===- QuantizeStored.cpp - From stored reals to stored parts -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "QuantizeStored.h"

#include "lowbit/Numerics/Quantize/RoundToNearest.h"
#include "mlir/IR/Diagnostics.h"

#include <cmath>

using namespace lowbit;
using namespace mlir;

numerics::PanelLayout lowbit::getPanelLayout(PanelsAttr panels) {
  return {panels.getColumns(), panels.getStep(),
          static_cast<unsigned>(panels.getReduction())};
}

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

/// "[2, 17]": the place of a row-major index; "[]" for rank 0.
static std::string placeText(int64_t index, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> place(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    place[axis] = index % shape[axis];
    index /= shape[axis];
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(place, os);
  os << ']';
  return text;
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
  if (elements <= plan.sliceElements || format.blockShape[0] == 0 ||
      !isa<RowsAttr>(plan.encoding.getLayout()) ||
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
    os << "holds " << (std::isnan(slice[error.index]) ? "NaN" : "an infinity")
       << " at " << placeText(first + error.index, plan.shape);
    break;
  case numerics::Error::Kind::ScaleOverflow: {
    // Every slice but the last ends with a block, so its scales lie together.
    SmallVector<int64_t> counts = scale.getBlockCounts(plan.shape);
    int64_t before = 0;
    if (row != 0)
      before = row / format.blockShape[0] *
               numerics::numElements(ArrayRef(counts).drop_front());
    if (scale.isNested()) {
      os << "needs nested scales that are too large for "
         << scale.getNestedType() << "; use f32";
      break;
    }
    os << "needs a scale at " << placeText(before + error.index, counts)
       << " that is too large for "
       << numerics::scaleTypeName(scale.getNumericType()) << "; use "
       << (scale.getType().isF16() ? "f32 or bf16" : "f32") << " scales";
    break;
  }
  case numerics::Error::Kind::InvalidFormat:
  case numerics::Error::Kind::InvalidStatistics:
    os << "cannot be quantized: " << error.message;
  }
  return text;
}

LogicalResult
lowbit::quantizeStored(const StoredReals &values, const QuantizePlan &plan,
                       function_ref<InFlightDiagnostic()> emitError,
                       function_ref<void(int64_t, int64_t)> release,
                       StoredSink sink) {
  numerics::Format format = plan.encoding.getFormat(plan.shape.size());
  int64_t rows = plan.shape.empty() ? 1 : plan.shape[0];
  int64_t elements = numerics::numElements(plan.shape);
  int64_t sliceRows = getSliceRows(plan, format);
  numerics::Shape slice(plan.shape.begin(), plan.shape.end());
  std::vector<float> storage;

  // A tensor without rows still has parts to be made.
  int64_t row = 0;
  do {
    int64_t count = std::min(sliceRows, rows - row);
    if (!slice.empty())
      slice[0] = count;
    int64_t first = rows == 0 ? 0 : elements / rows * row;
    int64_t size = numerics::numElements(slice);
    std::span<const float> reals = values.read(first, size, storage);
    numerics::Parts parts = numerics::Parts::allocate(slice, format);
    if (auto error = numerics::quantizeRoundToNearest(
            reals, slice, format, getNumericRange(plan.range), plan.threads,
            parts.view())) {
      return emitError() << describe(*error, plan, format, reals, first, row);
    }
    release(first, size);
    if (auto panels = dyn_cast<PanelsAttr>(plan.encoding.getLayout())) {
      numerics::Result<numerics::Parts> packed = numerics::packPanels(
          parts, slice, format, getPanelLayout(panels), plan.threads);
      if (!packed)
        return emitError() << "cannot be packed: " << packed.error().message;
      parts = *std::move(packed);
    }
    size_t number = 0;
    for (PartKind kind : plan.encoding.getPartKinds())
      if (failed(sink(number++, std::as_bytes(std::span(parts[kind])))))
        return failure();
    row += count;
  } while (row < rows);
  return success();
}
