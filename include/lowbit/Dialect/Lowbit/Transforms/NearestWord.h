//===- NearestWord.h - What a misspelled word was to be ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_NEARESTWORD_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_NEARESTWORD_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>

namespace lowbit {

/// "unknown <what> '<text>'<where>", with the nearest of `words` or all.
std::string describeUnknown(llvm::StringRef what, llvm::StringRef text,
                            llvm::ArrayRef<llvm::StringRef> words,
                            const llvm::Twine &where);
/// The word among `words` that `text` is most likely a misspelling of, or "".
llvm::StringRef findNearest(llvm::StringRef text,
                            llvm::ArrayRef<llvm::StringRef> words);
} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_NEARESTWORD_H
