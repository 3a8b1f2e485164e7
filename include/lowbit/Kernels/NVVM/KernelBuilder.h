//===- KernelBuilder.h - Types, numbers and threads of a kernel -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_KERNELBUILDER_H
#define LOWBIT_KERNELS_NVVM_KERNELBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

#include "llvm/ADT/MapVector.h"

namespace lowbit::nvvm {

/// The values of a fragment or of a loop.
using Values = llvm::SmallVector<mlir::Value>;

/// What all pieces of a kernel share: where ops go, their location, the types
/// of a GPU, arithmetic that folds, and the numbers of threads and blocks.
/// Emits arith, scf, llvm and nvvm.
class KernelBuilder {
public:
  /// For the body of `kernel`, whose entry block is there and gets constants.
  KernelBuilder(mlir::LLVM::LLVMFuncOp kernel, mlir::Location loc);

  mlir::OpBuilder builder;

  mlir::Location getLoc() const { return loc; }
  mlir::MLIRContext *getContext() { return builder.getContext(); }

  mlir::Type i1, i8, i16, i32, i64, f16, bf16, f32;
  /// Pointers into global and into shared memory.
  mlir::Type global, shared;

  /// While it lives, ops get the location `name` at the builder's: what reports
  /// on a kernel (sanitizers, emulators) tells which step of it they belong to.
  class Step {
  public:
    Step(KernelBuilder &kernel, llvm::StringRef name);
    ~Step() { kernel.loc = before; }
    Step(const Step &) = delete;
    Step &operator=(const Step &) = delete;

  private:
    KernelBuilder &kernel;
    mlir::Location before;
  };

  // Constants; each once, at the start of the kernel.
  mlir::Value constant(mlir::TypedAttr value);
  mlir::Value constant(int64_t value);
  mlir::Value constant64(int64_t value);
  mlir::Value constantF32(double value);
  mlir::Value infinity(bool negative);

  // Integers, of equal types. Constants fold.
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b) { return add(a, like(a, b)); }
  mlir::Value sub(mlir::Value a, int64_t b) { return sub(a, like(a, b)); }
  mlir::Value mul(mlir::Value a, int64_t b) { return mul(a, like(a, b)); }
  /// Of numbers that are not negative.
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, int64_t b) { return div(a, like(a, b)); }
  mlir::Value rem(mlir::Value a, mlir::Value b);
  mlir::Value bitAnd(mlir::Value a, int64_t b);
  mlir::Value bitOr(mlir::Value a, mlir::Value b);
  mlir::Value bitXor(mlir::Value a, mlir::Value b);
  mlir::Value bitXor(mlir::Value a, int64_t b) { return bitXor(a, like(a, b)); }
  mlir::Value shiftLeft(mlir::Value a, int64_t b);
  mlir::Value shiftRight(mlir::Value a, int64_t b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);
  /// Of signed numbers.
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, mlir::Value a,
                      mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);
  mlir::Value logicalAnd(mlir::Value a, mlir::Value b);
  mlir::Value logicalOr(mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value toI64(mlir::Value a);
  mlir::Value toFloat(mlir::Value a);

  // f32.
  mlir::Value addF(mlir::Value a, mlir::Value b);
  mlir::Value subF(mlir::Value a, mlir::Value b);
  mlir::Value mulF(mlir::Value a, mlir::Value b);
  mlir::Value negF(mlir::Value a);
  mlir::Value absF(mlir::Value a);
  /// The number, where one of them is a NaN.
  mlir::Value maxF(mlir::Value a, mlir::Value b);
  /// a * b + c with one rounding.
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c);
  mlir::Value equalF(mlir::Value a, mlir::Value b);

  // Where this thread is. Blocks are one-dimensional.
  mlir::Value thread();
  /// Of the thread in its warp, and of the warp in its block.
  mlir::Value lane();
  mlir::Value warp();
  /// Of this block along x, y or z (0, 1, 2), and how many there are.
  mlir::Value block(int dimension);
  mlir::Value numBlocks(int dimension);

  // Memory.
  mlir::Value offset(mlir::Value pointer, mlir::Value bytes);
  mlir::Value offset(mlir::Value pointer, int64_t bytes);
  mlir::Value load(mlir::Type type, mlir::Value pointer, int64_t alignment);
  void store(mlir::Value value, mlir::Value pointer, int64_t alignment);

  // Control flow, which all threads of a warp take together.
  void when(mlir::Value condition, llvm::function_ref<void()> body);
  /// `values` where the condition does not hold.
  Values when(mlir::Value condition, mlir::ValueRange values,
              llvm::function_ref<Values()> body);
  /// For index from `lower` up to and without `upper`; the values after it.
  Values
  loop(mlir::Value lower, mlir::Value upper, mlir::ValueRange initial,
       llvm::function_ref<Values(mlir::Value index, mlir::ValueRange)> body);

private:
  mlir::Value like(mlir::Value a, int64_t b);

  mlir::Location loc;
  mlir::Block *entry;
  llvm::MapVector<mlir::Attribute, mlir::Value> constants;
  mlir::Value threadIndex;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_KERNELBUILDER_H
