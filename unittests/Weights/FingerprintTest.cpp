//===- FingerprintTest.cpp - Telling models apart -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/Fingerprint.h"
#include "TestFiles.h"
#include "lowbit/Weights/TensorFile.h"

using namespace lowbit::weights;

namespace {

class Fingerprint : public test::WithFiles {
protected:
  /// Of a file with these tensors.
  std::string of(const TensorMap &tensors) const {
    std::string file = path("w.safetensors");
    EXPECT_TRUE(writeTensors(file, tensors));
    return ofFile(file);
  }
  static std::string ofFile(const std::string &path) {
    auto file = WeightsFile::open(path);
    EXPECT_TRUE(file) << file.message();
    return fingerprint(*file);
  }
};

HostTensor tensor(int64_t size, int value = 1, DType dtype = DType::U8) {
  return {dtype,
          {size},
          std::vector<std::byte>(size * bitWidth(dtype) / 8, std::byte(value))};
}

TensorMap one(std::string name, HostTensor tensor) {
  TensorMap map;
  map.add(std::move(name), std::move(tensor));
  return map;
}

TEST_F(Fingerprint, TellsNamesTypesShapesAndValues) {
  std::string first = of(one("a", tensor(8)));
  // The CRC-32 of "a\0U8 8\n" and of eight bytes of one.
  EXPECT_EQ(first, "bac61bdf-2ea122d3");
  EXPECT_EQ(of(one("a", tensor(8))), first);
  constexpr const char *structure =
      "the tensors have other names, types or shapes";
  for (const TensorMap &other :
       {one("b", tensor(8)), one("a", tensor(9)),
        one("a", tensor(8, 1, DType::I8)), TensorMap()})
    EXPECT_EQ(explainDifference(first, of(other)), structure);
  EXPECT_EQ(explainDifference(first, of(one("a", tensor(8, 2)))),
            "the tensors have the same names and shapes, but other values");
  EXPECT_EQ(explainDifference(first, first), "");
}

TEST_F(Fingerprint, IsThatOfTheTensorsHoweverTheyAreStored) {
  TensorMap forth, back;
  forth.add("a", tensor(3));
  forth.add("b", tensor(100, 2));
  back.add("b", tensor(100, 2));
  back.add("a", tensor(3));
  std::string whole = of(forth);
  EXPECT_EQ(of(back), whole);
  ASSERT_TRUE(writeTensors(path("1.safetensors"), one("b", tensor(100, 2))));
  ASSERT_TRUE(writeTensors(path("2.safetensors"), one("a", tensor(3))));
  EXPECT_EQ(ofFile(file("w.safetensors.index.json",
                        R"({"weight_map": {"a": "2.safetensors",
                                           "b": "1.safetensors"}})")),
            whole);
}

TEST_F(Fingerprint, ReadsBlocksOfLargeTensors) {
  constexpr int64_t size = 1 << 20;
  std::string same = of(one("a", tensor(size)));
  auto withByteAt = [&](int64_t place) {
    HostTensor changed = tensor(size);
    changed.bytes[place] = std::byte(7);
    return of(one("a", std::move(changed)));
  };
  EXPECT_NE(withByteAt(0), same);
  EXPECT_NE(withByteAt(size - 1), same);
  EXPECT_NE(withByteAt((size - 4096) / 7 * 3), same);
  // Between two blocks.
  EXPECT_EQ(withByteAt(5000), same);
  // All of a small one.
  HostTensor small = tensor(65536);
  small.bytes[5000] = std::byte(7);
  EXPECT_NE(of(one("a", std::move(small))), of(one("a", tensor(65536))));
}

} // namespace
