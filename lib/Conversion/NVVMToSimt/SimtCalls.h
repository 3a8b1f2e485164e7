//===- SimtCalls.h - Calls of the SIMT emulator -----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_NVVMTOSIMT_SIMTCALLS_H
#define LOWBIT_LIB_CONVERSION_NVVMTOSIMT_SIMTCALLS_H

#include "lowbit/Simt/Abi.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"

namespace lowbit {

/// What a site of the emulator does: an op and its attributes, see Abi.h.
struct SimtSite {
  LowbitSimtOp op;
  llvm::SmallVector<uint32_t, 7> attributes = {};
};

/// One op of a batch: its operands, and the types of its results.
struct SimtPart {
  mlir::Location loc;
  mlir::ValueRange operands;
  mlir::TypeRange results;
};

/// Emits calls of the emulator's C interface into functions of a module, which
/// gets their declarations and a constant for each site.
class SimtCalls {
public:
  /// With `checks` the emulator is told of accesses to memory and arithmetic.
  SimtCalls(mlir::ModuleOp module, bool checks);

  /// Does `site` with `operands`; returns its results, of these types. Each
  /// call is a site of its own, whatever its location: lanes that come to an
  /// aligned op by two of them have diverged.
  llvm::SmallVector<mlir::Value>
  createOp(mlir::OpBuilder &builder, mlir::Location loc, const SimtSite &site,
           mlir::ValueRange operands, mlir::TypeRange results = {});

  /// At most so many ops make a batch, of which each has at most 16 operands
  /// and 8 results.
  static constexpr size_t mostParts = 8;

  /// Does `site` for each of `parts` at one meeting; returns the results of
  /// each.
  llvm::SmallVector<llvm::SmallVector<mlir::Value>>
  createBatch(mlir::OpBuilder &builder, const SimtSite &site,
              llvm::ArrayRef<SimtPart> parts);

  /// Checks and counts the load or store that comes next, with checks.
  void createAccess(mlir::OpBuilder &builder, mlir::Location loc,
                    const SimtSite &site, mlir::Value address);

  /// Counts an execution of arithmetic, with checks.
  void createCount(mlir::OpBuilder &builder, mlir::Location loc,
                   LowbitSimtArithmetic what);

  /// A special register, i32.
  mlir::Value createRegister(mlir::OpBuilder &builder, mlir::Location loc,
                             LowbitSimtRegister which);

  /// Where the shared memory of the block begins, a pointer of the host.
  mlir::Value createShared(mlir::OpBuilder &builder, mlir::Location loc);

  /// A zero-terminated text, or null for an empty one.
  mlir::Value createText(mlir::OpBuilder &builder, mlir::Location loc,
                         llvm::StringRef text);

  /// A call of a function of the C interface, which is declared where it is
  /// not yet.
  mlir::Value call(mlir::OpBuilder &builder, mlir::Location loc,
                   llvm::StringRef function, mlir::Type result,
                   mlir::ValueRange operands);

private:
  /// The constant of a site: one for all that say the same of one location.
  mlir::LLVM::GlobalOp getSite(mlir::Location loc, const SimtSite &site,
                               unsigned operands, unsigned results);
  /// A constant of its own.
  mlir::LLVM::GlobalOp createSite(const SimtSite &site, unsigned operands,
                                  unsigned results, llvm::StringRef text);
  /// The constant with pointers to `parts`.
  mlir::LLVM::GlobalOp getParts(llvm::ArrayRef<mlir::LLVM::GlobalOp> parts);
  /// The constant of a batch of sites, its own.
  mlir::LLVM::GlobalOp
  createBatchSite(llvm::ArrayRef<mlir::LLVM::GlobalOp> parts, unsigned operands,
                  unsigned results, llvm::StringRef text);
  /// The site of `type` as a value of a constant.
  mlir::Value createSiteValue(mlir::OpBuilder &builder, mlir::Type type,
                              const SimtSite &site, unsigned operands,
                              unsigned results, llvm::StringRef text);
  mlir::Type getSiteType();
  /// The slots of the function that is built in, for operands and results of at
  /// least `count`.
  mlir::Value getSlots(mlir::OpBuilder &builder, int64_t count);
  mlir::Value getSlot(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value memory, int64_t index);
  void storeOperands(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value memory, int64_t first,
                     mlir::ValueRange operands);
  llvm::SmallVector<mlir::Value> loadResults(mlir::OpBuilder &builder,
                                             mlir::Location loc,
                                             mlir::Value memory, int64_t first,
                                             mlir::TypeRange types);
  /// Inserts `symbol` under a name not yet taken.
  void insert(mlir::Operation *symbol);

  mlir::ModuleOp module;
  bool checks;
  mlir::SymbolTable symbols;
  llvm::StringMap<mlir::LLVM::GlobalOp> sites, texts;
  llvm::DenseMap<mlir::Operation *, mlir::LLVM::AllocaOp> slots;
};

/// A location as messages show it: "file:line:col", with the names around it;
/// empty where nothing is known.
std::string locationText(mlir::Location loc);

} // namespace lowbit

#endif // LOWBIT_LIB_CONVERSION_NVVMTOSIMT_SIMTCALLS_H
