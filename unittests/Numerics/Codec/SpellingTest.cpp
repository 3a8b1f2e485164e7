//===- SpellingTest.cpp - Codecs by their text ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Spelling.h"
#include "lowbit/Numerics/Codec/Table.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

namespace {

TEST(Spelling, Examples) {
  for (const std::string &text : codecExamples()) {
    auto codec = parseCodec(text);
    ASSERT_TRUE(codec) << codec.error().message;
    // As an attribute, and with other blanks.
    EXPECT_TRUE(parseCodec("#lowbit." + text)) << text;
    std::string spaced = text;
    spaced.insert(spaced.find('<') + 1, " ");
    spaced.insert(spaced.size() - 1, "  ");
    EXPECT_TRUE(parseCodec(spaced)) << spaced;
    // Names are texts, too; those of codebooks that are listed say less.
    if (!text.starts_with("codebook<["))
      EXPECT_EQ((*parseCodec((*codec)->name()))->name(), (*codec)->name());
  }
}

TEST(Spelling, Codecs) {
  struct {
    const char *text, *name;
    unsigned bits;
  } cases[] = {
      {"i3", "i3", 3},
      {"affine<u8>", "u8", 8},
      {"nf4", "nf4", 4},
      {"codebook<nf4_i8>", "nf4_i8", 4},
      {"#lowbit.codebook<binary>", "binary", 1},
      {"codebook<[-1,0,0.5]>", "codebook<3>", 2},
      {"#lowbit.float<bf16>", "bf16", 16},
      {"float<f32>", "f32", 32},
      {"#lowbit.log<4,2>", "log<4, 2>", 4},
      {"mulaw<6, 2.5>", "mulaw<6, 2.5>", 6},
      {"alaw<8,87.6>", "alaw<8, 87.6>", 8},
      {"kmeans<9>", "kmeans<9>", 4},
  };
  for (const auto &[text, name, bits] : cases) {
    auto codec = parseCodec(text);
    ASSERT_TRUE(codec) << codec.error().message;
    EXPECT_EQ((*codec)->name(), name);
    EXPECT_EQ((*codec)->bits(), bits);
  }
}

TEST(Spelling, Errors) {
  struct {
    const char *text, *message;
  } cases[] = {
      {"i9", "there is no codec 'i9'; there are: i1 to i8, u1 to u8, nf4"},
      {"lgo<4, 2>", "there is no codec 'lgo<4, 2>'; there are: "},
      {"log", "there is no codec 'log'; there are: "},
      {"", "there is no codec ''; there are: "},
      {"log<4>", "'log<4>' is none of the codecs of 'log': log<BITS, STEPS>"},
      {"log<4, 2", "'log<4, 2' is none of the codecs of 'log'"},
      {"log<4, 2.5>", "'log<4, 2.5>' is none of the codecs of 'log'"},
      {"log<-4, 2>", "'log<-4, 2>' is none of the codecs of 'log'"},
      {"log<9, 2>", "codec 'log<9, 2>' is not one of 2 to 8 bits"},
      {"mulaw<8, x>", "'mulaw<8, x>' is none of the codecs of 'mulaw'"},
      {"mulaw<8, 0>", "codec 'mulaw<8, 0>' needs a finite mu above 0"},
      {"affine<[1, 2]>", "'affine<[1, 2]>' is none of the codecs of 'affine'"},
      {"codebook<[>", "'codebook<[>' is none of the codecs of 'codebook'"},
      {"codebook<[]>", "'codebook<[]>' is none of the codecs of 'codebook'"},
      {"codebook<[1, 0]>", "codebook 'codebook<2>' does not ascend at index 1"},
      {"kmeans<1>", "a book has 2 to 256 levels"},
  };
  for (const auto &[text, message] : cases) {
    auto codec = parseCodec(text);
    ASSERT_FALSE(codec) << text;
    EXPECT_TRUE(codec.error().message.starts_with(message))
        << codec.error().message;
  }
}

} // namespace
