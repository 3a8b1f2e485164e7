//===- ObserveToCalls.cpp - Observed buffers are shown by calls -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches lowbit.observe of memrefs. Makes calls of functions that the program
// is linked with, one function for each element type, and lists the observers
// on the module by the numbers that the calls give. Leaves nothing: what cannot
// be observed is an error.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/StringMap.h"

namespace lowbit {
#define GEN_PASS_DEF_CONVERTOBSERVETOCALLS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

/// The observers of a module by number.
class Observers {
public:
  /// Goes on where an earlier run of the pass has ended.
  explicit Observers(ModuleOp module);

  /// The number of the observer that `op` is, a new one or that of its layers.
  FailureOr<int64_t> getNumber(ObserveOp op);

  ArrayAttr getAttr(MLIRContext *context) const;

private:
  struct Observer {
    Location loc;
    ArrayAttr layers;
    /// Dynamic as long as no place knows it.
    int64_t channels;
    bool gram;
  };
  void add(Observer observer);

  SmallVector<Observer> observers;
  llvm::StringMap<int64_t> byLayer;
};

struct ConvertObserveToCalls final
    : lowbit::impl::ConvertObserveToCallsBase<ConvertObserveToCalls> {
  using Base::Base;
  void runOnOperation() override;
};

} // namespace

Observers::Observers(ModuleOp module) {
  auto list = module->getAttrOfType<ArrayAttr>(LowbitDialect::kObserversAttr);
  if (!list)
    return;
  for (auto entry : list.getAsRange<DictionaryAttr>()) {
    auto channels = entry.getAs<IntegerAttr>("channels");
    add({module.getLoc(), entry.getAs<ArrayAttr>("layers"),
         channels ? channels.getInt() : ShapedType::kDynamic,
         entry.contains("gram")});
  }
}

void Observers::add(Observer observer) {
  for (StringRef layer : observer.layers.getAsValueRange<StringAttr>())
    byLayer[layer] = observers.size();
  observers.push_back(observer);
}

FailureOr<int64_t> Observers::getNumber(ObserveOp op) {
  int64_t channels = op.getInput().getType().getDimSize(op.getAxis());
  Observer *known = nullptr;
  for (StringRef layer : op.getLayers().getAsValueRange<StringAttr>())
    if (auto it = byLayer.find(layer); it != byLayer.end())
      known = &observers[it->second];
  if (!known) {
    add({op.getLoc(), op.getLayers(), channels, op.getGram()});
    return observers.size() - 1;
  }
  // (C119)
  auto fail = [&](const Twine &message) {
    InFlightDiagnostic error = op.emitOpError(message);
    error.attachNote(known->loc) << "the other observer";
    return error;
  };
  if (known->layers != op.getLayers())
    return fail("shares a layer with an observer of other layers: ")
           << op.getLayers() << " and " << known->layers;
  if (known->gram != op.getGram())
    return fail("has the layers of another observer, but only one of them "
                "collects second moments");
  if (ShapedType::isDynamic(known->channels))
    known->channels = channels;
  if (!ShapedType::isDynamic(channels) && channels != known->channels)
    return fail("has the layers of another observer, but ")
           << channels << " channels, not " << known->channels;
  return known - observers.begin();
}

ArrayAttr Observers::getAttr(MLIRContext *context) const {
  Builder builder(context);
  SmallVector<Attribute> list;
  for (const Observer &observer : observers) {
    NamedAttrList entry;
    entry.set("layers", observer.layers);
    if (!ShapedType::isDynamic(observer.channels))
      entry.set("channels", builder.getI64IntegerAttr(observer.channels));
    if (observer.gram)
      entry.set("gram", builder.getUnitAttr());
    list.push_back(entry.getDictionary(context));
  }
  return builder.getArrayAttr(list);
}

/// Whether `op` can become a call; emits an error if not.
static LogicalResult check(ObserveOp op) {
  auto type = dyn_cast<MemRefType>(op.getInput().getType());
  if (!type)
    return op.emitOpError("of a tensor is left; bufferize first");
  if (type.getMemorySpace())
    return op.emitOpError("of ")
           << type << " is in a memory that functions of the host do not read";
  // (C119)
  if (op->getParentWithTrait<OpTrait::HasParallelRegion>())
    return op.emitOpError("is in a parallel loop, from which rows would come "
                          "in any order");
  return success();
}

/// The declaration of the function for elements of `type`, or null, with an
/// error, if its name is taken.
static func::FuncOp getFunction(ModuleOp module, Type type, ObserveOp op) {
  std::string name = "lowbit_observe_";
  llvm::raw_string_ostream(name) << type;
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  auto functionType = builder.getFunctionType(
      {builder.getI64Type(), builder.getI64Type(),
       UnrankedMemRefType::get(type, /*memorySpace=*/{})},
      {});
  if (Operation *symbol = module.lookupSymbol(name)) {
    auto function = dyn_cast<func::FuncOp>(symbol);
    if (function && function.isExternal() &&
        function.getFunctionType() == functionType)
      return function;
    op.emitOpError("calls '") << name << "', but the module has another symbol "
                              << "of that name";
    return nullptr;
  }
  auto function =
      func::FuncOp::create(builder, module.getLoc(), name, functionType);
  function.setPrivate();
  function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                    builder.getUnitAttr());
  return function;
}

void ConvertObserveToCalls::runOnOperation() {
  ModuleOp module = getOperation();
  SmallVector<ObserveOp> ops;
  module.walk([&](ObserveOp op) { ops.push_back(op); });
  if (ops.empty())
    return;
  // All are checked before the first is changed.
  Observers observers(module);
  SmallVector<int64_t> numbers;
  for (ObserveOp op : ops) {
    FailureOr<int64_t> number = failure();
    if (succeeded(check(op)))
      number = observers.getNumber(op);
    if (failed(number))
      return signalPassFailure();
    numbers.push_back(*number);
  }
  for (auto [op, number] : llvm::zip_equal(ops, numbers)) {
    Type type = op.getInput().getType().getElementType();
    func::FuncOp function = getFunction(module, type, op);
    if (!function)
      return signalPassFailure();
    OpBuilder builder(op);
    Location loc = op.getLoc();
    Value observer =
        arith::ConstantIntOp::create(builder, loc, number, /*width=*/64);
    Value axis =
        arith::ConstantIntOp::create(builder, loc, op.getAxis(), /*width=*/64);
    Value any = memref::CastOp::create(
        builder, loc, function.getArgumentTypes().back(), op.getInput());
    func::CallOp::create(builder, loc, function,
                         ValueRange{observer, axis, any});
    op.erase();
  }
  module->setAttr(LowbitDialect::kObserversAttr,
                  observers.getAttr(&getContext()));
}
