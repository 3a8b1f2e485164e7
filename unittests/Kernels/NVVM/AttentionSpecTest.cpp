//===- AttentionSpecTest.cpp - Specs of attention as attributes -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Attention.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

#include <set>

using namespace lowbit::nvvm;

namespace {

struct AttentionSpecTest : testing::Test {
  AttentionSpecTest() {
    spec.target = *Target::get("sm_80");
    spec.headSize = spec.valueSize = 64;
  }

  /// Specs that each differ from `spec` in one part, where that fits.
  std::vector<AttentionSpec> getVariants() const {
    std::vector<AttentionSpec> variants;
    auto vary = [&](auto change) {
      variants.push_back(spec);
      change(variants.back());
    };
    using S = AttentionSpec;
    vary([](S &) {});
    vary([](S &s) { s.target = *Target::get("sm_90a"); });
    vary([](S &s) { s.element = Half::F16; });
    vary([](S &s) { s.headSize = 128; });
    vary([](S &s) { s.valueSize = 128; });
    vary([](S &s) { s.causal = true; });
    vary([](S &s) { s.causal = s.topLeft = true; });
    vary([](S &s) { s.windowLeft = true; });
    vary([](S &s) { s.windowRight = true; });
    vary([](S &s) { s.softCap = true; });
    vary([](S &s) { s.alibi = true; });
    for (MaskType mask :
         {MaskType::Boolean, MaskType::F16, MaskType::BF16, MaskType::F32})
      vary([&](S &s) { s.mask = mask; });
    vary([](S &s) {
      s.mask = MaskType::Boolean;
      s.maskSharedByRows = true;
    });
    vary([](S &s) { s.logSumExp = true; });
    vary([](S &s) { s.grouped = true; });
    vary([](S &s) { s.sequenceOffsets = true; });
    vary([](S &s) { s.keyLengths = true; });
    vary([](S &s) { s.grouped = s.packedHeads = true; });
    vary([](S &s) { s.splitKeys = true; });
    vary([](S &s) { s.paged = true; });
    vary([](S &s) { s.alignment = 4; });
    for (Codes codes : {Codes::I8, Codes::I4, Codes::F8E4M3FN, Codes::F8E5M2})
      for (ScaleType scale :
           {ScaleType::None, ScaleType::F16, ScaleType::BF16, ScaleType::F32}) {
        vary([&](S &s) { s.key = {codes, scale}; });
        vary([&](S &s) { s.value = {codes, scale}; });
        vary([&](S &s) { s.key = s.value = {codes, scale}; });
      }
    vary([](S &s) {
      s.key = {Codes::I4, ScaleType::F16};
      s.codeAlignment = 8;
    });
    vary([](S &s) {
      s.key = {Codes::I4, ScaleType::F16};
      s.paged = true;
    });
    return variants;
  }

  mlir::MLIRContext context;
  AttentionSpec spec;
};

TEST_F(AttentionSpecTest, AttributesAndNamesTellThemApart) {
  std::set<std::string> names;
  std::set<const void *> attributes;
  for (const AttentionSpec &variant : getVariants()) {
    EXPECT_EQ(variant.getMisfit(), "");
    EXPECT_TRUE(names.insert(variant.getName()).second) << variant.getName();
    mlir::DictionaryAttr attribute = variant.toAttribute(&context);
    EXPECT_TRUE(attributes.insert(attribute.getAsOpaquePointer()).second);
    std::string error;
    std::optional<AttentionSpec> back =
        AttentionSpec::fromAttribute(attribute, error);
    ASSERT_TRUE(back) << error;
    EXPECT_EQ(back->toAttribute(&context), attribute);
  }
}

// Every argument has a name of its own, and no kernel has one twice.
TEST_F(AttentionSpecTest, Arguments) {
  for (const AttentionSpec &variant : getVariants()) {
    std::set<llvm::StringRef> names;
    for (AttentionArgument argument : getAttentionArguments(variant))
      EXPECT_TRUE(names.insert(getName(argument)).second);
    EXPECT_EQ(names.count("log_sum_exp"), variant.logSumExp);
    EXPECT_EQ(names.count("mask_row_stride"),
              variant.mask != MaskType::None && !variant.maskSharedByRows);
    EXPECT_EQ(names.count("past_keys"), variant.topLeft);
    EXPECT_EQ(names.count("query_batch_stride"), !variant.sequenceOffsets);
    EXPECT_EQ(names.count("key_scale"), variant.key.hasScales());
    EXPECT_EQ(names.count("value_scale_row_stride"), variant.value.hasScales());
  }
}

TEST_F(AttentionSpecTest, Misfits) {
  auto expect = [&](auto change, llvm::StringRef text) {
    AttentionSpec changed = spec;
    change(changed);
    EXPECT_EQ(changed.getMisfit(), text);
  };
  using S = AttentionSpec;
  expect(
      [](S &s) { s.target = *Target::get("sm_75"); },
      "sm_75 has no cp.async and no mma.sync of bf16; the kernels need sm_80 "
      "or newer");
  expect([](S &s) { s.headSize = 264; },
         "a head of queries and keys has 264 elements; kernels have 1 to 256");
  expect([](S &s) { s.valueSize = 0; },
         "a head of values has 0 elements; kernels have 1 to 256");
  expect([](S &s) { s.headSize = 36; },
         "a head of queries and keys has 36 elements, 72 bytes, no multiple of "
         "its alignment, 16 bytes; pad it with zeros to 40");
  // (C214)
  expect([](S &s) { s.headSize = 63, s.alignment = 4; },
         "a head of queries and keys has 63 elements, 126 bytes, no multiple "
         "of its alignment, 4 bytes; pad it with zeros to 64");
  expect([](S &s) { s.alignment = 2; },
         "copies of 2 bytes; there are those of 16, 8 and 4");
  expect([](S &s) { s.codeAlignment = 1; },
         "copies of 1 bytes; there are those of 16, 8 and 4");
  expect([](S &s) { s.key.scale = ScaleType::F16; },
         "keys have scales, but no codes");
  expect(
      [](S &s) {
        s.headSize = 40;
        s.key.codes = Codes::I8;
      },
      "a head of keys has 40 codes of 8 bits, no multiple of their alignment, "
      "16 bytes; pad it with zeros to 48");
  expect(
      [](S &s) {
        s.valueSize = 48;
        s.value.codes = Codes::I4;
      },
      "a head of values has 48 codes of 4 bits, no multiple of their "
      "alignment, "
      "16 bytes; pad it with zeros to 64");
  expect([](S &s) { s.causal = s.windowRight = true; },
         "causal attention has no window to the right");
  expect([](S &s) { s.topLeft = true; },
         "it makes no difference where queries stand");
  expect([](S &s) { s.maskSharedByRows = true; },
         "there is no mask that rows could share");
  expect([](S &s) { s.sequenceOffsets = s.keyLengths = true; },
         "sequences with offsets have their lengths from these");
  expect([](S &s) { s.packedHeads = true; },
         "heads are packed that share a key head; these are not grouped");
  expect([](S &s) { s.sequenceOffsets = s.splitKeys = true; },
         "keys are split for sequences of equally many queries, not for those "
         "with offsets");
  expect([](S &s) { s.sequenceOffsets = s.paged = true; },
         "sequences in pages have no offsets");
}

} // namespace
