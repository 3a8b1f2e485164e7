//===- NpyRejectTest.cpp - Broken NumPy array files -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"
#include "lowbit/Weights/Npy.h"

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class NpyRejectTest : public WithFiles {
protected:
  testing::AssertionResult bytesFail(std::string_view bytes,
                                     const std::string &reason) {
    std::string target = file("bad.npy", bytes);
    return failsWith(readNpy(target), target, reason);
  }
  testing::AssertionResult fails(std::string_view header, std::string_view data,
                                 const std::string &reason) {
    std::string bytes("\223NUMPY\1\0", 8);
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    return bytesFail(bytes.append(header).append(data), reason);
  }
  testing::AssertionResult descrFails(const std::string &descr,
                                      const std::string &reason) {
    return fails("{'descr': " + descr +
                     ", 'fortran_order': False, 'shape': (1,), }",
                 "12345678", reason);
  }
  testing::AssertionResult shapeFails(const std::string &shape,
                                      const std::string &reason) {
    return fails("{'descr': '|u1', 'fortran_order': False, 'shape': " + shape +
                     ", }",
                 "x", reason);
  }
};
} // namespace

TEST_F(NpyRejectTest, AbsentFile) {
  EXPECT_TRUE(
      failsWith(readNpy(path("none.npy")), path("none.npy"), "no such file"));
}

TEST_F(NpyRejectTest, EmptyFile) { EXPECT_TRUE(bytesFail("", "is empty")); }

TEST_F(NpyRejectTest, ShorterThanThePreamble) {
  EXPECT_TRUE(bytesFail("\223NUMPY\1", "is too short for an array"));
}

TEST_F(NpyRejectTest, WrongMagic) {
  EXPECT_TRUE(bytesFail("\223NUMPX\1 12", "does not begin as a .npy file"));
}

TEST_F(NpyRejectTest, UnknownVersion) {
  EXPECT_TRUE(bytesFail(std::string_view("\223NUMPY\4\0aa", 10),
                        "unknown format version 4.0"));
  EXPECT_TRUE(bytesFail(std::string_view("\223NUMPY\0\0aa", 10),
                        "unknown format version 0.0"));
  EXPECT_TRUE(bytesFail(std::string_view("\223NUMPY\1\1aa", 10),
                        "unknown format version 1.1"));
}

TEST_F(NpyRejectTest, TruncatedLength) {
  EXPECT_TRUE(bytesFail(std::string_view("\223NUMPY\1\0a", 9),
                        "is truncated in its header"));
  EXPECT_TRUE(bytesFail(std::string_view("\223NUMPY\2\0aaa", 11),
                        "is truncated in its header"));
}

TEST_F(NpyRejectTest, TruncatedHeader) {
  EXPECT_TRUE(bytesFail(std::string_view("\223NUMPY\1\0\5\0{}", 12),
                        "truncated in its header, whose length is 5"));
}

TEST_F(NpyRejectTest, HeaderTooLong) {
  std::string bytes("\223NUMPY\2\0\1\0\20\0", 12); // 1 MiB and a byte
  EXPECT_TRUE(bytesFail(bytes + std::string((1 << 20) + 1, ' '),
                        "its header of 1048577 bytes is too long"));
}

TEST_F(NpyRejectTest, HeaderNotADictionary) {
  std::string all = "'descr': '|u1', 'fortran_order': False, 'shape': (1,)";
  for (const std::string &header :
       {std::string(""), std::string("()"), "{" + all, "{" + all + "} x",
        "{" + all + ",,}", "{, " + all + "}",
        std::string("{'descr': '|u1' 'fortran_order': False, 'shape': (1,)}"),
        std::string("{'descr' '|u1', 'fortran_order': False, 'shape': (1,)}"),
        std::string("{'descr': |u1, 'fortran_order': False, 'shape': (1,)}"),
        std::string("{'descr': '|u1"),
        std::string("{'descr': '|\\u1', 'fortran_order': False, 'shape': ()}"),
        std::string("{'descr': '|u1', 'fortran_order': 0, 'shape': (1,)}")})
    EXPECT_TRUE(fails(header, "x", "is not the dictionary of an array"))
        << header;
}

