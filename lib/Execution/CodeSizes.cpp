//===- CodeSizes.cpp - How much code kernels are --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeSizes.h"

#include "TemporaryFile.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Object/SymbolSize.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace lowbit;

/// What OpenMP makes a function of its own of is called so behind the name of
/// the function that it was in.
static constexpr llvm::StringLiteral parallelSuffix = "..omp_par";

/// The bytes of each function, with its parallel parts.
static llvm::Expected<llvm::StringMap<uint64_t>>
getSizes(const llvm::object::ObjectFile &object) {
  llvm::StringMap<uint64_t> sizes;
  for (auto [symbol, size] : llvm::object::computeSymbolSizes(object)) {
    auto type = symbol.getType();
    if (!type)
      return type.takeError();
    if (*type != llvm::object::SymbolRef::ST_Function)
      continue;
    auto name = symbol.getName();
    if (!name)
      return name.takeError();
    sizes[name->take_front(name->find(parallelSuffix))] += size;
  }
  return sizes;
}

llvm::Error lowbit::readCodeSizes(mlir::ExecutionEngine &engine,
                                  Profile &profile) {
  // The engine hands out its object by way of a file alone.
  auto file = TemporaryFile::create("compiled code", "o");
  if (!file)
    return file.takeError();
  engine.dumpToObjectFile(file->getPath());
  auto buffer = llvm::MemoryBuffer::getFile(file->getPath());
  if (!buffer)
    return llvm::createFileError(file->getPath(), buffer.getError());
  auto object = llvm::object::ObjectFile::createObjectFile(**buffer);
  if (!object)
    return object.takeError();
  auto sizes = getSizes(**object);
  if (!sizes)
    return sizes.takeError();
  for (TimedOp &op : profile.ops)
    if (!op.kernel.empty())
      op.codeBytes = sizes->lookup(op.kernel);
  return llvm::Error::success();
}
