//===- Report.cpp - Size and error of every layer -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers: ops with `lowbit.layer`, with `lowbit.float`, and linalg ops
// on an assembled operand. Makes a table on standard error and a JSON file,
// which docs/reports.md describes. Takes `lowbit.kernel` and `lowbit.tradeoff`
// away; changes nothing else.
//
//===----------------------------------------------------------------------===//

#include "BiasCorrections.h"
#include "ChannelProduct.h"
#include "WeightMeasurer.h"
#include "lowbit/Calibration/Statistics.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/ReportJson.h"
#include "lowbit/Weights/Fingerprint.h"
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
struct ReportPass final : lowbit::impl::ReportPassBase<ReportPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  LogicalResult addLayer(Operation *op, const SymbolTable &symbols);
  LogicalResult openStatistics(const ExternalWeights &before);
  LogicalResult addOutput(const Layer &matched, AssembleOp assemble,
                          const StoredParts &parts, LayerReport &layer);
  LogicalResult addFloat(GlobalOp weight, ArrayRef<Value> operands,
                         LayerReport &layer);
  LogicalResult addTotals(const SymbolTable &symbols);
  void remarkOnUnmeasured();
  LogicalResult write();

  std::optional<WeightMeasurer> measurer;
  std::optional<calibration::Statistics> samples;
  /// Encoded layers whose inputs the statistics do not know.
  SmallVector<std::string> unknownLayers;
  llvm::StringMap<std::vector<float>> biases;
  QuantizationReport report;
};
} // namespace

/// "f16/group<128>@0": the type and the blocks of scales or books.
static void printBlocks(llvm::raw_ostream &os, ScaleAttr scale) {
  os << numerics::scaleTypeName(scale.getNumericType()) << '/';
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
}

/// "u4 f16/group<128>@0 zp": the encoding in one cell of a table.
static std::string shortText(EncodingAttr encoding) {
  std::string text;
  llvm::raw_string_ostream os(text);
  ScaleAttr scale = encoding.getScale();
  os << encoding.getCodec().getCodec()->name();
  if (KMeansAttr learned = encoding.getLearned()) {
    os << ' ';
    printBlocks(os, learned.getBooks());
  }
  if (auto pattern = dyn_cast<NMAttr>(encoding.getSparsity()))
    os << ' ' << pattern.getKeep() << ':' << pattern.getRun() << '@'
       << pattern.getAxis();
  if (isa<BitmapAttr>(encoding.getSparsity()))
    os << " bitmap";
  if (!scale.isStored())
    return text;
  os << ' ';
  printBlocks(os, scale);
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
  // Of attention, which has none, the last is the value.
  if (auto attention = dyn_cast<AttentionOp>(layer))
    return {attention.getQuery(), attention.getKey(), attention.getValue()};
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
    else if (GlobalOp global = getLoadedWeight(getUnscaled(operand), symbols))
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
  if (!assemble) {
    layer.floatReason = reason          ? reason.str()
                        : encodesWeight ? "its weight is encoded at run time"
                                        : "no encoding was assigned";
    layer.name = name ? name.str() : std::string("(unnamed)");
    if (failed(addFloat(plain, operands, layer)))
      return failure();
    report.layers.push_back(std::move(layer));
    return success();
  }
  StoredParts parts = *StoredParts::get(assemble, symbols);
  FailureOr<size_t> place = measurer->measure(assemble, parts);
  if (failed(place))
    return failure();
  layer.weight = *place;
  const WeightReport &weight = measurer->weights[*layer.weight];
  layer.name = name ? name.str() : weight.name;
  layer.shape = weight.shape;
  layer.encoding = shortText(assemble.getEncoding());
  if (activation)
    layer.encoding += " x " + shortText(activation);
  layer.hasCorrectedBias = biases.contains(layer.name);
  if (layer.hasCorrectedBias)
    layer.encoding += ", bias";
  layer.bytesBefore = weight.bytesBefore;
  layer.bytesAfter = weight.bytesAfter;
  layer.bitsPerWeight = weight.bitsPerWeight();
  if (std::optional<Layer> matched = matchLayer(op))
    if (failed(addOutput(*matched, assemble, parts, layer)))
      return failure();
  report.layers.push_back(std::move(layer));
  return success();
}

