//===- AttentionLaunch.cpp - What host and attention kernels agree on -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionLaunch.h"

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace mlir;

DictionaryAttr AttentionLaunch::toAttribute(MLIRContext *context) const {
  NamedAttrList list;
  list.set("spec", spec.toAttribute(context));
  if (sequenceMajor)
    list.set("sequence_major", UnitAttr::get(context));
  return list.getDictionary(context);
}

std::optional<AttentionLaunch>
AttentionLaunch::fromAttribute(Attribute attribute, std::string &error) {
  auto dictionary = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!dictionary) {
    error = "it is no dictionary";
    return std::nullopt;
  }
  std::optional<AttentionSpec> spec =
      AttentionSpec::fromAttribute(dictionary.get("spec"), error);
  if (!spec)
    return std::nullopt;
  return AttentionLaunch{*spec, dictionary.contains("sequence_major")};
}

std::string AttentionLaunch::getName() const {
  return spec.getName() + (sequenceMajor ? "_sequence_major" : "") + "_launch";
}

static Type getElementType(OpBuilder &builder, const AttentionSpec &spec) {
  return spec.element == Half::F16 ? Type(builder.getF16Type())
                                   : Type(builder.getBF16Type());
}

static Type getMaskType(OpBuilder &builder, MaskType mask) {
  switch (mask) {
  case MaskType::F16:
    return builder.getF16Type();
  case MaskType::BF16:
    return builder.getBF16Type();
  case MaskType::F32:
    return builder.getF32Type();
  default:
    return builder.getI1Type();
  }
}

/// A buffer of any sizes and strides.
static Type getBuffer(int64_t rank, Type element) {
  constexpr int64_t any = ShapedType::kDynamic;
  SmallVector<int64_t> sizes(rank, any);
  auto layout =
      StridedLayoutAttr::get(element.getContext(), /*offset=*/any, sizes);
  return MemRefType::get(sizes, element, layout);
}

FunctionType AttentionLaunch::getType(OpBuilder &builder) const {
  Type element = getElementType(builder, spec), f32 = builder.getF32Type(),
       i32 = builder.getI32Type();
  SmallVector<Type> types(3, getBuffer(4, element));
  if (spec.mask != MaskType::None)
    types.push_back(getBuffer(4, getMaskType(builder, spec.mask)));
  if (spec.alibi)
    types.push_back(getBuffer(1, f32));
  if (spec.sequenceOffsets)
    types.append(2, getBuffer(1, i32));
  if (spec.keyLengths)
    types.push_back(getBuffer(1, i32));
  types.push_back(f32);
  if (spec.softCap)
    types.push_back(f32);
  if (spec.windowLeft)
    types.push_back(i32);
  if (spec.windowRight)
    types.push_back(i32);
  types.push_back(getBuffer(4, element));
  if (spec.logSumExp)
    types.push_back(getBuffer(3, f32));
  return builder.getFunctionType(types, {});
}

/// The mask type of the op, or a reason why there is none.
static std::optional<MaskType> getMask(AttentionOp op) {
  if (!op.getMask())
    return MaskType::None;
  Type type = op.getMask().getType().getElementType();
  if (type.isInteger(1))
    return MaskType::Boolean;
  if (type.isF16())
    return MaskType::F16;
  if (type.isBF16())
    return MaskType::BF16;
  if (type.isF32())
    return MaskType::F32;
  return std::nullopt;
}

/// Why no kernel computes what `op` says, whatever its sizes; "" if one does.
static std::string getMisfit(AttentionOp op) {
  for (Value value : {op.getQuery(), op.getKey(), op.getValue()})
    if (cast<RankedTensorType>(value.getType()).getEncoding())
      return "an operand is encoded";
  Type element = op.getQuery().getType().getElementType();
  if (!element.isF16() && !element.isBF16()) {
    std::string text;
    llvm::raw_string_ostream(text) << element;
    return "kernels compute on f16 or bf16, not on " + text;
  }
  for (Value value : {op.getKey(), op.getValue(), op.getResult()})
    if (cast<RankedTensorType>(value.getType()).getElementType() != element)
      return "query, key, value and result are not of one type";
  if (op.getPages())
    return "keys and values lie in pages";
  if (op.getPastKey())
    return "there are past keys and values";
  if (op.getLse() &&
      !cast<RankedTensorType>(op.getLse().getType()).getElementType().isF32())
    return "the log-sum-exp is not f32";
  if (op.getSlopes() && !cast<RankedTensorType>(op.getSlopes().getType())
                             .getElementType()
                             .isF32())
    return "ALiBi slopes are not f32";
  if (op.getSlopes() &&
      cast<RankedTensorType>(op.getSlopes().getType()).getRank() != 1)
    return "ALiBi slopes differ from batch to batch";
  if (op.getQueryOffsets() && !op.getKeyOffsets())
    return "queries have offsets, and keys have none";
  AttentionSizes sizes = op.getSizes();
  bool isSquare =
      !ShapedType::isDynamic(sizes.queries) && sizes.queries == sizes.keys;
  if (op.usesPositions() && op.getTopLeft() &&
      (!isSquare || op.getKvLengths() || op.getQueryOffsets()))
    return "the first query stands at the first key, and there are not as many "
           "of both";
  return "";
}

std::optional<AttentionLaunch> lowbit::nvvm::getLaunch(AttentionOp op,
                                                       const Target &target,
                                                       std::string &reason) {
  reason = getMisfit(op);
  if (!reason.empty())
    return std::nullopt;
  std::optional<MaskType> mask = getMask(op);
  if (!mask) {
    reason = "the mask is neither i1 nor f16, bf16 or f32";
    return std::nullopt;
  }
  AttentionSizes sizes = op.getSizes();
  AttentionLaunch launch;
  launch.sequenceMajor = op.hasJoinedHeads();
  AttentionSpec &spec = launch.spec;
  spec.target = target;
  spec.element =
      op.getQuery().getType().getElementType().isF16() ? Half::F16 : Half::BF16;
  spec.headSize = sizes.querySize;
  spec.valueSize = sizes.valueSize;
  spec.causal = op.getCausal();
  spec.windowLeft = op.getLeftWindow() >= 0;
  spec.windowRight = !spec.causal && op.getRightWindow() >= 0;
  spec.softCap = op.getSoftCap().has_value();
  spec.alibi = op.getSlopes() != nullptr;
  spec.mask = *mask;
  if (op.getMask()) {
    auto type = cast<RankedTensorType>(op.getMask().getType());
    spec.maskSharedByRows =
        type.getRank() < 2 || type.getDimSize(type.getRank() - 2) == 1;
  }
  spec.logSumExp = op.getLse() != nullptr;
  spec.grouped = sizes.queryHeads != sizes.keyHeads;
  spec.sequenceOffsets = op.getQueryOffsets() != nullptr;
  spec.keyLengths = op.getKvLengths() != nullptr && !spec.sequenceOffsets;
  // Buffers on the device begin at multiples of more.
  while (spec.alignment > 4 && (sizes.querySize * 2 % spec.alignment ||
                                sizes.valueSize * 2 % spec.alignment))
    spec.alignment /= 2;
  reason = spec.getMisfit();
  if (!reason.empty())
    return std::nullopt;
  llvm::Expected<AttentionPlan> plan = AttentionPlan::get(spec);
  if (!plan) {
    reason = llvm::toString(plan.takeError());
    return std::nullopt;
  }
  return launch;
}
