//===- StoredParts.cpp - The parts of an assemble where they lie ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoredParts.h"

#include "JoinedAxes.h"
#include "NonFiniteValues.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredTensor.h"
#include "lowbit/Numerics/Quantize/StoredNumbers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"

using namespace lowbit;
using namespace mlir;

static std::span<const uint8_t> asBytes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()};
}

/// What a stored part is before the module gives it another shape.
static Value getUnreshaped(Value part) {
  while (Operation *op = part.getDefiningOp()) {
    if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
      break;
    part = op->getOperand(0);
  }
  return part;
}

std::optional<StoredParts> StoredParts::get(AssembleOp op,
                                            const SymbolTable &symbols) {
  StoredParts parts;
  parts.kinds = op.getEncoding().getPartKinds();
  for (Value seen : op.getParts()) {
    Value part = getUnreshaped(seen);
    if (auto transpose = part.getDefiningOp<linalg::TransposeOp>();
        transpose && parts.codesShape.empty() &&
        op.getEncoding().getBits() == 8) {
      part = transpose.getInput();
      parts.order = llvm::to_vector(transpose.getPermutation());
    }
    if (parts.codesShape.empty())
      parts.codesShape =
          llvm::to_vector(cast<RankedTensorType>(part.getType()).getShape());
    if (ml_program::GlobalOp global = getLoadedWeight(part, symbols)) {
      parts.globals.push_back(global);
      continue;
    }
    Attribute constant;
    if (!matchPattern(part, m_Constant(&constant)))
      return std::nullopt;
    std::optional<ConstantBytes> bytes = ConstantBytes::get(constant);
    if (!bytes)
      return std::nullopt;
    parts.constants.push_back(constant);
    parts.inlineParts.push_back(*std::move(bytes));
  }
  if (!parts.globals.empty() && !parts.constants.empty())
    return std::nullopt;
  return parts;
}

std::optional<StoredParts> StoredParts::getPlain(Value weight,
                                                 const SymbolTable &symbols) {
  auto type = dyn_cast<RankedTensorType>(weight.getType());
  if (!type || type.getEncoding() || !type.getElementType().isF32())
    return std::nullopt;
  ml_program::GlobalOp global = getLoadedWeight(getUnreshaped(weight), symbols);
  if (!global || global->hasAttr(kGivenAttr))
    return std::nullopt;
  StoredParts parts;
  parts.kinds = {PartKind::Codes};
  parts.globals.push_back(global);
  return parts;
}

StoredParts::Key StoredParts::getKey() const {
  Key key;
  for (ml_program::GlobalOp global : globals)
    key.push_back(global.getOperation());
  for (Attribute constant : constants)
    key.push_back(constant.getAsOpaquePointer());
  for (int64_t axis : order)
    key.push_back(reinterpret_cast<const void *>(axis));
  return key;
}

StringRef StoredParts::getBase() const {
  if (globals.empty())
    return {};
  ml_program::GlobalOp codes = globals.front();
  return getBaseOfCodes(codes.getSymName()).value_or(codes.getSymName());
}

/// Whether number `index` of scales in panels stands beside the columns of the
/// matrix. Of a matrix whose size is not known the last panel may be padding.
static bool isPadding(int64_t index, ArrayRef<int64_t> shape, PanelsAttr panels,
                      RankedTensorType matrix) {
  int64_t columns = panels.getColumns(), size = shape[1] * columns;
  int64_t width = matrix.getDimSize(1 - panels.getReduction());
  int64_t panel = index / size;
  if (ShapedType::isDynamic(width))
    return panel == shape[0] - 1;
  return panel * columns + index % columns >= width;
}

LogicalResult lowbit::verifyNumbers(AssembleOp op, PartKind part,
                                    ArrayRef<int64_t> shape,
                                    std::span<const std::byte> bytes,
                                    StringRef stored) {
  RankedTensorType type = op.getResult().getType();
  std::optional<numerics::ScaleType> numbers =
      numerics::numberType(part, op.getEncoding().getFormat(type.getRank()));
  if (!numbers)
    return success();
  std::function<bool(int64_t)> padding;
  if (auto panels = dyn_cast<PanelsAttr>(op.getEncoding().getLayout()))
    padding = [&, panels](int64_t index) {
      return isPadding(index, shape, panels, type);
    };
  std::optional<numerics::BadNumber> bad =
      numerics::findBadNumber(part, asBytes(bytes), *numbers, padding);
  if (!bad)
    return success();
  InFlightDiagnostic error = op.emitError();
  if (stored.empty())
    error << "the constant for part '" << StringRef(partKindName(part)) << "'";
  else
    error << stored;
  error << " holds " << bad->describe() << " at "
        << getPlaceText(bad->index, shape);
  if (bad->value == 0)
    error << ", and no scale is 0: a block of zeros has the scale 1 and the "
             "codes of 0; store that, or quantize the weight again";
  else
    error << ", and all numbers of this part are finite; quantize the weight "
             "again";
  return error;
}

