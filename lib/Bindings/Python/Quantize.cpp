//===- Quantize.cpp - Tensors to stored parts and back, in Python ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arrays.h"
#include "Bindings.h"
#include "Quantized.h"

#include "lowbit/Numerics/Quantize/ClipRanges.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/Reach.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"
#include "lowbit/Numerics/Quantize/StoredNumbers.h"
#include "lowbit/Numerics/Quantize/Underflow.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace lowbit;
using namespace lowbit::python;
using numerics::PartKind;
using numerics::Result;
using numerics::Shape;

namespace {

using Ranges = std::tuple<Floats, Floats>;

/// Errors that count by element, or by index of an axis.
numerics::ErrorWeights errorWeights(const std::optional<Floats> &weights,
                                    std::optional<int64_t> axis) {
  if (!weights)
    return {};
  if (axis)
    return {{}, valuesOf(*weights), *axis};
  return {valuesOf(*weights), {}, 0};
}

numerics::BlockRanges blockRanges(const Ranges &ranges) {
  auto low = valuesOf(std::get<0>(ranges));
  auto high = valuesOf(std::get<1>(ranges));
  for (size_t i = 0; i < std::min(low.size(), high.size()); ++i)
    if (!(low[i] <= high[i]))
      raise("range " + std::to_string(i) + " is [" + std::to_string(low[i]) +
            ", " + std::to_string(high[i]) + "], which holds nothing");
  return {{low.begin(), low.end()}, {high.begin(), high.end()}};
}

Quantized quantize(const Floats &array, const Format &given,
                   const std::optional<std::string> &name,
                   const std::optional<std::string> &range, double percentile,
                   const std::optional<Floats> &weights,
                   std::optional<int64_t> weightsAxis,
                   const std::optional<Ranges> &ranges,
                   const std::optional<Input<bool>> &mask, Threads threads) {
  Shape shape = shapeOf(array);
  auto values = valuesOf(array);
  numerics::Format format = given.of(shape.size());
  std::string method = name.value_or(format.books ? "kmeans" : "rtn");
  if (weights && method != "mse" && method != "kmeans")
    raise("method '" + method +
          "' does not weigh errors; 'mse' and 'kmeans' do");
  if (ranges && method != "rtn")
    raise("given ranges are for method 'rtn', not '" + method + "'");
  if (mask && format.sparsity.isDense())
    raise("a mask is for sparse formats; this one is dense");
  check(numerics::verifyFormat(shape, format));
  Quantized result{shape, {format, given.range}, {}};

  // In one go, without parameters and codes of their own.
  if (method == "rtn" && !ranges && !mask) {
    numerics::RangeKind kind = given.rangeOr(rangeKindNamed(range));
    result.parts = run(
        [&] {
          return numerics::quantizeRoundToNearest(values, shape, format,
                                                  threads, kind);
        },
        shape);
    checkRange(values, result);
    return result;
  }
  numerics::ErrorWeights errors = errorWeights(weights, weightsAxis);
  numerics::ParameterChooser chooser =
      chooserOf({method, range, percentile}, given, threads, errors);
  if (ranges)
    chooser = [clip = blockRanges(*ranges), threads,
               kind = given.rangeOr(rangeKindNamed(range))](
                  auto values, auto shape, const numerics::Format &format) {
      return numerics::chooseClippedParameters(values, shape, format, kind,
                                               clip, threads);
    };
  std::span<const uint8_t> kept;
  if (mask)
    kept = {reinterpret_cast<const uint8_t *>(mask->get().data()),
            mask->get().size()};
  result.parts = run(
      [&]() -> Result<numerics::Parts> {
        auto parameters = chooser(values, shape, format);
        if (!parameters)
          return parameters.error();
        auto unpacked = numerics::encodeWith(*std::move(parameters), values,
                                             shape, format, threads, kept);
        if (!unpacked)
          return unpacked.error();
        return numerics::packParts(*unpacked, shape, format);
      },
      shape);
  checkRange(values, result);
  return result;
}

Array<float> decode(const Quantized &self, Threads threads) {
  std::vector<float> values(numerics::numElements(self.shape));
  run([&] {
    return numerics::dequantize(self.parts, self.shape, self.format.format,
                                values, threads);
  });
  return toArray(std::move(values), self.shape);
}

std::string describe(const Quantized &self) {
  nb::object shape = nb::tuple(nb::cast(self.shape));
  return "<Quantized " + std::string(nb::str(shape).c_str()) + " in " +
         self.format.text() + ", " +
         std::to_string(
             numerics::partSizes(self.shape, self.format.format).total()) +
         " bytes>";
}

/// The stored bytes, which the object goes on owning.
nb::dict parts(nb::handle_t<Quantized> handle) {
  auto &self = nb::cast<Quantized &>(handle);
  nb::dict result;
  for (PartKind kind : numerics::partKinds(self.format.format)) {
    std::vector<uint8_t> &bytes = self.parts[kind];
    size_t size = bytes.size();
    result[nb::str(std::string(numerics::partKindName(kind)).c_str())] =
        nb::cast(nb::ndarray<nb::numpy, const uint8_t>(bytes.data(), 1, &size,
                                                       handle));
  }
  return result;
}

/// A code per element: its own integers where they are signed or wide.
nb::object codeArray(const numerics::Codec &codec, std::vector<int8_t> codes,
                     const Shape &shape) {
  if (codec.codeBytes() == 2) {
    std::vector<uint16_t> wide(codes.size() / 2);
    for (size_t i = 0; i < wide.size(); ++i)
      wide[i] = codec.codeAt(codes.data(), i);
    return nb::cast(toArray(std::move(wide), shape));
  }
  if (codec.codeBytes() == 4) {
    std::vector<uint32_t> wide(codes.size() / 4);
    for (size_t i = 0; i < wide.size(); ++i)
      wide[i] = codec.codeAt(codes.data(), i);
    return nb::cast(toArray(std::move(wide), shape));
  }
  if (codec.isSigned())
    return nb::cast(toArray(std::move(codes), shape));
  return nb::cast(
      toArray(std::vector<uint8_t>(codes.begin(), codes.end()), shape));
}

nb::dict unpack(const Quantized &self) {
  const numerics::Format &format = self.format.format;
  auto unpacked = run(
      [&] { return numerics::unpackParts(self.parts, self.shape, format); });
  auto granularity = numerics::Granularity::get(self.shape, format.blockShape);
  Shape scales = granularity->scaleShape();
  Shape kept = format.sparsity.keptShape(self.shape);
  nb::dict result;
  auto add = [&](const char *name, auto values, const Shape &shape) {
    if (!values.empty())
      result[name] = nb::cast(toArray(std::move(values), shape));
  };
  result["codes"] = codeArray(*format.codec, std::move(unpacked.codes), kept);
  result["scales"] = nb::cast(toArray(std::move(unpacked.scales), scales));
  int64_t nested = unpacked.nestedScales.size();
  add("nested_scales", std::move(unpacked.nestedScales), {nested});
  if (!unpacked.zeroPoints.empty())
    result["zero_points"] =
        codeArray(*format.codec, std::move(unpacked.zeroPoints), scales);
  add("offsets", std::move(unpacked.offsets), scales);
  if (format.books) {
    int64_t levels = format.books->levels;
    int64_t books = int64_t(unpacked.books.size()) / levels;
    add("codebook", std::move(unpacked.books), {books, levels});
  }
  add("positions", std::move(unpacked.positions), kept);
  add("bitmap", std::move(unpacked.bitmap), self.shape);
  return result;
}

/// What a file or a compiled model holds, as a quantized tensor again.
Quantized assemble(const Shape &shape, const Format &given, nb::dict stored) {
  numerics::Format format = given.of(shape.size());
  check(numerics::verifyFormat(shape, format));
  Quantized result{shape, {format, given.range}, {}};
  for (PartKind kind : numerics::partKinds(format)) {
    std::string name(numerics::partKindName(kind));
    if (!stored.contains(name.c_str()))
      raise("the format has a part '" + name + "', which is not given");
    auto bytes = valuesOf(nb::cast<Input<uint8_t>>(stored[name.c_str()]));
    result.parts[kind].assign(bytes.begin(), bytes.end());
  }
  if (stored.size() != numerics::partKinds(format).size())
    raise("parts are given that the format does not have");
  check(numerics::verifyPartSizes(result.parts, shape, format));
  check(numerics::verifyNumbers(result.parts, format));
  return result;
}

} // namespace

