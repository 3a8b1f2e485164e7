//===- Pack.cpp - Stored weights in the order of the kernels --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches `lowbit.assemble` of stored parts in rows whose result is the weight
// of a `linalg.matmul`, and stored weights of such that are not encoded. Makes
// stored parts in `#lowbit.panels` and another assemble for these uses, and a
// weights file that holds what the module then
// needs, or only the packed weights of that. Leaves gathers and other uses on
// the rows, and weights that panels cannot hold, with a remark unless only what
// is packed is asked for.
//
//===----------------------------------------------------------------------===//

#include "ConstantBytes.h"
#include "ExternalWeights.h"
#include "StoredParts.h"
#include "WeightsOutput.h"
#include "lowbit/Dialect/Lowbit/IR/Bf16Products.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/IntegerContraction.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/MapVector.h"

namespace lowbit {
#define GEN_PASS_DEF_PACKPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using ml_program::GlobalLoadConstOp;
using ml_program::GlobalOp;

namespace {
/// A use of a stored weight by a matmul. What it uses is assembled of parts, or
/// a tensor that is not encoded.
struct MatmulUse {
  OpOperand *operand;
  Operation *definition;
};

/// One stored weight in the panels of one reduction axis and kind of product.
struct PackedWeight {
  StoredParts rows;
  RankedTensorType type; // of the rows; of plain numbers, as if encoded
  int64_t reduction;     // the axis that all uses sum over
  int64_t step;          // reduction indices of a tile, for all uses
  SmallVector<MatmulUse> uses;

  EncodingAttr encoding; // in panels
  std::string base;
  SmallVector<DenseElementsAttr> inlineParts;

  AssembleOp getAssemble() const {
    return dyn_cast<AssembleOp>(uses.front().definition);
  }
  EncodingAttr getRowsEncoding() const { return lowbit::getEncoding(type); }
  RankedTensorType getPackedType() const {
    return RankedTensorType::get(type.getShape(), type.getElementType(),
                                 encoding);
  }
};

struct PackPass final : lowbit::impl::PackPassBase<PackPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  void collect(const SymbolTable &symbols);
  bool isMostlyPadding(const PackedWeight &weight) const;
  void chooseLayouts();
  void nameParts();
  FailureOr<numerics::Parts> pack(const PackedWeight &weight,
                                  const ExternalWeights &stored);
  int64_t getStep(EncodingAttr weight, EncodingAttr activation) const;
  LogicalResult addToOutput(PackedWeight &weight, const ExternalWeights &stored,
                            WeightsOutput &output);
  void replaceUses(PackedWeight &weight);

  std::vector<PackedWeight> packed;
  /// The stored tensors that are still needed as they are.
  SmallVector<GlobalOp> kept;
};
} // namespace

/// The encoding of numbers that are not encoded: they are their codes.
static EncodingAttr getPlainEncoding(MLIRContext *context) {
  ScaleFields none;
  none.type = NoneType::get(context);
  return EncodingAttr::get(context,
                           FloatCodecAttr::get(context, FloatKind::F32),
                           ScaleAttr::get(context, none),
                           DenseAttr::get(context), RowsAttr::get(context));
}

/// The axis of its second operand that `matmul` sums over.
static int64_t getWeightReduction(linalg::MatmulOp matmul) {
  AffineMap map = matmul.getMatchingIndexingMap(matmul.getDpsInputOperand(1));
  return map.getResult(0) == getAffineDimExpr(2, map.getContext()) ? 0 : 1;
}

/// Reduction indices of a tile for products of a weight and an activation,
/// which may be null.
int64_t PackPass::getStep(EncodingAttr weight, EncodingAttr activation) const {
  if (!activation)
    return 1;
  if (activation.getCodec().getCodec()->isAffine() &&
      IntegerContraction::hasIntegers(weight))
    return integerStep;
  // Dot products of bf16 numbers are of two.
  return isBf16(activation) && hasBf16Levels(weight) ? 2 : 1;
}

