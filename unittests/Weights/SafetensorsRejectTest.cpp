//===- SafetensorsRejectTest.cpp - Broken safetensors files ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"
#include "lowbit/Weights/Safetensors.h"

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class SafetensorsRejectTest : public WithFiles {
protected:
  testing::AssertionResult bytesFail(std::string_view bytes,
                                     const std::string &reason) {
    std::string target = file("bad.safetensors", bytes);
    return failsWith(SafetensorsFile::open(target), target, reason);
  }
  testing::AssertionResult fails(std::string_view header, std::string_view data,
                                 const std::string &reason) {
    return bytesFail(safetensors(header, data), reason);
  }
  /// A tensor 'w' with these fields and no others.
  testing::AssertionResult fieldsFail(const std::string &fields,
                                      std::string_view data,
                                      const std::string &reason) {
    return fails("{\"w\":{" + fields + "}}", data, reason);
  }
};

std::string lengthOnly(uint64_t length) {
  return {reinterpret_cast<const char *>(&length), sizeof(length)};
}
} // namespace

TEST_F(SafetensorsRejectTest, AbsentFile) {
  std::string target = path("none.safetensors");
  EXPECT_TRUE(failsWith(SafetensorsFile::open(target), target, "no such file"));
}

TEST_F(SafetensorsRejectTest, Directory) {
  EXPECT_TRUE(failsWith(SafetensorsFile::open(directory), directory,
                        "is a directory; name the file inside it"));
}

TEST_F(SafetensorsRejectTest, EmptyFile) {
  EXPECT_TRUE(bytesFail("", "is empty"));
}

TEST_F(SafetensorsRejectTest, FileShorterThanItsLength) {
  EXPECT_TRUE(bytesFail("1234567", "shorter than the 8 bytes"));
}

TEST_F(SafetensorsRejectTest, HeaderLengthZero) {
  EXPECT_TRUE(bytesFail(lengthOnly(0) + "{}", "the header's length is 0"));
}

TEST_F(SafetensorsRejectTest, HeaderLongerThanFile) {
  EXPECT_TRUE(bytesFail(lengthOnly(3) + "{}",
                        "the header's length of 3 is more than the file"));
}

TEST_F(SafetensorsRejectTest, HeaderOverTheLimit) {
  EXPECT_TRUE(bytesFail(lengthOnly(100'000'001) + "{}",
                        "is over the format's limit of 100 MB"));
  EXPECT_TRUE(bytesFail(lengthOnly(~uint64_t(0)) + "{}",
                        "is over the format's limit of 100 MB"));
}

TEST_F(SafetensorsRejectTest, FilesOfOtherKinds) {
  EXPECT_TRUE(bytesFail(std::string("PK\3\4\x14\0\0\0\0\0", 10),
                        "is a zip archive, as .npz and .pt files are; store "
                        "its tensors in a safetensors file"));
  EXPECT_TRUE(bytesFail("\x93NUMPY\1 {}", "is a .npy file; store"));
  EXPECT_TRUE(
      bytesFail(std::string("GGUF\3\0\0\0\0", 9), "is a GGUF file; store"));
  // Such a name is no proof.
  std::string onnx = file("m.onnx", std::string("\x08\x07\x12\7pytorch", 11));
  EXPECT_TRUE(failsWith(SafetensorsFile::open(onnx), onnx,
                        "is a .onnx file; python -m lowbit.importer writes its "
                        "weights to a safetensors file"));
  EXPECT_TRUE(SafetensorsFile::open(file("w.onnx", safetensors("{}", ""))));
}

