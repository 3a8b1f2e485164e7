//===- Inputs.cpp - Inputs of a program from files ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include "lowbit/Weights/TensorFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lowbit;

static std::string listNames(llvm::ArrayRef<Port> ports) {
  return llvm::join(
      llvm::map_range(ports, [](const Port &port) { return port.name; }), ", ");
}

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

llvm::Expected<std::vector<weights::HostTensor>>
lowbit::readInputs(llvm::ArrayRef<std::string> paths,
                   llvm::ArrayRef<Port> ports) {
  std::vector<std::optional<weights::HostTensor>> found(ports.size());
  std::vector<std::pair<std::string, weights::HostTensor>> unnamed;
  for (const std::string &path : paths) {
    auto read = weights::readTensors(path);
    if (!read)
      return makeError(read.message());
    std::vector<weights::TensorMap::Entry> tensors = std::move(*read).take();
    if (llvm::StringRef(path).ends_with(".npy")) {
      unnamed.emplace_back(path, std::move(tensors[0].tensor));
      continue;
    }
    if (ports.size() == 1 && tensors.size() == 1 && !found[0]) {
      // Whatever it is called.
      found[0] = std::move(tensors[0].tensor);
      continue;
    }
    for (auto &entry : tensors) {
      const Port *port = llvm::find_if(
          ports, [&](const Port &port) { return port.name == entry.name; });
      if (port == ports.end())
        return makeError(path + ": has '" + entry.name +
                         "', but the model takes " + listNames(ports));
      auto &place = found[port - ports.begin()];
      if (place)
        return makeError(path + ": gives '" + entry.name +
                         "', which another --input gives too");
      place = std::move(entry.tensor);
    }
  }

  auto next = unnamed.begin();
  std::vector<weights::HostTensor> inputs;
  for (auto [port, tensor] : llvm::zip(ports, found)) {
    if (!tensor && next != unnamed.end())
      tensor = std::move((next++)->second);
    if (!tensor)
      return makeError("no --input gives '" + port.name +
                       "' (the model takes " + listNames(ports) + ")");
    inputs.push_back(std::move(*tensor));
  }
  if (next != unnamed.end())
    return makeError(next->first + ": is left over: the model takes " +
                     llvm::Twine(ports.size()) + " inputs");
  return inputs;
}