/// Gathers matmuls on stored weights, by weight, reduction axis and kind.
void PackPass::collect(const SymbolTable &symbols) {
  packed.clear();
  std::map<std::tuple<StoredParts::Key, const void *, int64_t, int64_t>, size_t>
      places;
  getOperation().walk([&](linalg::MatmulOp matmul) {
    OpOperand *weight = matmul.getDpsInputOperand(1);
    EncodingAttr activation =
        lowbit::getEncoding(matmul.getDpsInputOperand(0)->get().getType());
    auto type = cast<RankedTensorType>(weight->get().getType());
    std::optional<StoredParts> rows;
    if (auto assemble = weight->get().getDefiningOp<AssembleOp>()) {
      if (isa<RowsAttr>(assemble.getEncoding().getLayout()))
        rows = StoredParts::get(assemble, symbols);
    } else if (!activation || isBf16(activation)) {
      rows = StoredParts::getPlain(weight->get(), symbols);
      type = RankedTensorType::get(type.getShape(), type.getElementType(),
                                   getPlainEncoding(&getContext()));
    }
    if (!rows)
      return;
    int64_t reduction = getWeightReduction(matmul);
    int64_t step = getStep(lowbit::getEncoding(type), activation);
    auto [it, isNew] = places.insert(
        {{rows->getKey(), type.getAsOpaquePointer(), reduction, step},
         packed.size()});
    if (isNew)
      packed.push_back({*rows, type, reduction, step, {}, {}, {}, {}});
    packed[it->second].uses.push_back({weight, weight->get().getDefiningOp()});
  });
}

/// Whether panels hold far more columns than a weight that is not encoded has,
/// and that kernels read as it is.
bool PackPass::isMostlyPadding(const PackedWeight &weight) const {
  int64_t width = weight.type.getDimSize(1 - weight.reduction);
  return !weight.getAssemble() &&
         2 * llvm::alignTo(width, columns) > 3 * static_cast<uint64_t>(width);
}

/// Gives each weight its panels, and drops those that have none.
void PackPass::chooseLayouts() {
  RemarksByReason remarks;
  llvm::erase_if(packed, [&](PackedWeight &weight) {
    if (isMostlyPadding(weight))
      return true;
    EncodingAttr rows = weight.getRowsEncoding();
    auto panels =
        PanelsAttr::get(&getContext(), columns, weight.step, weight.reduction);
    if (std::string reason =
            getPanelsMisfit(panels, rows, weight.type.getRank());
        !reason.empty()) {
      remarks.add(weight.uses.front().operand->getOwner(), reason);
      return true;
    }
    weight.encoding = rows.withLayout(panels);
    return false;
  });
  // Else what follows is the lowering, which says why they have no kernel.
  if (!packedOnly)
    remarks.emit("weights stay in rows");
}

/// What a part may pass before it is assembled: see StoredParts.
static bool isView(Operation *op) {
  return isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp,
             linalg::TransposeOp>(op);
}

/// Packed parts take the names of the rows where these are not needed any more.
void PackPass::nameParts() {
  llvm::SmallPtrSet<OpOperand *, 16> moved;
  for (PackedWeight &weight : packed)
    for (MatmulUse &use : weight.uses)
      moved.insert(use.operand);
  // Rows stay if anything else uses an assemble of them, or a load of theirs.
  std::function<bool(Operation *)> staysInUse = [&](Operation *load) {
    return llvm::any_of(load->getUses(), [&](OpOperand &ofLoad) {
      if (moved.contains(&ofLoad))
        return false;
      if (isView(ofLoad.getOwner()))
        return staysInUse(ofLoad.getOwner());
      auto assemble = dyn_cast<AssembleOp>(ofLoad.getOwner());
      return !assemble ||
             llvm::any_of(assemble->getUses(), [&](OpOperand &use) {
               return !moved.contains(&use);
             });
    });
  };
  kept = findUsedWeights(getOperation(), staysInUse);

  StoredNames names(getOperation());
  for (const PackedWeight &weight : packed)
    for (GlobalOp global : weight.rows.globals)
      if (!llvm::is_contained(kept, global))
        names.free(global.getSymName());
  for (PackedWeight &weight : packed) {
    if (weight.rows.globals.empty())
      continue;
    weight.base = names.take(weight.rows.getBase(), [&](StringRef base) {
      return getPartNames(base, weight.encoding);
    });
  }
}

FailureOr<numerics::Parts> PackPass::pack(const PackedWeight &weight,
                                          const ExternalWeights &stored) {
  ArrayRef<int64_t> shape = weight.type.getShape();
  numerics::ThreadCount threadCount(threads);
  numerics::PartsView view = weight.rows.view(stored);
  numerics::Parts plain;
  if (EncodingAttr rows = weight.getRowsEncoding(); !isInPlainRows(rows)) {
    numerics::Result<numerics::Parts> unpacked =
        toPlainRows(view, shape, rows, threadCount);
    if (!unpacked)
      return weight.uses.front().definition->emitError()
             << "cannot be packed: " << unpacked.error().message;
    plain = *std::move(unpacked);
    view = plain;
  }
  numerics::Result<numerics::Parts> result =
      layOutParts(view, shape, weight.encoding, threadCount);
  if (!result)
    return weight.uses.front().definition->emitError()
           << "cannot be packed: " << result.error().message;
  return *std::move(result);
}

