//===- StatisticsFileTest.cpp - Statistics in a safetensors file ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CalibrationTesting.h"
#include "TestFiles.h"
#include "lowbit/Weights/SafetensorsWriter.h"

using namespace lowbit::calibration;
using lowbit::calibration::test::expectSame;
using lowbit::calibration::test::gaussian;
using lowbit::calibration::test::observe;
using namespace lowbit::weights;

namespace {

constexpr auto collect = lowbit::numerics::ActivationStatistics::Gram::Collect;

class StatisticsFile : public lowbit::weights::test::WithFiles {
protected:
  /// Two inputs, the first with second moments.
  Statistics small() const {
    Statistics statistics;
    EXPECT_TRUE(statistics.add(observe({"q", "k"}, 3, gaussian(30), collect)));
    EXPECT_TRUE(statistics.add(observe({"out"}, 2, gaussian(8))));
    statistics.setModel("0a-0b");
    return statistics;
  }

  /// What is wrong with a file, or with its second moments.
  std::string message(const std::string &path) const {
    auto result = Statistics::read(path);
    if (!result)
      return result.message();
    for (const InputStatistics &input : result->inputs())
      if (auto moments = input.secondMoments(); !moments)
        return moments.message();
    ADD_FAILURE() << path << " is a good file";
    return "";
  }

  /// The message for a file of which this tensor is another one, or, where
  /// `bytes` is null, missing.
  template <typename T>
  std::string with(const std::string &tensor, const std::vector<T> *values,
                   DType dtype, std::vector<int64_t> shape) const {
    std::string good = path("good.safetensors");
    EXPECT_TRUE(small().write(good));
    auto file = SafetensorsFile::open(good);
    EXPECT_TRUE(file);
    std::vector<TensorDecl> decls;
    for (const TensorView &view : file->tensors())
      if (view.name != tensor)
        decls.push_back({view.name, view.dtype, view.shape});
    if (values)
      decls.push_back({tensor, dtype, shape});
    auto writer = SafetensorsWriter::create(path("bad.safetensors"), decls,
                                            file->metadata());
    EXPECT_TRUE(writer);
    for (const TensorDecl &decl : decls)
      EXPECT_TRUE(writer->append(
          decl.name, decl.name == tensor ? std::as_bytes(std::span(*values))
                                         : file->find(decl.name)->bytes()));
    EXPECT_TRUE(writer->commit());
    std::string text = message(path("bad.safetensors"));
    EXPECT_TRUE(text.starts_with(path("bad.safetensors") + ": ")) << text;
    EXPECT_TRUE(text.ends_with("; the file is damaged, collect it again"))
        << text;
    size_t begin = path("bad.safetensors").size() + 2;
    return text.substr(begin, text.rfind(';') - begin);
  }
  std::string withFloats(const std::string &tensor, std::vector<float> x) {
    return with(tensor, &x, DType::F32, {static_cast<int64_t>(x.size())});
  }
  std::string withDoubles(const std::string &tensor, std::vector<double> x) {
    return with(tensor, &x, DType::F64, {static_cast<int64_t>(x.size())});
  }
};

TEST_F(StatisticsFile, GivesBackWhatWasWritten) {
  Statistics statistics = small();
  // What saw nothing, what saw zeros, and more rows than a block of X^T X.
  ASSERT_TRUE(statistics.add(observe({"never"}, 2, {}, collect)));
  ASSERT_TRUE(statistics.add(observe({"zeros"}, 1, std::vector<float>(3))));
  ASSERT_TRUE(
      statistics.add(observe({"wide"}, 300, gaussian(900 * 300), collect)));
  std::string file = path("s.safetensors");
  ASSERT_TRUE(statistics.write(file));
  auto back = Statistics::read(file);
  ASSERT_TRUE(back) << back.message();
  EXPECT_EQ(back->model(), "0a-0b");
  EXPECT_EQ(back->path(), file);
  ASSERT_EQ(back->inputs().size(), statistics.inputs().size());
  for (size_t i = 0; i < statistics.inputs().size(); ++i)
    expectSame(back->inputs()[i], statistics.inputs()[i]);
  EXPECT_EQ(back->find("k"), &back->inputs()[0]);

  // The same bytes again.
  ASSERT_TRUE(back->write(path("again.safetensors")));
  EXPECT_EQ(contents(file), contents(path("again.safetensors")));
}

TEST_F(StatisticsFile, HoldsNoInputsAtAll) {
  ASSERT_TRUE(Statistics().write(path("s.safetensors")));
  auto back = Statistics::read(path("s.safetensors"));
  ASSERT_TRUE(back) << back.message();
  EXPECT_TRUE(back->inputs().empty());
  EXPECT_EQ(back->model(), "");
}

TEST_F(StatisticsFile, IsNotAnyFile) {
  EXPECT_EQ(message(path("none.safetensors")),
            path("none.safetensors") + ": no such file; check the path");
  std::string file = path("w.safetensors");
  auto writer = SafetensorsWriter::create(file, {});
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->commit());
  EXPECT_EQ(message(file), file + ": is no file of statistics; make one with "
                                  "quant-run --collect");
  writer = SafetensorsWriter::create(
      file, {}, {{"lowbit.statistics", "2"}, {"lowbit.layers", ""}});
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->commit());
  EXPECT_EQ(message(file),
            file + ": is a file of statistics of version '2', of which this "
                   "program knows nothing; use a newer one or collect them "
                   "again");
}

