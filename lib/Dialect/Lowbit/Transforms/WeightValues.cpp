//===- WeightValues.cpp - What layers read of their weights ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/WeightValues.h"

#include "ChannelProduct.h"
#include "StoredParts.h"
#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "mlir/IR/Matchers.h"

using namespace lowbit;
using namespace mlir;

struct WeightValues::Impl {
  SymbolTable symbols;
  ExternalWeights stored;
};

WeightValues::WeightValues(std::unique_ptr<Impl> impl)
    : impl(std::move(impl)) {}
WeightValues::WeightValues(WeightValues &&other) = default;
WeightValues::~WeightValues() = default;

FailureOr<WeightValues> WeightValues::open(ModuleOp module, StringRef path) {
  FailureOr<ExternalWeights> stored = ExternalWeights::open(module, path);
  if (failed(stored))
    return failure();
  return WeightValues(
      std::make_unique<Impl>(Impl{SymbolTable(module), *std::move(stored)}));
}

static InFlightDiagnostic emitNoValue(const Layer &layer) {
  return layer.op->emitError("the weight of layer '")
         << layer.name << "' has no value that is known here";
}

/// The constant that a weight is, or null.
static Attribute getConstant(Value source, const SymbolTable &symbols) {
  ElementsAttr constant;
  if (ml_program::GlobalOp holder = getLoadedConstant(source, symbols))
    return *holder.getValue();
  if (matchPattern(source, m_Constant(&constant)))
    return constant;
  return nullptr;
}

FailureOr<std::vector<float>>
WeightValues::read(const Layer &layer, numerics::ThreadCount threads) const {
  RankedTensorType type = layer.getWeightType();
  std::vector<float> values(type.getNumElements());
  Value weight = layer.weight->get();
  if (auto assemble = weight.getDefiningOp<AssembleOp>()) {
    std::optional<StoredParts> parts =
        StoredParts::get(assemble, impl->symbols);
    if (!parts)
      return emitNoValue(layer);
    if (failed(parts->verify(assemble, impl->stored)))
      return failure();
    if (auto error = numerics::dequantize(
            parts->view(impl->stored), type.getShape(),
            assemble.getEncoding().getFormat(type.getRank()), values, threads))
      return assemble.emitError() << error->message;
    return values;
  }
  auto copy = [&](const StoredReals &reals) {
    std::vector<float> storage;
    llvm::copy(reals.read(0, values.size(), storage), values.begin());
  };
  Value source = getUnscaled(weight);
  RealSteps steps = getRealSteps(weight);
  if (ml_program::GlobalOp global = getLoadedWeight(source, impl->symbols)) {
    FailureOr<const weights::TensorView *> view = impl->stored.find(global);
    if (failed(view))
      return failure();
    copy({(*view)->dtype, (*view)->bytes(), &steps});
    impl->stored.release(**view, 0, (*view)->size);
    return values;
  }
  Attribute constant = getConstant(source, impl->symbols);
  std::optional<ConstantBytes> bytes =
      constant ? ConstantBytes::get(constant) : std::nullopt;
  if (!bytes || !StoredReals::isReal(bytes->dtype))
    return emitNoValue(layer);
  copy({bytes->dtype, bytes->bytes(), &steps});
  return values;
}

const weights::WeightsFile *WeightValues::getFile() const {
  return impl->stored.getFile();
}

std::string WeightValues::describe(const Layer &layer) const {
  Value source = getUnscaled(layer.weight->get());
  if (ml_program::GlobalOp global = getLoadedWeight(source, impl->symbols))
    return getFile()->path() + ": tensor '" + global.getSymName().str() + "'";
  return "the weight of layer '" + layer.name + "'";
}

FailureOr<int64_t> WeightValues::getBytes(const Layer &layer) const {
  auto assemble = layer.weight->get().getDefiningOp<AssembleOp>();
  if (!assemble)
    return getFloatBytes(layer);
  std::optional<StoredParts> parts = StoredParts::get(assemble, impl->symbols);
  if (!parts)
    return emitNoValue(layer);
  if (failed(parts->verify(assemble, impl->stored)))
    return failure();
  int64_t bytes = 0;
  for (std::span<const uint8_t> part : parts->view(impl->stored))
    bytes += part.size();
  return bytes;
}

std::span<const std::byte> WeightValues::findInFile(const Layer &layer) const {
  ml_program::GlobalOp global =
      getLoadedWeight(layer.weight->get(), impl->symbols);
  if (!global)
    return {};
  const weights::TensorView *view =
      impl->stored.getFile()->find(global.getSymName());
  Type elementType = layer.getWeightType().getElementType();
  bool isAligned = view && reinterpret_cast<uintptr_t>(view->data) %
                                   (elementType.getIntOrFloatBitWidth() / 8) ==
                               0;
  return isAligned && isStoredAs(elementType, view->dtype)
             ? view->bytes()
             : std::span<const std::byte>();
}

std::vector<std::byte> lowbit::toStoredReals(std::span<const float> values,
                                             Type elementType) {
  return storeReals(values, *getStoredDType(elementType));
}
