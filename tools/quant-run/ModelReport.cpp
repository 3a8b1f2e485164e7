//===- ModelReport.cpp - The report that quant-opt wrote ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelReport.h"

#include "lowbit/Dialect/Lowbit/Transforms/ReportJson.h"
#include "lowbit/Weights/OutputFile.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace lowbit;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

llvm::Expected<ModelReport> ModelReport::open(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return makeError(path + ": " + buffer.getError().message());
  llvm::Expected<llvm::json::Value> json =
      llvm::json::parse((*buffer)->getBuffer());
  if (!json)
    return makeError(path +
                     ": is not JSON: " + llvm::toString(json.takeError()));
  llvm::json::Object *object = json->getAsObject();
  if (!object || !object->getObject("total") || !object->getArray("layers"))
    return makeError(path + ": is no report of quant-opt "
                            "(--lowbit-quantize=\"report=FILE ...\")");
  // Not committed: only whether it could be.
  auto file = weights::OutputFile::create(path);
  if (!file)
    return makeError(file.message());
  return ModelReport(path, std::move(*json));
}

llvm::Error ModelReport::addOutput(llvm::ArrayRef<Comparison> comparisons) {
  llvm::json::Array outputs;
  for (const Comparison &comparison : comparisons)
    outputs.push_back(comparison.toJson());
  (*json.getAsObject()->getObject("total"))["output"] = std::move(outputs);
  weights::Status status = writeReport(path, json);
  return status ? llvm::Error::success() : makeError(status.message());
}