LogicalResult ReportPass::openStatistics(const ExternalWeights &before) {
  samples.reset();
  unknownLayers.clear();
  if (statistics.empty())
    return success();
  Location loc = getOperation().getLoc();
  if (!before.getFile())
    return emitError(loc) << "errors of outputs are those that the weights "
                             "before quantization do not make: name their file "
                             "with the option 'weights'";
  auto read = calibration::Statistics::read(statistics);
  if (!read)
    return emitError(loc) << read.message();
  if (auto status = read->checkModel(weights::fingerprint(*before.getFile()));
      !status)
    return emitError(loc) << status.message();
  samples = *std::move(read);
  return success();
}

/// What the outputs of a contraction lose, if there are statistics.
LogicalResult ReportPass::addOutput(const Layer &matched, AssembleOp assemble,
                                    const StoredParts &parts,
                                    LayerReport &layer) {
  bool isContraction = matched.kind == LayerKind::Matmul ||
                       matched.kind == LayerKind::BatchMatmul ||
                       matched.kind == LayerKind::Conv;
  if (!samples || !isContraction || !matched.reason.empty() ||
      measurer->weights[*layer.weight].isSelection)
    return success();
  const calibration::InputStatistics *input = samples->find(layer.name);
  if (!input) {
    unknownLayers.push_back(layer.name);
    return success();
  }
  // Of a batch second moments are those of all together; those of channels say
  // nothing of a window, and patches are of what the outputs sum over.
  const calibration::InputStatistics *moments =
      samples->find(calibration::patchesOf(layer.name));
  if (!moments && matched.getWindowSize() == 1)
    moments = input;
  if (moments && !moments->hasSecondMoments())
    moments = nullptr;
  FailureOr<std::optional<OutputReport>> output = measurer->measureOutput(
      assemble, parts, matched, *input, moments, biases.lookup(layer.name));
  if (failed(output))
    return failure();
  layer.output = *std::move(output);
  return success();
}

/// Shape and size of a layer that stayed float: of its weight, if it has one.
LogicalResult ReportPass::addFloat(GlobalOp weight, ArrayRef<Value> operands,
                                   LayerReport &layer) {
  RankedTensorType type;
  if (weight)
    type = cast<RankedTensorType>(weight.getType());
  else if (!operands.empty())
    type = dyn_cast<RankedTensorType>(operands.back().getType());
  if (type) {
    for (int64_t size : type.getShape())
      layer.shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
    llvm::raw_string_ostream(layer.encoding) << type.getElementType();
  }
  if (!weight)
    return success();
  FailureOr<const weights::TensorView *> view =
      measurer->getAfter().find(weight);
  if (failed(view))
    return failure();
  layer.bitsPerWeight = weights::bitWidth((*view)->dtype);
  layer.bytesBefore = layer.bytesAfter = (*view)->size;
  return success();
}

/// Everything stored once: the parts of encoded weights stand for the tensor
/// they were encoded from, all else for itself. Channels that were taken from a
/// tensor and lie beside the rest of it add their bytes alone.
LogicalResult ReportPass::addTotals(const SymbolTable &symbols) {
  std::set<std::string> sources;
  std::vector<const WeightReport *> selections;
  llvm::SmallPtrSet<Operation *, 16> parts;
  auto addElements = [&](const WeightReport &weight) {
    report.encodedElements += weight.elements;
    // The same weight may be stored in two encodings or layouts.
    if (weight.source.empty() || sources.insert(weight.source).second)
      report.encodedBytesBefore += weight.bytesBefore;
  };
  std::set<StoredParts::Key> seen;
  getOperation().walk([&](AssembleOp op) {
    std::optional<StoredParts> stored = StoredParts::get(op, symbols);
    if (!stored || !seen.insert(stored->getKey()).second)
      return;
    for (GlobalOp global : stored->globals)
      parts.insert(global);
    std::optional<size_t> place = measurer->find(*stored);
    if (!place)
      return;
    const WeightReport &weight = report.weights[*place];
    report.encodedBytesAfter += weight.bytesAfter;
    if (weight.isSelection)
      selections.push_back(&weight);
    else
      addElements(weight);
  });
  for (const WeightReport *selection : selections)
    if (!sources.count(selection->source))
      addElements(*selection);
  report.bytesBefore = report.encodedBytesBefore;
  report.bytesAfter = report.encodedBytesAfter;
  for (GlobalOp global : getExternalWeights(getOperation())) {
    if (parts.contains(global))
      continue;
    FailureOr<const weights::TensorView *> view =
        measurer->getAfter().find(global);
    if (failed(view))
      return failure();
    report.bytesAfter += (*view)->size;
    if (!sources.count(global.getSymName().str()))
      report.bytesBefore += (*view)->size;
  }
  return success();
}

