//===- RunTime.cpp - What compiled code calls in this process -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunTime.h"

#include "HostEngine.h"
#include "Timers.h"
#include "lowbit/Runtime/Device.h"

#include "lowbit/Numerics/FloatTypes.h"
#include "llvm/Support/raw_ostream.h"

#include <bit>
#include <csetjmp>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <string>

using namespace lowbit;
using namespace mlir;

extern "C" int omp_in_parallel();
extern "C" int omp_get_level();
// What compilers call at the end of a region that one thread runs.
extern "C" int32_t __kmpc_global_thread_num(void *location);
extern "C" void __kmpc_end_serialized_parallel(void *location, int32_t thread);

namespace {

/// What stands in front of each buffer that compiled code allocates: its place
/// among those of the run, which a run that is left frees. As malloc's, what
/// comes behind is aligned to 16 bytes.
struct alignas(16) BufferHeader {
  BufferHeader *previous = this;
  BufferHeader *next = this;

  BufferHeader() = default;
  BufferHeader(const BufferHeader &) = delete;

  void insertBefore(BufferHeader &place) {
    previous = place.previous;
    next = &place;
    previous->next = this;
    place.previous = this;
  }
  void remove() {
    previous->next = next;
    next->previous = previous;
    previous = next = this;
  }
};

/// A buffer may be freed on another thread than the one that allocated it.
std::mutex buffersMutex;

/// The run on this thread. Compiled code reports a failed run-time assertion by
/// puts(message) and abort(), which are the functions below.
struct CurrentRun {
  bool isActive = false;
  int level = 0;
  const Observation *observation = nullptr;
  RunClock clock = RunClock(nullptr);
  std::string message;
  std::jmp_buf failed;
  /// The list of the buffers that the run has allocated on this thread.
  BufferHeader buffers;
};

thread_local CurrentRun currentRun;

/// Whether the run can be left: not while several threads run.
bool canLeaveRun() { return currentRun.isActive && !omp_in_parallel(); }

/// Ends the parallel regions of one thread that a jump has left: all that comes
/// after would count as nested in them, and get no more threads.
void endRegions(int level) {
  while (omp_get_level() > level)
    __kmpc_end_serialized_parallel(nullptr, __kmpc_global_thread_num(nullptr));
}

/// Says why the run is about to be left.
void report(std::string message) {
  if (canLeaveRun())
    currentRun.message = std::move(message);
  else
    llvm::errs() << "error: " << message << '\n';
}

int reportAssertion(const char *message) {
  report(std::string("run-time assertion failed: ") + message);
  return 0;
}

[[noreturn]] void leaveRun() {
  if (canLeaveRun())
    std::longjmp(currentRun.failed, 1);
  std::_Exit(EXIT_FAILURE);
}

void reportNoMemory(size_t size) {
  report("the model needs " + std::to_string(size) +
         " bytes at once, which is more memory than there is");
}

/// malloc, but never null: compiled code does not look.
void *allocate(size_t size) {
  void *memory = size > SIZE_MAX - sizeof(BufferHeader)
                     ? nullptr
                     : std::malloc(sizeof(BufferHeader) + size);
  if (!memory) {
    // Nothing here outlives the jump.
    reportNoMemory(size);
    leaveRun();
  }
  auto *header = new (memory) BufferHeader;
  if (currentRun.isActive) {
    std::lock_guard lock(buffersMutex);
    header->insertBefore(currentRun.buffers);
  }
  return header + 1;
}

/// Ends the list of the run's buffers; frees them where the run was left.
void endBuffers(bool isLeft) {
  std::lock_guard lock(buffersMutex);
  BufferHeader &end = currentRun.buffers;
  while (end.next != &end) {
    BufferHeader *header = end.next;
    header->remove();
    if (isLeft)
      std::free(header);
  }
}

/// A memref of any rank, as compiled code passes it.
struct UnrankedMemRef {
  int64_t rank;
  /// Allocated pointer, aligned pointer, offset, sizes, strides.
  const int64_t *words;
};

bool isCollected(int64_t observer, int64_t axis, const UnrankedMemRef &memref,
                 weights::DType dtype) {
  const Observation *observation = currentRun.observation;
  if (!canLeaveRun() || !observation) {
    report("an observer in a parallel region");
    return false;
  }
  const int64_t *words = memref.words;
  size_t rank = memref.rank;
  auto *data = reinterpret_cast<const std::byte *>(words[1]) +
               words[2] * (weights::bitWidth(dtype) / 8);
  weights::Status status = observation->collector->observe(
      observation->numbers[observer],
      {dtype, data, {words + 3, rank}, {words + 3 + rank, rank}}, axis);
  if (!status)
    report(status.message());
  return status.ok();
}

/// What lowbit.observe calls. Nothing here outlives a jump out of the run.
template <weights::DType dtype>
void observe(int64_t observer, int64_t axis, const UnrankedMemRef *memref) {
  if (!isCollected(observer, axis, *memref, dtype))
    leaveRun();
}

/// What lowbit-insert-timers calls. Threads of a parallel loop leave their time
/// to what is timed behind it.
void markTime(int64_t number, int64_t operations, int64_t bytes) {
  if (canLeaveRun())
    currentRun.clock.mark(number, operations, bytes);
}

/// What compilers call to round to bf16 where the processor cannot, in place of
/// the function of that purpose that older runtime libraries lack. A bf16 is
/// returned in the lowest bits of the register that a float is returned in.
float truncateToBf16(float value) {
  return std::bit_cast<float>(uint32_t{numerics::bf16FromF32(value)});
}

} // namespace

