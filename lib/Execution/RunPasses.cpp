//===- RunPasses.cpp - Passes on the way to a program ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunPasses.h"

#include "lowbit/Execution/Program.h"

using namespace lowbit;
using namespace mlir;

char DiagnosedError::ID = 0;

void DiagnosedError::log(llvm::raw_ostream &os) const {
  os << "a pass failed: its diagnostic says why";
}

std::error_code DiagnosedError::convertToErrorCode() const {
  return llvm::inconvertibleErrorCode();
}

llvm::Error lowbit::runPasses(ModuleOp module,
                              function_ref<void(OpPassManager &)> build) {
  PassManager pm(module.getContext());
  build(pm);
  if (failed(pm.run(module)))
    return llvm::make_error<DiagnosedError>();
  return llvm::Error::success();
}