/// Says which weights have no errors, as nothing is there to compare with.
void ReportPass::remarkOnUnmeasured() {
  SmallVector<StringRef> names;
  for (const WeightReport &weight : report.weights)
    if (!weight.summary)
      names.push_back(weight.name);
  if (names.empty())
    return;
  InFlightDiagnostic remark = emitRemark(getOperation().getLoc());
  remark << "errors of " << names.size() << " weight"
         << (names.size() == 1 ? "" : "s") << ", '" << names.front() << "'"
         << (names.size() == 1 ? "" : " and others")
         << ", are not in the report: ";
  if (weights.empty())
    remark << "no option 'weights' names the file ";
  else
    remark << weights << " has no tensor ";
  remark
      << "that they were encoded from (what is a constant of the module goes "
         "into a file by lowbit-externalize-weights)";
}

LogicalResult ReportPass::write() {
  Location loc = getOperation().getLoc();
  if (table)
    if (llvm::Error error = report.printTable(llvm::errs(), columns))
      return emitError(loc) << llvm::toString(std::move(error));
  if (!reportFile.empty())
    if (weights::Status status = writeReport(reportFile, report.toJson());
        !status)
      return emitError(loc) << status.message();
  return success();
}

void ReportPass::runOnOperation() {
  ModuleOp module = getOperation();
  // Before any work: a file that is both would keep the report alone.
  if (weights::replaces(reportFile, quantizedWeights)) {
    emitError(module.getLoc()) << reportFile
                               << ": is the file of the quantized weights; "
                                  "write the report to another file";
    return signalPassFailure();
  }
  if (checkOnly) {
    markAllAnalysesPreserved();
    FailureOr<ExternalWeights> read =
        ExternalWeights::openOptional(module, weights);
    if (failed(read) || failed(read->verifyOutput(module, reportFile)))
      return signalPassFailure();
    weights::Result<weights::OutputFile> file =
        weights::OutputFile::create(reportFile);
    if (!file) {
      emitError(module.getLoc()) << file.message();
      signalPassFailure();
    }
    return;
  }
  SymbolTable symbols(module);
  report = {};
  FailureOr<ExternalWeights> quantized =
      ExternalWeights::open(module, quantizedWeights, "quantized-weights");
  FailureOr<ExternalWeights> original =
      ExternalWeights::openOptional(module, weights);
  if (failed(quantized) || failed(original) ||
      failed(original->verifyOutput(module, reportFile)))
    return signalPassFailure();
  if (failed(openStatistics(*original)))
    return signalPassFailure();
  measurer.emplace(*std::move(original), *std::move(quantized),
                   numerics::ThreadCount(threads));

  biases = findBiasCorrections(module);
  bool ok = true;
  module.walk([&](Operation *op) {
    if (isa<linalg::LinalgOp>(op) || op->hasAttr(LowbitDialect::kLayerAttr) ||
        op->hasAttr(LowbitDialect::kFloatAttr))
      ok = ok && succeeded(addLayer(op, symbols));
  });
  // Weights that no layer uses count, too.
  module.walk([&](AssembleOp op) {
    if (std::optional<StoredParts> parts = StoredParts::get(op, symbols))
      ok = ok && succeeded(measurer->measure(op, *parts));
  });
  if (!ok)
    return signalPassFailure();
  if (Attribute curve = module->getAttr(TradeOff::kAttrName)) {
    report.tradeOff = TradeOff::fromAttribute(curve);
    if (!report.tradeOff) {
      module.emitError() << TradeOff::kAttrName
                         << " is not what lowbit-assign-encodings leaves";
      return signalPassFailure();
    }
  }
  if (!unknownLayers.empty())
    emitWarning(module.getLoc())
        << samples->path() << ": knows nothing of the inputs of "
        << unknownLayers.size() << " encoded layer"
        << (unknownLayers.size() == 1 ? "" : "s") << ", '"
        << unknownLayers.front() << "'"
        << (unknownLayers.size() == 1 ? "" : " and others")
        << "; errors of their outputs are not in the report";
  report.weights = std::move(measurer->weights);
  remarkOnUnmeasured();
  if (failed(addTotals(symbols)) || failed(write()))
    return signalPassFailure();
  module.walk(
      [](Operation *op) { op->removeAttr(LowbitDialect::kKernelAttr); });
  module->removeAttr(TradeOff::kAttrName);
  markAllAnalysesPreserved();
}
