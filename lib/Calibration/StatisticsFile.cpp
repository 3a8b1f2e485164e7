//===- StatisticsFile.cpp - Statistics in a safetensors file --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// docs/calibration.md describes the format. Each input has tensors that are
// named after its first layer; all of its layers are in the metadata.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/Statistics.h"
#include "lowbit/Weights/SafetensorsWriter.h"

#include <cstring>

using namespace lowbit::calibration;
using lowbit::numerics::ActivationStatistics;
using lowbit::numerics::ChannelStatistics;
using lowbit::numerics::GramMatrix;
using lowbit::numerics::Histogram;
using lowbit::weights::DType;
using lowbit::weights::Error;
using lowbit::weights::fileError;
using lowbit::weights::inQuotes;
using lowbit::weights::Metadata;
using lowbit::weights::Result;
using lowbit::weights::SafetensorsFile;
using lowbit::weights::SafetensorsWriter;
using lowbit::weights::shapeText;
using lowbit::weights::Status;
using lowbit::weights::TensorDecl;
using lowbit::weights::tensorError;
using lowbit::weights::TensorView;

static constexpr const char *versionKey = "lowbit.statistics";
static constexpr const char *modelKey = "lowbit.model";
/// Names of layers, one a line, with an empty line between those of two inputs.
static constexpr const char *layersKey = "lowbit.layers";
static constexpr const char *version = "1";

static constexpr const char *collectAgain =
    "; the file is damaged, collect it again";

template <typename T>
static constexpr DType dtypeOf = DType::F32;
template <>
constexpr DType dtypeOf<double> = DType::F64;
template <>
constexpr DType dtypeOf<int64_t> = DType::I64;