TEST_F(StatisticsFile, RefusesTensorsThatAreMissingOrOthers) {
  EXPECT_EQ(with<float>("q/maximum", nullptr, DType::F32, {}),
            "tensor 'q/maximum': is missing");
  EXPECT_EQ(withFloats("q/minimum", {-9, -9}),
            "tensor 'q/maximum': is 3 of F32, not 2 of F32");
  EXPECT_EQ(withFloats("q/sum", {1, 2, 3}),
            "tensor 'q/sum': is 3 of F32, not 3 of F64");
  EXPECT_EQ(withDoubles("q/second_moments", {1, 2, 3}),
            "tensor 'q/second_moments': is 3 of F64, not 6 of F64");
  EXPECT_EQ(withDoubles("another", {1, 2, 3}),
            "has 18 tensors, but its layers only 17");
}

TEST_F(StatisticsFile, RefusesNumbersThatNoRunGives) {
  std::vector<int64_t> rows{11};
  EXPECT_EQ(with("q/rows", &rows, DType::I64, {}),
            "layer 'q': the histogram holds 30 values, not those of 11 rows of "
            "3 channels");
  std::vector<int64_t> counts(8192, -1);
  EXPECT_EQ(with("q/histogram", &counts, DType::I64, {8192}),
            "tensor 'q/histogram': a bin of the histogram holds less than "
            "nothing");
  EXPECT_EQ(
      withFloats("q/minimum", {NAN, 0, 0}),
      "layer 'q': channel 0 has the range nan to " +
          std::to_string(small().inputs()[0].channels.channels().maximum[0]));
  EXPECT_EQ(withFloats("q/minimum", {-9, -9, -9}),
            "layer 'q': the histogram has other extremes than the channels");
  for (double bad : {double(NAN), HUGE_VAL})
    EXPECT_EQ(withDoubles("q/sum", {0, 0, bad}),
              "layer 'q': a sum is not finite, or one of magnitudes or squares "
              "is negative");
  EXPECT_EQ(withDoubles("q/sum_of_squares", {0, -1, 0}),
            "layer 'q': a sum is not finite, or one of magnitudes or squares "
            "is negative");
  EXPECT_EQ(withDoubles("q/second_moments", {0, 0, NAN, 0, 0, 0}),
            "layer 'q': a second moment is not finite");
  EXPECT_EQ(withDoubles("q/second_moments", {1, 0, 0, -1, 0, 0}),
            "layer 'q': the second moment of channel 1 with itself is "
            "negative");
}

