//===- GlobalsToArguments.cpp - Turn external globals into arguments ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//
// Matches ml_program globals and constant loads of them. An external global
// becomes a further argument of each function that reads it, itself or through
// calls; the new arguments stand in the order of the globals in the module, and
// those of public functions name their stored tensor in `lowbit.weight`. Loads
// of globals with a value become constants. Leaves no global.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"

#include <set>

namespace lowbit {
#define GEN_PASS_DEF_GLOBALSTOARGUMENTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
/// A function and the external globals that it has to be given.
struct Reader {
  SmallVector<ml_program::GlobalLoadConstOp> loads;
  SmallVector<func::CallOp> calls;
  /// By their number in the module: arguments stand in this order.
  std::set<unsigned> globals;
};

class GlobalsToArguments {
public:
  explicit GlobalsToArguments(ModuleOp module)
      : module(module), symbols(module) {}

  LogicalResult run() {
    if (failed(collectGlobals()) || failed(collectReaders()))
      return failure();
    spreadThroughCalls();
    // What is wrong is said before the first function is changed.
    if (failed(checkOnlyCalled()) || failed(checkOnlyLoaded()))
      return failure();
    for (auto &[function, reader] : readers)
      if (failed(addArguments(function, reader)))
        return failure();
    for (ml_program::GlobalOp global : globals)
      global.erase();
    return success();
  }

private:
  LogicalResult collectGlobals();
  LogicalResult collectReaders();
  void spreadThroughCalls();
  LogicalResult checkOnlyCalled();
  LogicalResult checkOnlyLoaded();
  LogicalResult addArguments(func::FuncOp function, Reader &reader);

  ModuleOp module;
  SymbolTable symbols;
  SmallVector<ml_program::GlobalOp> globals;
  llvm::MapVector<StringAttr, unsigned> numbers;
  llvm::MapVector<func::FuncOp, Reader> readers;
};
} // namespace

static bool isExternal(ml_program::GlobalOp global) {
  return isa<ml_program::ExternAttr>(*global.getValue());
}

LogicalResult GlobalsToArguments::collectGlobals() {
  for (auto global : module.getOps<ml_program::GlobalOp>()) {
    if (global.getIsMutable())
      return global.emitOpError(
          "is mutable: only constant globals become arguments");
    // The verifier of the op has seen that there is a value.
    if (!isa<TypedAttr>(*global.getValue()))
      return global.emitOpError("has a value without a type");
    numbers[global.getSymNameAttr()] = globals.size();
    globals.push_back(global);
  }
  return success();
}

