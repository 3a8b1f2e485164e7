//===- LowbitToNVVM.cpp - Attention becomes launches of NVVM kernels ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches lowbit.attention. Makes lowbit.call_kernel of a function of the host
// that launches a kernel; ops of one form share it. Where few queries have
// kernels of their own and their number is found at run time, an scf.if chooses
// between two such calls. Encoded keys and values are
// handed over as codes and scales, past ones joined with the new ones. With the
// option `element`, f32 attention is computed in f16 or bf16: query, key and
// value are rounded before, and the result is extended. Leaves attention that
// has no kernel as it is, with a remark that says why, if `fallback` allows it;
// else that is an error.
//
//===----------------------------------------------------------------------===//

#include "AttentionLaunch.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/AttentionCounts.h"
#include "lowbit/Dialect/Lowbit/Transforms/CheckAttention.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

namespace lowbit {
#define GEN_PASS_DEF_CONVERTLOWBITTONVVM
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace mlir;

namespace {

struct ConvertLowbitToNVVM final
    : lowbit::impl::ConvertLowbitToNVVMBase<ConvertLowbitToNVVM> {
  using Base::Base;

  void runOnOperation() override;

private:
  /// Calls the launch that goes with the number of queries.
  ValueRange call(ImplicitLocOpBuilder &b, AttentionOp op,
                  const AttentionLaunches &launches, ValueRange inputs,
                  ValueRange outputs, SymbolTable &symbols);
  LogicalResult convert(AttentionOp op, const Target &target, FloatType element,
                        SymbolTable &symbols, RemarksByReason &remarks);
  std::string getLaunchFunction(const AttentionLaunch &launch,
                                SymbolTable &symbols);
};

/// Brings the operands of an op into the form of a launch, and its results
/// back.
class OperandBuilder {
public:
  OperandBuilder(AttentionOp op, const AttentionLaunch &launch)
      : b(op.getLoc(), op), op(op), launch(launch), spec(launch.spec) {}

  SmallVector<Value> getInputs();
  SmallVector<Value> getOutputs();
  /// The result of the op from what the launch has written.
  Value getResult(Value written);
  /// Past keys or values, and the new ones behind them.
  Value getPresent(Value past, Value value);

  ImplicitLocOpBuilder b;

private:
  Type getElement() {
    return spec.element == Half::F16 ? Type(b.getF16Type())
                                     : Type(b.getBF16Type());
  }
  /// Rank 4, of codes too, in the order of the launch; rounded if need be.
  Value splitHeads(Value value, int64_t heads);
  Value round(Value value);
  /// Adds axes of size 1, where `isThere` says that none is, by axis of the
  /// result.
  Value insertAxes(Value value, ArrayRef<bool> isThere);
  Value getMask();
  /// How many there are, i32.
  Value getPastKeys();
  /// Scales by batch, head and row, as heads and rows are ordered.
  Value getScales(Value scales, EncodingAttr encoding, int64_t rank);
  /// Keys or values: elements, or codes and scales, null if there are none.
  std::pair<Value, Value> getParts(Value value);
  /// The same with the past ones, null if there are none, in front.
  std::pair<Value, Value> getParts(Value past, Value value);
  Value constant(double value) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  Value constant(int64_t value) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
  }
  /// Heads are joined in the op, and are an axis in front of rows in the
  /// launch.
  bool movesHeads() { return op.hasJoinedHeads() && !launch.sequenceMajor; }

  AttentionOp op;
  const AttentionLaunch &launch;
  const AttentionSpec &spec;
};

} // namespace

Value OperandBuilder::splitHeads(Value value, int64_t heads) {
  if (cast<RankedTensorType>(value.getType()).getRank() != 3)
    return value;
  Value split = lowbit::splitHeads(b, value, heads);
  return movesHeads() ? swapHeadsAndRows(b, split) : split;
}

Value OperandBuilder::round(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (!type.getElementType().isF32())
    return value;
  return arith::TruncFOp::create(b, type.clone(getElement()), value);
}

