//===- Formats.cpp - Codecs, formats and presets in Python ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Formats.h"
#include "Arrays.h"
#include "Bindings.h"

#include "lowbit/Numerics/Codec/Affine.h"
#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/Codec/Companding.h"
#include "lowbit/Numerics/Codec/Spelling.h"
#include "lowbit/Numerics/Presets.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <array>

namespace nb = nanobind;
using namespace nb::literals;
using namespace lowbit;
using namespace lowbit::python;
using numerics::RangeKind;
using numerics::ScaleType;
using numerics::Shape;

namespace {

/// nanobind holds classes by pointers to what may change; a codec never does.
struct Codec {
  numerics::CodecRef codec;
};

/// The entry of `values` with that name.
template <typename T, size_t n>
T named(const std::array<T, n> &values, std::string_view (*nameOf)(T),
        std::string_view name, const char *what) {
  std::string names;
  for (T value : values) {
    if (nameOf(value) == name)
      return value;
    names += (names.empty() ? "" : ", ") + std::string(nameOf(value));
  }
  raise("there is no " + std::string(what) + " '" + std::string(name) +
        "'; there are: " + names);
}

ScaleType scaleTypeNamed(std::string_view name) {
  static constexpr std::array all = {ScaleType::F32,       ScaleType::F16,
                                     ScaleType::BF16,      ScaleType::F8E4M3FN,
                                     ScaleType::F8E8M0FNU, ScaleType::U8,
                                     ScaleType::One};
  return named(all, numerics::scaleTypeName, name, "scale type");
}

Codec codecNamed(const std::string &name) {
  auto codec = numerics::parseCodec(name);
  if (!codec)
    raise(codec.error());
  return {*codec};
}

Codec codecOf(numerics::Result<numerics::TableCodecRef> codec) {
  if (!codec)
    raise(codec.error());
  return {*codec};
}

/// One entry per axis, None or 0 for all of it.
using Blocks = std::vector<std::optional<int64_t>>;

Shape shapeOfBlocks(const std::optional<Blocks> &blocks) {
  Shape shape;
  for (std::optional<int64_t> block : blocks.value_or(Blocks()))
    shape.push_back(block.value_or(numerics::wholeAxis));
  return shape;
}

Blocks perAxis(int64_t axis, int64_t rank, std::optional<int64_t> size,
               std::optional<int64_t> others) {
  if (axis < 0 || axis >= rank)
    raise("axis " + std::to_string(axis) + " is none of a tensor of rank " +
          std::to_string(rank));
  Blocks blocks(rank, others);
  blocks[axis] = size;
  return blocks;
}

Format
makeFormat(const std::variant<Codec, numerics::Books, std::string> &codec,
           const std::optional<Blocks> &block,
           const std::optional<std::string> &scale, bool zeroPoint,
           const std::optional<std::string> &offset,
           const std::optional<std::string> &nested, int64_t nestedBlock,
           const std::optional<numerics::Sparsity> &sparsity,
           const std::optional<std::string> &range) {
  Format result;
  numerics::Format &format = result.format;
  if (auto *books = std::get_if<numerics::Books>(&codec)) {
    format.books = *books;
    format.codec = numerics::getLearnedCodec(books->levels);
    format.scaleType = ScaleType::One;
  } else if (auto *name = std::get_if<std::string>(&codec)) {
    format.codec = codecNamed(*name).codec;
  } else {
    format.codec = std::get<Codec>(codec).codec;
  }
  format.blockShape = shapeOfBlocks(block);
  if (scale)
    format.scaleType = scaleTypeNamed(*scale);
  format.hasZeroPoint = zeroPoint;
  if (offset)
    format.offsetType = scaleTypeNamed(*offset);
  if (nested)
    format.nestedScales =
        numerics::NestedScales{scaleTypeNamed(*nested), nestedBlock};
  if (sparsity)
    format.sparsity = *sparsity;
  result.range = rangeKindNamed(range);
  // What is wrong for every shape; sparsity is of a tensor's sizes.
  size_t rank =
      std::max<size_t>({1, format.blockShape.size(),
                        format.books ? format.books->blockShape.size() : 0});
  numerics::Format dense = result.of(rank);
  dense.sparsity = {};
  check(numerics::verifyFormat(Shape(rank, 0), dense));
  return result;
}

Format presetNamed(const std::string &name, unsigned axis, unsigned rank) {
  if (auto preset = numerics::getPreset(name, rank, axis))
    return {preset->format, preset->range};
  std::string names;
  for (std::string_view known : numerics::presetNames())
    names += (names.empty() ? "" : ", ") + std::string(known);
  if (axis >= rank)
    perAxis(axis, rank, {}, {});
  raise("there is no preset '" + name + "'; there are: " + names +
        "; other formats are made with Format(...)");
}

/// A block shape as Python takes it: a tuple, None for a whole axis.
std::string blockText(const Shape &blocks) {
  std::string text;
  for (int64_t block : blocks)
    text += (text.empty() ? "" : ", ") +
            (block == numerics::wholeAxis ? "None" : std::to_string(block));
  return "(" + text + (blocks.size() == 1 ? ",)" : ")");
}

std::string quoted(std::string_view text) {
  return "'" + std::string(text) + "'";
}

std::string booksText(const numerics::Books &books) {
  std::string text = "Books(" + std::to_string(books.levels);
  if (!books.blockShape.empty())
    text += ", block=" + blockText(books.blockShape);
  return text + ", type=" + quoted(numerics::scaleTypeName(books.type)) + ")";
}

std::string sparsityText(const numerics::Sparsity &sparsity) {
  switch (sparsity.kind) {
  case numerics::Sparsity::Kind::Dense:
    return "dense";
  case numerics::Sparsity::Kind::Pattern:
    return "pattern(" + std::to_string(sparsity.keep) + ", " +
           std::to_string(sparsity.run) +
           ", axis=" + std::to_string(sparsity.axis) + ")";
  case numerics::Sparsity::Kind::Bitmap:
    return "bitmap(" + std::to_string(sparsity.kept) + ")";
  }
  __builtin_unreachable();
}

void addCodecs(nb::module_ &module) {
  nb::class_<Codec>(module, "Codec", "What a stored code means.")
      .def_prop_ro(
          "name",
          [](const Codec &self) { return std::string(self.codec->name()); })
      .def_prop_ro("bits", [](const Codec &self) { return self.codec->bits(); })
      .def_prop_ro(
          "levels",
          [](const Codec &self) {
            std::vector<float> levels;
            const numerics::Codec &codec = *self.codec;
            if (codec.bits() > 16)
              throw nb::value_error("codes of 32 bits are too many to list");
            for (int i = codec.codeMin(); i <= codec.codeMax(); ++i)
              levels.push_back(codec.decode(i));
            return toArray(std::move(levels));
          },
          nb::rv_policy::move,
          "The value of each code, in the order of the codes.")
      .def("__repr__", [](const Codec &self) {
        return "Codec(" + std::string(self.codec->name()) + ")";
      });
  std::string codecs = "The codec of a name, or of the text that it has in IR, "
                       "\"#lowbit.log<4, 2>\", with or without \"#lowbit.\": " +
                       numerics::codecSpellings() + ".";
  module.def("codec", codecNamed, "name"_a, codecs.c_str());
  module.def("codec_examples", numerics::codecExamples,
             "Texts of all codecs: of every name, and one of each codec with "
             "parameters.");
  module.def(
      "affine",
      [](unsigned bits, bool isSigned) {
        if (auto codec = numerics::getAffineCodec(bits, isSigned))
          return Codec{codec};
        raise("affine codes have 1 to 8 bits, not " + std::to_string(bits));
      },
      "bits"_a, "signed"_a = true, "Codes that are their own value.");
  module.def(
      "codebook",
      [](const Floats &levels, std::string name) {
        auto values = valuesOf(levels);
        return codecOf(numerics::getCodebookCodec(
            std::move(name), {values.begin(), values.end()}));
      },
      "levels"_a, "name"_a = "custom", "2 to 256 ascending levels.");
  module.def(
      "mu_law",
      [](unsigned bits, double mu) {
        return codecOf(numerics::getMuLawCodec(bits, mu));
      },
      "bits"_a, "mu"_a = 255.0, "The mu-law of ITU-T G.711, 2 to 8 bits.");
  module.def(
      "a_law",
      [](unsigned bits, double a) {
        return codecOf(numerics::getALawCodec(bits, a));
      },
      "bits"_a, "a"_a = 87.6, "The A-law of ITU-T G.711, 2 to 8 bits.");
  nb::class_<numerics::Books>(module, "Books",
                              "Levels that are learned from a tensor and "
                              "stored with it, a book of them per block.")
      .def(
          "__init__",
          [](numerics::Books *self, int64_t levels,
             const std::optional<Blocks> &block, const std::string &type) {
            if (!numerics::getLearnedCodec(levels))
              raise("a book has 2 to 256 levels, not " +
                    std::to_string(levels));
            new (self) numerics::Books{levels, shapeOfBlocks(block),
                                       scaleTypeNamed(type)};
          },
          "levels"_a, "block"_a = nb::none(), "type"_a = "f32")
      .def_ro("levels", &numerics::Books::levels)
      .def("__repr__", booksText);
}

void addBlocks(nb::module_ &module) {
  module.def(
      "per_axis",
      [](int64_t axis, int64_t rank) {
        return nb::tuple(nb::cast(perAxis(axis, rank, 1, std::nullopt)));
      },
      "axis"_a, "rank"_a = 2, "Blocks of one scale per index of an axis.");
  module.def(
      "per_group",
      [](int64_t size, int64_t axis, int64_t rank) {
        if (size < 1)
          raise("a group has at least one element, not " +
                std::to_string(size));
        return nb::tuple(nb::cast(perAxis(axis, rank, size, 1)));
      },
      "size"_a, "axis"_a, "rank"_a = 2, "Blocks of a group along an axis.");
  nb::class_<numerics::Sparsity>(module, "Sparsity",
                                 "Which values of a tensor are stored.")
      .def("__repr__", sparsityText);
  module.def("pattern", numerics::Sparsity::pattern, "keep"_a, "of"_a, "axis"_a,
             "Of each `of` values along an axis `keep` are stored: 2:4.");
  module.def("bitmap", numerics::Sparsity::bitmap, "kept"_a,
             "Any `kept` values of the tensor are stored.");
}

} // namespace

