//===- Arrays.h - NumPy arrays as spans, errors as exceptions ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_BINDINGS_PYTHON_ARRAYS_H
#define LOWBIT_BINDINGS_PYTHON_ARRAYS_H

#include "lowbit/Numerics/Granularity.h"
#include "lowbit/Numerics/Result.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <optional>
#include <type_traits>

namespace lowbit::python {

/// A row-major array that is only read. One of another type or order is
/// converted, which copies it; nothing else is copied.
template <typename T>
using Input =
    nanobind::ndarray<const T, nanobind::c_contig, nanobind::device::cpu>;
using Floats = Input<float>;

template <typename T>
std::span<const T> valuesOf(const Input<T> &array) {
  return {array.data(), array.size()};
}

template <typename T>
numerics::Shape shapeOf(const Input<T> &array) {
  numerics::Shape shape;
  for (size_t i = 0; i < array.ndim(); ++i)
    shape.push_back(array.shape(i));
  return shape;
}

/// An array for Python.
template <typename T>
using Array = nanobind::ndarray<nanobind::numpy, T>;

/// An array that takes the values over, without a copy.
template <typename T, typename Element = T>
Array<Element> toArray(std::vector<T> values, numerics::ShapeRef shape) {
  static_assert(sizeof(T) == sizeof(Element));
  auto *kept = new std::vector<T>(std::move(values));
  nanobind::capsule owner(kept, [](void *data) noexcept {
    delete static_cast<std::vector<T> *>(data);
  });
  std::vector<size_t> sizes(shape.begin(), shape.end());
  return Array<Element>(kept->data(), sizes.size(), sizes.data(), owner);
}

template <typename T>
Array<T> toArray(std::vector<T> values) {
  numerics::Shape shape{int64_t(values.size())};
  return toArray(std::move(values), shape);
}

[[noreturn]] inline void raise(const std::string &message) {
  throw nanobind::value_error(message.c_str());
}

inline void check(const std::optional<numerics::Error> &error) {
  if (error)
    raise(error->message);
}

/// Calls `fn` while other Python threads run: it may not touch Python. Gives
/// what it returns, or raises ValueError for its error.
template <typename Fn>
auto run(Fn &&fn) {
  auto result = [&] {
    nanobind::gil_scoped_release release;
    return fn();
  }();
  if constexpr (std::is_same_v<decltype(result),
                               std::optional<numerics::Error>>) {
    check(result);
  } else {
    if (!result)
      raise(result.error().message);
    return *std::move(result);
  }
}

} // namespace lowbit::python

#endif // LOWBIT_BINDINGS_PYTHON_ARRAYS_H
