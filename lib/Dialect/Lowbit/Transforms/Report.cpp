//===- Report.cpp - Size and error of every layer -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers: ops with `lowbit.layer`, with `lowbit.float`, and linalg ops
// on an assembled operand. Makes a table on standard error and a JSON file.
// Takes `lowbit.kernel` away; changes nothing else.
//
//===----------------------------------------------------------------------===//

#include "ExternalWeights.h"
#include "LayerReport.h"
#include "QuantizeStored.h"
#include "StoredParts.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Weights/OutputFile.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace lowbit {
#define GEN_PASS_DEF_REPORTPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using ml_program::GlobalOp;

namespace {
/// A stored weight with what is known of it; several layers may share one.
struct MeasuredWeight {
  int64_t elements = 0;
  int64_t bytesBefore = 0;
  int64_t bytesAfter = 0;
  std::optional<numerics::ErrorStatistics> error;
  std::string source;
};

struct ReportPass final : lowbit::impl::ReportPassBase<ReportPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult addLayer(Operation *op, const SymbolTable &symbols);
  FailureOr<const MeasuredWeight *> measure(AssembleOp op,
                                            const StoredParts &parts);
  LogicalResult addTotals(const SymbolTable &symbols);
  LogicalResult writeJson();

  std::optional<ExternalWeights> before, after;
  std::map<StoredParts::Key, MeasuredWeight> measured;
  ModelReport report;
};
} // namespace

/// "u4 f16/group<128>@0 zp": the encoding in one cell of a table.
static std::string shortText(EncodingAttr encoding) {
  std::string text;
  llvm::raw_string_ostream os(text);
  ScaleAttr scale = encoding.getScale();
  os << encoding.getCodec().getCodec()->name();
  if (auto pattern = dyn_cast<NMAttr>(encoding.getSparsity()))
    os << ' ' << pattern.getKeep() << ':' << pattern.getRun() << '@'
       << pattern.getAxis();
  if (isa<BitmapAttr>(encoding.getSparsity()))
    os << " bitmap";
  if (!scale.isStored())
    return text;
  os << ' ' << numerics::scaleTypeName(scale.getNumericType()) << '/';
  switch (scale.getGranularity()) {
  case GranularityKind::Tensor:
    os << "tensor";
    break;
  case GranularityKind::Axis:
    os << "axis<";
    llvm::interleaveComma(scale.getAxes(), os);
    os << '>';
    break;
  case GranularityKind::Group:
    os << "group<" << scale.getGroup() << ">@" << scale.getAxes().front();
    break;
  case GranularityKind::Block:
    os << "block<";
    llvm::interleave(
        scale.getBlock(), os,
        [&](int64_t size) { os << (size ? std::to_string(size) : "*"); }, "x");
    os << '>';
  }
  if (scale.isNested()) {
    os << " x " << scale.getNestedType() << '/';
    if (scale.getNestedBlock())
      os << scale.getNestedBlock();
    else
      os << "tensor";
  }
  if (scale.hasZeroPoint())
    os << " zp";
  if (scale.hasOffset())
    os << " +" << scale.getOffsetType();
  return text;
}

/// The operands that may hold a layer's weight: inputs of the op, and tables
/// that its body gathers from.
static SmallVector<Value> getOperands(Operation *layer) {
  SmallVector<Value> operands;
  auto op = dyn_cast<linalg::LinalgOp>(layer);
  if (!op) {
    llvm::copy_if(
        layer->getOperands(), std::back_inserter(operands),
        [](Value operand) { return isa<RankedTensorType>(operand.getType()); });
    return operands;
  }
  for (OpOperand *operand : op.getDpsInputOperands())
    operands.push_back(operand->get());
  op->walk([&](tensor::ExtractOp extract) {
    if (!op->isAncestor(extract.getTensor().getParentBlock()->getParentOp()))
      operands.push_back(extract.getTensor());
  });
  return operands;
}

