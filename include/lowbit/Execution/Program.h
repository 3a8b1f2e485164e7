//===- Program.h - A model compiled for this processor ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_PROGRAM_H
#define LOWBIT_EXECUTION_PROGRAM_H

#include "lowbit/Calibration/Collector.h"
#include "lowbit/Execution/Profile.h"
#include "lowbit/Runtime/Device.h"
#include "lowbit/Weights/HostTensor.h"
#include "lowbit/Weights/WeightsFile.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <span>
#include <string>

namespace lowbit {

/// How a program computes.
enum class Lowering {
  /// Generated x86 kernels.
  X86,
  /// The reference for reals (lowbit-decode).
  Decode,
  /// The reference for integers (lowbit-to-integer).
  Integer,
};

/// Where attention is computed; all else is the CPU's.
enum class DeviceKind { Cpu, Cuda, Emulator };

struct CompileOptions {
  /// The function to run.
  std::string function = "main";
  Lowering lowering = Lowering::X86;
  /// Instruction set, see `convert-lowbit-to-x86`.
  std::string isa = "host";
  bool failOnFallback = false;
  /// Runs kernels for AMX on a processor without, slowly, to test them.
  bool expandTiles = false;
  DeviceKind device = DeviceKind::Cpu;
  /// With a GPU: what kernels are for, what f32 attention is rounded to (f16,
  /// bf16, or empty: an error), and whether attention without a kernel is
  /// computed on the CPU.
  std::string chip = "sm_80";
  std::string attentionElement;
  bool deviceFallback = false;
  /// With the emulator: how it runs kernels, and who is told after each launch.
  simt::Options emulator = {};
  runtime::ReportHandler emulatorReport = {};
  /// File with the weights; empty if the module has none.
  std::string weights;
  /// Reads all weights into memory in huge pages, rather than those alone that
  /// are packed; else they stay in the file, mapped and shared.
  bool preload = false;
  /// Weights that are not taken from the file: Program::setWeight gives them.
  std::vector<std::string> heldWeights;
  /// Where the module's observers (lowbit.observe) show what they see; it lives
  /// as long as the program. Without one they are removed.
  calibration::Collector *collector = nullptr;
  /// Gets the ops of the program, and what each of them costs when it runs; it
  /// lives as long as the program. Null measures nothing, and costs nothing.
  Profile *profile = nullptr;
};

/// An input or output of a program.
struct Port {
  /// Attribute `lowbit.name`, else "input0", "output0", ...
  std::string name;
  mlir::RankedTensorType type;
  /// Whether the model gives the name.
  bool isNamed;
};

/// The failure of a pass, whose diagnostic has said why.
class DiagnosedError : public llvm::ErrorInfo<DiagnosedError> {
public:
  static char ID;
  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;
};

/// A function of a module, compiled in this process, with its weights mapped.
/// It has a device of its own: programs for any devices stand side by side, and
/// different threads may run different ones at once.
class Program {
public:
  /// Compiles `module`, which is consumed. Weights in rows that kernels read
  /// are packed first, by way of a temporary file, and then lie in memory; all
  /// others stay where they are.
  /// Diagnostics of passes go to the context's handlers; the error is a
  /// DiagnosedError then.
  static llvm::Expected<std::unique_ptr<Program>>
  compile(mlir::ModuleOp module, const CompileOptions &options);

  virtual ~Program() = default;

  virtual llvm::ArrayRef<Port> getInputs() const = 0;
  virtual llvm::ArrayRef<Port> getOutputs() const = 0;

  /// Sets one of the held weights, of the size of its tensor, for the runs from
  /// now on. The memory is read by them and stays the caller's.
  virtual void setWeight(llvm::StringRef name,
                         std::span<const std::byte> bytes) = 0;

  /// Runs once, when all held weights are set. `inputs` are in the order of the
  /// ports; element types and static sizes must agree with them, and are
  /// checked. A run-time assertion that does not hold (an index outside a
  /// table, sizes that do not fit) is an error, but for one in a loop that
  /// several threads run: there is no way back from their stacks, so the
  /// process ends with the message on standard error and EXIT_FAILURE. What a
  /// collector refuses (NaN) is an error too.
  virtual llvm::Expected<std::vector<weights::HostTensor>>
  run(llvm::ArrayRef<const weights::HostTensor *> inputs) = 0;
};

/// From now on keeps memory that this process frees for what it allocates next,
/// rather than to give it back to the system: programs that run one after the
/// other get their buffers without page faults.
void keepFreedMemory();

/// Sets how many threads `Program::run` uses from now on; at least 1.
void setNumThreads(unsigned count);

} // namespace lowbit

#endif // LOWBIT_EXECUTION_PROGRAM_H
