//===- LowbitDialect.cpp - The lowbit dialect -----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringSwitch.h"

using namespace lowbit;
using namespace mlir;

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.cpp.inc"

void LowbitDialect::initialize() {
  registerAttributes();
  registerOps();
}

/// Whether this is an entry of `lowbit.observers`.
static bool isObserver(Attribute attribute) {
  auto entry = dyn_cast<DictionaryAttr>(attribute);
  auto layers = entry ? entry.getAs<ArrayAttr>("layers") : nullptr;
  return layers && llvm::all_of(layers, llvm::IsaPred<StringAttr>);
}

/// (C27) The attributes that passes hand each other have the kind that their
/// readers expect. Names we do not know pass: they are someone's notes.
static LogicalResult verifyDiscardable(Operation *op, NamedAttribute named) {
  enum class Kind {
    Any,
    String,
    Encoding,
    Range,
    Method,
    Clip,
    Ranges,
    Scaling,
    Threshold,
    Unit,
    Observers
  };
  StringRef name = named.getName();
  Kind kind = llvm::StringSwitch<Kind>(name)
                  .Cases({LowbitDialect::kNameAttr, LowbitDialect::kLayerAttr,
                          LowbitDialect::kWeightAttr, LowbitDialect::kFloatAttr,
                          LowbitDialect::kKernelAttr,
                          LowbitDialect::kBiasCorrectionAttr},
                         Kind::String)
                  .Cases({LowbitDialect::kWeightEncodingAttr,
                          LowbitDialect::kActivationEncodingAttr},
                         Kind::Encoding)
                  .Case(LowbitDialect::kWeightRangeAttr, Kind::Range)
                  .Case(LowbitDialect::kWeightMethodAttr, Kind::Method)
                  .Case(LowbitDialect::kActivationClipAttr, Kind::Clip)
                  .Case(LowbitDialect::kActivationRangesAttr, Kind::Ranges)
                  .Case(LowbitDialect::kScaleInputsAttr, Kind::Scaling)
                  .Case(LowbitDialect::kOutliersAttr, Kind::Threshold)
                  .Cases({LowbitDialect::kInputScalesAttr,
                          LowbitDialect::kSelectionAttr,
                          LowbitDialect::kCorrectBiasAttr},
                         Kind::Unit)
                  .Case(LowbitDialect::kObserversAttr, Kind::Observers)
                  .Default(Kind::Any);
  auto expects = [&](StringRef what) {
    return op->emitError("expects '")
           << name << "' to be " << what << ", got " << named.getValue();
  };
  switch (kind) {
  case Kind::Any:
    return success();
  case Kind::String:
    if (!isa<StringAttr>(named.getValue()))
      return expects("a string");
    return success();
  case Kind::Encoding:
    if (!isa<EncodingAttr>(named.getValue()))
      return expects("a #lowbit.encoding");
    return success();
  case Kind::Range:
    if (!isa<RangeKindAttr>(named.getValue()))
      return expects("a #lowbit.range");
    return success();
  case Kind::Clip:
    if (!isa<ClipAttr>(named.getValue()))
      return expects("a #lowbit.clip");
    return success();
  case Kind::Ranges: {
    auto ranges = dyn_cast<ArrayAttr>(named.getValue());
    if (!ranges || ranges.size() != 2 ||
        !llvm::all_of(ranges, [](Attribute range) {
          auto values = dyn_cast<DenseElementsAttr>(range);
          return values && values.getElementType().isF32();
        }))
      return expects("two dense tensors of f32");
    return success();
  }
  case Kind::Scaling:
    if (!isa<AwqAttr, SmoothQuantAttr>(named.getValue()))
      return expects("#lowbit.awq or #lowbit.smoothquant");
    return success();
  case Kind::Threshold: {
    // (C143)
    auto threshold = dyn_cast<FloatAttr>(named.getValue());
    if (!threshold || !threshold.getType().isF64() ||
        !threshold.getValue().isFinite() || !(threshold.getValueAsDouble() > 0))
      return expects("a finite f64 above 0");
    return success();
  }
  case Kind::Unit:
    if (!isa<UnitAttr>(named.getValue()))
      return expects("unit");
    return success();
  case Kind::Method:
    if (!isa<MethodAttr>(named.getValue()))
      return expects("a #lowbit.method");
    return success();
  case Kind::Observers: {
    auto array = dyn_cast<ArrayAttr>(named.getValue());
    if (!array || !llvm::all_of(array, isObserver))
      return expects("an array of dictionaries with the names of 'layers'");
    return success();
  }
  }
  llvm_unreachable("unknown kind of attribute");
}

LogicalResult LowbitDialect::verifyOperationAttribute(Operation *op,
                                                      NamedAttribute named) {
  return verifyDiscardable(op, named);
}

LogicalResult LowbitDialect::verifyRegionArgAttribute(Operation *op, unsigned,
                                                      unsigned,
                                                      NamedAttribute named) {
  return verifyDiscardable(op, named);
}

LogicalResult LowbitDialect::verifyRegionResultAttribute(Operation *op,
                                                         unsigned, unsigned,
                                                         NamedAttribute named) {
  return verifyDiscardable(op, named);
}