static bool isGather(Operation *op) {
  return op->walk([](tensor::ExtractOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

/// Size and error of a stored weight, measured once.
FailureOr<const MeasuredWeight *>
ReportPass::measure(AssembleOp op, const StoredParts &parts) {
  auto [it, isNew] = measured.try_emplace(parts.getKey());
  MeasuredWeight &weight = it->second;
  if (!isNew)
    return &weight;
  if (failed(parts.verify(op, *after)))
    return failure();

  RankedTensorType type = op.getResult().getType();
  EncodingAttr encoding = op.getEncoding();
  numerics::Format format = encoding.getFormat(type.getRank());
  numerics::PartsView view = parts.view(*after);
  weight.elements = type.getNumElements();
  weight.bytesAfter = 0;
  for (std::span<const uint8_t> part : view)
    weight.bytesAfter += part.size();
  weight.bytesBefore = weight.elements * type.getElementTypeBitWidth() / 8;
  if (parts.globals.empty() || !before->getFile())
    return &weight;

  weight.source =
      getStoredEncoding(after->getFile()->metadata(), parts.getBase()).source;
  const weights::TensorView *original = before->getFile()->find(weight.source);
  if (!original)
    return &weight; // it was a constant
  if (!llvm::equal(type.getShape(), original->shape) ||
      !StoredReals::isReal(original->dtype))
    return op.emitError() << before->getFile()->path() << ": tensor '"
                          << weight.source << "' is not what '"
                          << parts.getBase() << "' was encoded from";
  weight.bytesBefore = original->size;

  numerics::Parts rows;
  if (auto panels = dyn_cast<PanelsAttr>(encoding.getLayout())) {
    numerics::Result<numerics::Parts> unpacked = numerics::unpackPanels(
        view, type.getShape(), format, getPanelLayout(panels),
        numerics::ThreadCount(threads));
    if (!unpacked)
      return op.emitError() << unpacked.error().message;
    rows = *std::move(unpacked);
    view = rows;
  }
  std::vector<float> storage;
  StoredReals reals = {original->dtype, original->bytes()};
  numerics::Result<numerics::ErrorStatistics> error =
      numerics::measureQuantization(reals.read(0, weight.elements, storage),
                                    view, type.getShape(), format,
                                    numerics::ThreadCount(threads));
  if (!error)
    return op.emitError() << error.error().message;
  weight.error = *error;
  before->release(*original, 0, original->size);
  parts.release(*after);
  return &weight;
}

LogicalResult ReportPass::addLayer(Operation *op, const SymbolTable &symbols) {
  LayerReport layer;
  AssembleOp assemble;
  GlobalOp plain;
  EncodingAttr activation;
  bool encodesWeight = false;
  SmallVector<Value> operands = getOperands(op);
  for (Value operand : operands) {
    encodesWeight |= operand.getDefiningOp<EncodeOp>() && isWeight(operand);
    auto assembled = operand.getDefiningOp<AssembleOp>();
    if (assembled && StoredParts::get(assembled, symbols))
      assemble = assembled;
    else if (EncodingAttr encoding = lowbit::getEncoding(operand.getType()))
      activation = encoding;
    else if (GlobalOp global =
                 getLoadedWeight(lookThroughWidening(operand), symbols))
      plain = global;
  }
  auto name = op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr);
  auto reason = op->getAttrOfType<StringAttr>(LowbitDialect::kFloatAttr);
  if (!assemble && !reason && !name)
    return success();

  layer.operation =
      isGather(op) ? "gather" : op->getName().stripDialect().str();
  if (auto kernel = op->getAttrOfType<StringAttr>(LowbitDialect::kKernelAttr))
    layer.kernel = kernel.str();
  if (assemble) {
    StoredParts parts = *StoredParts::get(assemble, symbols);
    FailureOr<const MeasuredWeight *> weight = measure(assemble, parts);
    if (failed(weight))
      return failure();
    layer.name = name ? name.str() : parts.getBase().str();
    llvm::append_range(layer.shape, assemble.getResult().getType().getShape());
    layer.encoding = shortText(assemble.getEncoding());
    if (activation)
      layer.encoding += " x " + shortText(activation);
    layer.bytesBefore = (*weight)->bytesBefore;
    layer.bytesAfter = (*weight)->bytesAfter;
    if ((*weight)->elements != 0)
      layer.bitsPerWeight = 8.0 * layer.bytesAfter / (*weight)->elements;
    if ((*weight)->error) {
      layer.sqnrDb = (*weight)->error->sqnrDb();
      layer.maxError = (*weight)->error->maxAbsError();
    }
  } else {
    layer.name = name ? name.str() : std::string("(unnamed)");
    layer.floatReason = reason          ? reason.str()
                        : encodesWeight ? "its weight is encoded at run time"
                                        : "no encoding was assigned";
    RankedTensorType type;
    if (plain)
      type = cast<RankedTensorType>(plain.getType());
    else if (!operands.empty())
      type = dyn_cast<RankedTensorType>(operands.back().getType());
    if (type) {
      for (int64_t size : type.getShape())
        layer.shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
      llvm::raw_string_ostream(layer.encoding) << type.getElementType();
    }
    if (plain) {
      FailureOr<const weights::TensorView *> view = after->find(plain);
      if (failed(view))
        return failure();
      layer.bitsPerWeight = weights::bitWidth((*view)->dtype);
      layer.bytesBefore = layer.bytesAfter = (*view)->size;
    }
  }
  report.layers.push_back(std::move(layer));
  return success();
}

/// Everything stored once: the parts of encoded weights stand for the tensor
/// they were encoded from, all else for itself.
LogicalResult ReportPass::addTotals(const SymbolTable &symbols) {
  std::set<std::string> sources;
  llvm::SmallPtrSet<Operation *, 16> parts;
  std::set<StoredParts::Key> seen;
  getOperation().walk([&](AssembleOp op) {
    std::optional<StoredParts> stored = StoredParts::get(op, symbols);
    if (!stored || !seen.insert(stored->getKey()).second)
      return;
    for (GlobalOp global : stored->globals)
      parts.insert(global);
    auto it = measured.find(stored->getKey());
    if (it == measured.end())
      return;
    const MeasuredWeight &weight = it->second;
    report.encodedBytesAfter += weight.bytesAfter;
    report.encodedElements += weight.elements;
    // The same weight may be stored in two encodings or layouts.
    if (weight.source.empty() || sources.insert(weight.source).second)
      report.encodedBytesBefore += weight.bytesBefore;
  });
  report.bytesBefore = report.encodedBytesBefore;
  report.bytesAfter = report.encodedBytesAfter;
  for (GlobalOp global : getExternalWeights(getOperation())) {
    if (parts.contains(global))
      continue;
    FailureOr<const weights::TensorView *> view = after->find(global);
    if (failed(view))
      return failure();
    report.bytesAfter += (*view)->size;
    if (!sources.count(global.getSymName().str()))
      report.bytesBefore += (*view)->size;
  }
  return success();
}

LogicalResult ReportPass::writeJson() {
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::formatv("{0:2}", report.toJson()) << '\n';
  weights::Result<weights::OutputFile> file = weights::OutputFile::create(json);
  if (!file)
    return emitError(getOperation().getLoc()) << file.message();
  weights::Status status =
      file->write(0, std::as_bytes(std::span<const char>(text)));
  if (status)
    status = file->commit();
  if (!status)
    return emitError(getOperation().getLoc()) << status.message();
  return success();
}

void ReportPass::runOnOperation() {
  ModuleOp module = getOperation();
  // Before any work: a file that is both would keep the report alone.
  if (weights::replaces(json, quantizedWeights)) {
    emitError(module.getLoc()) << json
                               << ": is the file of the quantized weights; "
                                  "write the report to another file";
    return signalPassFailure();
  }
  if (checkOnly) {
    markAllAnalysesPreserved();
    FailureOr<ExternalWeights> read =
        ExternalWeights::openOptional(module, weights);
    if (failed(read) || failed(read->verifyOutput(module, json)))
      return signalPassFailure();
    weights::Result<weights::OutputFile> file =
        weights::OutputFile::create(json);
    if (!file) {
      emitError(module.getLoc()) << file.message();
      signalPassFailure();
    }
    return;
  }
  SymbolTable symbols(module);
  report = {};
  measured.clear();
  FailureOr<ExternalWeights> quantized =
      ExternalWeights::open(module, quantizedWeights, "quantized-weights");
  FailureOr<ExternalWeights> original =
      ExternalWeights::openOptional(module, weights);
  if (failed(quantized) || failed(original) ||
      failed(original->verifyOutput(module, json)))
    return signalPassFailure();
  after = *std::move(quantized);
  before = *std::move(original);

  bool ok = true;
  module.walk([&](Operation *op) {
    if (isa<linalg::LinalgOp>(op) || op->hasAttr(LowbitDialect::kLayerAttr) ||
        op->hasAttr(LowbitDialect::kFloatAttr))
      ok = ok && succeeded(addLayer(op, symbols));
  });
  // Weights that no layer uses count, too.
  module.walk([&](AssembleOp op) {
    if (std::optional<StoredParts> parts = StoredParts::get(op, symbols))
      ok = ok && succeeded(measure(op, *parts));
  });
  if (!ok || failed(addTotals(symbols)))
    return signalPassFailure();
  if (table)
    report.printTable(llvm::errs());
  if (!json.empty() && failed(writeJson()))
    return signalPassFailure();
  module.walk(
      [](Operation *op) { op->removeAttr(LowbitDialect::kKernelAttr); });
  markAllAnalysesPreserved();
}
