//===- MmaTest.cpp - mma.sync against its definition in the PTX ISA -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The lanes take their fragments from matrices by the formulas of the PTX ISA
// ("Matrix Fragments for mma.m16n8k..."), with r elements in a register:
//   A  row = group + 8 * (register % 2), column = r * t + i + 4r * (register /
//   2) B  row = r * t + i + 4r * register, column = group C  row = group + 8 *
//   (i / 2), column = 2t + i % 2
// where group = lane / 4 and t = lane % 4. The result is compared with the
// product of the matrices in double.
//
//===----------------------------------------------------------------------===//

#include "MmaCase.h"

using namespace device;

namespace {

/// Multiplies as the case says and checks the result.
void check(MmaCase &test) {
  test.fill(false);
  expectClean(test.launch());
  test.compare();
}

TEST(Mma, F16) {
  for (unsigned k : {8, 16})
    for (uint32_t accumulator : {LOWBIT_SIMT_F32, LOWBIT_SIMT_F16}) {
      MmaCase test(k, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16, accumulator);
      check(test);
    }
}

TEST(Mma, BF16) {
  for (unsigned k : {8, 16}) {
    MmaCase test(k, LOWBIT_SIMT_BF16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_F32);
    check(test);
  }
}

TEST(Mma, Float8) {
  for (uint32_t a : {LOWBIT_SIMT_E4M3, LOWBIT_SIMT_E5M2})
    for (uint32_t b : {LOWBIT_SIMT_E4M3, LOWBIT_SIMT_E5M2}) {
      MmaCase test(32, a, b, LOWBIT_SIMT_F32);
      check(test);
    }
}

TEST(Mma, Integers) {
  for (unsigned k : {16, 32})
    for (uint32_t a : {LOWBIT_SIMT_S8, LOWBIT_SIMT_U8})
      for (uint32_t b : {LOWBIT_SIMT_S8, LOWBIT_SIMT_U8}) {
        MmaCase test(k, a, b, LOWBIT_SIMT_S32);
        check(test);
      }
  for (unsigned k : {32, 64})
    for (uint32_t a : {LOWBIT_SIMT_S4, LOWBIT_SIMT_U4})
      for (uint32_t b : {LOWBIT_SIMT_S4, LOWBIT_SIMT_U4}) {
        MmaCase test(k, a, b, LOWBIT_SIMT_S32);
        check(test);
      }
}

TEST(Mma, IntegersWrapOrSaturate) {
  for (bool saturates : {false, true}) {
    MmaCase test(32, LOWBIT_SIMT_S8, LOWBIT_SIMT_S8, LOWBIT_SIMT_S32);
    test.saturates = saturates;
    test.extremeC = true;
    check(test);
  }
}

TEST(Mma, SparseFloats) {
  for (uint32_t ordered : {0, 1})
    for (unsigned k : {16, 32})
      for (unsigned selector = 0; selector < (k == 16 ? 4 : 2); ++selector) {
        MmaCase half(k, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16);
        half.makeSparse(selector, ordered);
        check(half);
        MmaCase brain(k, LOWBIT_SIMT_BF16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_F32);
        brain.makeSparse(selector, ordered);
        check(brain);
      }
}

TEST(Mma, SparseIntegers) {
  for (uint32_t ordered : {0, 1})
    for (bool isLong : {false, true})
      for (unsigned selector = 0; selector < (isLong ? 1 : 2); ++selector) {
        MmaCase bytes(isLong ? 64 : 32, LOWBIT_SIMT_S8, LOWBIT_SIMT_U8,
                      LOWBIT_SIMT_S32);
        bytes.makeSparse(selector, ordered);
        check(bytes);
        MmaCase nibbles(isLong ? 128 : 64, LOWBIT_SIMT_S4, LOWBIT_SIMT_S4,
                        LOWBIT_SIMT_S32);
        nibbles.makeSparse(selector, ordered);
        check(nibbles);
      }
}

TEST(Mma, MetadataThatIsNone) {
  // Both of a pair in one place.
  MmaCase test(32, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F32);
  test.makeSparse(0, false);
  test.fill(false);
  for (auto &row : test.places)
    for (uint8_t &place : row)
      place = 0;
  expectError(test.launch(), lowbit::simt::Detector::InvalidSite, "mma",
              "metadata of row 0");
}

TEST(Mma, OrderedMetadataMustBe) {
  MmaCase test(32, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F32);
  test.makeSparse(0, true);
  test.fill(true);
  std::swap(test.places[3][4], test.places[3][5]);
  expectError(test.launch(), lowbit::simt::Detector::InvalidSite, "mma",
              "metadata of row 3 names");
}

TEST(Mma, SelectorOutOfRange) {
  // As many as there are lanes of four to take metadata from.
  struct {
    unsigned k;
    uint32_t type, accumulator;
    unsigned selectors;
  } cases[] = {{16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F32, 4},
               {32, LOWBIT_SIMT_F16, LOWBIT_SIMT_F32, 2},
               {32, LOWBIT_SIMT_S8, LOWBIT_SIMT_S32, 2},
               {64, LOWBIT_SIMT_S8, LOWBIT_SIMT_S32, 1}};
  for (auto [k, type, accumulator, selectors] : cases) {
    MmaCase test(k, type, type, accumulator);
    test.makeSparse(selectors, false);
    test.fill(false);
    expectError(test.launch(), lowbit::simt::Detector::InvalidSite, "mma",
                "the selector is out of its range");
  }
}

TEST(Mma, NoSuchInstruction) {
  MmaCase shape(24, LOWBIT_SIMT_F16, LOWBIT_SIMT_F16, LOWBIT_SIMT_F32);
  MmaCase types(16, LOWBIT_SIMT_F16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_F32);
  MmaCase accumulator(16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_BF16, LOWBIT_SIMT_F16);
  for (MmaCase *test : {&shape, &types, &accumulator})
    expectError(test->launch(), lowbit::simt::Detector::InvalidSite, "mma",
                "no mma.sync has");
}

} // namespace
