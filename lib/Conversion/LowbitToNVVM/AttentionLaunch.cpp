//===- AttentionLaunch.cpp - What host and attention kernels agree on -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionLaunch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <limits>

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
  for (NamedAttribute entry : dictionary)
    if (entry.getName() != "spec" && entry.getName() != "sequence_major") {
      error = ("there is no part '" + entry.getName().getValue() + "'").str();
      return std::nullopt;
    }
  std::optional<AttentionSpec> spec =
      AttentionSpec::fromAttribute(dictionary.get("spec"), error);
  if (!spec)
    return std::nullopt;
  if (spec->paged && !spec->keyLengths) {
    error = "'paged' is without 'key_lengths'";
    return std::nullopt;
  }
  return AttentionLaunch{*spec, dictionary.contains("sequence_major")};
}

std::string AttentionLaunch::getName() const {
  return spec.getName() + (sequenceMajor ? "_sequence_major" : "") + "_launch";
}

static Type getElementType(OpBuilder &builder, const AttentionSpec &spec) {
  return spec.element == Half::F16 ? Type(builder.getF16Type())
                                   : Type(builder.getBF16Type());
}

static Type getScaleType(OpBuilder &builder, ScaleType scale) {
  switch (scale) {
  case ScaleType::F16:
    return builder.getF16Type();
  case ScaleType::BF16:
    return builder.getBF16Type();
  default:
    return builder.getF32Type();
  }
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
  SmallVector<Type> types = {getBuffer(4, element)};
  for (const MatrixStorage &storage : {spec.key, spec.value})
    types.push_back(
        getBuffer(4, storage.codes ? builder.getI8Type() : element));
  for (const MatrixStorage &storage : {spec.key, spec.value})
    if (storage.hasScales())
      types.push_back(getBuffer(3, getScaleType(builder, storage.scale)));
  if (spec.mask != MaskType::None)
    types.push_back(getBuffer(4, getMaskType(builder, spec.mask)));
  if (spec.alibi)
    types.push_back(getBuffer(1, f32));
  if (spec.sequenceOffsets)
    types.append(2, getBuffer(1, i32));
  if (spec.keyLengths)
    types.push_back(getBuffer(1, i32));
  if (spec.paged)
    types.push_back(getBuffer(2, i32));
  types.push_back(f32);
  if (spec.softCap)
    types.push_back(f32);
  if (spec.topLeft)
    types.push_back(i32);
  if (spec.windowLeft)
    types.push_back(i32);
  if (spec.windowRight)
    types.push_back(i32);
  types.push_back(getBuffer(4, element));
  if (spec.logSumExp)
    types.push_back(getBuffer(3, f32));
  return builder.getFunctionType(types, {});
}

static MaskType getMask(AttentionOp op) {
  if (!op.getMask())
    return MaskType::None;
  Type type = op.getMask().getType().getElementType();
  if (type.isInteger(1))
    return MaskType::Boolean;
  if (type.isF16())
    return MaskType::F16;
  if (type.isBF16())
    return MaskType::BF16;
  return MaskType::F32;
}

/// Why no kernel computes on `type`; "" if one does, or on what `element`, null
/// for nothing, makes of it.
static std::string getMisfit(Type type, FloatType element) {
  if (type.isF16() || type.isBF16() || (element && type.isF32()))
    return "";
  std::string text;
  llvm::raw_string_ostream(text) << type;
  std::string advice;
  if (type.isF32())
    advice = " (the option 'element', quant-run: --attention-element, rounds "
             "to one of these)";
  return "kernels compute on f16 or bf16, not on " + text + advice;
}

/// Why no kernel computes what `op` says, whatever its sizes; "" if one does.
static std::string getMisfit(AttentionOp op) {
  if (getEncoding(op.getQuery().getType()))
    return "queries are encoded; kernels decode keys and values";
  if (op.getMask() && getEncoding(op.getMask().getType()))
    return "the mask is encoded; kernels decode keys and values";
  if (op.getQueryOffsets() && !op.getKeyOffsets())
    return "queries have offsets, and keys have none";
  // It multiplies after the maximum was taken, and denormals are zeros there.
  if (double scale = op.getScale().convertToDouble();
      static_cast<float>(scale) < std::numeric_limits<float>::min()) {
    std::string text = "kernels scale by a normal f32 above 0, not by ";
    llvm::raw_string_ostream(text) << llvm::format("%g", scale);
    return text;
  }
  // Kernels divide by the cap before tanh: denormals are zeros there as well.
  if (op.getSoftCap()) {
    constexpr float least = std::numeric_limits<float>::min();
    float cap = op.getSoftCap()->convertToDouble();
    float ratio = op.getScale().convertToDouble() / cap;
    if (cap < least || cap > 0x1p100f || ratio < least || std::isinf(ratio)) {
      std::string text = "kernels have soft caps of 2^-126 to 2^100 that the "
                         "scale can be divided by, not ";
      llvm::raw_string_ostream(text) << llvm::format("%g", cap);
      return text;
    }
  }
  return "";
}

