//===- Arrays.cpp - NumPy arrays as spans, errors as exceptions -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Arrays.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;
using namespace lowbit;

void python::raise(const numerics::Error &error, numerics::ShapeRef shape) {
  if (error.kind != numerics::Error::Kind::NotFinite || error.index < 0 ||
      shape.size() < 2)
    raise(error.message);
  // Elements by their place, as the array's own messages have it.
  std::string element = "element " + std::to_string(error.index), place;
  for (int64_t index : numerics::placeOf(error.index, shape))
    place += (place.empty() ? "[" : ", ") + std::to_string(index);
  std::string message = error.message;
  if (size_t found = message.find(element); found != std::string::npos)
    message.replace(found, element.size(), place + "]");
  raise(message);
}

void python::warn(const std::string &text) {
  if (!text.empty() && PyErr_WarnEx(PyExc_UserWarning, text.c_str(), 1) < 0)
    throw nb::python_error();
}

python::Threads::Threads(nb::handle object) {
  Py_ssize_t number = PyIndex_Check(object.ptr())
                          ? PyNumber_AsSsize_t(object.ptr(), nullptr)
                          : -1;
  if (number >= 0 && number <= Py_ssize_t(most)) {
    count = static_cast<unsigned>(number);
    return;
  }
  PyErr_Clear();
  problem = "threads are a number from 1 to " + std::to_string(most) +
            ", or 0 for one per processor, not ";
  try {
    problem += nb::repr(object).c_str();
  } catch (const std::exception &) {
    problem += "this";
  }
}

nb::object python::asNumbers(nb::handle object, std::string &problem) {
  try {
    nb::object array = nb::module_::import_("numpy").attr("asarray")(object);
    auto kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
    if (kind.find_first_of("biuf") != std::string::npos)
      return array;
    problem = "real numbers are needed, not " +
              nb::cast<std::string>(array.attr("dtype").attr("name"));
  } catch (const std::exception &error) {
    problem = "this is no array of numbers: " + std::string(error.what());
  }
  return nb::none();
}
