//===- SafetensorsWriterTest.cpp - Streaming safetensors files ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/SafetensorsWriter.h"
#include "TestFiles.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class SafetensorsWriterTest : public WithFiles {
protected:
  std::string target = path("out.safetensors");

  /// Writes the declarations with their places repeated as data.
  std::string write(const std::vector<TensorDecl> &decls, Metadata meta = {}) {
    Result<SafetensorsWriter> writer =
        SafetensorsWriter::create(target, decls, std::move(meta));
    EXPECT_TRUE(writer.ok()) << writer.message();
    for (size_t i = 0; i < decls.size(); ++i) {
      std::string data(*storageSize(decls[i].dtype, decls[i].shape),
                       static_cast<char>('a' + i));
      EXPECT_TRUE(writer->append(i, raw(data)).ok());
    }
    EXPECT_TRUE(writer->commit().ok());
    return contents(target);
  }
};
} // namespace

TEST_F(SafetensorsWriterTest, BytesAreThoseOfTheFormat) {
  std::string bytes =
      write({{"b", DType::U8, {3}}, {"a\n\"", DType::F32, {1, 2}}},
            {{"z", "1"}, {"k", "v\xc3\xa9"}});
  std::string header =
      "{\"__metadata__\":{\"k\":\"v\xc3\xa9\",\"z\":\"1\"},"
      "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]},"
      "\"a\\n\\\"\":{\"dtype\":\"F32\",\"shape\":[1,2],"
      "\"data_offsets\":[0,8]}}";
  header.resize(184, ' ');
  EXPECT_EQ(bytes, safetensors(header, "bbbbbbbbaaa"));
}

TEST_F(SafetensorsWriterTest, RoundTripsShapesOfEveryKind) {
  std::vector<TensorDecl> decls = {{"matrix", DType::BF16, {2, 3}},
                                   {"scalar", DType::F64, {}},
                                   {"empty", DType::I8, {0, 5}},
                                   {"flags", DType::BOOL, {3}},
                                   {"packed", DType::F4, {2, 3}}};
  write(decls, {{"lowbit.shape:matrix", "2x3"}});
  Result<SafetensorsFile> opened = SafetensorsFile::open(target);
  ASSERT_TRUE(opened.ok()) << opened.message();
  EXPECT_EQ(opened->metadata(), (Metadata{{"lowbit.shape:matrix", "2x3"}}));
  ASSERT_EQ(opened->tensors().size(), decls.size());
  for (size_t i = 0; i < decls.size(); ++i) {
    const TensorView *view = opened->find(decls[i].name);
    ASSERT_TRUE(view) << decls[i].name;
    EXPECT_EQ(view->dtype, decls[i].dtype);
    EXPECT_EQ(view->shape, decls[i].shape);
    EXPECT_EQ(text(view->bytes()),
              std::string(view->size, static_cast<char>('a' + i)));
  }
}

TEST_F(SafetensorsWriterTest, WritesFileWithoutTensors) {
  EXPECT_EQ(write({}), safetensors("{}" + std::string(54, ' '), ""));
}

TEST_F(SafetensorsWriterTest, EveryTensorIsAligned) {
  std::vector<TensorDecl> decls;
  // Sizes of every remainder, so that any order but the right one fails.
  for (int64_t size : {1, 64, 3, 128, 32, 5, 7, 96, 2})
    for (DType dtype : {DType::U8, DType::F64, DType::F16, DType::F32})
      decls.push_back(
          {std::string(name(dtype)) + std::to_string(size), dtype, {size}});
  write(decls);
  Result<SafetensorsFile> opened = SafetensorsFile::open(target);
  ASSERT_TRUE(opened.ok()) << opened.message();
  for (const TensorView &view : opened->tensors()) {
    auto address = reinterpret_cast<uintptr_t>(view.data);
    EXPECT_EQ(address % (bitWidth(view.dtype) / 8), 0u) << view.name;
    if (view.size % 64 == 0)
      EXPECT_EQ(address % 64, 0u) << view.name;
  }
}

TEST_F(SafetensorsWriterTest, SameInputSameBytes) {
  std::vector<TensorDecl> decls = {
      {"c", DType::U8, {4}}, {"a", DType::U8, {4}}, {"b", DType::F16, {2}}};
  std::string first = write(decls, {{"k", "v"}, {"a", "b"}});
  EXPECT_EQ(first, write(decls, {{"a", "b"}, {"k", "v"}}));
}

TEST_F(SafetensorsWriterTest, ChunksAndOrderDoNotMatter) {
  std::vector<TensorDecl> decls = {{"a", DType::U8, {4}},
                                   {"b", DType::U8, {3}}};
  std::string whole = write(decls);
  Result<SafetensorsWriter> writer =
      SafetensorsWriter::create(target, decls, {}, {.reserve = false});
  ASSERT_TRUE(writer.ok());
  EXPECT_TRUE(writer->append("b", raw("b")).ok());
  EXPECT_TRUE(writer->append("a", raw("aaa")).ok());
  EXPECT_TRUE(writer->append("a", raw("")).ok());
  EXPECT_TRUE(writer->append("b", raw("bb")).ok());
  EXPECT_TRUE(writer->append("a", raw("a")).ok());
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(contents(target), whole);
}

