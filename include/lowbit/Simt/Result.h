//===- Result.h - What a launch found wrong ---------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_SIMT_RESULT_H
#define LOWBIT_SIMT_RESULT_H

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace lowbit::simt {

/// The size of a grid or of a block, or a place in one.
struct Dim3 {
  uint32_t x = 1, y = 1, z = 1;

  uint64_t count() const { return uint64_t(x) * y * z; }
  bool operator==(const Dim3 &) const = default;
};

/// Who found it.
enum class Detector {
  /// No thread of a block can go on.
  Deadlock,
  /// The lanes that meet at a collective brought different ones, or a mask that
  /// cannot be.
  Divergence,
  /// An access outside of shared memory or of every buffer, or in no memory at
  /// all.
  OutOfBounds,
  /// An address that is no multiple of what the instruction asks for.
  Misaligned,
  /// A read of shared memory that this block never wrote.
  Unwritten,
  /// Two accesses to the same shared memory, one of them a write, that no
  /// barrier orders.
  Race,
  /// Data of an asynchronous copy read, or its source or destination written,
  /// before its thread waited for it.
  MissingWait,
  /// The kernel itself gave up: lowbit_simt_trap.
  Trap,
  /// A site with attributes that no instruction has.
  InvalidSite,
  /// Not a fault of the kernel but of who launched it.
  InvalidLaunch,
};

/// "deadlock", "divergence", "out-of-bounds", "misaligned", "unwritten",
/// "race", "missing-wait", "trap", "invalid-site", "invalid-launch".
const char *name(Detector detector);

/// Why a launch ended early.
struct Error {
  Detector detector;
  /// A complete sentence without a final period.
  std::string message;
  /// The location of the site at which it was found; empty if unknown.
  std::string location;
  /// Block and thread that found it; of InvalidLaunch meaningless.
  Dim3 cta{0, 0, 0};
  Dim3 thread{0, 0, 0};

  /// "<location>: <detector>: <message> (block (0,0,0), thread (0,0,0))".
  std::string text() const;
};

/// Either a T or an Error; `if (result) use(*result); else result.error()`.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }

  T &operator*() {
    assert(*this && "value of a failed result");
    return *std::get_if<0>(&state);
  }
  T *operator->() { return &**this; }

  const Error &error() const {
    assert(!*this && "no error in a successful result");
    return *std::get_if<1>(&state);
  }

private:
  std::variant<T, Error> state;
};

} // namespace lowbit::simt

#endif // LOWBIT_SIMT_RESULT_H