Value OperandBuilder::getResult(Value written) {
  Type type = op.getResult().getType();
  if (movesHeads())
    written = swapHeadsAndRows(b, written);
  if (op.hasJoinedHeads())
    written = tensor::CollapseShapeOp::create(
        b, written, ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}});
  auto known = cast<RankedTensorType>(written.getType());
  if (Type element = getElementTypeOrSelf(type);
      element != known.getElementType())
    written = arith::ExtFOp::create(b, known.clone(element), written);
  return written;
}

/// Of rank 4: sizes of 1 in front.
Value OperandBuilder::insertAxes(Value value, ArrayRef<bool> isThere) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rank = isThere.size();
  if (type.getRank() == rank)
    return value;
  SmallVector<OpFoldResult> known = tensor::getMixedSizes(b, b.getLoc(), value);
  SmallVector<int64_t> shape;
  SmallVector<OpFoldResult> sizes;
  SmallVector<ReassociationIndices> groups;
  ReassociationIndices group;
  size_t next = 0;
  for (int64_t axis = 0; axis < rank; ++axis) {
    group.push_back(axis);
    shape.push_back(isThere[axis] ? type.getDimSize(next) : 1);
    sizes.push_back(isThere[axis] ? known[next] : b.getIndexAttr(1));
    if (isThere[axis]) {
      groups.push_back(std::exchange(group, {}));
      ++next;
    }
  }
  // Those behind the last one that there is belong to it.
  if (!groups.empty())
    llvm::append_range(groups.back(), group);
  return tensor::ExpandShapeOp::create(b, type.clone(shape), value, groups,
                                       sizes);
}

Value OperandBuilder::getMask() {
  int64_t rank = op.getMask().getType().getRank();
  SmallVector<bool> isThere(4 - rank, false);
  isThere.append(rank, true);
  return insertAxes(padMask(b, op), isThere);
}

Value OperandBuilder::getPastKeys() {
  if (!op.getPastKey())
    return constant(int64_t(0));
  OpFoldResult count = tensor::getMixedSize(b, b.getLoc(), op.getPastKey(), 2);
  return arith::IndexCastOp::create(
      b, b.getI32Type(), getValueOrCreateConstantIndexOp(b, b.getLoc(), count));
}

Value OperandBuilder::getScales(Value scales, EncodingAttr encoding,
                                int64_t rank) {
  SmallVector<int64_t> block = encoding.getScale().getBlockShape(rank);
  SmallVector<bool> isThere;
  for (int64_t size : ArrayRef(block).take_front(3))
    isThere.push_back(size != 0);
  if (rank == 4 && block.back() != 0) {
    // One block that is the whole head.
    auto type = cast<RankedTensorType>(scales.getType());
    SmallVector<ReassociationIndices> groups;
    for (int64_t axis = 0; axis + 1 < type.getRank(); ++axis)
      groups.push_back({axis});
    if (!groups.empty())
      groups.back().push_back(type.getRank() - 1);
    scales = tensor::CollapseShapeOp::create(
        b, type.clone(type.getShape().drop_back()), scales, groups);
  }
  return insertAxes(scales, isThere);
}

std::pair<Value, Value> OperandBuilder::getParts(Value value) {
  int64_t heads = op.getSizes().keyHeads;
  EncodingAttr encoding = getEncoding(value.getType());
  if (!encoding)
    return {splitHeads(value, heads), Value()};
  ValueRange parts = DisassembleOp::create(b, value).getParts();
  Value codes = splitHeads(parts[0], heads);
  if (!encoding.getScale().isStored())
    return {codes, Value()};
  int64_t rank = cast<RankedTensorType>(value.getType()).getRank();
  Value scales = getScales(parts[1], encoding, rank);
  if (rank == 3 && movesHeads())
    scales = swapHeadsAndRows(b, scales);
  return {codes, scales};
}

