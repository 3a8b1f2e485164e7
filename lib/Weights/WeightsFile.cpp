//===- WeightsFile.cpp - One weights file or a sharded set ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/WeightsFile.h"

#include "Utf8.h"
#include "lowbit/Weights/OutputFile.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

using namespace lowbit::weights;
using nlohmann::json;

static constexpr const char *fetchAgain =
    "; the index is damaged, fetch or write it again";

/// Parses the index: tensor to shard, both sorted. Equal keys, of which a JSON
/// tree silently keeps the last, are found on the way.
static Result<std::map<std::string, std::string>>
parseIndex(const MappedFile &file) {
  const std::string &path = file.path();
  std::span<const std::byte> bytes = file.bytes();
  if (bytes.size() > SafetensorsFile::maxHeaderSize)
    return fileError(path, "is over 100 MB, too large for an index; name the "
                           ".safetensors.index.json file");
  std::string_view text(reinterpret_cast<const char *>(bytes.data()),
                        bytes.size());
  if (!isUtf8(text))
    return fileError(path, std::string("is not UTF-8") + fetchAgain);

  std::vector<std::set<std::string>> open;
  std::optional<std::string> duplicate;
  auto watch = [&](int, json::parse_event_t event, json &parsed) {
    if (event == json::parse_event_t::object_start)
      open.emplace_back();
    else if (event == json::parse_event_t::object_end)
      open.pop_back();
    else if (event == json::parse_event_t::key &&
             !open.back().insert(parsed.get<std::string>()).second)
      duplicate = parsed.get<std::string>();
    return true;
  };
  json root = json::parse(text.begin(), text.end(), watch,
                          /*allow_exceptions=*/false);
  // The library takes a zero for the end of its input.
  if (root.is_discarded() || text.find('\0') != std::string_view::npos)
    return fileError(path, std::string("is not valid JSON") + fetchAgain);
  if (duplicate)
    return fileError(path, "key " + inQuotes(*duplicate) + " stands twice" +
                               fetchAgain);
  auto found = root.is_object() ? root.find("weight_map") : root.end();
  if (!root.is_object() || found == root.end() || !found->is_object())
    return fileError(path, "has no object \"weight_map\"; name the "
                           ".safetensors.index.json file of a sharded model");

  std::map<std::string, std::string> shards;
  for (const auto &[tensor, shard] : found->items()) {
    if (!shard.is_string())
      return tensorError(path, tensor,
                         std::string("its shard is not a string") + fetchAgain);
    std::string name = shard.get<std::string>();
    // An index from elsewhere must not make us open any file on this machine.
    if (name.empty() || name == "." || name == ".." ||
        name.find('/') != std::string::npos ||
        name.find('\0') != std::string::npos)
      return tensorError(path, tensor,
                         "its shard " + inQuotes(name) +
                             " is not a plain file name; shards must lie "
                             "beside the index");
    shards.emplace(tensor, std::move(name));
  }
  return shards;
}

Status WeightsFile::mergeMetadata(const SafetensorsFile &shard) {
  for (const auto &[key, value] : shard.metadata()) {
    auto [it, added] = meta.emplace(key, value);
    if (!added && it->second != value && key.starts_with("lowbit."))
      return fileError(shard.path(),
                       "its metadata " + inQuotes(key) +
                           " differs from that of another shard of " +
                           filePath + "; write the set again");
  }
  return {};
}

Result<WeightsFile> WeightsFile::openIndex(const std::string &path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.takeError();
  Result<std::map<std::string, std::string>> index = parseIndex(*mapped);
  if (!index)
    return index.takeError();

  WeightsFile result;
  result.filePath = path;
  // npos + 1 is 0: no directory, no prefix.
  std::string directory = path.substr(0, path.rfind('/') + 1);
  std::map<std::string, size_t> places; // shard name to its place in `files`
  for (const auto &[tensor, shard] : *index)
    places.emplace(shard, 0);
  for (auto &[shard, place] : places) {
    Result<SafetensorsFile> file = SafetensorsFile::open(directory + shard);
    if (!file)
      return fileError(path, "its shard cannot be used: " + file.message());
    place = result.files.size();
    result.files.push_back(std::move(*file));
    if (Status status = result.mergeMetadata(result.files.back()); !status)
      return status.takeError();
  }
  // Pointers into the shards are taken only now that `files` stands still.
  for (const auto &[tensor, shard] : *index) {
    size_t place = places.find(shard)->second;
    const TensorView *view = result.files[place].find(tensor);
    if (!view)
      return tensorError(path, tensor,
                         "is not in its shard " + inQuotes(shard) +
                             "; fetch or write the set again");
    result.byName.emplace(view->name, std::pair(view, place));
  }
  for (size_t place = 0; place < result.files.size(); ++place)
    for (const TensorView &view : result.files[place].tensors()) {
      auto it = result.byName.find(view.name);
      if (it != result.byName.end() && it->second.first == &view)
        result.views.push_back(&view);
    }
  return result;
}

Result<WeightsFile> WeightsFile::open(const std::string &path) {
  if (path.ends_with(".json"))
    return openIndex(path);
  Result<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  WeightsFile result;
  result.filePath = path;
  result.files.push_back(std::move(*file));
  for (const TensorView &view : result.files[0].tensors()) {
    result.views.push_back(&view);
    result.byName.emplace(view.name, std::pair(&view, size_t(0)));
  }
  result.meta = result.files[0].metadata();
  return result;
}

const TensorView *WeightsFile::find(std::string_view name) const {
  auto it = byName.find(name);
  return it == byName.end() ? nullptr : it->second.first;
}

bool WeightsFile::isReplacedBy(const std::string &output) const {
  return replaces(output, filePath) ||
         std::ranges::any_of(files, [&](const SafetensorsFile &shard) {
           return replaces(output, shard.path());
         });
}

void WeightsFile::release(const TensorView &view) const {
  auto it = byName.find(view.name);
  assert(it != byName.end() && it->second.first->data == view.data &&
         "the view is not of this set");
  files[it->second.second].release(view);
}