static int64_t triangleSize(int64_t channels) {
  return channels * (channels + 1) / 2;
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

static void declare(const InputStatistics &input,
                    std::vector<TensorDecl> &decls) {
  const std::string &layer = input.layers.front();
  int64_t channels = input.channels.channels().channels();
  decls.push_back({layer + "/rows", DType::I64, {}});
  decls.push_back({layer + "/minimum", DType::F32, {channels}});
  decls.push_back({layer + "/maximum", DType::F32, {channels}});
  decls.push_back({layer + "/sum", DType::F64, {channels}});
  decls.push_back({layer + "/sum_of_magnitudes", DType::F64, {channels}});
  decls.push_back({layer + "/sum_of_squares", DType::F64, {channels}});
  decls.push_back({layer + "/range", DType::F32, {2}});
  decls.push_back(
      {layer + "/histogram", DType::I64, {2 * Histogram::binsPerSide}});
  if (input.hasSecondMoments())
    decls.push_back(
        {layer + "/second_moments", DType::F64, {triangleSize(channels)}});
}

static Status append(const InputStatistics &input, SafetensorsWriter &writer) {
  Status status;
  auto put = [&]<typename T>(const char *tensor, std::span<const T> values) {
    if (status)
      status = writer.append(input.layers.front() + "/" + tensor,
                             std::as_bytes(values));
  };
  const ChannelStatistics &channels = input.channels.channels();
  const Histogram &histogram = input.histogram;
  const float range[] = {histogram.minimum(), histogram.maximum()};
  put("rows", std::span<const int64_t>(&channels.rows, 1));
  put("minimum", std::span<const float>(channels.minimum));
  put("maximum", std::span<const float>(channels.maximum));
  put("sum", std::span<const double>(channels.sum));
  put("sum_of_magnitudes", std::span<const double>(channels.sumOfMagnitudes));
  put("sum_of_squares", std::span<const double>(channels.sumOfSquares));
  put("range", std::span<const float>(range));
  put("histogram", histogram.counts());
  if (!input.hasSecondMoments())
    return status;
  // The upper triangle, row by row.
  Result<GramMatrix> gram = input.secondMoments();
  if (!gram)
    return gram.takeError();
  std::span<const double> values = gram->values;
  for (int64_t i = 0; i < gram->channels; ++i)
    put("second_moments",
        values.subspan(i * (gram->channels + 1), gram->channels - i));
  return status;
}

Status Statistics::write(const std::string &path) const {
  std::vector<TensorDecl> decls;
  std::string layers;
  for (const InputStatistics &input : all) {
    declare(input, decls);
    if (!layers.empty())
      layers += "\n";
    for (const std::string &layer : input.layers)
      layers += layer + "\n";
  }
  Metadata metadata{{versionKey, version}, {layersKey, layers}};
  if (!fingerprint.empty())
    metadata.emplace(modelKey, fingerprint);
  auto writer =
      SafetensorsWriter::create(path, std::move(decls), std::move(metadata));
  if (!writer)
    return writer.takeError();
  for (const InputStatistics &input : all)
    if (Status status = append(input, *writer); !status)
      return status;
  return writer->commit();
}

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {

/// Reads the tensors of an input. After the first error all is empty.
class InputReader {
public:
  InputReader(std::shared_ptr<const SafetensorsFile> mapped,
              std::vector<std::string> layers)
      : mapped(std::move(mapped)), file(*this->mapped),
        layers(std::move(layers)) {}

  Result<InputStatistics> read();

  size_t numTensors() const { return numRead; }

private:
  std::string nameOf(const char *tensor) const {
    return layers.front() + "/" + tensor;
  }
  void fail(const char *tensor, const std::string &reason) {
    if (status)
      status = tensorError(file.path(), nameOf(tensor), reason + collectAgain);
  }
  /// A tensor with elements of this type and this shape; null if there is none.
  template <typename T>
  const TensorView *find(const char *tensor, const std::vector<int64_t> &shape);
  /// Its elements.
  template <typename T>
  std::vector<T> get(const char *tensor, const std::vector<int64_t> &shape);

  std::shared_ptr<const SafetensorsFile> mapped;
  const SafetensorsFile &file;
  std::vector<std::string> layers;
  Status status;
  size_t numRead = 0;
};

} // namespace

template <typename T>
const TensorView *InputReader::find(const char *tensor,
                                    const std::vector<int64_t> &shape) {
  const TensorView *view = file.find(nameOf(tensor));
  if (!view)
    fail(tensor, "is missing");
  else if (view->dtype != dtypeOf<T> || view->shape != shape)
    fail(tensor, "is " + shapeText(view->shape) + " of " +
                     std::string(name(view->dtype)) + ", not " +
                     shapeText(shape) + " of " + std::string(name(dtypeOf<T>)));
  if (!status)
    return nullptr;
  ++numRead;
  return view;
}

template <typename T>
std::vector<T> InputReader::get(const char *tensor,
                                const std::vector<int64_t> &shape) {
  const TensorView *view = find<T>(tensor, shape);
  if (!view)
    return {};
  std::vector<T> values(view->size / sizeof(T));
  if (!values.empty())
    std::memcpy(values.data(), view->data, view->size);
  file.release(*view);
  return values;
}

Result<InputStatistics> InputReader::read() {
  std::vector<int64_t> shape{0};
  // The one tensor whose size may be any.
  if (const TensorView *view = file.find(nameOf("minimum")))
    if (view->shape.size() == 1)
      shape = view->shape;
  int64_t size = shape.front();
  std::vector<int64_t> rows = get<int64_t>("rows", {});
  ChannelStatistics channels;
  channels.minimum = get<float>("minimum", shape);
  channels.maximum = get<float>("maximum", shape);
  channels.sum = get<double>("sum", shape);
  channels.sumOfMagnitudes = get<double>("sum_of_magnitudes", shape);
  channels.sumOfSquares = get<double>("sum_of_squares", shape);
  std::vector<float> range = get<float>("range", {2});
  std::vector<int64_t> counts =
      get<int64_t>("histogram", {2 * Histogram::binsPerSide});
  if (!status)
    return status.takeError();
  channels.rows = rows.front();

  std::vector<StoredMoments> stored;
  if (file.find(nameOf("second_moments"))) {
    // A file that holds the triangle bounds the square.
    const TensorView *triangle =
        find<double>("second_moments", {triangleSize(size)});
    if (!triangle)
      return status.takeError();
    stored.emplace_back(mapped, triangle, layers.front(), channels.rows);
  }
  auto histogram = Histogram::restore(counts, range[0], range[1]);
  if (!histogram) {
    fail("histogram", histogram.error().message);
    return status.takeError();
  }
  return InputStatistics{std::move(layers),
                         ActivationStatistics(std::move(channels)),
                         std::move(*histogram), std::move(stored)};
}

/// The lines of `text`, in paragraphs.
static std::vector<std::vector<std::string>> split(std::string_view text) {
  std::vector<std::vector<std::string>> paragraphs;
  bool isOpen = false;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty() && !isOpen)
      paragraphs.emplace_back();
    isOpen = !line.empty();
    if (isOpen)
      paragraphs.back().emplace_back(line);
  }
  return paragraphs;
}

Result<Statistics> Statistics::read(const std::string &path) {
  auto opened = SafetensorsFile::open(path);
  if (!opened)
    return opened.takeError();
  auto file = std::make_shared<const SafetensorsFile>(*std::move(opened));
  const Metadata &metadata = file->metadata();
  auto found = metadata.find(versionKey);
  auto layers = metadata.find(layersKey);
  if (found == metadata.end() || layers == metadata.end())
    return fileError(path, "is no file of statistics; make one with quant-run "
                           "--collect");
  if (found->second != version)
    return fileError(path, "is a file of statistics of version " +
                               inQuotes(found->second) +
                               ", of which this program knows nothing; use a "
                               "newer one or collect them again");
  Statistics result;
  result.filePath = path;
  if (auto model = metadata.find(modelKey); model != metadata.end())
    result.fingerprint = model->second;
  size_t numRead = 0;
  for (std::vector<std::string> &names : split(layers->second)) {
    InputReader reader(file, std::move(names));
    Result<InputStatistics> input = reader.read();
    if (!input)
      return input.takeError();
    numRead += reader.numTensors();
    if (Status status = result.add(std::move(*input)); !status)
      return fileError(path, status.message() + collectAgain);
  }
  if (numRead != file->tensors().size())
    return fileError(path, "has " + std::to_string(file->tensors().size()) +
                               " tensors, but its layers only " +
                               std::to_string(numRead) + collectAgain);
  return result;
}
