//===- MaterializeWeights.cpp - Encode weights at compile time ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches `lowbit.encode` of a weight (a load of an external global, or a
// constant) whose ranges are not given. Makes stored parts, `lowbit.assemble`
// of them in place of the encode, and a weights file with these parts and every
// other weight that is still used. Leaves encodes of activations, and encodes
// with given ranges, which it remarks on.
//
//===----------------------------------------------------------------------===//

#include "ConstantBytes.h"
#include "ExternalWeights.h"
#include "QuantizeStored.h"
#include "WeightsOutput.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"

namespace lowbit {
#define GEN_PASS_DEF_MATERIALIZEWEIGHTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using ml_program::GlobalLoadConstOp;
using ml_program::GlobalOp;

/// Encoded constants with fewer elements stay in the IR.
static constexpr int64_t kInlineElements = 256;

namespace {
/// One weight in one encoding; several encodes may ask for it.
struct EncodedWeight {
  GlobalOp global;       // the source, or null and
  ElementsAttr constant; // this
  RankedTensorType type;
  RangeKind range;
  SmallVector<EncodeOp> encodes;

  const weights::TensorView *view = nullptr;
  std::string base;
  /// The parts of a small constant, which get no place in the file.
  SmallVector<DenseElementsAttr> inlineParts;

  EncodingAttr getEncoding() const { return lowbit::getEncoding(type); }
  bool isInline() const {
    return constant && type.getNumElements() < kInlineElements;
  }
};

struct MaterializeWeightsPass final
    : lowbit::impl::MaterializeWeightsPassBase<MaterializeWeightsPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  void collect(const SymbolTable &symbols);
  LogicalResult findSources(const ExternalWeights &stored);
  void nameParts();
  SmallVector<GlobalOp> findOtherWeights();
  QuantizePlan getPlan(const EncodedWeight &weight);
  LogicalResult quantizeInline(EncodedWeight &weight);
  void addToOutput(EncodedWeight &weight, const ExternalWeights &stored,
                   WeightsOutput &output);
  void replaceEncodes(EncodedWeight &weight, Operation *&lastGlobal);

  std::vector<EncodedWeight> encoded;
};
} // namespace

/// Gathers the encodes of weights, equal ones together, in program order.
void MaterializeWeightsPass::collect(const SymbolTable &symbols) {
  encoded.clear();
  llvm::MapVector<std::tuple<const void *, Type, unsigned>, size_t> places;
  getOperation().walk([&](EncodeOp op) {
    // A cast to a wider type changes no value: the narrow ones are encoded.
    Value input = lookThroughWidening(op.getInput());
    GlobalOp global = getLoadedWeight(input, symbols);
    ElementsAttr constant;
    if (!global && !matchPattern(input, m_Constant(&constant)))
      return;
    if (!op.getRanges().empty()) {
      op.emitRemark() << "stays: its ranges are given at run time";
      return;
    }
    const void *source =
        global ? global.getOperation() : constant.getAsOpaquePointer();
    auto type = op.getResult().getType();
    RangeKind range = op.getEffectiveRange();
    auto [it, isNew] = places.insert(
        {{source, type, static_cast<unsigned>(range)}, encoded.size()});
    if (isNew)
      encoded.push_back({global, constant, type, range, {}, nullptr, {}, {}});
    encoded[it->second].encodes.push_back(op);
  });
}

/// Finds where each weight is stored, and checks that its format can store it,
/// before any work is done.
LogicalResult
MaterializeWeightsPass::findSources(const ExternalWeights &stored) {
  for (EncodedWeight &weight : encoded) {
    // First what the format needs, a static shape among it.
    if (weight.global) {
      FailureOr<const weights::TensorView *> view = stored.find(weight.global);
      if (failed(view))
        return failure();
      weight.view = *view;
    }
    numerics::Format format =
        weight.getEncoding().getFormat(weight.type.getRank());
    if (auto error = numerics::verifyFormat(weight.type.getShape(), format))
      return weight.encodes.front().emitError() << error->message;
    if (auto error =
            numerics::verifyRangeKind(format, getNumericRange(weight.range)))
      return weight.encodes.front().emitError() << error->message;
    std::optional<weights::DType> dtype =
        getStoredDType(weight.type.getElementType());
    if (!dtype || !StoredReals::isReal(*dtype))
      return weight.encodes.front().emitError()
             << "weights of element type " << weight.type.getElementType()
             << " cannot be encoded";
    if (weight.constant && !ConstantBytes::get(weight.constant))
      return weight.encodes.front().emitError()
             << "the constant that is to be encoded has no data";
  }
  return success();
}