std::pair<Value, Value> OperandBuilder::getParts(Value past, Value value) {
  auto [elements, scales] = getParts(value);
  if (past) {
    auto [pastElements, pastScales] = getParts(past);
    elements = appendRows(b, pastElements, elements);
    if (scales)
      scales = appendRows(b, pastScales, scales);
  }
  return {round(elements), scales};
}

Value OperandBuilder::getPresent(Value past, Value value) {
  auto decode = [&](Value part) -> Value {
    auto type = cast<RankedTensorType>(part.getType());
    if (getEncoding(type))
      part = DecodeOp::create(
          b, RankedTensorType::get(type.getShape(), type.getElementType()),
          part);
    return splitHeads(part, op.getSizes().keyHeads);
  };
  return appendRows(b, decode(past), decode(value));
}

SmallVector<Value> OperandBuilder::getInputs() {
  AttentionSizes sizes = op.getSizes();
  auto [key, keyScales] = getParts(op.getPastKey(), op.getKey());
  auto [value, valueScales] = getParts(op.getPastValue(), op.getValue());
  SmallVector<Value> inputs = {
      round(splitHeads(op.getQuery(), sizes.queryHeads)), key, value};
  for (Value scales : {keyScales, valueScales})
    if (scales)
      inputs.push_back(scales);
  if (op.getMask())
    inputs.push_back(getMask());
  if (spec.alibi)
    inputs.push_back(op.getSlopes());
  if (spec.sequenceOffsets) {
    inputs.push_back(clampOffsets(b, op.getQueryOffsets()));
    inputs.push_back(clampOffsets(b, op.getKeyOffsets()));
  }
  if (spec.keyLengths)
    inputs.push_back(clampLengths(b, op.getKvLengths()));
  if (spec.paged)
    inputs.push_back(clampOffsets(b, op.getPages()));
  inputs.push_back(constant(op.getScale().convertToDouble()));
  if (spec.softCap)
    inputs.push_back(constant(op.getSoftCap()->convertToDouble()));
  if (spec.topLeft)
    inputs.push_back(getPastKeys());
  if (spec.windowLeft)
    inputs.push_back(constant(op.getLeftWindow()));
  if (spec.windowRight)
    inputs.push_back(constant(op.getRightWindow()));
  return inputs;
}

SmallVector<Value> OperandBuilder::getOutputs() {
  AttentionSizes sizes = op.getSizes();
  Value query = splitHeads(op.getQuery(), sizes.queryHeads);
  SmallVector<OpFoldResult> shape = tensor::getMixedSizes(b, b.getLoc(), query);
  SmallVector<OpFoldResult> rows(shape);
  shape[3] = b.getIndexAttr(sizes.valueSize);
  SmallVector<Value> outputs = {
      tensor::EmptyOp::create(b, shape, getElement())};
  if (op.getLse()) {
    rows.pop_back();
    if (launch.sequenceMajor)
      std::swap(rows[1], rows[2]);
    outputs.push_back(tensor::EmptyOp::create(b, rows, b.getF32Type()));
  }
  return outputs;
}

/// The function of `launch`, which other ops may share.
std::string
ConvertLowbitToNVVM::getLaunchFunction(const AttentionLaunch &launch,
                                       SymbolTable &symbols) {
  std::string name = launch.getName();
  Attribute attribute = launch.toAttribute(&getContext());
  for (unsigned number = 1; Operation *found = symbols.lookup(name); ++number) {
    if (found->getAttr(AttentionLaunch::attrName) == attribute)
      return name;
    name = launch.getName() + "_" + std::to_string(number);
  }
  OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
  auto function = func::FuncOp::create(builder, builder.getUnknownLoc(), name,
                                       launch.getType(builder));
  function.setPrivate();
  function->setAttr(AttentionLaunch::attrName, attribute);
  symbols.insert(function);
  return name;
}