/// Whether the parts of the stored tensor `base`, with its axes in the order of
/// `order`, are those of a tensor of `type` too, some of whose axes are joined.
static bool isJoined(RankedTensorType type, const weights::WeightsFile &file,
                     StringRef base, ArrayRef<int64_t> order) {
  auto stored = readStoredForm(file, base, type.getContext());
  if (!stored) {
    llvm::consumeError(stored.takeError());
    return false;
  }
  auto from = RankedTensorType::get(stored->first, type.getElementType(),
                                    stored->second);
  std::string reason;
  if (!order.empty()) {
    auto permuted = permuteEncodedAxes(from, order, reason);
    if (failed(permuted))
      return false;
    from = *permuted;
  }
  if (from.getRank() <= type.getRank())
    return false;
  auto groups = getReassociationIndicesForReshape(from, type);
  return groups && joinEncodedAxes(from, *groups, reason) == type;
}

LogicalResult StoredParts::verify(AssembleOp op,
                                  const ExternalWeights &stored) const {
  if (globals.empty()) {
    for (auto [kind, constant, bytes] :
         llvm::zip(kinds, constants, inlineParts))
      if (failed(verifyNumbers(
              op, kind, cast<ElementsAttr>(constant).getShapedType().getShape(),
              bytes.bytes())))
        return failure();
    return success();
  }
  SmallVector<const weights::TensorView *> views;
  for (ml_program::GlobalOp global : globals) {
    FailureOr<const weights::TensorView *> view = stored.find(global);
    if (failed(view))
      return failure();
    views.push_back(*view);
  }
  std::string expected;
  llvm::raw_string_ostream(expected) << Attribute(op.getEncoding());
  StoredEncoding found =
      getStoredEncoding(stored.getFile()->metadata(), getBase());
  if (!found.encoding.empty() && found.encoding != expected &&
      !isJoined(op.getResult().getType(), *stored.getFile(), getBase(), order))
    return op.emitError() << stored.getFile()->path() << ": stores '"
                          << getBase() << "' as " << found.encoding
                          << ", but the module expects " << expected;
  for (auto [kind, view] : llvm::zip(kinds, views))
    if (failed(verifyNumbers(op, kind, view->shape, view->bytes(),
                             stored.getFile()->path() + ": tensor '" +
                                 view->name + "'")))
      return failure();
  return success();
}

/// Bytes of a tensor of `shape` with its axes in the order of `order`.
static std::vector<uint8_t> moveBytes(std::span<const uint8_t> bytes,
                                      ArrayRef<int64_t> shape,
                                      ArrayRef<int64_t> order) {
  SmallVector<int64_t> sizes = applyPermutation(shape, order);
  SmallVector<int64_t> strides = applyPermutation(computeStrides(shape), order);
  SmallVector<int64_t> place(order.size(), 0);
  std::vector<uint8_t> moved(bytes.size());
  int64_t from = 0;
  for (uint8_t &byte : moved) {
    byte = bytes[from];
    for (size_t axis = order.size(); axis-- > 0;) {
      from += strides[axis];
      if (++place[axis] < sizes[axis])
        break;
      from -= sizes[axis] * strides[axis];
      place[axis] = 0;
    }
  }
  return moved;
}

numerics::PartsView StoredParts::view(const ExternalWeights &stored) const {
  SmallVector<std::span<const uint8_t>, 3> bytes;
  for (ml_program::GlobalOp global : globals)
    bytes.push_back(
        asBytes(stored.getFile()->find(global.getSymName())->bytes()));
  for (const ConstantBytes &constant : inlineParts)
    bytes.push_back(asBytes(constant.bytes()));
  if (!order.empty()) {
    movedCodes = moveBytes(bytes.front(), codesShape, order);
    bytes.front() = movedCodes;
  }
  numerics::PartsView view;
  for (auto [kind, part] : llvm::zip(kinds, bytes))
    view[kind] = part;
  return view;
}

void StoredParts::release(const ExternalWeights &stored) const {
  for (ml_program::GlobalOp global : globals) {
    const weights::TensorView *view =
        stored.getFile()->find(global.getSymName());
    stored.release(*view, 0, view->size);
  }
}

SmallVector<std::string> lowbit::getPartNames(StringRef base,
                                              EncodingAttr encoding) {
  SmallVector<std::string> names;
  for (PartKind kind : encoding.getPartKinds())
    names.push_back(getPartName(base, kind));
  return names;
}

Operation *lowbit::createPartGlobals(OpBuilder &builder, Location loc,
                                     StringRef base, RankedTensorType type) {
  EncodingAttr encoding = getEncoding(type);
  Operation *last = nullptr;
  for (auto [name, part] : llvm::zip(getPartNames(base, encoding),
                                     encoding.getPartTypes(type.getShape())))
    last = ml_program::GlobalOp::create(
        builder, loc, name, part, /*is_mutable=*/false,
        ml_program::ExternAttr::get(builder.getContext(), part),
        builder.getStringAttr("public"));
  return last;
}

Value lowbit::createAssemble(OpBuilder &builder, Location loc, StringRef base,
                             RankedTensorType type,
                             ArrayRef<DenseElementsAttr> constants) {
  EncodingAttr encoding = getEncoding(type);
  SmallVector<Value> parts;
  for (DenseElementsAttr constant : constants)
    parts.push_back(arith::ConstantOp::create(builder, loc, constant));
  if (constants.empty())
    for (auto [name, part] : llvm::zip(getPartNames(base, encoding),
                                       encoding.getPartTypes(type.getShape())))
      parts.push_back(ml_program::GlobalLoadConstOp::create(
          builder, loc, part,
          FlatSymbolRefAttr::get(builder.getContext(), name)));
  return AssembleOp::create(builder, loc, type, parts, /*sizes=*/ValueRange());
}
