//===- EntryFunction.cpp - The function of a module to run ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntryFunction.h"

#include "RunPasses.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredTypes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace lowbit;
using namespace mlir;

template <typename... Args>
static llvm::Error makeError(const char *format, Args &&...args) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), format,
                                 std::forward<Args>(args)...);
}

std::string lowbit::suggestName(StringRef name, ArrayRef<StringRef> names) {
  StringRef nearest = findNearest(name, names);
  return nearest.empty() ? "" : ("; did you mean '" + nearest + "'?").str();
}

/// Whether files can hold every value of `types`, which are "argument" or
/// "result" of the function `name`.
static llvm::Error checkTypes(TypeRange types, const char *what,
                              StringRef name) {
  for (auto [i, type] : llvm::enumerate(types)) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    std::string problem;
    if (tensor && getEncoding(tensor))
      problem = "is encoded; let the function take or give the stored parts, "
                "with lowbit.assemble or lowbit.disassemble";
    else if (!tensor || !getStoredDType(tensor.getElementType()))
      problem = "is no tensor that a file can hold";
    else
      continue;
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return makeError("%s %zu of the function '%s', %s, %s", what, i,
                     name.str().c_str(), text.c_str(), problem.c_str());
  }
  return llvm::Error::success();
}

/// The function to run, which must be one that can be run on files.
static llvm::Expected<func::FuncOp> findFunction(ModuleOp module,
                                                 const std::string &name) {
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function) {
    SmallVector<StringRef> names;
    for (auto other : module.getOps<func::FuncOp>())
      if (!other.isExternal())
        names.push_back(other.getSymName());
    std::string hint = suggestName(name, names);
    if (hint.empty() && !names.empty())
      hint = "; it has '" + llvm::join(names, "', '") +
             "', which --function takes";
    return makeError("the module has no function '%s'%s", name.c_str(),
                     hint.c_str());
  }
  if (function.isExternal())
    return makeError("the function '%s' has no body", name.c_str());
  if (llvm::Error error =
          checkTypes(function.getArgumentTypes(), "argument", name))
    return error;
  if (llvm::Error error = checkTypes(function.getResultTypes(), "result", name))
    return error;
  return function;
}
/// Gives functions names that no function of C has: compiled as `malloc`, one
/// would be called by all that allocates.
static llvm::Error renameFunctions(ModuleOp module) {
  SymbolTable symbols(module);
  SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
  for (func::FuncOp function : functions) {
    if (function.isExternal())
      continue;
    std::string name = "lowbit." + function.getSymName().str();
    while (symbols.lookup(name))
      name += ".";
    if (failed(symbols.rename(function, name)))
      return makeError("the function '%s' cannot be renamed",
                       function.getSymName().str().c_str());
  }
  return llvm::Error::success();
}

/// There is nothing to link a model with: a declared function would be looked
/// for in this process, and called as if it were compiled from a func.func.
/// Kernels are declared later, and get their bodies.
static llvm::Error checkBodies(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isExternal())
      return makeError("the model needs the function '%s', which has no body",
                       function.getSymName().str().c_str());
  return llvm::Error::success();
}
llvm::Expected<func::FuncOp> lowbit::isolateEntry(ModuleOp module,
                                                  const std::string &name) {
  llvm::Expected<func::FuncOp> function = findFunction(module, name);
  if (!function)
    return function;
  if (llvm::Error error = renameFunctions(module))
    return error;
  for (auto other : module.getOps<func::FuncOp>())
    if (other != *function)
      other.setPrivate();
  if (llvm::Error error = runPasses(
          module, [](OpPassManager &pm) { pm.addPass(createSymbolDCEPass()); }))
    return error;
  if (llvm::Error error = checkBodies(module))
    return error;
  return function;
}