TEST_F(NpyRejectTest, UnknownKey) {
  EXPECT_TRUE(fails("{'dtype': '|u1', 'fortran_order': False, 'shape': (1,)}",
                    "x", "unknown or duplicate key 'dtype'"));
}

TEST_F(NpyRejectTest, DuplicateKey) {
  EXPECT_TRUE(fails("{'shape': (1,), 'shape': (1,)}", "x",
                    "unknown or duplicate key 'shape'"));
}

TEST_F(NpyRejectTest, MissingKey) {
  EXPECT_TRUE(fails("{'descr': '|u1', 'shape': (1,)}", "x",
                    "lacks 'descr', 'fortran_order' or 'shape'"));
  EXPECT_TRUE(fails("{}", "x", "lacks 'descr', 'fortran_order' or 'shape'"));
}

TEST_F(NpyRejectTest, BigEndian) {
  EXPECT_TRUE(descrFails("'>f4'", "its elements are big endian ('>f4')"));
}

TEST_F(NpyRejectTest, UnknownType) {
  for (const char *descr : {"'<V2'", "'|O'", "'<U5'", "'<f16'", "'<c16'",
                            "'<M8[ns]'", "'f4'", "'|f4'", "''", "'<'"})
    EXPECT_TRUE(descrFails(descr, "is not a bool, integer or float")) << descr;
}

TEST_F(NpyRejectTest, StructuredArray) {
  EXPECT_TRUE(descrFails("[('a', '<f4')]", "it is a structured array"));
}

TEST_F(NpyRejectTest, ShapeNotATuple) {
  for (const char *shape :
       {"1", "(1)", "(-1,)", "(1.0,)", "[1]", "(1", "(,)", "(1,,)", "(1 2)",
        "(a,)", "(99999999999999999999,)", "(9223372036854775808,)"})
    EXPECT_TRUE(shapeFails(shape, "its shape is not a tuple")) << shape;
}

TEST_F(NpyRejectTest, ShapeOverflows) {
  EXPECT_TRUE(shapeFails("(4294967296, 4294967296)", "is too large to have"));
}

TEST_F(NpyRejectTest, DataTooShort) {
  EXPECT_TRUE(shapeFails("(2,)", "has 1 bytes of data, but 2 of U8 has 2"));
  EXPECT_TRUE(shapeFails("(1099511627776,)", "has 1 bytes of data"));
}

TEST_F(NpyRejectTest, DataTooLong) {
  EXPECT_TRUE(shapeFails("(0,)", "has 1 bytes of data, but 0 of U8 has 0"));
}

TEST_F(NpyRejectTest, WriteOfTypeThatNumPyLacks) {
  HostTensor tensor{DType::BF16, {1}, bytesOf<uint16_t>({1})};
  EXPECT_TRUE(failsWith(writeNpy(path("a.npy"), tensor), path("a.npy"),
                        "NumPy has no type for BF16"));
  EXPECT_TRUE(names().empty());
}

TEST_F(NpyRejectTest, WriteOfTooManyDimensions) {
  HostTensor tensor{DType::U8, std::vector<int64_t>(65, 1), {std::byte(7)}};
  EXPECT_TRUE(failsWith(writeNpy(path("a.npy"), tensor), path("a.npy"),
                        "NumPy has at most 64 dimensions"));
}

TEST_F(NpyRejectTest, WriteOfWrongSize) {
  HostTensor tensor{DType::U8, {2}, {std::byte(7)}};
  EXPECT_TRUE(failsWith(writeNpy(path("a.npy"), tensor), path("a.npy"),
                        "it has 1 bytes, but 2 of U8 has 2"));
}

TEST_F(NpyRejectTest, WriteOfShapeWithoutSize) {
  HostTensor tensor{DType::U8, {-2}, {}};
  EXPECT_TRUE(failsWith(writeNpy(path("a.npy"), tensor), path("a.npy"),
                        "has a negative dimension"));
}

TEST_F(NpyRejectTest, WriteIntoAbsentDirectory) {
  std::string target = path("none/a.npy");
  EXPECT_TRUE(failsWith(writeNpy(target, {DType::U8, {0}, {}}), target,
                        "its directory does not exist"));
}
