//===- WeightsFileTest.cpp - Weights files and sharded sets ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/WeightsFile.h"
#include "TestFiles.h"

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class WeightsFileTest : public WithFiles {
protected:
  std::string index = path("model.safetensors.index.json");

  /// A shard with tensors of one byte each, named and filled by a letter.
  void shard(const std::string &name, const std::string &letters,
             const std::string &metadata = "") {
    std::string header = "{" + metadata;
    for (size_t i = 0; i < letters.size(); ++i)
      header += std::string(header.size() > 1 ? "," : "") + "\"" + letters[i] +
                "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[" +
                std::to_string(i) + "," + std::to_string(i + 1) + "]}";
    file(name, safetensors(header + "}", letters));
  }

  Result<WeightsFile> open(const std::string &json) {
    return WeightsFile::open(file("model.safetensors.index.json", json));
  }
  testing::AssertionResult fails(const std::string &json,
                                 const std::string &reason) {
    return failsWith(open(json), index, reason);
  }
};
} // namespace

TEST_F(WeightsFileTest, OpensOneFile) {
  shard("m.safetensors", "ab", R"("__metadata__":{"k":"v"})");
  Result<WeightsFile> opened = WeightsFile::open(path("m.safetensors"));
  ASSERT_TRUE(opened.ok()) << opened.message();
  ASSERT_EQ(opened->tensors().size(), 2u);
  EXPECT_EQ(opened->tensors()[0]->name, "a");
  EXPECT_EQ(opened->metadata(), (Metadata{{"k", "v"}}));
  EXPECT_EQ(text(opened->find("b")->bytes()), "b");
  EXPECT_FALSE(opened->find("c"));
  EXPECT_EQ(opened->path(), path("m.safetensors"));
  opened->release(*opened->find("a"));
  EXPECT_EQ(text(opened->find("a")->bytes()), "a");
}

TEST_F(WeightsFileTest, OpensShards) {
  shard("m-2.safetensors", "da", R"("__metadata__":{"k":"second","x":"y"})");
  shard("m-1.safetensors", "cb", R"("__metadata__":{"k":"first"})");
  Result<WeightsFile> opened =
      open(R"({"metadata":{"total_size":4},"weight_map":{
           "a":"m-2.safetensors","b":"m-1.safetensors",
           "c":"m-1.safetensors","d":"m-2.safetensors"}})");
  ASSERT_TRUE(opened.ok()) << opened.message();
  std::string order;
  for (const TensorView *view : opened->tensors())
    order += view->name;
  EXPECT_EQ(order, "cbda");
  EXPECT_EQ(opened->shards().size(), 2u);
  EXPECT_EQ(opened->metadata(), (Metadata{{"k", "first"}, {"x", "y"}}));
  for (const char *name : {"a", "b", "c", "d"}) {
    opened->release(*opened->find(name));
    EXPECT_EQ(text(opened->find(name)->bytes()), name);
  }
}

