//===- Diagnostics.cpp - Diagnostics as users read them -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Pipelines/Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/Support/WithColor.h"

using namespace mlir;

/// Whether there is a line of a file to show.
static bool hasFile(Location loc) {
  return loc
      ->walk([](Location part) {
        return isa<FileLineColRange>(part) ? WalkResult::interrupt()
                                           : WalkResult::advance();
      })
      .wasInterrupted();
}

/// "fc1.weight: ", or nothing.
static std::string getPrefix(Location loc) {
  std::string name;
  loc->walk([&](Location part) {
    if (auto named = dyn_cast<NameLoc>(part)) {
      name = named.getName().str() + ": ";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return name;
}

static void print(const Diagnostic &diagnostic) {
  llvm::raw_ostream &os = llvm::errs();
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    llvm::WithColor::error(os);
    break;
  case DiagnosticSeverity::Warning:
    llvm::WithColor::warning(os);
    break;
  case DiagnosticSeverity::Remark:
    llvm::WithColor::remark(os);
    break;
  case DiagnosticSeverity::Note:
    llvm::WithColor::note(os);
    break;
  }
  os << getPrefix(diagnostic.getLocation()) << diagnostic << '\n';
  for (const Diagnostic &note : diagnostic.getNotes())
    print(note);
}

void lowbit::printNamedLocations(MLIRContext *context) {
  context->getDiagEngine().registerHandler(
      [](Diagnostic &diagnostic) -> LogicalResult {
        if (hasFile(diagnostic.getLocation()))
          return failure();
        print(diagnostic);
        return success();
      });
}
