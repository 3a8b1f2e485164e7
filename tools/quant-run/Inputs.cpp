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
  if (ports.empty())
    return "no inputs";
  return llvm::join(
      llvm::map_range(ports, [](const Port &port) { return port.name; }), ", ");
}

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

llvm::Expected<std::vector<InputFile>>
lowbit::readInputFiles(llvm::ArrayRef<std::string> paths) {
  std::vector<InputFile> files;
  for (const std::string &path : paths) {
    auto tensors = weights::readTensors(path);
    if (!tensors)
      return makeError(tensors.message());
    files.push_back({path, std::move(*tensors)});
  }
  return files;
}

llvm::Expected<std::vector<weights::HostTensor>>
lowbit::assignInputs(std::vector<InputFile> files, llvm::ArrayRef<Port> ports) {
  std::vector<std::optional<weights::HostTensor>> found(ports.size());
  // Tensors without a name, with the file that each comes from.
  std::vector<std::pair<std::string, weights::HostTensor>> unnamed;
  for (InputFile &file : files) {
    bool hasNames = file.hasNames();
    // Inputs may be large: they are moved from their files, not copied.
    std::vector<weights::TensorMap::Entry> entries =
        std::move(file.tensors).take();
    if (!hasNames) {
      unnamed.emplace_back(file.path, std::move(entries[0].tensor));
      continue;
    }
    // A model that names nothing leaves no doubt if there is one of each.
    bool isOnly = ports.size() == 1 && !ports[0].isNamed && entries.size() == 1;
    for (auto &[name, tensor] : entries) {
      const Port *port = llvm::find_if(
          ports, [&](const Port &port) { return isOnly || port.name == name; });
      if (port == ports.end())
        return makeError(file.path + ": has '" + name +
                         "', but the model takes " + listNames(ports));
      auto &place = found[port - ports.begin()];
      if (place)
        return makeError(file.path + ": gives '" + name +
                         "', which another --input gives too");
      place = std::move(tensor);
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