void lowbit::freeBuffer(void *buffer) {
  if (!buffer)
    return;
  BufferHeader *header = static_cast<BufferHeader *>(buffer) - 1;
  {
    std::lock_guard lock(buffersMutex);
    header->remove();
  }
  std::free(header);
}

void lowbit::registerRunTime(ExecutionEngine &engine) {
  engine.registerSymbols([](llvm::orc::MangleAndInterner mangle) {
    auto symbol = [](auto *function) {
      return llvm::orc::ExecutorSymbolDef(
          llvm::orc::ExecutorAddr::fromPtr(function),
          llvm::JITSymbolFlags::Exported);
    };
    llvm::orc::SymbolMap symbols;
    symbols[mangle("puts")] = symbol(reportAssertion);
    symbols[mangle("abort")] = symbol(leaveRun);
    symbols[mangle("malloc")] = symbol(allocate);
    symbols[mangle("free")] = symbol(freeBuffer);
    symbols[mangle("__truncsfbf2")] = symbol(truncateToBf16);
    symbols[mangle("_mlir_ciface_lowbit_observe_f32")] =
        symbol(observe<weights::DType::F32>);
    symbols[mangle("_mlir_ciface_lowbit_observe_f16")] =
        symbol(observe<weights::DType::F16>);
    symbols[mangle("_mlir_ciface_lowbit_observe_bf16")] =
        symbol(observe<weights::DType::BF16>);
    symbols[mangle("lowbit_mark_time")] = symbol(markTime);
    for (auto [name, function] : runtime::getFunctions())
      symbols[mangle(name)] = llvm::orc::ExecutorSymbolDef(
          llvm::orc::ExecutorAddr::fromPtr(function),
          llvm::JITSymbolFlags::Exported);
    addEmulatorSymbols(mangle, symbols);
    return symbols;
  });
}

llvm::Error lowbit::invoke(ExecutionEngine &engine, llvm::StringRef function,
                           llvm::MutableArrayRef<void *> arguments,
                           const Observation &observation, Profile *profile) {
  auto symbol = engine.lookupPacked(function);
  if (!symbol)
    return symbol.takeError();
  // The caller may be in a region of its own.
  currentRun.level = omp_get_level();
  if (setjmp(currentRun.failed) != 0) {
    currentRun.isActive = false;
    endRegions(currentRun.level);
    runtime::waitForRun();
    endBuffers(/*isLeft=*/true);
    return llvm::createStringError(currentRun.message);
  }
  currentRun.isActive = true;
  currentRun.observation = observation.collector ? &observation : nullptr;
  currentRun.clock = RunClock(profile);
  (*symbol)(arguments.data());
  currentRun.clock.end();
  currentRun.isActive = false;
  // What is left now are results.
  endBuffers(/*isLeft=*/false);
  return llvm::Error::success();
}
