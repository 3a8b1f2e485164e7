//===- NpzTest.cpp - Archives of NumPy arrays -----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Npz.h"
#include "TestFiles.h"
#include "ZipWriter.h"

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class NpzTest : public WithFiles {
protected:
  TensorMap read(std::string_view bytes) {
    Result<TensorMap> tensors = readNpz(file("a.npz", bytes));
    EXPECT_TRUE(tensors.ok()) << tensors.message();
    return tensors ? std::move(*tensors) : TensorMap();
  }
  std::string write(const TensorMap &tensors) {
    Status status = writeNpz(path("b.npz"), tensors);
    EXPECT_TRUE(status.ok()) << status.message();
    return contents(path("b.npz"));
  }
};
} // namespace

// Written by NumPy 2.4. numpy.savez: x i4 [1, 2], y bool True;
// numpy.savez_compressed: zeros u1 of 100 zeros, ramp f2 0 to 7; numpy.savez: e
// bool of shape 0x3.
static constexpr std::string_view
    stored("PK\003\004-\000\000\000\000\000\000\000!\000\013\371\252-\377\377"
           "\377\377\377\377\377\377\005\000\024\000x.npy\001\000\020\000\210"
           "\000\000\000\000\000\000\000\210\000\000\000\000\000\000\000\223NU"
           "MPY\001\000v\000{'descr': '<i4', 'fortran_order': False, 'shape': "
           "(2,), }                                                           "
           " \012\001\000\000\000\002\000\000\000PK\003\004-\000\000\000\000"
           "\000\000\000!\000\202-\370\323\377\377\377\377\377\377\377\377\005"
           "\000\024\000y.npy\001\000\020\000\201\000\000\000\000\000\000\000"
           "\201\000\000\000\000\000\000\000\223NUMPY\001\000v\000{'descr': '|"
           "b1', 'fortran_order': False, 'shape': (), }                       "
           "                                       \012\001PK\001\002-\003-"
           "\000\000\000\000\000\000\000!\000\013\371\252-\210\000\000\000\210"
           "\000\000\000\005\000\000\000\000\000\000\000\000\000\000\000\200"
           "\001\000\000\000\000x.npyPK\001\002-\003-\000\000\000\000\000\000"
           "\000!\000\202-\370\323\201\000\000\000\201\000\000\000\005\000\000"
           "\000\000\000\000\000\000\000\000\000\200\001\277\000\000\000y.npyP"
           "K\005\006\000\000\000\000\002\000\002\000f\000\000\000w\001\000"
           "\000\000\000",
           499);

static constexpr std::string_view compressed(
    "PK\003\004-\000\000\000\010\000\000\000!\000\006\342\014\326\377"
    "\377\377\377\377\377\377\377\011\000\024\000zeros.npy\001\000\020"
    "\000\344\000\000\000\000\000\000\000I\000\000\000\000\000\000\000"
    "\233\354\027\352\033\020\311\310P\306P\255\236\222Z\234\\\244n\245"
    "\240^Sj\250\256\243\240\236\226_TR\224\230\027\237_\224\222\012"
    "\022wK\314)N\005\212\027g$\026\244\002\371\032\206\006\006:\232:"
    "\012\265\012d\003.\006:\000\000PK\003\004-\000\000\000\010\000\000"
    "\000!\000_Rc\030\377\377\377\377\377\377\377\377\010\000\024\000ra"
    "mp.npy\001\000\020\000\220\000\000\000\000\000\000\000T\000\000"
    "\000\000\000\000\000\233\354\027\352\033\020\311\310P\306P\255\236"
    "\222Z\234\\\244n\245\240n\223f\244\256\243\240\236\226_TR\224\230"
    "\027\237_\224\222\012\022wK\314)N\005\212\027g$\026\244\002\371"
    "\032\026:\232:\012\265\012\024\000.\006\006\006\033\006\007\006'"
    "\006\027\006W\0067\006w\000PK\001\002-\003-\000\000\000\010\000"
    "\000\000!\000\006\342\014\326I\000\000\000\344\000\000\000\011\000"
    "\000\000\000\000\000\000\000\000\000\000\200\001\000\000\000\000ze"
    "ros.npyPK\001\002-\003-\000\000\000\010\000\000\000!\000_Rc\030T"
    "\000\000\000\220\000\000\000\010\000\000\000\000\000\000\000\000"
    "\000\000\000\200\001\204\000\000\000ramp.npyPK\005\006\000\000\000"
    "\000\002\000\002\000m\000\000\000\022\001\000\000\000\000",
    405);

TEST_F(NpzTest, ReadsAndWritesAsNumPyDoes) {
  TensorMap tensors = read(stored);
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors[0].name, "x");
  EXPECT_EQ(tensors[0].tensor.bytes, bytesOf<int32_t>({1, 2}));
  EXPECT_EQ(tensors[1].name, "y");
  EXPECT_EQ(tensors.find("y")->dtype, DType::BOOL);
  EXPECT_TRUE(tensors.find("y")->shape.empty());
  EXPECT_EQ(tensors.find("y")->bytes, bytesOf<uint8_t>({1}));
  EXPECT_EQ(write(tensors), stored);
}