LogicalResult GlobalsToArguments::collectReaders() {
  for (auto function : module.getOps<func::FuncOp>()) {
    Reader &reader = readers[function];
    WalkResult result = function.walk([&](Operation *op) {
      if (auto call = dyn_cast<func::CallOp>(op)) {
        reader.calls.push_back(call);
        return WalkResult::advance();
      }
      if (isa<ml_program::GlobalLoadOp, ml_program::GlobalStoreOp,
              ml_program::GlobalLoadGraphOp, ml_program::GlobalStoreGraphOp>(
              op)) {
        op->emitOpError("treats a global as mutable: only constant loads "
                        "become arguments");
        return WalkResult::interrupt();
      }
      auto load = dyn_cast<ml_program::GlobalLoadConstOp>(op);
      if (!load)
        return WalkResult::advance();
      auto number = numbers.find(load.getGlobal().getLeafReference());
      if (number == numbers.end() ||
          !isa<FlatSymbolRefAttr>(load.getGlobal())) {
        load.emitOpError("reads a global that is not one of this module");
        return WalkResult::interrupt();
      }
      ml_program::GlobalOp global = globals[number->second];
      auto value = cast<TypedAttr>(*global.getValue());
      if (!isExternal(global) && value.getType() != load.getType()) {
        load.emitOpError("reads a global whose value has another type, ")
            << value.getType();
        return WalkResult::interrupt();
      }
      reader.loads.push_back(load);
      if (isExternal(global))
        reader.globals.insert(number->second);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return failure();
  }
  return success();
}

void GlobalsToArguments::spreadThroughCalls() {
  // Until nothing changes: calls may be recursive.
  bool changed = true;
  while (changed) {
    changed = false;
    for (auto &[function, reader] : readers)
      for (func::CallOp call : reader.calls) {
        auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
        auto found = readers.find(callee);
        if (found == readers.end())
          continue;
        size_t before = reader.globals.size();
        reader.globals.insert(found->second.globals.begin(),
                              found->second.globals.end());
        changed |= reader.globals.size() != before;
      }
  }
}

/// New arguments can be passed where calls are known.
LogicalResult GlobalsToArguments::checkOnlyCalled() {
  for (auto &[function, reader] : readers) {
    if (reader.globals.empty())
      continue;
    std::optional<SymbolTable::UseRange> uses =
        SymbolTable::getSymbolUses(function, module);
    if (!uses)
      return function.emitOpError("may be used by unknown operations");
    for (SymbolTable::SymbolUse use : *uses)
      if (!isa<func::CallOp>(use.getUser()))
        return use.getUser()->emitOpError("uses the function ")
               << function.getSymName()
               << ", which reads external globals, other than by a call";
  }
  return success();
}

/// Globals can go where every use is one of the loads that go too.
LogicalResult GlobalsToArguments::checkOnlyLoaded() {
  llvm::SmallPtrSet<Operation *, 16> loads;
  for (auto &[function, reader] : readers)
    loads.insert(reader.loads.begin(), reader.loads.end());
  for (ml_program::GlobalOp global : globals) {
    std::optional<SymbolTable::UseRange> uses =
        SymbolTable::getSymbolUses(global, module);
    if (!uses)
      return global.emitOpError("may be used by unknown operations");
    for (SymbolTable::SymbolUse use : *uses)
      if (!loads.contains(use.getUser()))
        return use.getUser()->emitOpError("uses the global '")
               << global.getSymName()
               << "' other than by a constant load in a function";
  }
  return success();
}

LogicalResult GlobalsToArguments::addArguments(func::FuncOp function,
                                               Reader &reader) {
  llvm::MapVector<unsigned, Value> arguments;
  for (unsigned number : reader.globals) {
    ml_program::GlobalOp global = globals[number];
    NamedAttrList attrs;
    if (function.isPublic()) {
      attrs.set(LowbitDialect::kWeightAttr, global.getSymNameAttr());
      // A product may add to a stored tensor, but not in place.
      attrs.set(bufferization::BufferizationDialect::kWritableAttrName,
                BoolAttr::get(function.getContext(), false));
    }
    unsigned position = function.getNumArguments();
    if (failed(function.insertArgument(
            position, global.getType(),
            attrs.getDictionary(function.getContext()), global.getLoc())))
      return failure();
    arguments[number] = function.getArgument(position);
  }

  for (ml_program::GlobalLoadConstOp load : reader.loads) {
    unsigned number = numbers[load.getGlobal().getLeafReference()];
    ml_program::GlobalOp global = globals[number];
    Value value;
    if (isExternal(global)) {
      value = arguments[number];
    } else {
      OpBuilder builder(load);
      value = arith::ConstantOp::create(builder, load.getLoc(),
                                        cast<TypedAttr>(*global.getValue()));
    }
    load.replaceAllUsesWith(value);
    load.erase();
  }

  for (func::CallOp call : reader.calls) {
    auto found = readers.find(symbols.lookup<func::FuncOp>(call.getCallee()));
    if (found == readers.end())
      continue;
    SmallVector<Value> further;
    for (unsigned number : found->second.globals)
      further.push_back(arguments[number]);
    call.getOperandsMutable().append(further);
  }
  return success();
}

namespace {
struct GlobalsToArgumentsPass final
    : lowbit::impl::GlobalsToArgumentsPassBase<GlobalsToArgumentsPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(GlobalsToArguments(getOperation()).run()))
      signalPassFailure();
  }
};
} // namespace
