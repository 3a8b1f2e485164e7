//===- LowbitLayouts.cpp - Where codes, scales and zero points lie --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"

#include "lowbit/Numerics/Packing.h"
#include "mlir/IR/Builders.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace mlir;

/// `shape` in bytes when `bits`-bit values are packed in rows. A scalar takes
/// one byte; where it takes two, they get an axis.
static SmallVector<int64_t> packRows(RowsAttr rows, ArrayRef<int64_t> shape,
                                     unsigned bits) {
  SmallVector<int64_t> packed = llvm::to_vector(shape);
  // (C14)
  if (rows.joinsAxes(shape, bits)) {
    ArrayRef<int64_t> row = shape.drop_front();
    packed = {shape.front(), ShapedType::isDynamicShape(row)
                                 ? ShapedType::kDynamic
                                 : ShapedType::getNumElements(row)};
  }
  if (!packed.empty() && !ShapedType::isDynamic(packed.back()))
    packed.back() = numerics::packedRowBytes(packed.back(), bits);
  if (packed.empty() && bits > 8)
    packed.push_back(numerics::packedRowBytes(1, bits));
  return packed;
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

Attribute RowsAttr::parse(AsmParser &parser, Type) {
  MLIRContext *context = parser.getContext();
  if (failed(parser.parseOptionalLess()))
    return get(context);
  SMLoc loc = parser.getCurrentLocation();
  StringRef word;
  if (parser.parseKeyword(&word))
    return {};
  std::optional<BitOrderKind> order = symbolizeBitOrderKind(word);
  if (!order) {
    parser.emitError(loc, "expected low_first, high_first or split<N>, got '")
        << word << "'";
    return {};
  }
  int64_t block = 0;
  if (*order == BitOrderKind::Split &&
      (parser.parseLess() || parser.parseInteger(block) ||
       parser.parseGreater()))
    return {};
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, context, *order,
                    block);
}

void RowsAttr::print(AsmPrinter &printer) const {
  if (isPlain())
    return;
  printer << '<' << stringifyBitOrderKind(getOrder());
  if (getOrder() == BitOrderKind::Split)
    printer << '<' << getBlock() << '>';
  printer << '>';
}

LogicalResult RowsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               BitOrderKind order, int64_t block) {
  // (C122)
  if (order == BitOrderKind::Split) {
    if (block < 1)
      return emitError() << "a split block has at least one code, got "
                         << block;
  } else if (block != 0) {
    return emitError() << "only 'split' has blocks, got " << block;
  }
  return success();
}

numerics::BitOrder RowsAttr::getBitOrder() const {
  switch (getOrder()) {
  case BitOrderKind::LowFirst:
    return {numerics::BitOrder::Kind::LowFirst};
  case BitOrderKind::HighFirst:
    return {numerics::BitOrder::Kind::HighFirst};
  case BitOrderKind::Split:
    return {numerics::BitOrder::Kind::Split, getBlock()};
  }
  llvm_unreachable("unknown order of bits");
}

LogicalResult
RowsAttr::verifyLayout(const ScaleAttr &, unsigned bits, int64_t,
                       function_ref<InFlightDiagnostic()> emitError) const {
  if (isPlain())
    return success();
  // (C122)
  if (auto error = numerics::verifyBitOrder(bits, getBitOrder()))
    return emitError() << error->message;
  return success();
}

bool RowsAttr::joinsAxes(ArrayRef<int64_t> shape, unsigned bits) const {
  if (shape.size() <= 2 || bits >= 8)
    return false;
  if (ShapedType::isDynamic(shape.back()))
    return true;
  if (getOrder() == BitOrderKind::Split)
    return shape.back() % getBlock() != 0;
  return shape.back() % 8 * bits % 8 != 0;
}

SmallVector<int64_t> RowsAttr::getCodesShape(ArrayRef<int64_t> shape,
                                             const ScaleAttr &,
                                             unsigned bits) const {
  return packRows(*this, shape, bits);
}

SmallVector<int64_t> RowsAttr::getScalesShape(ArrayRef<int64_t> shape,
                                              const ScaleAttr &scale) const {
  return scale.getBlockCounts(shape);
}