void lowbit::python::checkRange(std::span<const float> values,
                                const Quantized &quantized) {
  const numerics::Format &format = quantized.format.format;
  if (int64_t index = numerics::firstBeyondReach(values, format); index >= 0) {
    nb::object place = nb::cast(numerics::placeOf(index, quantized.shape));
    raise("the array " + numerics::describeBeyondReach(
                             values[index], nb::str(place).c_str(), format));
  }
  numerics::Underflow underflow;
  check(underflow.add(values, quantized.parts, quantized.shape, format));
  numerics::OneSide oneSide;
  check(oneSide.add(values, quantized.parts, quantized.shape, format));
  for (const std::string &lost :
       {underflow.describe(format), oneSide.describe(format)})
    warn(lost.empty() ? lost : "the array " + lost);
}

numerics::ParameterChooser
lowbit::python::chooserOf(const Method &method, const Format &format,
                          Threads threads,
                          const numerics::ErrorWeights &weights) {
  std::string name =
      method.name.value_or(format.format.books ? "kmeans" : "rtn");
  numerics::Method found = {.percentile = method.percentile};
  auto kind = numerics::methodOfName(name);
  found.kind = kind.value_or(numerics::Method::Kind::Gptq);
  auto range = rangeKindNamed(method.range);
  auto chooser =
      numerics::methodChooser(found, format.rangeOr(range), weights, threads);
  if (!chooser)
    raise("there is no method '" + name +
          "'; there are: rtn, percentile, mse, hqq, kmeans");
  if (range && !numerics::usesRange(found, format.format))
    raise("method '" + name + "' finds ranges of its own");
  return chooser;
}