/// Whether the first query stands elsewhere than where the last one stands at
/// the last key.
static bool isTopLeft(AttentionOp op) {
  if (!op.usesPositions() || !op.getTopLeft())
    return false;
  AttentionSizes sizes = op.getSizes();
  bool isSquare =
      !ShapedType::isDynamic(sizes.queries) && sizes.queries == sizes.keys;
  return !isSquare || op.getKvLengths() || op.getQueryOffsets();
}

static std::optional<Codes> getCodes(CodecAttrInterface codec) {
  if (auto affine = dyn_cast<AffineAttr>(codec);
      affine && affine.getIsSigned()) {
    if (affine.getBits() == 8)
      return Codes::I8;
    if (affine.getBits() == 4)
      return Codes::I4;
  }
  if (auto small = dyn_cast<FloatCodecAttr>(codec)) {
    if (small.getKind() == FloatKind::F8E4M3FN)
      return Codes::F8E4M3FN;
    if (small.getKind() == FloatKind::F8E5M2)
      return Codes::F8E5M2;
  }
  return std::nullopt;
}

static std::optional<ScaleType> getScale(ScaleAttr scale) {
  if (!scale.isStored())
    return ScaleType::None;
  if (scale.getType().isF32())
    return ScaleType::F32;
  if (scale.getType().isF16())
    return ScaleType::F16;
  if (scale.getType().isBF16())
    return ScaleType::BF16;
  return std::nullopt;
}

/// (C191) Whether all elements of a row of a head, or of more rows, of a tensor
/// of this rank share a scale.
static bool hasScalesOfRows(ScaleAttr scale, int64_t rank, int64_t headSize) {
  SmallVector<int64_t> block = scale.getBlockShape(rank);
  for (int64_t size : ArrayRef(block).drop_back())
    if (size > 1)
      return false;
  // Heads that lie side by side have a block each.
  int64_t last = block.back();
  return last == 0 || (rank == 4 ? last >= headSize : last == headSize);
}

/// (C191) How keys or values of `type` are stored; the reason, if no kernel
/// reads them so, for `what` they are.
static std::optional<MatrixStorage> getStorage(StringRef what,
                                               RankedTensorType type,
                                               int64_t headSize,
                                               std::string &reason) {
  MatrixStorage storage;
  EncodingAttr encoding = getEncoding(type);
  if (!encoding)
    return storage;
  auto fail = [&](StringRef text) {
    reason = (what + " " + text).str();
    return std::nullopt;
  };
  ScaleAttr scale = encoding.getScale();
  storage.codes = getCodes(encoding.getCodec());
  if (!storage.codes)
    return fail("have codes other than i8, i4, f8E4M3FN and f8E5M2");
  if (!isa<DenseAttr>(encoding.getSparsity()))
    return fail("are sparse");
  auto rows = dyn_cast<RowsAttr>(encoding.getLayout());
  if (!rows || !rows.isPlain())
    return fail("are not in plain rows");
  if (scale.hasZeroPoint() || scale.hasOffset())
    return fail("have zero points or offsets");
  std::optional<ScaleType> scaleType = getScale(scale);
  if (!scaleType || scale.isNested())
    return fail("have scales that are nested, or other than f32, f16 and bf16");
  storage.scale = *scaleType;
  if (storage.hasScales() && !hasScalesOfRows(scale, type.getRank(), headSize))
    return fail(
        "have scales for other blocks than rows of a head, or all rows");
  return storage;
}

/// Whether every row of every head has a scale of its own.
static bool hasScaleOfEachRow(RankedTensorType type) {
  ScaleAttr scale = getEncoding(type).getScale();
  SmallVector<int64_t> block = scale.getBlockShape(type.getRank());
  // Heads that lie side by side have a block each, or share one (C191).
  if (type.getRank() == 3 && block.back() == 0)
    return false;
  return llvm::all_of(ArrayRef(block).drop_back(),
                      [](int64_t size) { return size == 1; });
}

/// Why the rows of `past`, stored as `storage` says, cannot be put in front of
/// those of `value`; "" if they can.
static std::string getPastMisfit(StringRef what, Value past, Value value,
                                 const MatrixStorage &storage,
                                 int64_t headSize) {
  std::string reason;
  auto type = cast<RankedTensorType>(past.getType());
  std::optional<MatrixStorage> stored =
      getStorage(("past " + what).str(), type, headSize, reason);
  if (!stored)
    return reason;
  if (stored->codes != storage.codes || stored->scale != storage.scale)
    return ("past " + what + " are not stored as new ones are").str();
  if (storage.hasScales() &&
      !(hasScaleOfEachRow(type) &&
        hasScaleOfEachRow(cast<RankedTensorType>(value.getType()))))
    return ("past " + what + " and new ones share scales between rows").str();
  return "";
}

