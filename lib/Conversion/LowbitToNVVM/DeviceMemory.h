//===- DeviceMemory.h - Memory of a device, for host code -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_LOWBITTONVVM_DEVICEMEMORY_H
#define LOWBIT_LIB_CONVERSION_LOWBITTONVVM_DEVICEMEMORY_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit::nvvm {

/// Writes host code that copies buffers to a device and back, each op on the
/// device after the one before.
class DeviceMemory {
public:
  /// Begins where `b` is. Whoever adds ops on the device waits for `last`, and
  /// sets it.
  explicit DeviceMemory(mlir::ImplicitLocOpBuilder &b);

  mlir::Type token;
  mlir::Value last;

  /// Buffers on the device, dense, of what is read and of what is written.
  mlir::Value upload(mlir::Value host) {
    return transfer(host, /*isInput=*/true);
  }
  mlir::Value reserve(mlir::Value host) {
    return transfer(host, /*isInput=*/false);
  }
  /// So many f32, on the device alone.
  mlir::Value allocate(mlir::Value count);

  /// Sets all elements of a buffer on the device.
  void fill(mlir::Value device, double number);

  /// Brings back what was written, frees all, and waits.
  void finish();

private:
  /// A buffer of the host, a dense one with the same elements (itself where
  /// `isDense` holds at run time), and one on the device.
  struct Buffer {
    mlir::Value host, isDense, dense, device;
    bool isInput;
  };

  mlir::Value transfer(mlir::Value host, bool isInput);
  /// Whether a buffer's elements lie one behind the other, from its start on.
  mlir::Value isDense(mlir::Value host);
  void copy(mlir::Value from, mlir::Value to);
  void release(mlir::Value device);
  /// Copies what is dense to the host's buffer, if that is another.
  void finish(const Buffer &buffer);

  mlir::ImplicitLocOpBuilder &b;
  llvm::SmallVector<Buffer> buffers;
  llvm::SmallVector<mlir::Value> workspace;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_CONVERSION_LOWBITTONVVM_DEVICEMEMORY_H