void lowbit::python::addQuantize(nb::module_ &module) {
  nb::class_<Quantized>(module, "Quantized", "A tensor in its stored form.")
      .def("__repr__", describe)
      .def(nb::new_(&assemble), "shape"_a, "format"_a, "parts"_a)
      .def_ro("shape", &Quantized::shape)
      .def_ro("format", &Quantized::format)
      .def_prop_ro(
          "nbytes",
          [](const Quantized &self) {
            return numerics::partSizes(self.shape, self.format.format).total();
          })
      .def_prop_ro("bits_per_weight",
                   [](const Quantized &self) {
                     return numerics::bitsPerWeight(self.shape,
                                                    self.format.format);
                   })
      .def_prop_ro("parts", parts,
                   "The packed parts by name, as bytes; views, not copies.")
      .def("decode", decode, "threads"_a = 0, "The values that are stored.")
      .def("unpack", unpack,
           "Codes, scales and all else by name, a number per code.")
      .def(
          "errors",
          [](const Quantized &self, const Floats &values, Threads threads) {
            if (shapeOf(values) != self.shape)
              raise("the reference has another shape");
            return run(
                [&] {
                  return numerics::measureQuantization(
                      valuesOf(values), self.parts, self.shape,
                      self.format.format, threads);
                },
                self.shape);
          },
          "values"_a.none(), "threads"_a = 0,
          "What was lost of `values`, without decoding all of them at once.");
  module.def("quantize", quantize, "values"_a.none(), "format"_a,
             "method"_a = nb::none(), nb::kw_only(), "range"_a = nb::none(),
             "percentile"_a = 99.9, "weights"_a = nb::none(),
             "weights_axis"_a = nb::none(), "ranges"_a = nb::none(),
             "mask"_a = nb::none(), "threads"_a = 0,
             "Stores an array in a format.\n\n"
             "method: rtn (by `range`: absmax, full, minmax, mean, exponent; "
             "the format's own if none), percentile, mse, hqq, kmeans.\n"
             "weights: how much each squared error counts (mse, kmeans), per "
             "element or per index of `weights_axis`.\n"
             "ranges: (low, high) of each block, as awq_ranges gives them.\n"
             "mask: which values a sparse format keeps; the largest if none.");
}