std::string Format::text() const {
  std::string text = "Format(";
  text +=
      format.books ? booksText(*format.books) : quoted(format.codec->name());
  if (!format.blockShape.empty())
    text += ", " + blockText(format.blockShape);
  auto add = [&](const char *name, const std::string &value) {
    text += std::string(", ") + name + "=" + value;
  };
  ScaleType usual = format.books ? ScaleType::One : ScaleType::F32;
  if (format.scaleType != usual)
    add("scale", quoted(numerics::scaleTypeName(format.scaleType)));
  if (format.hasZeroPoint)
    add("zero_point", "True");
  if (format.offsetType)
    add("offset", quoted(numerics::scaleTypeName(*format.offsetType)));
  if (format.nestedScales) {
    add("nested", quoted(numerics::scaleTypeName(format.nestedScales->type)));
    if (format.nestedScales->block)
      add("nested_block", std::to_string(format.nestedScales->block));
  }
  if (!format.sparsity.isDense())
    add("sparsity", sparsityText(format.sparsity));
  if (range && *range != format.defaultRangeKind())
    add("range", quoted(numerics::rangeKindName(*range)));
  return text + ")";
}

numerics::Format Format::of(size_t rank) const {
  numerics::Format result = format;
  if (result.blockShape.empty())
    result.blockShape.assign(rank, numerics::wholeAxis);
  if (result.books && result.books->blockShape.empty())
    result.books->blockShape.assign(rank, numerics::wholeAxis);
  return result;
}