SmallVector<int64_t>
RowsAttr::getZeroPointsShape(ArrayRef<int64_t> shape,
                             const ScaleAttr &scale) const {
  return packRows(RowsAttr::get(getContext()), scale.getBlockCounts(shape),
                  scale.getZeroPointBits());
}

//===----------------------------------------------------------------------===//
// Panels
//===----------------------------------------------------------------------===//

LogicalResult PanelsAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t columns, int64_t step,
                                 int64_t reduction) {
  // (C9) Eight one-bit codes fill a byte; past 1024 columns a tile is no tile.
  if (columns < 8 || columns > 1024 || !llvm::isPowerOf2_64(columns))
    return emitError() << "panels have 8 to 1024 columns, a power of two, got "
                       << columns;
  if (step != 1 && step != 2 && step != 4)
    return emitError() << "panels step by 1, 2 or 4, got " << step;
  if (reduction != 0 && reduction != 1)
    return emitError() << "the reduction axis of a matrix is 0 or 1, got "
                       << reduction;
  return success();
}

std::string PanelsAttr::getMisfit(const ScaleAttr &scale, int64_t rank) const {
  // (C10)
  if (rank != 2)
    return "panels lay out matrices, not tensors of rank " +
           std::to_string(rank);
  // (C107) What kernels read.
  if (scale.hasOffset())
    return "panels hold no offsets";
  // (C12)
  bool along = false;
  switch (scale.getGranularity()) {
  case GranularityKind::Tensor:
  case GranularityKind::Axis:
    along = !llvm::is_contained(scale.getAxes(), getReduction());
    break;
  case GranularityKind::Group:
    along = scale.getAxes().front() == getReduction();
    break;
  case GranularityKind::Block:
    break;
  }
  if (!along)
    return "panels need scales constant or grouped along the reduction axis " +
           std::to_string(getReduction());
  return {};
}

LogicalResult
PanelsAttr::verifyLayout(const ScaleAttr &scale, unsigned, int64_t rank,
                         function_ref<InFlightDiagnostic()> emitError) const {
  if (std::string misfit = getMisfit(scale, rank); !misfit.empty())
    return emitError() << misfit;
  return success();
}

/// How many groups lie along the reduction, and how many tiles they take.
static std::pair<int64_t, int64_t> countGroups(PanelsAttr panels, int64_t size,
                                               const ScaleAttr &scale) {
  if (ShapedType::isDynamic(size))
    return {ShapedType::kDynamic, ShapedType::kDynamic};
  int64_t step = panels.getStep();
  if (scale.getGranularity() != GranularityKind::Group)
    return {1, llvm::divideCeilSigned(size, step)};
  int64_t group = scale.getGroup();
  int64_t whole = size / group, rest = size % group;
  return {whole + (rest != 0), whole * llvm::divideCeilSigned(group, step) +
                                   llvm::divideCeilSigned(rest, step)};
}

static int64_t countPanels(PanelsAttr panels, ArrayRef<int64_t> shape) {
  int64_t size = shape[1 - panels.getReduction()];
  return ShapedType::isDynamic(size)
             ? size
             : llvm::divideCeilSigned(size, panels.getColumns());
}

SmallVector<int64_t> PanelsAttr::getCodesShape(ArrayRef<int64_t> shape,
                                               const ScaleAttr &scale,
                                               unsigned bits) const {
  return {countPanels(*this, shape),
          countGroups(*this, shape[getReduction()], scale).second,
          llvm::divideCeilSigned(
              getColumns() * getStep() * static_cast<int64_t>(bits), 8)};
}

SmallVector<int64_t> PanelsAttr::getScalesShape(ArrayRef<int64_t> shape,
                                                const ScaleAttr &scale) const {
  return {countPanels(*this, shape),
          countGroups(*this, shape[getReduction()], scale).first, getColumns()};
}

SmallVector<int64_t>
PanelsAttr::getZeroPointsShape(ArrayRef<int64_t> shape,
                               const ScaleAttr &scale) const {
  return getScalesShape(shape, scale);
}
