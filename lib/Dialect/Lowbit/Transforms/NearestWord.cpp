//===- NearestWord.cpp - What a misspelled word was to be -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/NearestWord.h"

#include "llvm/ADT/StringExtras.h"

using namespace lowbit;
using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

StringRef lowbit::findNearest(StringRef text, ArrayRef<StringRef> words) {
  StringRef nearest;
  // Beyond half of its letters a word is another word.
  unsigned best = text.size() / 2 + 1;
  for (StringRef word : words) {
    // A file may hold thousands of names.
    unsigned distance = text.edit_distance_insensitive(
        word, /*AllowReplacements=*/true, /*MaxEditDistance=*/best);
    if (distance < best) {
      best = distance;
      nearest = word;
    }
  }
  return nearest;
}

std::string lowbit::describeUnknown(StringRef what, StringRef text,
                                    ArrayRef<StringRef> words,
                                    const Twine &where) {
  std::string message = ("unknown " + what + " '" + text + "'" + where).str();
  if (StringRef nearest = findNearest(text, words); !nearest.empty())
    return message + "; did you mean '" + nearest.str() + "'?";
  return message + ", expected one of: " + llvm::join(words, ", ");
}
