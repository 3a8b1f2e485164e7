//===- MaterializeWeights.cpp - Encode weights at compile time ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches `lowbit.encode` of a weight (a load of an external global, of one
// with a value, or a constant; cast to a wider type, multiplied by constants
// per channel, or some of its channels, or as it is) whose ranges are not
// given. Makes stored parts, by the method of the encode and from the
// statistics that it needs, `lowbit.assemble` of them in place of the encode,
// additions that take back what layers with `lowbit.correct_bias` shift, stored
// products of external weights with constants per channel that something
// else reads, and a weights file with these and every other weight that is
// still used. Leaves encodes of activations, and encodes of weights with given
// ranges or without a value, which it remarks on. Refuses weights of nested
// modules, layers whose assigned encoding is not inserted, and parts that are
// stored already with numbers that mean nothing.
//
//===----------------------------------------------------------------------===//

#include "BiasCorrections.h"
#include "ChannelProduct.h"
#include "ChannelSelection.h"
#include "ConstantBytes.h"
#include "EncodedWeight.h"
#include "ExternalWeights.h"
#include "LayerStatistics.h"
#include "QuantizeStored.h"
#include "StoredParts.h"
#include "StoredProducts.h"
#include "WeightsOutput.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

#include <functional>
#include <map>

namespace lowbit {
#define GEN_PASS_DEF_MATERIALIZEWEIGHTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using ml_program::GlobalLoadConstOp;
using ml_program::GlobalOp;

namespace {
struct MaterializeWeightsPass final
    : lowbit::impl::MaterializeWeightsPassBase<MaterializeWeightsPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult collect(const SymbolTable &symbols);
  void collect(EncodeOp op, const SymbolTable &symbols);
  LogicalResult verifyStored(const SymbolTable &symbols,
                             const ExternalWeights &stored);
  LogicalResult findSources(const ExternalWeights &stored);
  void nameParts();
  SmallVector<GlobalOp> findOtherWeights();
  LogicalResult verifyStatistics();
  LogicalResult quantize(const EncodedWeight &weight, const StoredReals &values,
                         TensorDiagnostic emit,
                         function_ref<void(int64_t, int64_t)> release,
                         StoredSink sink);
  LogicalResult quantizeConstant(const EncodedWeight &weight, StoredSink sink);
  LogicalResult quantizeInline(EncodedWeight &weight);
  void addToOutput(EncodedWeight &weight, const ExternalWeights &stored,
                   WeightsOutput &output);
  void replaceEncodes(EncodedWeight &weight, Operation *&lastGlobal);

  std::vector<EncodedWeight> encoded;
  /// Where in `encoded` a source is, by what it is multiplied by, its type,
  /// range, method and axes.
  std::map<std::tuple<SmallVector<const void *>, const void *, RangeKind,
                      const void *, const void *>,
           size_t>
      places;
  StoredProducts products;
  BiasCorrections biases;
  LayerStatistics layerStatistics;
  bool zeroNonFinite = false;
  /// Globals with a value that is encoded.
  llvm::SetVector<GlobalOp> holders;
};
} // namespace

