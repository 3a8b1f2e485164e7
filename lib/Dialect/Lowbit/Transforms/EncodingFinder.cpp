//===- EncodingFinder.cpp - Encodings in types and attributes -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EncodingFinder.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace lowbit;
using namespace mlir;

EncodingPlace EncodingFinder::find(Type type) {
  auto [entry, isNew] = known.try_emplace(type, EncodingPlace::None);
  if (!isNew)
    return entry->second;
  AttrTypeWalker walker;
  walker.addWalk([](EncodingAttr) { return WalkResult::interrupt(); });
  if (getEncoding(type))
    entry->second = EncodingPlace::Tensor;
  else if (walker.walk(type).wasInterrupted())
    entry->second = EncodingPlace::Nested;
  return entry->second;
}

bool EncodingFinder::isInTypeOf(Attribute attr) {
  AttrTypeWalker walker;
  walker.addWalk([&](Type type) {
    return isIn(type) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return walker.walk(attr).wasInterrupted();
}