/// Names the stored parts after their weight: `w.codes`, or `w.1.codes` where
/// that is taken, as by the same weight in another encoding.
void MaterializeWeightsPass::nameParts() {
  StoredNames names(getOperation());
  unsigned number = 0;
  for (EncodedWeight &weight : encoded) {
    if (weight.isInline())
      continue;
    std::string wanted =
        weight.global ? weight.global.getSymName().str()
                      : getConstantName(
                            weight.encodes.front().getInput().getLoc(), number);
    auto extend = [&](StringRef base) {
      SmallVector<std::string> parts;
      for (PartKind kind : weight.getEncoding().getPartKinds())
        parts.push_back(getPartName(base, kind));
      return parts;
    };
    weight.base = names.take(wanted, extend);
  }
}

/// The weights that something else than the encodes reads.
SmallVector<GlobalOp> MaterializeWeightsPass::findOtherWeights() {
  llvm::SmallPtrSet<Operation *, 16> replaced;
  for (const EncodedWeight &weight : encoded)
    for (EncodeOp op : weight.encodes)
      replaced.insert(op);
  return findUsedWeights(getOperation(), [&](GlobalLoadConstOp load) {
    return !llvm::all_of(load->getUsers(), [&](Operation *user) {
      bool widens = user->getNumResults() == 1 &&
                    lookThroughWidening(user->getResult(0)) == load.getResult();
      return replaced.contains(user) ||
             (widens && llvm::all_of(user->getUsers(), [&](Operation *encode) {
                return replaced.contains(encode);
              }));
    });
  });
}

QuantizePlan MaterializeWeightsPass::getPlan(const EncodedWeight &weight) {
  return {llvm::to_vector(weight.type.getShape()), weight.getEncoding(),
          weight.range, numerics::ThreadCount(threads), sliceElements};
}

LogicalResult MaterializeWeightsPass::quantizeInline(EncodedWeight &weight) {
  std::optional<ConstantBytes> constant = ConstantBytes::get(weight.constant);
  SmallVector<RankedTensorType> types =
      weight.getEncoding().getPartTypes(weight.type.getShape());
  SmallVector<std::vector<std::byte>> parts(types.size());
  auto sink = [&](size_t part, std::span<const std::byte> bytes) {
    parts[part].insert(parts[part].end(), bytes.begin(), bytes.end());
    return success();
  };
  auto emitError = [&] {
    return weight.encodes.front().emitError() << "the constant ";
  };
  if (failed(quantizeStored(
          {constant->dtype, constant->bytes()}, getPlan(weight), emitError,
          [](int64_t, int64_t) {}, sink)))
    return failure();
  for (auto [type, bytes] : llvm::zip(types, parts))
    weight.inlineParts.push_back(getDenseConstant(type, bytes));
  return success();
}

void MaterializeWeightsPass::addToOutput(EncodedWeight &weight,
                                         const ExternalWeights &stored,
                                         WeightsOutput &output) {
  ArrayRef<int64_t> shape = weight.type.getShape();
  EncodingAttr encoding = weight.getEncoding();
  StringRef source =
      weight.global ? weight.global.getSymName() : StringRef(weight.base);
  addStoredEncoding(output.getMetadata(), weight.base, encoding, shape, source);
  auto produce = [this, &weight, &stored](StoredSink sink) -> LogicalResult {
    if (const weights::TensorView *view = weight.view) {
      auto emitError = [&] {
        return weight.global.emitError() << stored.getFile()->path()
                                         << ": tensor '" << view->name << "' ";
      };
      uint64_t bytes = weights::bitWidth(view->dtype) / 8;
      auto release = [&](int64_t first, int64_t count) {
        stored.release(*view, first * bytes, count * bytes);
      };
      return quantizeStored({view->dtype, view->bytes()}, getPlan(weight),
                            emitError, release, sink);
    }
    std::optional<ConstantBytes> constant = ConstantBytes::get(weight.constant);
    auto emitError = [&] {
      return weight.encodes.front().emitError() << "the constant ";
    };
    return quantizeStored(
        {constant->dtype, constant->bytes()}, getPlan(weight), emitError,
        [](int64_t, int64_t) {}, sink);
  };
  output.add(declareParts(weight.base, encoding, shape), produce);
}

