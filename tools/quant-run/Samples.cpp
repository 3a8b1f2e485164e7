//===- Samples.cpp - Samples of a program's inputs ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Samples.h"

#include "lowbit/Weights/DType.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace lowbit;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

llvm::Expected<Samples> Samples::create(std::vector<InputFile> files,
                                        std::vector<InputFile> fixed,
                                        llvm::ArrayRef<Port> ports,
                                        int64_t batch) {
  Samples result;
  result.files = std::move(files);
  result.fixed.resize(ports.size());
  // Only ports that a name is given for are fixed.
  std::vector<Port> named;
  std::vector<size_t> places;
  for (auto [i, port] : llvm::enumerate(ports))
    if (llvm::any_of(fixed, [&](const InputFile &file) {
          return file.hasNames() && file.tensors.find(port.name);
        })) {
      named.push_back(port);
      places.push_back(i);
    }
  auto inputs = assignInputs(std::move(fixed), named);
  if (!inputs)
    return inputs.takeError();
  for (auto [place, tensor] : llvm::zip_equal(places, *inputs))
    result.fixed[place] = std::move(tensor);

  if (llvm::Error error = result.fillSets(ports))
    return error;
  for (size_t i = 0; i < result.sets.size(); ++i)
    if (llvm::Error error = result.cut(result.sets[i], ports, batch))
      return error;
  if (result.batches.empty())
    return makeError(result.leftOver.empty()
                         ? "the files of --samples hold no samples"
                         : result.leftOver.front() +
                               "; nothing is left to run");
  return result;
}

llvm::Error Samples::fillSets(llvm::ArrayRef<Port> ports) {
  // What each port is given, in order, with the file that it comes from.
  using Given = std::pair<const InputFile *, const weights::HostTensor *>;
  std::vector<std::vector<Given>> given(ports.size());
  for (const InputFile &file : files) {
    if (!file.hasNames())
      continue;
    for (const auto &[name, tensor] : file.tensors) {
      // A model that names nothing leaves no doubt if there is one of each.
      bool isOnly =
          ports.size() == 1 && !ports[0].isNamed && file.tensors.size() == 1;
      const Port *port = llvm::find_if(
          ports, [&](const Port &port) { return isOnly || port.name == name; });
      if (port == ports.end())
        return makeError(file.path + ": has '" + name +
                         "', which the model does not take");
      if (fixed[port - ports.begin()])
        return makeError(file.path + ": gives '" + name +
                         "', which --input gives too");
      given[port - ports.begin()].push_back({&file, &tensor});
    }
  }
  std::vector<size_t> unnamed;
  for (size_t i = 0; i < ports.size(); ++i)
    if (given[i].empty() && !fixed[i])
      unnamed.push_back(i);
  size_t next = 0;
  for (const InputFile &file : files) {
    if (file.hasNames())
      continue;
    if (unnamed.empty())
      return makeError(file.path +
                       ": is left over: other files give all that the model "
                       "takes");
    given[unnamed[next++ % unnamed.size()]].push_back(
        {&file, &file.tensors[0].tensor});
  }

  std::optional<size_t> first;
  for (auto [i, port] : llvm::enumerate(ports)) {
    if (fixed[i])
      continue;
    if (given[i].empty())
      return makeError("no --samples gives '" + port.name + "'");
    if (!first) {
      first = i;
      for (const Given &one : given[i])
        sets.push_back(
            {one.first->path,
             std::vector<const weights::HostTensor *>(ports.size())});
    }
    if (given[i].size() != sets.size())
      return makeError("the files of --samples give '" + port.name + "' " +
                       llvm::Twine(given[i].size()) + " times, but '" +
                       ports[*first].name + "' " + llvm::Twine(sets.size()) +
                       " times");
    for (auto [set, one] : llvm::zip_equal(sets, given[i]))
      set.tensors[i] = one.second;
  }
  if (!first)
    return makeError("--input gives all that the model takes; give what "
                     "differs from sample to sample with --samples");
  return llvm::Error::success();
}

llvm::Error Samples::cut(const Set &set, llvm::ArrayRef<Port> ports,
                         int64_t batch) {
  auto fail = [&](const llvm::Twine &message) {
    return makeError(set.path + ": " + message);
  };
  const Port *counted = nullptr, *sized = nullptr;
  int64_t count = 0, size = 0;
  for (auto [port, tensor] : llvm::zip_equal(ports, set.tensors)) {
    if (!tensor)
      continue;
    int64_t rank = port.type.getRank();
    if (rank == 0)
      return fail("'" + port.name +
                  "' has no leading axis of samples; give it with --input");
    if (static_cast<int64_t>(tensor->shape.size()) != rank)
      return fail("'" + port.name + "' has rank " +
                  llvm::Twine(tensor->shape.size()) + ", but the model takes " +
                  llvm::Twine(rank) + " with samples along the first axis");
    if (counted && tensor->shape[0] != count)
      return fail("has " + llvm::Twine(tensor->shape[0]) + " samples of '" +
                  port.name + "', but " + llvm::Twine(count) + " of '" +
                  counted->name + "'");
    count = tensor->shape[0];
    counted = &port;
    int64_t leading = port.type.getDimSize(0);
    if (mlir::ShapedType::isDynamic(leading))
      continue;
    if (sized && leading != size)
      return fail("the model takes " + llvm::Twine(leading) + " of '" +
                  port.name + "' at a time, but " + llvm::Twine(size) +
                  " of '" + sized->name + "'; give one of them with --input");
    size = leading;
    sized = &port;
  }
  size_t number = &set - sets.data();
  if (sized && size == 0)
    return fail("the model takes nothing of '" + sized->name + "'");
  int64_t step = sized        ? size
                 : batch == 0 ? std::max<int64_t>(count, 1)
                              : batch;
  for (int64_t begin = 0; begin < count; begin += step) {
    if (sized && count - begin < step) {
      leftOver.push_back(
          set.path + ": the last " + std::to_string(count - begin) + " of " +
          std::to_string(count) + " samples are left out: the model takes " +
          std::to_string(step) + " at a time");
      break;
    }
    batches.push_back({number, begin, std::min(step, count - begin)});
  }
  return llvm::Error::success();
}

int64_t Samples::numSamples() const {
  int64_t count = 0;
  for (const Batch &batch : batches)
    count += batch.size;
  return count;
}

std::vector<weights::HostTensor> Samples::getInputs(size_t number) const {
  const Batch &batch = batches[number];
  std::vector<weights::HostTensor> inputs;
  for (auto [tensor, same] : llvm::zip_equal(sets[batch.set].tensors, fixed)) {
    if (!tensor) {
      inputs.push_back(*same);
      continue;
    }
    // Rows along the leading axis lie one behind the other.
    size_t bytes = tensor->bytes.size() / tensor->shape[0];
    auto begin = tensor->bytes.begin() + batch.begin * bytes;
    weights::HostTensor &piece = inputs.emplace_back();
    piece.dtype = tensor->dtype;
    piece.shape = tensor->shape;
    piece.shape[0] = batch.size;
    piece.bytes.assign(begin, begin + batch.size * bytes);
  }
  return inputs;
}

std::string Samples::getName(size_t number) const {
  const Batch &batch = batches[number];
  std::string text = sets[batch.set].path + ": ";
  if (batch.size == 1)
    return text + "sample " + std::to_string(batch.begin);
  return text + "samples " + std::to_string(batch.begin) + " to " +
         std::to_string(batch.begin + batch.size - 1);
}
