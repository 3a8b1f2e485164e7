//===- Result.h - Values or error messages ----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Reading and writing weights fails for reasons that only the user can mend (a
// truncated download, a full disk), so a failure here is a message for the
// user: which file, which tensor, what is wrong and what to do. There are no
// error codes, and no exceptions; nothing is printed by this library.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_RESULT_H
#define LOWBIT_WEIGHTS_RESULT_H

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace lowbit::weights {

/// Why something failed, in words for the user, with no trailing newline.
struct Error {
  std::string message;
};

/// Success, or an Error.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(Error error) : failure(std::move(error)) {}

  bool ok() const { return !failure; }
  explicit operator bool() const { return ok(); }

  /// The message; the status must not be ok.
  const std::string &message() const {
    assert(failure && "a success has no message");
    return failure->message;
  }

  /// The error to hand on; the status must not be ok.
  Error takeError() {
    assert(failure && "a success has no error");
    return std::move(*failure);
  }

private:
  std::optional<Error> failure;
};

/// A T, or an Error.
template <typename T>
class [[nodiscard]] Result {
public:
  Result(T value) : storage(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : storage(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return storage.index() == 0; }
  explicit operator bool() const { return ok(); }

  T &operator*() & { return value(); }
  const T &operator*() const & { return const_cast<Result *>(this)->value(); }
  T &&operator*() && { return std::move(value()); }
  T *operator->() { return &value(); }
  const T *operator->() const { return &**this; }

  /// The message; the result must not be ok.
  const std::string &message() const {
    const Error *error = std::get_if<1>(&storage);
    assert(error && "a success has no message");
    return error->message;
  }

  /// The error to hand on; the result must not be ok.
  Error takeError() {
    Error *error = std::get_if<1>(&storage);
    assert(error && "a success has no error");
    return std::move(*error);
  }

private:
  T &value() {
    T *value = std::get_if<0>(&storage);
    assert(value && "the value of a failure was asked for");
    return *value;
  }

  std::variant<T, Error> storage;
};

/// "<path>: <reason>".
Error fileError(std::string_view path, std::string_view reason);

/// "<path>: tensor '<name>': <reason>". The name comes from the file, so what
/// is not printable in it is escaped and a very long one is cut.
Error tensorError(std::string_view path, std::string_view name,
                  std::string_view reason);

/// `name` in single quotes, escaped and cut as in tensorError.
std::string inQuotes(std::string_view name);

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_RESULT_H
