//===- ExternalWeights.cpp - Weights of a module in their file ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ExternalWeights.h"

#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "mlir/IR/SymbolTable.h"

using namespace lowbit;
using namespace mlir;

bool lowbit::isExternalWeight(ml_program::GlobalOp global) {
  return !global.getIsMutable() && isa<RankedTensorType>(global.getType()) &&
         isa_and_nonnull<ml_program::ExternAttr>(global.getValueAttr());
}

SmallVector<ml_program::GlobalOp> lowbit::getExternalWeights(ModuleOp module) {
  return llvm::filter_to_vector(module.getOps<ml_program::GlobalOp>(),
                                isExternalWeight);
}

/// The immutable global that `value` is loaded from, or null.
static ml_program::GlobalOp getLoadedGlobal(Value value,
                                            const SymbolTable &symbols) {
  auto load = value.getDefiningOp<ml_program::GlobalLoadConstOp>();
  if (!load || SymbolTable::getNearestSymbolTable(load) != symbols.getOp())
    return nullptr;
  if (!isa<FlatSymbolRefAttr>(load.getGlobal()))
    return nullptr;
  auto global =
      symbols.lookup<ml_program::GlobalOp>(load.getGlobal().getLeafReference());
  return global && !global.getIsMutable() ? global : nullptr;
}

ml_program::GlobalOp lowbit::getLoadedWeight(Value value,
                                             const SymbolTable &symbols) {
  ml_program::GlobalOp global = getLoadedGlobal(value, symbols);
  return global && isExternalWeight(global) ? global : nullptr;
}

ml_program::GlobalOp lowbit::getLoadedConstant(Value value,
                                               const SymbolTable &symbols) {
  ml_program::GlobalOp global = getLoadedGlobal(value, symbols);
  auto elements = dyn_cast_or_null<ElementsAttr>(global ? global.getValueAttr()
                                                        : Attribute());
  return elements && elements.getType() == value.getType() ? global : nullptr;
}

SmallVector<ml_program::GlobalOp> lowbit::findUsedWeights(
    ModuleOp module, function_ref<bool(ml_program::GlobalLoadConstOp)> reads) {
  llvm::StringSet<> used;
  module.walk([&](Operation *op) {
    if (auto load = dyn_cast<ml_program::GlobalLoadConstOp>(op))
      if (!reads(load))
        return;
    op->getAttrDictionary().walk([&](SymbolRefAttr reference) {
      used.insert(reference.getRootReference().getValue());
    });
  });
  return llvm::filter_to_vector(getExternalWeights(module),
                                [&](ml_program::GlobalOp global) {
                                  return used.contains(global.getSymName());
                                });
}

void lowbit::eraseUnusedWeights(ModuleOp module) {
  module.walk([](ml_program::GlobalLoadConstOp load) {
    if (load.use_empty())
      load.erase();
  });
  llvm::SmallPtrSet<Operation *, 16> used;
  for (ml_program::GlobalOp global : findUsedWeights(
           module, [](ml_program::GlobalLoadConstOp) { return true; }))
    used.insert(global);
  for (ml_program::GlobalOp global : getExternalWeights(module))
    if (!used.contains(global))
      global.erase();
}

FailureOr<ExternalWeights>
ExternalWeights::open(ModuleOp module, StringRef path, StringRef option) {
  SmallVector<ml_program::GlobalOp> globals = getExternalWeights(module);
  if (path.empty() && !globals.empty())
    return globals.front().emitError()
           << "weight '" << globals.front().getSymName()
           << "' is external: name its file with the option '" << option << "'";
  return openOptional(module, path);
}

FailureOr<ExternalWeights> ExternalWeights::openOptional(ModuleOp module,
                                                         StringRef path) {
  ExternalWeights result;
  if (path.empty())
    return result;
  weights::Result<weights::WeightsFile> file =
      weights::WeightsFile::open(path.str());
  if (!file)
    return emitError(module.getLoc()) << file.message();
  result.file = std::make_shared<const weights::WeightsFile>(*std::move(file));
  return result;
}

FailureOr<const weights::TensorView *>
ExternalWeights::find(ml_program::GlobalOp global) const {
  assert(file && "a module with weights has a file");
  auto type = cast<RankedTensorType>(global.getType());
  if (!type.hasStaticShape())
    return global.emitError()
           << "external weights have static shapes, got " << type;
  StringRef name = global.getSymName();
  const weights::TensorView *view = file->find(name);
  if (!view) {
    InFlightDiagnostic diag = global.emitError()
                              << file->path() << ": has no tensor '" << name
                              << "'";
    SmallVector<StringRef> names;
    for (const weights::TensorView *stored : file->tensors())
      names.push_back(stored->name);
    if (StringRef nearest = findNearest(name, names); !nearest.empty())
      diag << "; did you mean '" << nearest << "'?";
    return diag;
  }
  if (!llvm::equal(type.getShape(), view->shape))
    return global.emitError()
           << file->path() << ": tensor '" << name << "' has shape "
           << weights::shapeText(view->shape) << ", but the module expects "
           << weights::shapeText(type.getShape());
  if (!isStoredAs(type.getElementType(), view->dtype))
    return global.emitError()
           << file->path() << ": tensor '" << name << "' has element type "
           << weights::name(view->dtype) << ", but the module expects "
           << type.getElementType();
  return view;
}

LogicalResult ExternalWeights::verifyOutput(ModuleOp module,
                                            StringRef output) const {
  if (file && file->isReplacedBy(output.str()))
    return emitError(module.getLoc())
           << output << ": is "
           << (StringRef(file->path()).ends_with(".json")
                   ? "part of the sharded set"
                   : "the file")
           << " that is being read; write to another file";
  return success();
}

void ExternalWeights::release(const weights::TensorView &view, uint64_t offset,
                              uint64_t size) const {
  for (const weights::SafetensorsFile &shard : file->shards()) {
    if (shard.find(view.name) != &view)
      continue;
    weights::TensorView part = {
        view.name, view.dtype, {}, view.data + offset, size};
    shard.release(part);
  }
}

StoredNames::StoredNames(ModuleOp module) {
  for (Operation &op : *module.getBody())
    if (auto symbol =
            op.getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName()))
      taken.insert(symbol.getValue());
}

std::string
StoredNames::take(StringRef wanted,
                  function_ref<SmallVector<std::string>(StringRef)> extend) {
  for (unsigned suffix = 0;; ++suffix) {
    std::string name = wanted.str();
    if (suffix != 0)
      name += "." + std::to_string(suffix);
    SmallVector<std::string> names = {name};
    if (extend)
      names = extend(name);
    if (llvm::any_of(names, [&](StringRef n) { return taken.contains(n); }))
      continue;
    for (const std::string &n : names)
      taken.insert(n);
    return name;
  }
}