ValueRange ConvertLowbitToNVVM::call(ImplicitLocOpBuilder &b, AttentionOp op,
                                     const AttentionLaunches &launches,
                                     ValueRange inputs, ValueRange outputs,
                                     SymbolTable &symbols) {
  auto build = [&](const AttentionLaunch &launch) -> ValueRange {
    return CallKernelOp::create(b, TypeRange(outputs),
                                getLaunchFunction(launch, symbols), inputs,
                                outputs)
        .getResults();
  };
  if (!launches.ofFew)
    return build(launches.any);
  Value queries =
      tensor::DimOp::create(b, op.getQuery(), op.hasJoinedHeads() ? 1 : 2);
  Value isFew =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ule, queries,
                            arith::ConstantIndexOp::create(b, fewQueries));
  auto choice = scf::IfOp::create(b, TypeRange(outputs), isFew,
                                  /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(b, build(*launches.ofFew));
  b.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(b, build(launches.any));
  return choice.getResults();
}

LogicalResult ConvertLowbitToNVVM::convert(AttentionOp op, const Target &target,
                                           FloatType element,
                                           SymbolTable &symbols,
                                           RemarksByReason &remarks) {
  std::string reason;
  std::optional<AttentionLaunches> launches =
      getLaunches(op, target, element, reason);
  if (!launches) {
    if (!fallback)
      return op.emitError("no NVVM kernel: ")
             << reason
             << "; the option 'fallback' (quant-run: --device-fallback) "
                "computes it on the CPU";
    remarks.add(op, reason);
    return success();
  }
  OperandBuilder operands(op, launches->any);
  checkAttention(operands.b, op);
  SmallVector<Value> inputs = operands.getInputs();
  SmallVector<Value> outputs = operands.getOutputs();
  ValueRange results =
      call(operands.b, op, *launches, inputs, outputs, symbols);
  auto replace = [&](TypedValue<RankedTensorType> old, Value value) {
    if (value.getType() != old.getType())
      value = tensor::CastOp::create(operands.b, old.getType(), value);
    old.replaceAllUsesWith(value);
  };
  if (op.getPresentKey()) {
    replace(op.getPresentKey(),
            operands.getPresent(op.getPastKey(), op.getKey()));
    replace(op.getPresentValue(),
            operands.getPresent(op.getPastValue(), op.getValue()));
  }
  replace(op.getResult(), operands.getResult(results[0]));
  if (op.getLse())
    replace(op.getLse(), results[1]);
  op.erase();
  return success();
}

void ConvertLowbitToNVVM::runOnOperation() {
  ModuleOp module = getOperation();
  std::optional<Target> target = Target::get(chip);
  if (!target) {
    module.emitError(Target::getUnknownText(chip));
    return signalPassFailure();
  }
  FloatType type;
  if (element == "f16")
    type = Float16Type::get(&getContext());
  else if (element == "bf16")
    type = BFloat16Type::get(&getContext());
  else if (!element.empty()) {
    module.emitError("option 'element' is '")
        << element << "'; kernels compute on f16 or bf16";
    return signalPassFailure();
  }
  SmallVector<AttentionOp> ops;
  module.walk([&](AttentionOp op) { ops.push_back(op); });
  // A model whose attention was not found would leave the device idle.
  bool hasKernels = module
                        .walk([](Operation *op) {
                          return isa<CallKernelOp, gpu::GPUModuleOp>(op)
                                     ? WalkResult::interrupt()
                                     : WalkResult::advance();
                        })
                        .wasInterrupted();
  if (ops.empty() && !hasKernels && !fallback) {
    module.emitError(
        "has no lowbit.attention, so that nothing runs on the device; "
        "lowbit-raise-attention finds attention in linalg, and its remarks say "
        "what differs; the option 'fallback' (quant-run: --device-fallback) "
        "computes all on the CPU");
    return signalPassFailure();
  }
  SymbolTable symbols(module);
  RemarksByReason remarks;
  for (AttentionOp op : ops)
    if (failed(convert(op, *target, type, symbols, remarks)))
      return signalPassFailure();
  remarks.emit("no NVVM kernel");
}
