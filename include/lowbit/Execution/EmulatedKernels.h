//===- EmulatedKernels.h - GPU kernels run by the emulator ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_EMULATEDKERNELS_H
#define LOWBIT_EXECUTION_EMULATEDKERNELS_H

#include "lowbit/Simt/Launch.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>

namespace lowbit {

/// The kernels of a module, compiled for this processor and the SIMT emulator.
class EmulatedKernels {
public:
  /// Compiles the kernels in the gpu.modules of `module`, which is consumed;
  /// they are in the llvm and nvvm dialects, as convert-nvvm-to-simt takes
  /// them. Only what is compiled with `checks` finds and counts every access
  /// to memory; without, kernels run several times as fast. Diagnostics of
  /// passes go to the context's handlers; the error is a DiagnosedError then.
  static llvm::Expected<std::unique_ptr<EmulatedKernels>>
  compile(mlir::ModuleOp module, bool checks = true);

  virtual ~EmulatedKernels() = default;

  /// Runs the kernel `name`, "<gpu.module>.<function>", on a grid of blocks of
  /// the size that it demands (nvvm.reqntid). `parameters[i]` points to
  /// argument i. `sharedBytes` are of dynamic shared memory; without them the
  /// kernel's own lowbit.shared_bytes count. An error is the text of the
  /// emulator's.
  virtual llvm::Expected<simt::Report>
  launch(llvm::StringRef name, simt::Dim3 grid,
         llvm::ArrayRef<void *> parameters, const simt::Options &options = {},
         std::optional<int64_t> sharedBytes = std::nullopt) = 0;
};

} // namespace lowbit

#endif // LOWBIT_EXECUTION_EMULATEDKERNELS_H