TEST_F(SafetensorsWriterTest, WithoutCommitNothingIsLeft) {
  file("out.safetensors", "old");
  {
    Result<SafetensorsWriter> writer =
        SafetensorsWriter::create(target, {{"a", DType::U8, {4}}});
    ASSERT_TRUE(writer.ok());
    SafetensorsWriter moved = std::move(*writer);
    EXPECT_TRUE(moved.append("a", raw("aaaa")).ok());
    EXPECT_EQ(contents(target), "old");
  }
  EXPECT_EQ(names(), (std::vector<std::string>{"out.safetensors"}));
  EXPECT_EQ(contents(target), "old");
}

TEST_F(SafetensorsWriterTest, OverwritesTheFileBeingRead) {
  write({{"a", DType::U8, {4}}});
  Result<SafetensorsFile> opened = SafetensorsFile::open(target);
  ASSERT_TRUE(opened.ok());
  write({{"x", DType::U8, {4}}, {"a", DType::U8, {4}}});
  EXPECT_EQ(text(opened->find("a")->bytes()), "aaaa");
}

TEST_F(SafetensorsWriterTest, RejectsDuplicateName) {
  EXPECT_TRUE(
      failsWith(SafetensorsWriter::create(target, {{"a", DType::U8, {}},
                                                   {"b", DType::U8, {}},
                                                   {"a", DType::I8, {}}}),
                target, "tensor 'a': is declared twice"));
}

TEST_F(SafetensorsWriterTest, RejectsReservedName) {
  EXPECT_TRUE(failsWith(
      SafetensorsWriter::create(target, {{"__metadata__", DType::U8, {}}}),
      target, "tensor '__metadata__': the format keeps this name"));
}

TEST_F(SafetensorsWriterTest, RejectsNameNotUtf8) {
  EXPECT_TRUE(
      failsWith(SafetensorsWriter::create(target, {{"\xff", DType::U8, {}}}),
                target, "tensor '\\xff': the name is not UTF-8"));
}

TEST_F(SafetensorsWriterTest, RejectsMetadataNotUtf8) {
  EXPECT_TRUE(failsWith(SafetensorsWriter::create(target, {}, {{"k", "\xff"}}),
                        target, "the metadata 'k' is not UTF-8"));
}

TEST_F(SafetensorsWriterTest, RejectsShapeWithoutSize) {
  EXPECT_TRUE(
      failsWith(SafetensorsWriter::create(target, {{"a", DType::U8, {-1}}}),
                target, "tensor 'a': the shape -1 has a negative dimension"));
}

TEST_F(SafetensorsWriterTest, RejectsTotalOverAllDisks) {
  int64_t big = int64_t(1) << 59;
  std::vector<TensorDecl> decls;
  for (int i = 0; i < 16; ++i)
    decls.push_back({std::to_string(i), DType::U8, {big}});
  EXPECT_TRUE(failsWith(SafetensorsWriter::create(target, decls), target,
                        "tensor '15': the file would be too large"));
}

TEST_F(SafetensorsWriterTest, RejectsHeaderOverTheLimit) {
  EXPECT_TRUE(failsWith(SafetensorsWriter::create(
                            target, {}, {{"k", std::string(100'000'000, 'x')}}),
                        target, "the header would be over the format's limit"));
  EXPECT_TRUE(names().empty());
}

TEST_F(SafetensorsWriterTest, RejectsAbsentDirectory) {
  std::string absent = path("none/a.safetensors");
  EXPECT_TRUE(failsWith(SafetensorsWriter::create(absent, {}), absent,
                        "its directory does not exist"));
}

TEST_F(SafetensorsWriterTest, RejectsUndeclaredTensor) {
  Result<SafetensorsWriter> writer =
      SafetensorsWriter::create(target, {{"a", DType::U8, {4}}});
  ASSERT_TRUE(writer.ok());
  EXPECT_TRUE(failsWith(writer->append("b", raw("x")), target,
                        "tensor 'b': was not declared"));
  EXPECT_TRUE(failsWith(writer->append(1, raw("x")), target,
                        "tensor number 1 was not declared"));
}

TEST_F(SafetensorsWriterTest, RejectsTooMuchData) {
  Result<SafetensorsWriter> writer =
      SafetensorsWriter::create(target, {{"a", DType::U8, {4}}});
  ASSERT_TRUE(writer.ok());
  EXPECT_TRUE(writer->append("a", raw("aaa")).ok());
  EXPECT_TRUE(failsWith(writer->append("a", raw("aa")), target,
                        "tensor 'a': 5 bytes are more than the 4 declared"));
}

TEST_F(SafetensorsWriterTest, RejectsCommitOfPart) {
  Result<SafetensorsWriter> writer = SafetensorsWriter::create(
      target, {{"a", DType::U8, {4}}, {"b", DType::U8, {2}}});
  ASSERT_TRUE(writer.ok());
  EXPECT_TRUE(writer->append("a", raw("aaaa")).ok());
  EXPECT_TRUE(writer->append("b", raw("b")).ok());
  EXPECT_TRUE(failsWith(writer->commit(), target,
                        "tensor 'b': only 1 of 2 bytes were written"));
}

TEST_F(SafetensorsWriterTest, FullDiskNamesTheTensor) {
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    std::vector<TensorDecl> decls = {{"a", DType::U8, {5000}}};
    // At once where space is reserved, else at the write that does not fit.
    if (!failsWith(SafetensorsWriter::create(target, decls), target,
                   "(it needs 5128 bytes)"))
      ::_exit(1);
    Result<SafetensorsWriter> writer =
        SafetensorsWriter::create(target, decls, {}, {.reserve = false});
    if (!writer.ok() ||
        !failsWith(writer->append("a", raw(std::string(5000, 'a'))), target,
                   "tensor 'a': cannot be written: File too large"))
      ::_exit(2);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}