RangeKind lowbit::python::rangeKindNamed(std::string_view name) {
  static constexpr std::array all = {RangeKind::AbsMax, RangeKind::Full,
                                     RangeKind::MinMax, RangeKind::Mean,
                                     RangeKind::Exponent};
  return named(all, numerics::rangeKindName, name, "range");
}

std::optional<RangeKind>
lowbit::python::rangeKindNamed(const std::optional<std::string> &name) {
  if (!name)
    return std::nullopt;
  return rangeKindNamed(std::string_view(*name));
}

void lowbit::python::addFormats(nb::module_ &module) {
  addCodecs(module);
  addBlocks(module);
  nb::class_<Format>(module, "Format", "How a tensor is to be stored.")
      .def(nb::new_(&makeFormat), "codec"_a, "block"_a = nb::none(),
           nb::kw_only(), "scale"_a = nb::none(), "zero_point"_a = false,
           "offset"_a = nb::none(), "nested"_a = nb::none(),
           "nested_block"_a = 0, "sparsity"_a = nb::none(),
           "range"_a = nb::none())
      .def("__repr__", &Format::text)
      .def_prop_ro("codec",
                   [](const Format &self) { return Codec{self.format.codec}; })
      .def_prop_ro(
          "range",
          [](const Format &self) -> std::optional<std::string> {
            if (self.format.books)
              return std::nullopt;
            return std::string(
                numerics::rangeKindName(self.rangeOr(std::nullopt)));
          },
          "How scales are found where nothing else is asked for.")
      .def(
          "bits_per_weight",
          [](const Format &self, const Shape &shape) {
            numerics::Format format = self.of(shape.size());
            check(numerics::verifyFormat(shape, format));
            return numerics::bitsPerWeight(shape, format);
          },
          "shape"_a, "Stored bits per element of a tensor, all parts counted.");
  std::string presets = "A format with a name, its groups along `axis`:";
  for (std::string_view name : numerics::presetNames())
    presets += (presets.ends_with(':') ? " " : ", ") + std::string(name);
  presets += ". Other shorthands of recipes are Formats: docs/recipes.md says "
             "what each stores.";
  module.def("preset", presetNamed, "name"_a, "axis"_a = 1, "rank"_a = 2,
             presets.c_str());
  module.def(
      "preset_names",
      [] {
        nb::list names;
        for (std::string_view name : numerics::presetNames())
          names.append(std::string(name));
        return names;
      },
      "The names that preset() takes.");
}
