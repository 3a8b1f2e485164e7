//===- Result.h - A value, or what went wrong and where ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_RESULT_H
#define LOWBIT_NUMERICS_RESULT_H

#include <cassert>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace lowbit::numerics {

/// Why a numeric function could not do its work. Data never trips an assert:
/// a model file with a NaN in it is a user's problem to be told about.
struct Error {
  enum class Kind {
    /// Shape, block shape, codec and range kind do not fit together, or a
    /// buffer has the wrong size.
    InvalidFormat,
    /// A value to be quantized is NaN or infinite.
    NotFinite,
    /// A scale is finite in f32 but not in the type it is to be stored in.
    ScaleOverflow,
    /// Statistics of activations belong to another layer, or are of too few
    /// rows for what is asked of them.
    InvalidStatistics,
  };

  Kind kind;
  /// A complete sentence without a final period, naming the place.
  std::string message;
  /// Row-major index of the offending element (NotFinite) or scale
  /// (ScaleOverflow), the first in that order; -1 when it has no place.
  int64_t index = -1;
};

/// The error of a value that is NaN or infinite.
Error notFiniteError(float value, int64_t index);

/// Either a T or an Error; `if (result) use(*result); else result.error()`.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : state(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state.index() == 0; }

  T &operator*() & { return get(); }
  const T &operator*() const & { return const_cast<Result *>(this)->get(); }
  T &&operator*() && { return std::move(get()); }
  T *operator->() { return &get(); }
  const T *operator->() const { return &const_cast<Result *>(this)->get(); }

  const Error &error() const {
    assert(!*this && "no error in a successful result");
    return *std::get_if<1>(&state);
  }

private:
  T &get() {
    assert(*this && "value of a failed result");
    return *std::get_if<0>(&state);
  }

  std::variant<T, Error> state;
};

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_RESULT_H