/// Puts assembles of the stored parts in place of the encodes. New globals go
/// after `lastGlobal`, or first in the module if that is null.
void MaterializeWeightsPass::replaceEncodes(EncodedWeight &weight,
                                            Operation *&lastGlobal) {
  SmallVector<RankedTensorType> types =
      weight.getEncoding().getPartTypes(weight.type.getShape());
  SmallVector<PartKind> kinds = weight.getEncoding().getPartKinds();
  OpBuilder builder(&getContext());
  if (!weight.isInline()) {
    if (lastGlobal)
      builder.setInsertionPointAfter(lastGlobal);
    else
      builder.setInsertionPointToStart(getOperation().getBody());
    Location loc = weight.global ? weight.global.getLoc()
                                 : weight.encodes.front().getLoc();
    for (auto [kind, type] : llvm::zip(kinds, types))
      lastGlobal =
          GlobalOp::create(builder, loc, getPartName(weight.base, kind), type,
                           /*is_mutable=*/false,
                           ml_program::ExternAttr::get(&getContext(), type),
                           builder.getStringAttr("public"));
  }
  for (EncodeOp op : weight.encodes) {
    builder.setInsertionPoint(op);
    SmallVector<Value> parts;
    for (auto [index, type] : llvm::enumerate(types)) {
      if (weight.isInline())
        parts.push_back(arith::ConstantOp::create(builder, op.getLoc(),
                                                  weight.inlineParts[index]));
      else
        parts.push_back(GlobalLoadConstOp::create(
            builder, op.getLoc(), type,
            FlatSymbolRefAttr::get(&getContext(),
                                   getPartName(weight.base, kinds[index]))));
    }
    Value assembled = AssembleOp::create(builder, op.getLoc(), weight.type,
                                         parts, /*sizes=*/ValueRange());
    Operation *input = op.getInput().getDefiningOp();
    Operation *source = lookThroughWidening(op.getInput()).getDefiningOp();
    op.replaceAllUsesWith(assembled);
    op.erase();
    if (isOpTriviallyDead(input))
      input->erase();
    if (source != input && isOpTriviallyDead(source))
      source->erase();
  }
}

void MaterializeWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  if (sliceElements < 1) {
    emitError(module.getLoc()) << "option 'slice-elements' is at least 1, got "
                               << int64_t(sliceElements);
    return signalPassFailure();
  }
  SymbolTable symbols(module);
  collect(symbols);
  FailureOr<ExternalWeights> stored = ExternalWeights::open(module, weights);
  if (failed(stored) || failed(findSources(*stored)))
    return signalPassFailure();
  nameParts();

  // First the file: if that fails, the module is as it was.
  WeightsOutput output;
  std::set<std::string> kept;
  for (GlobalOp global : findOtherWeights()) {
    FailureOr<const weights::TensorView *> view = stored->find(global);
    if (failed(view))
      return signalPassFailure();
    kept.insert((*view)->name);
    output.addCopy(*stored, **view);
  }
  if (stored->getFile())
    copyMetadata(stored->getFile()->metadata(), kept, output.getMetadata());
  for (EncodedWeight &weight : encoded) {
    if (weight.isInline()) {
      if (failed(quantizeInline(weight)))
        return signalPassFailure();
    } else {
      addToOutput(weight, *stored, output);
    }
  }
  if (failed(stored->verifyOutput(module, outputWeights)) ||
      failed(output.write(module, outputWeights, "materialize weights")))
    return signalPassFailure();

  // New globals go after the one they come from, and after those that came
  // from it before.
  llvm::DenseMap<Operation *, Operation *> lastGlobals;
  for (EncodedWeight &weight : encoded) {
    Operation *source = weight.global;
    Operation *&lastGlobal =
        lastGlobals.try_emplace(source, source).first->second;
    replaceEncodes(weight, lastGlobal);
  }
  eraseUnusedWeights(module);
}