TEST_F(SafetensorsRejectTest, HeaderNotUtf8) {
  for (std::string_view bad :
       {"\xff", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xc3", "\xe2\x82", "\x80", "\xe2\x28\xa1"})
    EXPECT_TRUE(fails("{\"" + std::string(bad) + "\":{}}", "",
                      "the header is not UTF-8"));
}

TEST_F(SafetensorsRejectTest, HeaderBeginsWithSpace) {
  EXPECT_TRUE(fails(" {}", "", "does not begin with '{'"));
}

TEST_F(SafetensorsRejectTest, HeaderIsArray) {
  EXPECT_TRUE(fails("[]", "", "does not begin with '{'"));
}

TEST_F(SafetensorsRejectTest, HeaderNotJson) {
  EXPECT_TRUE(fails("{\"a\":", "", "not valid JSON at its byte"));
  EXPECT_TRUE(fails("{} {}", "", "not valid JSON at its byte"));
  EXPECT_TRUE(fails(std::string("{}\0", 3), "", "not valid JSON at its byte"));
  EXPECT_TRUE(fails("{'a':{}}", "", "not valid JSON at its byte"));
  EXPECT_TRUE(fails("{\"\\ud800\":{}}", "", "not valid JSON at its byte"));
}

TEST_F(SafetensorsRejectTest, DeepNestingIsCutAtOnce) {
  EXPECT_TRUE(fails("{\"w\":" + std::string(1'000'000, '['), "",
                    "tensor 'w': is not an object"));
}

TEST_F(SafetensorsRejectTest, TensorNotAnObject) {
  for (const char *value : {"1", "-1", "1.5", "null", "true", "\"x\"", "[]"})
    EXPECT_TRUE(fails("{\"w\":" + std::string(value) + "}", "",
                      "tensor 'w': is not an object of dtype, shape and"));
}

TEST_F(SafetensorsRejectTest, DtypeMissing) {
  EXPECT_TRUE(fieldsFail(R"("shape":[1],"data_offsets":[0,1])", "x",
                         "tensor 'w': dtype is missing"));
}

TEST_F(SafetensorsRejectTest, ShapeMissing) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"U8","data_offsets":[0,1])", "x",
                         "tensor 'w': shape is missing"));
}

TEST_F(SafetensorsRejectTest, OffsetsMissing) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"U8","shape":[1])", "x",
                         "tensor 'w': data_offsets are missing"));
}

TEST_F(SafetensorsRejectTest, UnknownField) {
  EXPECT_TRUE(
      fieldsFail(R"("dtype":"U8","shape":[1],"data_offsets":[0,1],"strides":1)",
                 "x", "tensor 'w': unknown field 'strides'"));
}

TEST_F(SafetensorsRejectTest, DuplicateField) {
  EXPECT_TRUE(fieldsFail(
      R"("dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1])", "x",
      "tensor 'w': duplicate field 'dtype'"));
}

TEST_F(SafetensorsRejectTest, DuplicateTensor) {
  EXPECT_TRUE(fails(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                    R"("v":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},)"
                    R"("w":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})",
                    "xyz", "tensor 'w': is listed twice"));
}

TEST_F(SafetensorsRejectTest, DtypeNotAString) {
  EXPECT_TRUE(fieldsFail(R"("dtype":8,"shape":[1],"data_offsets":[0,1])", "x",
                         "tensor 'w': dtype is not a string"));
}

TEST_F(SafetensorsRejectTest, DtypeUnknown) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"F128","shape":[1],"data_offsets":[0,16])",
                         "0123456789abcdef",
                         "tensor 'w': unknown dtype 'F128'; convert"));
}

TEST_F(SafetensorsRejectTest, ShapeNotAnArray) {
  for (const char *shape : {"1", "{}", "null", "\"1\"", "[1.0]", "[[1]]",
                            "[true]", "[null]", "[1e3]"})
    EXPECT_TRUE(
        fieldsFail("\"dtype\":\"U8\",\"data_offsets\":[0,1],\"shape\":" +
                       std::string(shape),
                   "x",
                   "tensor 'w': shape is not an array of non-negative "
                   "integers"));
}

TEST_F(SafetensorsRejectTest, NegativeDimension) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"U8","shape":[-1,-1],"data_offsets":[0,1])",
                         "x", "tensor 'w': shape has a negative dimension"));
}

TEST_F(SafetensorsRejectTest, DimensionOver63Bits) {
  EXPECT_TRUE(fieldsFail(
      R"("dtype":"U8","shape":[9223372036854775808],"data_offsets":[0,1])", "x",
      "tensor 'w': shape has a dimension that is too large"));
}

TEST_F(SafetensorsRejectTest, DimensionOver64Bits) {
  EXPECT_TRUE(fieldsFail(
      R"("dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,1])",
      "x", "tensor 'w': shape is not an array of non-negative integers"));
}

TEST_F(SafetensorsRejectTest, ShapeOverflows) {
  EXPECT_TRUE(fieldsFail(
      R"("dtype":"U8","shape":[4294967296,4294967296],"data_offsets":[0,0])",
      "", "tensor 'w': the shape 4294967296x4294967296 is too large"));
}