LogicalResult PackPass::addToOutput(PackedWeight &weight,
                                    const ExternalWeights &stored,
                                    WeightsOutput &output) {
  ArrayRef<int64_t> shape = weight.type.getShape();
  if (weight.rows.globals.empty()) {
    FailureOr<numerics::Parts> parts = pack(weight, stored);
    if (failed(parts))
      return failure();
    for (auto [type, kind] : llvm::zip(weight.encoding.getPartTypes(shape),
                                       weight.encoding.getPartKinds()))
      weight.inlineParts.push_back(getDenseConstant(
          type, std::as_bytes(std::span<const uint8_t>((*parts)[kind]))));
    return success();
  }
  StringRef rowsBase = weight.rows.getBase();
  addStoredEncoding(
      output.getMetadata(), weight.base, weight.encoding, shape,
      getStoredEncoding(stored.getFile()->metadata(), rowsBase).origin);
  if (!packedOnly)
    output.addOrigin(stored, rowsBase, weight.base);
  output.add(
      declareParts(weight.base, weight.encoding, shape),
      [this, &weight, &stored](StoredSink sink) -> LogicalResult {
        FailureOr<numerics::Parts> parts = pack(weight, stored);
        if (failed(parts))
          return failure();
        weight.rows.release(stored);
        for (auto [number, kind] :
             llvm::enumerate(weight.encoding.getPartKinds()))
          if (failed(sink(number, std::as_bytes(std::span((*parts)[kind])))))
            return failure();
        return success();
      });
  return success();
}

/// Assembles the packed parts in front of each definition of the rows, for the
/// matmuls that use that.
void PackPass::replaceUses(PackedWeight &weight) {
  if (!weight.rows.globals.empty()) {
    // A global of the rows with the same name goes away at the end.
    OpBuilder builder(weight.rows.globals.front());
    createPartGlobals(builder, weight.rows.globals.front().getLoc(),
                      weight.base, weight.getPackedType());
  }
  llvm::MapVector<Operation *, SmallVector<OpOperand *>> byDefinition;
  for (MatmulUse &use : weight.uses)
    byDefinition[use.definition].push_back(use.operand);
  for (auto &[rows, operands] : byDefinition) {
    OpBuilder builder(rows);
    Value assembled =
        createAssemble(builder, rows->getLoc(), weight.base,
                       weight.getPackedType(), weight.inlineParts);
    for (OpOperand *operand : operands)
      operand->set(assembled);
  }
}

void PackPass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  if (failed(PanelsAttr::verify([&] { return emitError(module.getLoc()); },
                                columns, integerStep, /*reduction=*/0)))
    return signalPassFailure();
  FailureOr<ExternalWeights> stored = ExternalWeights::open(module, weights);
  if (failed(stored))
    return signalPassFailure();
  collect(symbols);
  chooseLayouts();
  for (PackedWeight &weight : packed) {
    AssembleOp assemble = weight.getAssemble();
    LogicalResult isThere =
        assemble ? weight.rows.verify(assemble, *stored)
                 : LogicalResult(stored->find(weight.rows.globals.front()));
    if (failed(isThere))
      return signalPassFailure();
  }
  nameParts();

  // First the file: if that fails, the module is as it was.
  WeightsOutput output;
  std::set<std::string> keptNames;
  for (GlobalOp global : kept) {
    FailureOr<const weights::TensorView *> view = stored->find(global);
    if (failed(view))
      return signalPassFailure();
    if (packedOnly)
      continue;
    keptNames.insert((*view)->name);
    output.addCopy(*stored, **view);
    if (std::optional<StringRef> base = getBaseOfCodes((*view)->name))
      output.addOrigin(*stored, *base, *base);
  }
  if (stored->getFile())
    copyMetadata(stored->getFile()->metadata(), keptNames,
                 output.getMetadata());
  for (PackedWeight &weight : packed)
    if (failed(addToOutput(weight, *stored, output)))
      return signalPassFailure();
  if (failed(stored->verifyOutput(module, outputWeights)) ||
      failed(output.write(module, outputWeights, "pack")))
    return signalPassFailure();

  SmallVector<GlobalOp> rows = getExternalWeights(module);
  for (PackedWeight &weight : packed)
    replaceUses(weight);
  module.walk([](AssembleOp op) {
    if (isOpTriviallyDead(op))
      op.erase();
  });
  SmallVector<Operation *> reads;
  module.walk([&](Operation *op) {
    if (isa<GlobalLoadConstOp>(op) || isView(op))
      reads.push_back(op);
  });
  for (Operation *op : llvm::reverse(reads))
    if (isOpTriviallyDead(op))
      op->erase();
  for (GlobalOp global : rows)
    if (!llvm::is_contained(kept, global))
      global.erase();
}
