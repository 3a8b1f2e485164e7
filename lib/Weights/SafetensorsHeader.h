//===- SafetensorsHeader.h - The JSON of safetensors files ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_SAFETENSORSHEADER_H
#define LOWBIT_LIB_WEIGHTS_SAFETENSORSHEADER_H

#include "lowbit/Weights/SafetensorsWriter.h"

namespace lowbit::weights {

/// The key of the metadata among the tensors' names.
inline constexpr std::string_view metadataKey = "__metadata__";

/// One entry of the header, well formed but not yet checked against the data.
struct HeaderEntry {
  std::string name;
  DType dtype = DType::U8;
  std::vector<int64_t> shape;
  uint64_t begin = 0; // in the data
  uint64_t end = 0;
};

struct Header {
  std::vector<HeaderEntry> entries; // in the order of the text
  Metadata metadata;
};

/// Parses the JSON `text` of the file `path`, which only messages need. Fails
/// on anything but the published structure: other keys, other types of values
/// and duplicate keys of metadata or of a tensor's fields included. Duplicate
/// tensor names are left for the caller, who sorts the names anyway.
Result<Header> parseHeader(const std::string &path, std::string_view text);

/// The JSON for entries in this order; all strings must be UTF-8.
std::string printHeader(const std::vector<HeaderEntry> &entries,
                        const Metadata &metadata);

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_SAFETENSORSHEADER_H
