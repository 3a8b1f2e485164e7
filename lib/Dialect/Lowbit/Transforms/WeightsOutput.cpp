//===- WeightsOutput.cpp - Writing the weights of a module ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightsOutput.h"

#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace lowbit;
using namespace mlir;

/// Pieces in which stored tensors are copied: one piece is resident at a time.
static constexpr uint64_t kCopyBytes = 16u << 20;

namespace {
/// One line on a terminal that says how far long work is. Work of less than a
/// second shows nothing.
class ProgressLine {
public:
  ProgressLine(StringRef title, size_t total)
      : title(title), total(total),
        enabled(llvm::sys::Process::StandardErrIsDisplayed()),
        next(Clock::now() + std::chrono::seconds(1)) {}
  ~ProgressLine() {
    if (shown)
      llvm::errs() << "\r\x1b[K";
  }

  void show(size_t done, StringRef what) {
    if (!enabled || Clock::now() < next)
      return;
    next = Clock::now() + std::chrono::milliseconds(100);
    shown = true;
    llvm::errs() << llvm::formatv("\r\x1b[K{0}: {1}/{2} {3}", title, done,
                                  total, what.take_back(50));
  }

private:
  using Clock = std::chrono::steady_clock;
  StringRef title;
  size_t total;
  bool enabled;
  bool shown = false;
  Clock::time_point next;
};
} // namespace

void WeightsOutput::add(ArrayRef<weights::TensorDecl> tensors,
                        std::function<LogicalResult(StoredSink)> produce) {
  jobs.push_back({decls.size(), std::move(produce)});
  llvm::append_range(decls, tensors);
}

void WeightsOutput::addCopy(const ExternalWeights &source,
                            const weights::TensorView &view, StringRef name) {
  std::string newName = name.empty() ? std::string(view.name) : name.str();
  add({{newName, view.dtype, view.shape}}, [&](StoredSink sink) {
    for (uint64_t begin = 0; begin < view.size; begin += kCopyBytes) {
      uint64_t size = std::min(kCopyBytes, view.size - begin);
      if (failed(sink(0, view.bytes().subspan(begin, size))))
        return failure();
      source.release(view, begin, size);
    }
    return success();
  });
}

void WeightsOutput::addOrigin(const ExternalWeights &source, StringRef base,
                              StringRef newBase) {
  const weights::WeightsFile &file = *source.getFile();
  StoredOrigin origin = getStoredEncoding(file.metadata(), base).origin;
  if (!origin.selection.empty())
    if (const weights::TensorView *view = file.find(getIndicesName(base)))
      addCopy(source, *view, getIndicesName(newBase));
  for (int64_t axis : origin.factorAxes)
    if (const weights::TensorView *view = file.find(getFactorsName(base, axis)))
      addCopy(source, *view, getFactorsName(newBase, axis));
}

LogicalResult WeightsOutput::write(ModuleOp module, StringRef path,
                                   StringRef title) {
  if (path.empty()) {
    if (decls.empty())
      return success();
    return emitError(module.getLoc())
           << "there are weights to be written: name their "
              "file with the option 'output-weights'";
  }
  weights::Result<weights::SafetensorsWriter> writer =
      weights::SafetensorsWriter::create(path.str(), decls, metadata);
  if (!writer)
    return emitError(module.getLoc()) << writer.message();
  ProgressLine progress(title, jobs.size());
  for (auto [index, job] : llvm::enumerate(jobs)) {
    progress.show(index, decls[job.firstTensor].name);
    auto sink = [&, first = job.firstTensor](
                    size_t tensor,
                    std::span<const std::byte> bytes) -> LogicalResult {
      weights::Status status = writer->append(first + tensor, bytes);
      if (!status)
        return emitError(module.getLoc()) << status.message();
      return success();
    };
    if (failed(job.produce(sink)))
      return failure();
  }
  if (weights::Status status = writer->commit(); !status)
    return emitError(module.getLoc()) << status.message();
  return success();
}
