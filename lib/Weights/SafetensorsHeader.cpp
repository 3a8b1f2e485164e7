//===- SafetensorsHeader.cpp - The JSON of safetensors files --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The header is parsed from events, not into a JSON tree: a tree keeps the last
// of several equal keys, and a 100 MB header would become gigabytes of nodes.
//
//===----------------------------------------------------------------------===//

#include "SafetensorsHeader.h"
#include "Utf8.h"

#include <limits>
#include <nlohmann/json.hpp>

using namespace lowbit::weights;
using nlohmann::json;

namespace {

/// Where in the structure the next event is expected.
enum class Place {
  Start,        // the top object
  Names,        // a key of the top object, or its end
  Tensor,       // the object of a tensor
  Fields,       // a key of a tensor, or its end
  DtypeValue,   // a string
  ShapeValue,   // an array
  ShapeItems,   // its items, or its end
  OffsetsValue, // an array
  OffsetsItems, // its items, or its end
  Metadata,     // the object of the metadata
  Keys,         // a key of the metadata, or its end
  Value,        // a string
};

class HeaderParser final : public nlohmann::json_sax<json> {
public:
  explicit HeaderParser(const std::string &path) : path(path) {}

  Header header;
  std::optional<Error> error;

  bool null() override { return unexpected(); }
  bool boolean(bool) override { return unexpected(); }
  bool number_float(number_float_t, const string_t &) override {
    return unexpected();
  }
  bool binary(binary_t &) override { return unexpected(); }

  // Only negative numbers come here.
  bool number_integer(number_integer_t) override {
    if (place == Place::ShapeItems)
      return failTensor("shape has a negative dimension");
    return unexpected();
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (place == Place::ShapeItems) {
      if (value > uint64_t(std::numeric_limits<int64_t>::max()))
        return failTensor("shape has a dimension that is too large");
      entry().shape.push_back(static_cast<int64_t>(value));
      return true;
    }
    if (place == Place::OffsetsItems && offsetCount < 2) {
      (offsetCount++ == 0 ? entry().begin : entry().end) = value;
      return true;
    }
    return unexpected();
  }

  bool string(string_t &value) override {
    if (place == Place::DtypeValue) {
      std::optional<DType> dtype = parseDType(value);
      if (!dtype)
        return failTensor("unknown dtype " + inQuotes(value) +
                          "; convert the tensor to a type of the format, such "
                          "as F32 or BF16");
      entry().dtype = *dtype;
      place = Place::Fields;
      return true;
    }
    if (place == Place::Value) {
      if (!header.metadata.emplace(metadataName, std::move(value)).second)
        return fail("duplicate key " + inQuotes(metadataName) +
                    " in __metadata__" + std::string(damaged));
      place = Place::Keys;
      return true;
    }
    return unexpected();
  }

  bool start_object(std::size_t) override {
    switch (place) {
    case Place::Start:
      place = Place::Names;
      return true;
    case Place::Tensor:
      place = Place::Fields;
      return true;
    case Place::Metadata:
      place = Place::Keys;
      return true;
    default:
      return unexpected();
    }
  }

  bool key(string_t &key) override {
    switch (place) {
    case Place::Names:
      if (key == metadataKey) {
        if (std::exchange(hasMetadata, true))
          return fail("duplicate key __metadata__" + std::string(damaged));
        place = Place::Metadata;
        return true;
      }
      header.entries.emplace_back().name = std::move(key);
      hasDtype = hasShape = hasOffsets = false;
      place = Place::Tensor;
      return true;
    case Place::Fields:
      if (key == "dtype")
        return field(key, hasDtype, Place::DtypeValue);
      if (key == "shape")
        return field(key, hasShape, Place::ShapeValue);
      if (key == "data_offsets")
        return field(key, hasOffsets, Place::OffsetsValue);
      return failTensor("unknown field " + inQuotes(key) +
                        std::string(damaged));
    default:
      metadataName = std::move(key);
      place = Place::Value;
      return true;
    }
  }

  bool end_object() override {
    if (place == Place::Fields) {
      if (!hasDtype)
        return failTensor("dtype is missing" + std::string(damaged));
      if (!hasShape)
        return failTensor("shape is missing" + std::string(damaged));
      if (!hasOffsets)
        return failTensor("data_offsets are missing" + std::string(damaged));
    }
    place = Place::Names;
    return true;
  }

