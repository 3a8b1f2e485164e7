//===- PackWeights.h - Weights as kernels want them -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_PACKWEIGHTS_H
#define LOWBIT_LIB_EXECUTION_PACKWEIGHTS_H

#include "lowbit/Kernels/X86/Target.h"
#include "lowbit/Weights/WeightsFile.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <optional>

namespace lowbit {

/// An error at each `lowbit.assemble` of numbers that no part may hold, in
/// constants or in the file `weights` (C184).
llvm::Error verifyWeights(mlir::ModuleOp module, const std::string &weights);

/// Brings the weights that kernels read into their order. Those of them that
/// are stored in `weights` are in the result then, mapped from a file without a
/// name; all other weights, and those whose globals are `given` when the model
/// runs, stay where they are, and no file is made where there is nothing to
/// pack.
llvm::Expected<std::optional<weights::WeightsFile>>
packWeights(mlir::ModuleOp module, const std::string &weights,
            const x86::Target &target, llvm::ArrayRef<std::string> given = {});

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_PACKWEIGHTS_H