TEST_F(SafetensorsRejectTest, OffsetsNotTwoIntegers) {
  for (const char *offsets :
       {"1", "[]", "[0]", "[0,1,2]", "[0,-1]", "[0,1.0]", "{}", "[\"0\",1]",
        "[[0,1]]", "[0,18446744073709551616]"})
    EXPECT_TRUE(fieldsFail("\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":" +
                               std::string(offsets),
                           "x",
                           "tensor 'w': data_offsets are not two non-negative "
                           "integers"));
}

TEST_F(SafetensorsRejectTest, OffsetsEndBeforeTheyBegin) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"U8","shape":[1],"data_offsets":[1,0])",
                         "x",
                         "tensor 'w': data_offsets [1, 0] end before they"));
}

TEST_F(SafetensorsRejectTest, OffsetsPastTheEnd) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"U8","shape":[2],"data_offsets":[0,2])",
                         "x",
                         "tensor 'w': data_offsets [0, 2] reach past the 1 "
                         "bytes of data; the file is truncated"));
  EXPECT_TRUE(fieldsFail(
      R"("dtype":"U8","shape":[1],)"
      R"("data_offsets":[18446744073709551614,18446744073709551615])",
      "x", "reach past the 1 bytes of data"));
}

TEST_F(SafetensorsRejectTest, SizeNotThatOfTheShape) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"F32","shape":[2,1],"data_offsets":[0,3])",
                         "xyz",
                         "tensor 'w': data_offsets [0, 3] hold 3 bytes, but "
                         "2x1 of F32 has 8"));
}

TEST_F(SafetensorsRejectTest, PackedTypeInPartsOfBytes) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"F4","shape":[3],"data_offsets":[0,2])",
                         "xy", "tensor 'w': the shape 3 of F4 is not a whole"));
}

TEST_F(SafetensorsRejectTest, Overlap) {
  EXPECT_TRUE(fails(R"({"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                    R"("w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                    "xyz", "tensor 'w': its data overlaps that of tensor 'v'"));
}

TEST_F(SafetensorsRejectTest, SharedData) {
  EXPECT_TRUE(fails(R"({"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                    R"("w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})",
                    "xy", "tensor 'w': its data overlaps that of tensor 'v'"));
}

TEST_F(SafetensorsRejectTest, EmptyTensorInsideAnother) {
  EXPECT_TRUE(fails(R"({"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                    R"("w":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}})",
                    "xy", "tensor 'w': its data overlaps that of tensor 'v'"));
}

TEST_F(SafetensorsRejectTest, HoleAtTheFront) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"U8","shape":[1],"data_offsets":[1,2])",
                         "xy",
                         "tensor 'w': 1 bytes before its data belong to no"));
}

TEST_F(SafetensorsRejectTest, HoleBetween) {
  EXPECT_TRUE(fails(R"({"v":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                    R"("w":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}})",
                    "wxyz",
                    "tensor 'w': 2 bytes before its data belong to no"));
}

TEST_F(SafetensorsRejectTest, HoleAtTheEnd) {
  EXPECT_TRUE(fieldsFail(R"("dtype":"U8","shape":[1],"data_offsets":[0,1])",
                         "xyz", "the last 2 bytes belong to no tensor"));
  EXPECT_TRUE(fails("{}", "x", "the last 1 bytes belong to no tensor"));
}

TEST_F(SafetensorsRejectTest, MetadataNotAnObject) {
  EXPECT_TRUE(fails(R"({"__metadata__":[]})", "",
                    "__metadata__ is not an object of strings"));
  EXPECT_TRUE(fails(R"({"__metadata__":null})", "",
                    "__metadata__ is not an object of strings"));
}

TEST_F(SafetensorsRejectTest, MetadataNotStrings) {
  EXPECT_TRUE(fails(R"({"__metadata__":{"k":1}})", "",
                    "the metadata 'k' is not a string"));
  EXPECT_TRUE(fails(R"({"__metadata__":{"k":{}}})", "",
                    "the metadata 'k' is not a string"));
}

TEST_F(SafetensorsRejectTest, DuplicateMetadataKey) {
  EXPECT_TRUE(fails(R"({"__metadata__":{"k":"1","k":"1"}})", "",
                    "duplicate key 'k' in __metadata__"));
}

TEST_F(SafetensorsRejectTest, DuplicateMetadata) {
  EXPECT_TRUE(fails(R"({"__metadata__":{},"__metadata__":{}})", "",
                    "duplicate key __metadata__"));
}

TEST_F(SafetensorsRejectTest, HostileNameIsEscaped) {
  EXPECT_TRUE(
      fails("{\"\\u001b[2J\":1}", "", "tensor '\\x1b[2J': is not an object"));
}