TEST_F(WeightsFileTest, TheIndexDecides) {
  shard("1.safetensors", "ab");
  shard("2.safetensors", "bc");
  Result<WeightsFile> opened =
      open(R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  ASSERT_TRUE(opened.ok()) << opened.message();
  EXPECT_EQ(opened->tensors().size(), 2u);
  EXPECT_FALSE(opened->find("c"));
  EXPECT_EQ(opened->find("b")->data, opened->shards()[1].find("b")->data);
}

TEST_F(WeightsFileTest, ViewsOutliveMoves) {
  shard("1.safetensors", "a");
  Result<WeightsFile> opened = open(R"({"weight_map":{"a":"1.safetensors"}})");
  ASSERT_TRUE(opened.ok());
  const TensorView *view = opened->find("a");
  WeightsFile moved = std::move(*opened);
  EXPECT_EQ(moved.find("a"), view);
  EXPECT_EQ(text(view->bytes()), "a");
}

TEST_F(WeightsFileTest, OpensEmptyIndex) {
  Result<WeightsFile> opened = open(R"({"weight_map":{}})");
  ASSERT_TRUE(opened.ok());
  EXPECT_TRUE(opened->tensors().empty());
}

TEST_F(WeightsFileTest, RejectsBrokenSingleFile) {
  std::string target = file("m.safetensors", "");
  EXPECT_TRUE(failsWith(WeightsFile::open(target), target, "is empty"));
}

TEST_F(WeightsFileTest, RejectsAbsentIndex) {
  EXPECT_TRUE(failsWith(WeightsFile::open(index), index, "no such file"));
}

TEST_F(WeightsFileTest, RejectsIndexNotUtf8) {
  EXPECT_TRUE(fails("{\"weight_map\":{\"\xff\":\"a\"}}", "is not UTF-8"));
}

TEST_F(WeightsFileTest, RejectsIndexNotJson) {
  EXPECT_TRUE(fails("", "is not valid JSON"));
  EXPECT_TRUE(
      fails(std::string("{\"weight_map\":{}}\0x", 19), "is not valid JSON"));
  EXPECT_TRUE(fails("{\"weight_map\":{}", "is not valid JSON"));
  EXPECT_TRUE(fails(std::string(1'000'000, '['), "is not valid JSON"));
}

TEST_F(WeightsFileTest, RejectsIndexWithoutMap) {
  EXPECT_TRUE(fails("{}", "has no object \"weight_map\""));
  EXPECT_TRUE(fails("[]", "has no object \"weight_map\""));
  EXPECT_TRUE(fails(R"({"weight_map":[]})", "has no object \"weight_map\""));
}

TEST_F(WeightsFileTest, RejectsIndexOverTheLimit) {
  file("model.safetensors.index.json", "");
  std::filesystem::resize_file(index, 100'000'001);
  EXPECT_TRUE(failsWith(WeightsFile::open(index), index, "is over 100 MB"));
}

TEST_F(WeightsFileTest, RejectsDuplicateKey) {
  EXPECT_TRUE(
      fails(R"({"weight_map":{"a":"1.safetensors","a":"1.safetensors"}})",
            "key 'a' stands twice"));
}

TEST_F(WeightsFileTest, RejectsShardNotAString) {
  EXPECT_TRUE(fails(R"({"weight_map":{"a":1}})",
                    "tensor 'a': its shard is not a string"));
}

TEST_F(WeightsFileTest, RejectsShardOutsideTheDirectory) {
  for (const char *name :
       {"", ".", "..", "../1.safetensors", "/etc/passwd", "x/y", "a\\u0000b"})
    EXPECT_TRUE(fails("{\"weight_map\":{\"a\":\"" + std::string(name) + "\"}}",
                      "is not a plain file name"))
        << name;
}

TEST_F(WeightsFileTest, RejectsMissingShard) {
  EXPECT_TRUE(fails(R"({"weight_map":{"a":"gone.safetensors"}})",
                    "its shard cannot be used: " + path("gone.safetensors") +
                        ": no such file"));
}

TEST_F(WeightsFileTest, RejectsTensorNotInItsShard) {
  shard("1.safetensors", "a");
  shard("2.safetensors", "b");
  EXPECT_TRUE(
      fails(R"({"weight_map":{"a":"1.safetensors","b":"1.safetensors"}})",
            "tensor 'b': is not in its shard '1.safetensors'"));
}

TEST_F(WeightsFileTest, RejectsConflictingEncodings) {
  shard("1.safetensors", "a", R"("__metadata__":{"lowbit.shape:w":"1x2"})");
  shard("2.safetensors", "b", R"("__metadata__":{"lowbit.shape:w":"2x1"})");
  EXPECT_TRUE(failsWith(
      open(R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})"),
      path("2.safetensors"), "its metadata 'lowbit.shape:w' differs"));
}

TEST_F(WeightsFileTest, KnowsWhatReplacesIt) {
  shard("1.safetensors", "a");
  shard("2.safetensors", "b");
  auto set =
      open(R"({"weight_map":{"a":"1.safetensors","b":"2.safetensors"}})");
  ASSERT_TRUE(set);
  EXPECT_TRUE(set->isReplacedBy(set->path()));
  EXPECT_TRUE(set->isReplacedBy(path("2.safetensors")));
  EXPECT_FALSE(set->isReplacedBy(path("3.safetensors")));
}
