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
#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Result.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <optional>
#include <type_traits>

namespace lowbit::python {

[[noreturn]] inline void raise(const std::string &message) {
  throw nanobind::value_error(message.c_str());
}

/// A row-major array that is only read. One of another type or order, a list
/// or a number is converted, which copies it; nothing else is copied. Of what
/// cannot be converted it keeps the reason, with which its first use raises
/// ValueError.
template <typename T>
class Input {
public:
  using Values =
      nanobind::ndarray<const T, nanobind::c_contig, nanobind::device::cpu>;

  Input() = default;
  explicit Input(Values values) : values(std::move(values)) {}
  explicit Input(std::string problem) : problem(std::move(problem)) {}

  const Values &get() const {
    if (!problem.empty())
      raise(problem);
    return values;
  }
  size_t ndim() const { return get().ndim(); }
  size_t shape(size_t axis) const { return get().shape(axis); }

private:
  Values values;
  std::string problem;
};
using Floats = Input<float>;

template <typename T>
std::span<const T> valuesOf(const Input<T> &array) {
  return {array.get().data(), array.get().size()};
}

template <typename T>
numerics::Shape shapeOf(const Input<T> &array) {
  numerics::Shape shape;
  for (size_t i = 0; i < array.ndim(); ++i)
    shape.push_back(array.shape(i));
  return shape;
}

/// A number of threads, 0 for one per processor. Of what is none it keeps the
/// reason, with which its first use raises ValueError.
class Threads {
public:
  /// More than processors have; far more cannot be started.
  static constexpr unsigned most = 1024;

  Threads() = default;
  explicit Threads(nanobind::handle object);

  operator numerics::ThreadCount() const {
    if (!problem.empty())
      raise(problem);
    return count;
  }

private:
  unsigned count = 0;
  std::string problem;
};

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

/// Raises ValueError for the error. `shape` is that of the array whose elements
/// it may be about.
[[noreturn]] void raise(const numerics::Error &error,
                        numerics::ShapeRef shape = {});

/// A UserWarning, unless the text is empty.
void warn(const std::string &text);

inline void check(const std::optional<numerics::Error> &error,
                  numerics::ShapeRef shape = {}) {
  if (error)
    raise(*error, shape);
}

/// Calls `fn` while other Python threads run: it may not touch Python. Gives
/// what it returns, or raises ValueError for its error.
template <typename Fn>
auto run(Fn &&fn, numerics::ShapeRef shape = {}) {
  auto result = [&] {
    nanobind::gil_scoped_release release;
    return fn();
  }();
  if constexpr (std::is_same_v<decltype(result),
                               std::optional<numerics::Error>>) {
    check(result, shape);
  } else {
    if (!result)
      raise(result.error(), shape);
    return *std::move(result);
  }
}

/// `object` as an array of numbers that `Input` can convert, or why it is none.
nanobind::object asNumbers(nanobind::handle object, std::string &problem);

} // namespace lowbit::python

namespace nanobind::detail {

template <typename T>
struct type_caster<lowbit::python::Input<T>> {
  using Input = lowbit::python::Input<T>;
  using Values = make_caster<typename Input::Values>;
  NB_TYPE_CASTER(Input, Values::Name)

  bool from_python(handle source, uint8_t flags,
                   cleanup_list *cleanup) noexcept {
    // It would be an array without data.
    if (source.is_none()) {
      value = Input(std::string("an array of numbers is needed, not None"));
      return true;
    }
    Values values;
    if (values.from_python(source, flags, cleanup)) {
      value = Input(std::move(values.value));
      return true;
    }
    // Overloads and variants try objects of our classes with those.
    if (!(flags & static_cast<uint8_t>(cast_flags::convert)) ||
        type_check(source.type()))
      return false;
    std::string problem;
    object array = lowbit::python::asNumbers(source, problem);
    if (!problem.empty())
      value = Input(std::move(problem));
    else if (values.from_python(array, flags, cleanup))
      value = Input(std::move(values.value));
    else
      return false;
    return true;
  }
};

template <>
struct type_caster<lowbit::python::Threads> {
  NB_TYPE_CASTER(lowbit::python::Threads, const_name("int"))

  bool from_python(handle source, uint8_t, cleanup_list *) noexcept {
    value = lowbit::python::Threads(source);
    return true;
  }
};

} // namespace nanobind::detail

#endif // LOWBIT_BINDINGS_PYTHON_ARRAYS_H