/// Gathers the encodes of weights, equal ones together, in program order.
LogicalResult MaterializeWeightsPass::collect(const SymbolTable &symbols) {
  encoded.clear();
  places.clear();
  holders.clear();
  products = {};
  WalkResult result = getOperation().walk([&](Operation *op) {
    for (StringRef name : {LowbitDialect::kWeightEncodingAttr,
                           LowbitDialect::kActivationEncodingAttr})
      if (op->hasAttr(name)) {
        op->emitOpError("still has ")
            << name
            << ": lowbit-insert-encodes has not run here (lowbit-quantize runs "
               "it on each func.func)";
        return WalkResult::interrupt();
      }
    auto encode = dyn_cast<EncodeOp>(op);
    if (!encode || !isWeight(encode.getInput()))
      return WalkResult::advance();
    if (!encode.getRanges().empty()) {
      encode.emitRemark() << "stays: its ranges are given at run time";
    } else if (SymbolTable::getNearestSymbolTable(op) != getOperation()) {
      encode.emitOpError("is of a weight in a module within the module: run on "
                         "that by itself");
      return WalkResult::interrupt();
    } else {
      collect(encode, symbols);
    }
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  llvm::SmallPtrSet<Operation *, 16> replaced;
  for (const EncodedWeight &weight : encoded)
    replaced.insert(weight.encodes.begin(), weight.encodes.end());
  getOperation().walk([&](linalg::LinalgOp op) {
    if (SymbolTable::getNearestSymbolTable(op) == getOperation())
      products.collect(op, symbols, [&](Operation *user) {
        return replaced.contains(user);
      });
  });
  return success();
}

void MaterializeWeightsPass::collect(EncodeOp op, const SymbolTable &symbols) {
  // What stands between the stored weight and the encode is computed here.
  SmallVector<const void *> key;
  Value input = getUnscaled(op.getInput(), [&](Operation *step) {
    key.push_back(step->getResult(0).getType().getAsOpaquePointer());
    // Constants among the operands, and the maps they are read by.
    for (Value operand : step->getOperands())
      if (Attribute constant; matchPattern(operand, m_Constant(&constant)))
        key.push_back(constant.getAsOpaquePointer());
    key.push_back(step->getAttr("indexing_maps").getAsOpaquePointer());
  });
  GlobalOp global = getLoadedWeight(input, symbols);
  GlobalOp holder = getLoadedConstant(input, symbols);
  ElementsAttr constant;
  if (holder) {
    holders.insert(holder);
    constant = cast<ElementsAttr>(*holder.getValue());
  } else if (!global && !matchPattern(input, m_Constant(&constant))) {
    op.emitRemark() << "stays: the weight has no value of its type here";
    return;
  }
  key.push_back(global ? global.getOperation() : constant.getAsOpaquePointer());
  auto type = op.getResult().getType();
  RangeKind range = op.getEffectiveRange();
  MethodAttr method = op.getMethodAttr();
  IntegerAttr axis = op.getAxisAttr();
  key.push_back(Attribute(op.getWindowAttr()).getAsOpaquePointer());
  auto [it, isNew] =
      places.insert({{std::move(key), type.getAsOpaquePointer(), range,
                      Attribute(method).getAsOpaquePointer(),
                      Attribute(axis).getAsOpaquePointer()},
                     encoded.size()});
  if (isNew)
    encoded.push_back({global, constant, holder, getRealSteps(op.getInput()),
                       type, range, method, axis,
                       op.getWindow().value_or(ArrayRef<int64_t>())});
  EncodedWeight &weight = encoded[it->second];
  weight.encodes.push_back(op);
  if (ArrayAttr layers = op.getLayersAttr())
    weight.layers.insert(layers.begin(), layers.end());
}

/// What is encoded already is copied; it is to mean something (C184).
LogicalResult
MaterializeWeightsPass::verifyStored(const SymbolTable &symbols,
                                     const ExternalWeights &stored) {
  WalkResult result = getOperation().walk([&](AssembleOp op) {
    std::optional<StoredParts> parts;
    if (SymbolTable::getNearestSymbolTable(op) == getOperation())
      parts = StoredParts::get(op, symbols);
    return parts && failed(parts->verify(op, stored)) ? WalkResult::interrupt()
                                                      : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
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
    if (numerics::usesRange(weight.getMethod(), format))
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
        : weight.holder
            ? weight.holder.getSymName().str()
            : getConstantName(weight.encodes.front().getInput().getLoc(),
                              number);
    if (weight.steps.selection)
      wanted += ".outliers";
    weight.base = names.take(wanted, [&](StringRef base) {
      SmallVector<std::string> parts = getPartNames(base, weight.getEncoding());
      if (weight.steps.selection)
        parts.push_back(getIndicesName(base));
      for (const RealFactors &factors : joinByAxis(weight.steps.factors))
        parts.push_back(getFactorsName(base, factors.axis));
      return parts;
    });
  }
  products.name(names);
}

/// The weights that something else than the encodes reads.
SmallVector<GlobalOp> MaterializeWeightsPass::findOtherWeights() {
  llvm::SmallPtrSet<Operation *, 16> replaced;
  for (const EncodedWeight &weight : encoded)
    for (EncodeOp op : weight.encodes)
      replaced.insert(op);
  std::function<bool(Operation *)> isGone = [&](Operation *user) {
    user = getReader(user);
    return replaced.contains(user) || products.contains(user) ||
           (isUnscaledBy(user) && llvm::all_of(user->getUsers(), isGone));
  };
  return findUsedWeights(getOperation(), [&](GlobalLoadConstOp load) {
    return !llvm::all_of(load->getUsers(), isGone);
  });
}

/// What methods need is there, before any work is done.
LogicalResult MaterializeWeightsPass::verifyStatistics() {
  for (const EncodedWeight &weight : encoded)
    if (weight.axis &&
        failed(layerStatistics.verify(
            weight.getLoc(), weight.getLayers(), weight.getMethod(),
            weight.type.getDimSize(weight.axis.getInt()),
            weight.getWindowSize())))
      return failure();
  return biases.verify(statistics.empty() ? nullptr : &layerStatistics);
}

LogicalResult MaterializeWeightsPass::quantize(
    const EncodedWeight &weight, const StoredReals &values,
    TensorDiagnostic emit, function_ref<void(int64_t, int64_t)> release,
    StoredSink sink) {
  QuantizePlan plan;
  plan.shape = llvm::to_vector(weight.type.getShape());
  plan.encoding = weight.getEncoding();
  plan.range = weight.range;
  plan.method = weight.getMethod();
  plan.reductionAxis = weight.axis ? weight.axis.getInt() : 0;
  plan.window.assign(weight.window.begin(), weight.window.end());
  auto known = layerStatistics.get(weight.getLoc(), weight.getLayers(),
                                   plan.method.kind, weight.getWindowSize());
  if (failed(known))
    return failure();
  if (std::optional<LayerInputs> &inputs = *known) {
    // They were seen before they were divided.
    for (const RealFactors &factors : weight.steps.factors)
      if (factors.areInputScales)
        inputs->divideBy(factors.values);
    plan.inputs = inputs->view();
  }
  plan.zeroNonFinite = zeroNonFinite;
  plan.threads = numerics::ThreadCount(threads);
  plan.sliceElements = sliceElements;
  return biases.quantizeStored(weight.encodes, values, plan, emit, release,
                               sink, layerStatistics);
}

/// A warning is about what a layer loses, all else about what its weight holds.
static std::string describeLayers(const EncodedWeight &weight,
                                  DiagnosticSeverity severity) {
  return severity == DiagnosticSeverity::Warning ? weight.describeLayers()
                                                 : std::string();
}

LogicalResult
MaterializeWeightsPass::quantizeConstant(const EncodedWeight &weight,
                                         StoredSink sink) {
  std::optional<ConstantBytes> constant = ConstantBytes::get(weight.constant);
  auto emit = [&](DiagnosticSeverity severity) {
    return startDiagnostic(weight.getLoc(), severity)
           << "the constant" << describeLayers(weight, severity) << ' ';
  };
  return quantize(
      weight, {constant->dtype, constant->bytes(), &weight.steps}, emit,
      [](int64_t, int64_t) {}, sink);
}

LogicalResult MaterializeWeightsPass::quantizeInline(EncodedWeight &weight) {
  SmallVector<RankedTensorType> types =
      weight.getEncoding().getPartTypes(weight.type.getShape());
  SmallVector<std::vector<std::byte>> parts(types.size());
  auto sink = [&](size_t part, std::span<const std::byte> bytes) {
    parts[part].insert(parts[part].end(), bytes.begin(), bytes.end());
    return success();
  };
  if (failed(quantizeConstant(weight, sink)))
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
  StoredOrigin origin = {weight.global ? weight.global.getSymName().str()
                                       : weight.base};
  auto addVector = [&](const std::string &name, weights::DType dtype,
                       const auto &values) {
    output.add({{name, dtype, {int64_t(values.size())}}},
               [values](StoredSink sink) {
                 return sink(0, std::as_bytes(std::span(values)));
               });
  };
  if (const std::optional<RealSelection> &selection = weight.steps.selection) {
    origin.selection =
        (Twine(selection->axis) + " of " + Twine(selection->size)).str();
    addVector(getIndicesName(weight.base), weights::DType::I64,
              selection->indices);
  }
  for (const RealFactors &factors : joinByAxis(weight.steps.factors)) {
    origin.factorAxes.push_back(factors.axis);
    addVector(getFactorsName(weight.base, factors.axis), weights::DType::F32,
              factors.values);
  }
  addStoredEncoding(output.getMetadata(), weight.base, encoding, shape, origin);
  auto produce = [this, &weight, &stored](StoredSink sink) -> LogicalResult {
    const weights::TensorView *view = weight.view;
    if (!view)
      return quantizeConstant(weight, sink);
    auto emit = [&](DiagnosticSeverity severity) {
      return startDiagnostic(weight.global->getLoc(), severity)
             << stored.getFile()->path() << ": tensor '" << view->name << "'"
             << describeLayers(weight, severity) << ' '
             << (weight.steps.selection ? "at the channels taken from it " : "")
             << (weight.steps.factors.empty() ? "" : "times its factors ");
    };
    uint64_t bytes = weights::bitWidth(view->dtype) / 8;
    auto release = [&](int64_t first, int64_t count) {
      if (!weight.steps.selection)
        stored.release(*view, first * bytes, count * bytes);
    };
    return quantize(weight, {view->dtype, view->bytes(), &weight.steps}, emit,
                    release, sink);
  };
  output.add(declareParts(weight.base, encoding, shape), produce);
}

/// Puts assembles of the stored parts in place of the encodes. New globals go
/// after `lastGlobal`, or first in the module if that is null.
void MaterializeWeightsPass::replaceEncodes(EncodedWeight &weight,
                                            Operation *&lastGlobal) {
  OpBuilder builder(&getContext());
  if (!weight.isInline()) {
    if (lastGlobal)
      builder.setInsertionPointAfter(lastGlobal);
    else
      builder.setInsertionPointToStart(getOperation().getBody());
    Location loc = weight.global ? weight.global.getLoc()
                                 : weight.encodes.front().getLoc();
    lastGlobal = createPartGlobals(builder, loc, weight.base, weight.type);
  }
  for (EncodeOp op : weight.encodes) {
    builder.setInsertionPoint(op);
    Value assembled = createAssemble(builder, op.getLoc(), weight.base,
                                     weight.type, weight.inlineParts);
    op.replaceAllUsesWith(assembled);
    eraseDead(op);
  }
}

void MaterializeWeightsPass::runOnOperation() {
  ModuleOp module = getOperation();
  if (sliceElements < 1) {
    emitError(module.getLoc()) << "option 'slice-elements' is at least 1, got "
                               << int64_t(sliceElements);
    return signalPassFailure();
  }
  FailureOr<bool> isZero = parseNonFinite(nonfinite, module.getLoc());
  if (failed(isZero))
    return signalPassFailure();
  zeroNonFinite = *isZero;
  SymbolTable symbols(module);
  if (failed(collect(symbols)) || failed(biases.collect(module)))
    return signalPassFailure();
  FailureOr<ExternalWeights> stored = ExternalWeights::open(module, weights);
  if (failed(stored) || failed(verifyStored(symbols, *stored)) ||
      failed(findSources(*stored)))
    return signalPassFailure();
  FailureOr<LayerStatistics> opened =
      LayerStatistics::open(module, statistics, stored->getFile());
  if (failed(opened))
    return signalPassFailure();
  layerStatistics = *std::move(opened);
  if (failed(verifyStatistics()))
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
    if (std::optional<StringRef> base = getBaseOfCodes((*view)->name))
      output.addOrigin(*stored, *base, *base);
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
  if (failed(products.addToOutput(*stored, output)) ||
      failed(stored->verifyOutput(module, outputWeights)) ||
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
  biases.apply();
  products.replace(module);
  // Nothing looks at statistics of inputs any more.
  module->removeAttr(LayerStatistics::kZeroInputsAttr);
  eraseUnusedWeights(module);
  for (GlobalOp holder : holders)
    if (SymbolTable::symbolKnownUseEmpty(holder, module))
      holder.erase();
}
