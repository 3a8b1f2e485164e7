//===- SafetensorsTest.cpp - Reading safetensors files --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Safetensors.h"
#include "TestFiles.h"

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class SafetensorsTest : public WithFiles {
protected:
  Result<SafetensorsFile> open(std::string_view header, std::string_view data) {
    return SafetensorsFile::open(
        file("a.safetensors", safetensors(header, data)));
  }
};
} // namespace

/// Written by the Python package safetensors 0.8.0: b.weight f32 2x3 of 0 to 5,
/// a i8 [1, -2, 3], scalar i64 7, empty f16 0x4, metadata format: np.
static constexpr std::string_view fromPython(
    "\020\001\000\000\000\000\000\000{\"__metadata__\":{\"format\":\"np"
    "\"},\"scalar\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0"
    ",8]},\"b.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offset"
    "s\":[8,32]},\"empty\":{\"dtype\":\"F16\",\"shape\":[0,4],\"data_of"
    "fsets\":[32,32]},\"a\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offs"
    "ets\":[32,35]}}     \007\000\000\000\000\000\000\000\000\000\000"
    "\000\000\000\200?\000\000\000@\000\000@@\000\000\200@\000\000\240@"
    "\001\376\003",
    315);

TEST_F(SafetensorsTest, ReadsFileOfPythonPackage) {
  Result<SafetensorsFile> opened =
      SafetensorsFile::open(file("py.safetensors", fromPython));
  ASSERT_TRUE(opened.ok()) << opened.message();
  ASSERT_EQ(opened->tensors().size(), 4u);
  EXPECT_EQ(opened->metadata(), (Metadata{{"format", "np"}}));

  const TensorView *weight = opened->find("b.weight");
  ASSERT_TRUE(weight);
  EXPECT_EQ(weight->dtype, DType::F32);
  EXPECT_EQ(weight->shape, (std::vector<int64_t>{2, 3}));
  auto floats = bytesOf<float>({0, 1, 2, 3, 4, 5});
  EXPECT_TRUE(std::ranges::equal(weight->bytes(), floats));

  const TensorView *scalar = opened->find("scalar");
  ASSERT_TRUE(scalar);
  EXPECT_EQ(scalar->dtype, DType::I64);
  EXPECT_TRUE(scalar->shape.empty());
  EXPECT_TRUE(std::ranges::equal(scalar->bytes(), bytesOf<int64_t>({7})));

  const TensorView *empty = opened->find("empty");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->dtype, DType::F16);
  EXPECT_EQ(empty->shape, (std::vector<int64_t>{0, 4}));
  EXPECT_EQ(empty->size, 0u);

  const TensorView *a = opened->find("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->dtype, DType::I8);
  EXPECT_TRUE(std::ranges::equal(a->bytes(), bytesOf<int8_t>({1, -2, 3})));
}

TEST_F(SafetensorsTest, ListsTensorsInOrderOfTheirData) {
  Result<SafetensorsFile> opened =
      open(R"({"z":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},)"
           R"("e2":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
           R"("a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
           R"("e1":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
           R"("last":{"dtype":"U8","shape":[0,7],"data_offsets":[3,3]}})",
           "abc");
  ASSERT_TRUE(opened.ok()) << opened.message();
  std::vector<std::string> names;
  for (const TensorView &view : opened->tensors())
    names.push_back(view.name);
  EXPECT_EQ(names, (std::vector<std::string>{"e2", "e1", "a", "z", "last"}));
  EXPECT_EQ(text(opened->find("z")->bytes()), "c");
}

TEST_F(SafetensorsTest, FindsOnlyNamesThatAreThere) {
  Result<SafetensorsFile> opened =
      open(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x");
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->find("b"));
  EXPECT_FALSE(opened->find("a"));
  EXPECT_FALSE(opened->find("c"));
  EXPECT_FALSE(opened->find(""));
}

TEST_F(SafetensorsTest, ReadsFileWithoutTensors) {
  Result<SafetensorsFile> opened = open("{}", "");
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->tensors().empty());
  EXPECT_FALSE(opened->find("a"));
}

TEST_F(SafetensorsTest, ReadsPaddedHeader) {
  EXPECT_TRUE(
      open(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}    )", "x")
          .ok());
}

TEST_F(SafetensorsTest, ReadsPackedTypes) {
  Result<SafetensorsFile> opened =
      open(R"({"f4":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]},)"
           R"("f6":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[3,6]}})",
           "abcdef");
  ASSERT_TRUE(opened.ok()) << opened.message();
  EXPECT_EQ(opened->find("f4")->size, 3u);
  EXPECT_EQ(text(opened->find("f6")->bytes()), "def");
}

TEST_F(SafetensorsTest, ReadsEveryType) {
  for (std::string name :
       {"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "I16", "U16",
        "F16", "BF16", "I32", "U32", "F32", "C64", "F64", "I64", "U64"}) {
    std::string data(bitWidth(*parseDType(name)) / 8, 'x');
    std::string header = R"({"a":{"dtype":")" + name +
                         R"(","shape":[],"data_offsets":[0,)" +
                         std::to_string(data.size()) + "]}}";
    Result<SafetensorsFile> opened = open(header, data);
    ASSERT_TRUE(opened.ok()) << opened.message();
    EXPECT_EQ(lowbit::weights::name(opened->find("a")->dtype), name);
  }
}

TEST_F(SafetensorsTest, ReadsEscapedNames) {
  Result<SafetensorsFile> opened =
      open("{\"a\\u00e9\\n\":{\"dtype\":\"U8\",\"shape\":[1],"
           "\"data_offsets\":[0,1]}}",
           "x");
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->find("a\xc3\xa9\n"));
}

TEST_F(SafetensorsTest, ViewsOutliveMoves) {
  Result<SafetensorsFile> opened =
      open(R"({"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}})", "x");
  ASSERT_TRUE(opened.ok());
  const TensorView *view = opened->find("b");
  SafetensorsFile moved = std::move(*opened);
  EXPECT_EQ(moved.find("b"), view);
  EXPECT_EQ(text(view->bytes()), "x");
}

TEST_F(SafetensorsTest, ReleasedTensorsCanBeReadAgain) {
  Result<SafetensorsFile> opened =
      open(R"({"b":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
           R"("e":{"dtype":"U8","shape":[0],"data_offsets":[3,3]}})",
           "xyz");
  ASSERT_TRUE(opened.ok());
  opened->release(*opened->find("b"));
  opened->release(*opened->find("e"));
  EXPECT_EQ(text(opened->find("b")->bytes()), "xyz");
}
