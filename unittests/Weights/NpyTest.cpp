//===- NpyTest.cpp - NumPy array files ------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Npy.h"
#include "TestFiles.h"

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class NpyTest : public WithFiles {
protected:
  HostTensor read(std::string_view bytes) {
    Result<HostTensor> tensor = readNpy(file("a.npy", bytes));
    EXPECT_TRUE(tensor.ok()) << tensor.message();
    return tensor ? std::move(*tensor) : HostTensor();
  }
  std::string write(const HostTensor &tensor) {
    Status status = writeNpy(path("b.npy"), tensor);
    EXPECT_TRUE(status.ok()) << status.message();
    return contents(path("b.npy"));
  }
};

/// A file of version `major`.0 around a header.
std::string npy(int major, std::string_view header, std::string_view data) {
  std::string bytes = "\223NUMPY";
  bytes += static_cast<char>(major);
  bytes += '\0';
  uint32_t length = static_cast<uint32_t>(header.size());
  bytes.append(reinterpret_cast<const char *>(&length), major == 1 ? 2 : 4);
  return bytes.append(header).append(data);
}
} // namespace

// Written by numpy.save of NumPy 2.4: f4 [[1, 2, 3], [4, 5, 6]]; i2 0 to 23 of
// shape 2x3x4 in Fortran order; f8 1.5; bool of shape 0x3.
static constexpr std::string_view
    matrix("\223NUMPY\001\000v\000{'descr': '<f4', 'fortran_order': False, 'sh"
           "ape': (2, 3), }                                                   "
           "       \012\000\000\200?\000\000\000@\000\000@@\000\000\200@\000"
           "\000\240@\000\000\300@",
           152);

static constexpr std::string_view
    fortran("\223NUMPY\001\000v\000{'descr': '<i2', 'fortran_order': True, 'sha"
            "pe': (2, 3, 4), }                                                 "
            "       \012\000\000\014\000\004\000\020\000\010\000\024\000\001"
            "\000\015\000\005\000\021\000\011\000\025\000\002\000\016\000\006"
            "\000\022\000\012\000\026\000\003\000\017\000\007\000\023\000\013"
            "\000\027\000",
            176);

static constexpr std::string_view
    scalar("\223NUMPY\001\000v\000{'descr': '<f8', 'fortran_order': False, 'sh"
           "ape': (), }                                                       "
           "       \012\000\000\000\000\000\000\370?",
           136);

static constexpr std::string_view emptyArray(
    "\223NUMPY\001\000v\000{'descr': '|b1', 'fortran_order': False, 'sh"
    "ape': (0, 3), }                                                   "
    "       \012",
    128);

TEST_F(NpyTest, ReadsAndWritesMatrixAsNumPyDoes) {
  HostTensor tensor = read(matrix);
  EXPECT_EQ(tensor.dtype, DType::F32);
  EXPECT_EQ(tensor.shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(tensor.bytes, bytesOf<float>({1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(write(tensor), matrix);
}

TEST_F(NpyTest, ReadsAndWritesScalarAsNumPyDoes) {
  HostTensor tensor = read(scalar);
  EXPECT_EQ(tensor.dtype, DType::F64);
  EXPECT_TRUE(tensor.shape.empty());
  EXPECT_EQ(tensor.bytes, bytesOf<double>({1.5}));
  EXPECT_EQ(write(tensor), scalar);
}

TEST_F(NpyTest, ReadsAndWritesEmptyArrayAsNumPyDoes) {
  HostTensor tensor = read(emptyArray);
  EXPECT_EQ(tensor.dtype, DType::BOOL);
  EXPECT_EQ(tensor.shape, (std::vector<int64_t>{0, 3}));
  EXPECT_TRUE(tensor.bytes.empty());
  EXPECT_EQ(write(tensor), emptyArray);
}

TEST_F(NpyTest, TransposesFortranOrder) {
  HostTensor tensor = read(fortran);
  EXPECT_EQ(tensor.dtype, DType::I16);
  EXPECT_EQ(tensor.shape, (std::vector<int64_t>{2, 3, 4}));
  std::span<const int16_t> values = std::as_const(tensor).as<int16_t>();
  ASSERT_EQ(values.size(), 24u);
  for (int16_t i = 0; i < 24; ++i)
    EXPECT_EQ(values[i], i);
}

TEST_F(NpyTest, FortranOrderOfOneDimensionIsTheSame) {
  HostTensor tensor =
      read(npy(1, "{'descr':'<u2','fortran_order':True,'shape':(2,)}", "abcd"));
  EXPECT_EQ(text(tensor.bytes), "abcd");
}

TEST_F(NpyTest, FortranOrderWithoutElements) {
  HostTensor tensor =
      read(npy(1, "{'descr':'<u2','fortran_order':True,'shape':(3,0,2)}", ""));
  EXPECT_TRUE(tensor.bytes.empty());
}

TEST_F(NpyTest, ReadsVersions2And3) {
  std::string header =
      "{'descr': '|u1', 'fortran_order': False, 'shape': (2,)}";
  EXPECT_EQ(text(read(npy(2, header, "ab")).bytes), "ab");
  EXPECT_EQ(text(read(npy(3, header, "ab")).bytes), "ab");
}

TEST_F(NpyTest, HeaderKeysStandInAnyOrder) {
  HostTensor tensor = read(
      npy(1, "{ \"shape\" : (1 ,2, ) ,'fortran_order':False, 'descr':'=i1'}\n",
          "ab"));
  EXPECT_EQ(tensor.dtype, DType::I8);
  EXPECT_EQ(tensor.shape, (std::vector<int64_t>{1, 2}));
}

TEST_F(NpyTest, RoundTripsEveryType) {
  for (DType dtype : {DType::BOOL, DType::U8, DType::I8, DType::I16, DType::U16,
                      DType::F16, DType::I32, DType::U32, DType::F32,
                      DType::C64, DType::F64, DType::I64, DType::U64}) {
    HostTensor tensor{dtype, {3}, {}};
    for (unsigned i = 0; i < 3 * bitWidth(dtype) / 8; ++i)
      tensor.bytes.push_back(std::byte(i));
    EXPECT_EQ(read(write(tensor)), tensor) << name(dtype);
  }
}

TEST_F(NpyTest, RoundTripsManyDimensions) {
  HostTensor tensor{DType::U8, std::vector<int64_t>(64, 1), {std::byte(7)}};
  EXPECT_EQ(read(write(tensor)), tensor);
}