/// Few queries leave most of a GPU idle: then heads that share keys are rows of
/// one block, and blocks share keys as far as there are enough of these.
static void spreadQueries(AttentionSpec &spec, const AttentionPlan &plan,
                          const AttentionSizes &sizes) {
  if (spec.sequenceOffsets)
    return;
  spec.packedHeads = spec.grouped;
  int64_t keys = sizes.getTotalKeys(), batch = sizes.batch;
  int64_t heads = spec.packedHeads ? sizes.keyHeads : sizes.queryHeads;
  spec.splitKeys =
      (ShapedType::isDynamic(keys) || keys >= 2 * plan.getLeastKeysOfSplit()) &&
      (ShapedType::isDynamic(batch) ||
       2 * batch * heads <= plan.getWantedBlocks(spec.target));
}

/// The launch for many queries.
static std::optional<AttentionLaunch> getLaunch(AttentionOp op,
                                                const Target &target,
                                                FloatType element,
                                                std::string &reason) {
  reason = getMisfit(op);
  Type type = op.getQuery().getType().getElementType();
  if (reason.empty())
    reason = getMisfit(type, element);
  if (!reason.empty())
    return std::nullopt;
  if (type.isF32())
    type = element;
  AttentionSizes sizes = op.getSizes();
  AttentionLaunch launch;
  // Past keys have axes of heads, so that new ones get them.
  launch.sequenceMajor = op.hasJoinedHeads() && !op.getPastKey();
  AttentionSpec &spec = launch.spec;
  spec.target = target;
  spec.element = type.isF16() ? Half::F16 : Half::BF16;
  spec.headSize = sizes.querySize;
  spec.valueSize = sizes.valueSize;
  spec.causal = op.getCausal();
  spec.topLeft = isTopLeft(op);
  spec.windowLeft = op.getLeftWindow() >= 0;
  spec.windowRight = !spec.causal && op.getRightWindow() >= 0;
  spec.softCap = op.getSoftCap().has_value();
  spec.alibi = op.getSlopes() != nullptr;
  spec.mask = getMask(op);
  if (op.getMask()) {
    auto type = cast<RankedTensorType>(op.getMask().getType());
    spec.maskSharedByRows =
        type.getRank() < 2 || type.getDimSize(type.getRank() - 2) == 1;
  }
  spec.logSumExp = op.getLse() != nullptr;
  spec.grouped = sizes.queryHeads != sizes.keyHeads;
  spec.sequenceOffsets = op.getQueryOffsets() != nullptr;
  spec.keyLengths = op.getKvLengths() != nullptr;
  spec.paged = op.getPages() != nullptr;
  auto store = [&](StringRef what, Value value, Value past, int64_t size,
                   MatrixStorage &storage) {
    std::optional<MatrixStorage> found =
        getStorage(what, cast<RankedTensorType>(value.getType()), size, reason);
    if (!found)
      return false;
    storage = *found;
    if (past)
      reason = getPastMisfit(what, past, value, storage, size);
    if (!reason.empty())
      return false;
    while (storage.codes && spec.codeAlignment > 4 &&
           size * storage.getBits() % (8 * spec.codeAlignment))
      spec.codeAlignment /= 2;
    return true;
  };
  if (!store("keys", op.getKey(), op.getPastKey(), sizes.querySize, spec.key) ||
      !store("values", op.getValue(), op.getPastValue(), sizes.valueSize,
             spec.value))
    return std::nullopt;
  // Buffers on the device begin at multiples of more.
  while (spec.alignment > 4 && (sizes.querySize * 2 % spec.alignment ||
                                sizes.valueSize * 2 % spec.alignment))
    spec.alignment /= 2;
  reason = spec.getMisfit();
  if (!reason.empty())
    return std::nullopt;
  return launch;
}

std::optional<AttentionLaunches>
lowbit::nvvm::getLaunches(AttentionOp op, const Target &target,
                          FloatType element, std::string &reason) {
  std::optional<AttentionLaunch> any = getLaunch(op, target, element, reason);
  if (!any)
    return std::nullopt;
  llvm::Expected<AttentionPlan> plan = AttentionPlan::get(any->spec);
  if (!plan) {
    reason = llvm::toString(plan.takeError());
    return std::nullopt;
  }
  AttentionLaunches launches{*any, std::nullopt};
  AttentionSizes sizes = op.getSizes();
  bool isOpen = ShapedType::isDynamic(sizes.queries);
  if (!isOpen && sizes.queries > fewQueries)
    return launches;
  AttentionLaunch ofFew = *any;
  spreadQueries(ofFew.spec, *plan, sizes);
  if (!ofFew.spec.packedHeads && !ofFew.spec.splitKeys)
    return launches;
  // It takes more registers, and may have no plan where the other has one.
  if (llvm::Expected<AttentionPlan> planOfFew = AttentionPlan::get(ofFew.spec);
      !planOfFew) {
    llvm::consumeError(planOfFew.takeError());
    return launches;
  }
  (isOpen ? launches.ofFew.emplace() : launches.any) = ofFew;
  return launches;
}