// Second moments are read when they are asked for, also when files are merged.
TEST_F(StatisticsFile, SumsUpSecondMomentsOfSeveralFiles) {
  std::vector<float> values = gaussian(90);
  std::span<const float> all = values;
  Statistics parts[3];
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(
        parts[i].add(observe({"q", "k"}, 3, all.subspan(i * 30, 30), collect)));
    ASSERT_TRUE(parts[i].write(path("part" + std::to_string(i))));
  }
  auto files = Statistics::read(path("part0"));
  auto one = Statistics::read(path("part1")),
       two = Statistics::read(path("part2"));
  ASSERT_TRUE(files && one && two);
  // The merged file may take the place of one that it is made of.
  ASSERT_TRUE(files->merge(*one) && files->merge(*two));
  ASSERT_TRUE(files->write(path("part0")));
  auto merged = Statistics::read(path("part0"));
  ASSERT_TRUE(merged);
  expectSame(merged->inputs()[0], files->inputs()[0]);

  // In memory, or from memory and files, it is the same.
  Statistics memory = parts[0];
  ASSERT_TRUE(memory.merge(parts[1]) && memory.merge(*two));
  expectSame(memory.inputs()[0], merged->inputs()[0]);
  auto mixed = Statistics::read(path("part1"));
  ASSERT_TRUE(mixed && mixed->merge(parts[2]));
  ASSERT_TRUE(parts[1].merge(parts[2]));
  expectSame(mixed->inputs()[0], parts[1].inputs()[0]);
}

TEST_F(StatisticsFile, DoesNotMergeSecondMomentsThatAreNone) {
  withDoubles("q/second_moments", {0, 0, NAN, 0, 0, 0});
  auto bad = Statistics::read(path("bad.safetensors"));
  Statistics good = small();
  ASSERT_TRUE(bad);
  std::string text = path("bad.safetensors") +
                     ": layer 'q': a second moment is not finite; the file is "
                     "damaged, collect it again";
  auto status = good.merge(*bad);
  EXPECT_EQ(status ? "" : status.message(),
            path("bad.safetensors") +
                ": cannot be merged with statistics: " + text);
  expectSame(good.inputs()[0], small().inputs()[0]);
  ASSERT_FALSE(status = bad->write(path("again")));
  EXPECT_EQ(status.message(), text);
}

TEST_F(StatisticsFile, RefusesLayersThatAreNot) {
  ASSERT_TRUE(small().write(path("s.safetensors")));
  auto withLayers = [&](std::string layers) {
    std::string bytes = contents(path("s.safetensors"));
    // Of the same length, so that the header's still is right.
    std::string old = R"(q\nk\n\nout\n)";
    bytes.replace(bytes.find(old), old.size(), layers);
    std::string text = message(file("bad.safetensors", bytes));
    return text.substr(path("bad.safetensors").size() + 2);
  };
  EXPECT_EQ(withLayers(R"(q\nq\n\nout\n)"),
            "layer 'q' has two inputs; the file is damaged, collect it again");
  EXPECT_EQ(withLayers(R"(a\nk\n\nout\n)"),
            "tensor 'a/rows': is missing; the file is damaged, collect it "
            "again");
  EXPECT_EQ(withLayers(R"(q\nk\nxxout\n)"),
            "has 17 tensors, but its layers only 9; the file is damaged, "
            "collect it again");
}

TEST_F(StatisticsFile, IsReadWholeOrNotAtAll) {
  ASSERT_TRUE(small().write(path("s.safetensors")));
  std::string bytes = contents(path("s.safetensors"));
  for (size_t size = 0; size < bytes.size(); size += size < 3000 ? 7 : 4001)
    EXPECT_NE(message(file("cut.safetensors", bytes.substr(0, size))), "");
  // Damage is refused or gives other numbers, but never does more.
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = bytes;
    damaged[random() % (i % 2 ? 3000 : damaged.size())] ^=
        static_cast<char>(1 << random() % 8);
    if (auto read = Statistics::read(file("damaged.safetensors", damaged)))
      EXPECT_EQ(read->inputs().size(), 2u);
  }
}

TEST_F(StatisticsFile, IsNotWrittenWhereItCannotBe) {
  auto status = small().write(path("none/s.safetensors"));
  ASSERT_FALSE(status);
  EXPECT_NE(status.message().find("none"), std::string::npos);
}

} // namespace