  bool start_array(std::size_t) override {
    if (place == Place::ShapeValue)
      place = Place::ShapeItems;
    else if (place == Place::OffsetsValue)
      place = Place::OffsetsItems;
    else
      return unexpected();
    offsetCount = 0;
    return true;
  }

  bool end_array() override {
    if (place == Place::OffsetsItems && offsetCount != 2)
      return unexpected();
    place = Place::Fields;
    return true;
  }

  // The library's own text quotes the raw bytes that it read last, which may
  // be anything; the place is enough.
  bool parse_error(std::size_t position, const std::string &,
                   const nlohmann::detail::exception &) override {
    return fail("the header is not valid JSON at its byte " +
                std::to_string(position) + std::string(damaged));
  }

private:
  HeaderEntry &entry() { return header.entries.back(); }

  bool fail(const std::string &reason) {
    error = fileError(path, reason);
    return false;
  }
  bool failTensor(const std::string &reason) {
    error = tensorError(path, entry().name, reason);
    return false;
  }

  bool field(std::string_view key, bool &seen, Place next) {
    if (std::exchange(seen, true))
      return failTensor("duplicate field " + inQuotes(key) +
                        std::string(damaged));
    place = next;
    return true;
  }

  bool unexpected() {
    std::string advice(damaged);
    switch (place) {
    case Place::Tensor:
      return failTensor("is not an object of dtype, shape and data_offsets" +
                        advice);
    case Place::DtypeValue:
      return failTensor("dtype is not a string" + advice);
    case Place::ShapeValue:
    case Place::ShapeItems:
      return failTensor("shape is not an array of non-negative integers" +
                        advice);
    case Place::OffsetsValue:
    case Place::OffsetsItems:
      return failTensor("data_offsets are not two non-negative integers" +
                        advice);
    case Place::Metadata:
      return fail("__metadata__ is not an object of strings" + advice);
    case Place::Value:
      return fail("the metadata " + inQuotes(metadataName) +
                  " is not a string" + advice);
    default:
      return fail("the header is not a JSON object" + advice);
    }
  }

  static constexpr std::string_view damaged =
      "; the file is damaged, fetch or write it again";

  const std::string &path;
  Place place = Place::Start;
  std::string metadataName;
  unsigned offsetCount = 0;
  bool hasMetadata = false;
  bool hasDtype = false, hasShape = false, hasOffsets = false;
};

} // namespace

Result<Header> lowbit::weights::parseHeader(const std::string &path,
                                            std::string_view text) {
  if (!isUtf8(text))
    return fileError(path, "the header is not UTF-8; the file is damaged or is "
                           "not a safetensors file");
  // The format forbids what JSON allows: white space before the object.
  if (!text.starts_with('{'))
    return fileError(path, "the header does not begin with '{'; the file is "
                           "damaged or is not a safetensors file");
  // The JSON library takes a zero for the end of its input.
  if (size_t zero = text.find('\0'); zero != std::string_view::npos)
    return fileError(path, "the header is not valid JSON at its byte " +
                               std::to_string(zero + 1) +
                               "; the file is damaged, fetch or write it "
                               "again");
  HeaderParser parser(path);
  bool parsed = json::sax_parse(text.begin(), text.end(), &parser);
  if (!parsed || parser.error)
    return parser.error ? *parser.error
                        : fileError(path, "the header is not valid JSON");
  return std::move(parser.header);
}

std::string
lowbit::weights::printHeader(const std::vector<HeaderEntry> &entries,
                             const Metadata &metadata) {
  std::string text = "{";
  auto string = [&](std::string_view value) { text += json(value).dump(); };
  auto comma = [&] {
    if (text.size() > 1)
      text += ',';
  };
  if (!metadata.empty()) {
    string(metadataKey);
    text += ":{";
    bool first = true;
    for (const auto &[key, value] : metadata) {
      if (!std::exchange(first, false))
        text += ',';
      string(key);
      text += ':';
      string(value);
    }
    text += '}';
  }
  for (const HeaderEntry &entry : entries) {
    comma();
    string(entry.name);
    text += ":{\"dtype\":";
    string(name(entry.dtype));
    text += ",\"shape\":[";
    for (size_t i = 0; i < entry.shape.size(); ++i)
      text += (i ? "," : "") + std::to_string(entry.shape[i]);
    text += "],\"data_offsets\":[" + std::to_string(entry.begin) + "," +
            std::to_string(entry.end) + "]}";
  }
  return text + "}";
}