static constexpr std::string_view emptyMember(
    "PK\003\004-\000\000\000\000\000\000\000!\000\226\0362\373\377\377"
    "\377\377\377\377\377\377\005\000\024\000e.npy\001\000\020\000\200"
    "\000\000\000\000\000\000\000\200\000\000\000\000\000\000\000\223NU"
    "MPY\001\000v\000{'descr': '|b1', 'fortran_order': False, 'shape': "
    "(0, 3), }                                                         "
    " \012PK\001\002-\003-\000\000\000\000\000\000\000!\000\226\0362"
    "\373\200\000\000\000\200\000\000\000\005\000\000\000\000\000\000"
    "\000\000\000\000\000\200\001\000\000\000\000e.npyPK\005\006\000"
    "\000\000\000\001\000\001\0003\000\000\000\267\000\000\000\000\000",
    256);

TEST_F(NpzTest, ReadsAndWritesEmptyArrayAsNumPyDoes) {
  TensorMap tensors = read(emptyMember);
  ASSERT_TRUE(tensors.find("e"));
  EXPECT_EQ(tensors.find("e")->shape, (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(write(tensors), emptyMember);
}

TEST_F(NpzTest, ReadsDeflated) {
  TensorMap tensors = read(compressed);
  ASSERT_EQ(tensors.size(), 2u);
  EXPECT_EQ(tensors.find("zeros")->bytes, std::vector<std::byte>(100));
  EXPECT_EQ(tensors.find("ramp")->bytes,
            bytesOf<uint16_t>(
                {0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600, 0x4700}));
}

TEST_F(NpzTest, KeepsTheOrderOfTensors) {
  TensorMap tensors;
  for (int i = 0; i < 12; ++i)
    EXPECT_TRUE(tensors.add("arr_" + std::to_string(i),
                            {DType::I32, {}, bytesOf<int32_t>({i})}));
  EXPECT_FALSE(tensors.add("arr_3", {}));
  EXPECT_EQ(read(write(tensors)), tensors);
}

TEST_F(NpzTest, RoundTripsOddNames) {
  TensorMap tensors;
  EXPECT_TRUE(tensors.add("", {DType::U8, {0}, {}}));
  EXPECT_TRUE(tensors.add("a/b.weight", {DType::U8, {0}, {}}));
  EXPECT_TRUE(tensors.add("\xc3\xa9", {DType::U8, {0}, {}}));
  EXPECT_TRUE(tensors.add("x.npy", {DType::U8, {0}, {}}));
  EXPECT_EQ(read(write(tensors)), tensors);
}

TEST_F(NpzTest, RoundTripsNoTensors) { EXPECT_TRUE(read(write({})).empty()); }

TEST_F(NpzTest, RoundTripsAsManyTensorsAsTheShortCountHolds) {
  for (size_t count : {0xffff, 0x10000}) {
    TensorMap tensors;
    for (size_t i = 0; i < count; ++i)
      EXPECT_TRUE(tensors.add(std::to_string(i), {DType::U8, {0}, {}}));
    std::string bytes = write(tensors);
    // Python's zipfile, too, has the zip64 record from 65,536 members on.
    EXPECT_EQ(bytes.find("PK\6\6") != std::string::npos, count > 0xffff);
    EXPECT_EQ(read(bytes), tensors);
  }
}

TEST_F(NpzTest, SameInputSameBytes) {
  TensorMap tensors = read(compressed);
  EXPECT_EQ(write(tensors), write(tensors));
}

TEST_F(NpzTest, ReadsZip64) {
  // The archive of ReadsAndWritesAsNumPyDoes with every number in 64 bits.
  TensorMap tensors = read(stored);
  Result<OutputFile> out = OutputFile::create(path("c.npz"));
  ASSERT_TRUE(out.ok());
  ZipWriter writer(std::move(*out), /*zip64Threshold=*/0);
  for (const auto &[name, tensor] : tensors) {
    size_t begin = stored.find("\223NUMPY", name == "x" ? 0 : 200);
    ASSERT_TRUE(
        writer.add(name + ".npy", raw(stored.substr(begin, 128)), tensor.bytes)
            .ok());
  }
  ASSERT_TRUE(writer.commit().ok());
  std::string bytes = contents(path("c.npz"));
  EXPECT_NE(bytes.find("PK\6\6"), std::string::npos);
  EXPECT_NE(bytes.find("PK\6\7"), std::string::npos);
  EXPECT_EQ(read(bytes), tensors);
}

TEST_F(NpzTest, ReadsCommentAtTheEnd) {
  std::string bytes(stored);
  bytes[bytes.size() - 2] = 7;
  EXPECT_EQ(read(bytes + "comment"), read(stored));
}
