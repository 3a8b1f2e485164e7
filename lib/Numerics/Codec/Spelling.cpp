//===- Spelling.cpp - Codecs by their text --------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Spelling.h"
#include "lowbit/Numerics/Codec/Affine.h"
#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/Codec/Companding.h"
#include "lowbit/Numerics/Codec/Float.h"
#include "lowbit/Numerics/Codec/Logarithmic.h"
#include "lowbit/Numerics/Format.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <span>

using namespace lowbit::numerics;

using Numbers = std::vector<double>;

static Result<CodecRef> widen(const Result<TableCodecRef> &codec) {
  if (!codec)
    return codec.error();
  return CodecRef(*codec);
}

static CodecRef getAffine(std::string_view name) {
  return getAffineCodec(name[1] - '0', /*isSigned=*/name[0] == 'i');
}

static CodecRef getCodebook(std::string_view name) {
  if (name == "nf4")
    return getNF4Codec();
  if (name == "nf4_i8")
    return getNF4I8Codec();
  if (name == "fp4")
    return getFP4Codec();
  return name == "fp4_bnb" ? getBnbFP4Codec() : getBinaryCodec();
}

static CodecRef getFloat(std::string_view name) {
  FloatKind kind = FloatKind::F8E4M3FN;
  for (FloatKind other :
       {FloatKind::F8E5M2, FloatKind::F6E2M3FN, FloatKind::F6E3M2FN,
        FloatKind::F4E2M1FN, FloatKind::F16, FloatKind::BF16, FloatKind::F32})
    if (name == floatKindName(other))
      kind = other;
  return getFloatCodec(kind);
}

static Result<CodecRef> getListed(const Numbers &levels) {
  return widen(
      getCodebookCodec("codebook<" + std::to_string(levels.size()) + ">",
                       std::vector<float>(levels.begin(), levels.end())));
}

static Result<CodecRef> getMuLaw(const Numbers &numbers) {
  return widen(getMuLawCodec(static_cast<unsigned>(numbers[0]), numbers[1]));
}

static Result<CodecRef> getALaw(const Numbers &numbers) {
  return widen(getALawCodec(static_cast<unsigned>(numbers[0]), numbers[1]));
}

static Result<CodecRef> getLogarithmic(const Numbers &numbers) {
  return widen(getLogarithmicCodec(static_cast<unsigned>(numbers[0]),
                                   static_cast<unsigned>(numbers[1])));
}

static Result<CodecRef> getLearned(const Numbers &numbers) {
  if (CodecRef codec = getLearnedCodec(static_cast<int64_t>(numbers[0])))
    return codec;
  return Error{Error::Kind::InvalidFormat, "a book has 2 to 256 levels"};
}

namespace {

/// The codecs of a word.
struct Family {
  std::string_view word;
  /// Those that have a name, if there are any, and how messages write them.
  std::vector<std::string_view> names = {};
  std::string_view spelling;
  CodecRef (*byName)(std::string_view name) = nullptr;
  /// The others: how many numbers they take (any number of them is a list in
  /// brackets), of which the first are integers, and an example.
  size_t numbers = 0, integers = 0;
  std::string_view example = {};
  Result<CodecRef> (*byNumbers)(const Numbers &numbers) = nullptr;

  bool isList() const { return byNumbers && numbers == 0; }
};

} // namespace

/// Every codec there is: who reads or counts codecs by their text asks here.
static std::span<const Family> families() {
  static const Family all[] = {
      {.word = "affine",
       .names = {"i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "u1", "u2",
                 "u3", "u4", "u5", "u6", "u7", "u8"},
       .spelling = "i1 to i8, u1 to u8",
       .byName = getAffine},
      {.word = "codebook",
       .names = {"nf4", "nf4_i8", "fp4", "fp4_bnb", "binary"},
       .spelling = "nf4, nf4_i8, fp4, fp4_bnb, binary, codebook<[LEVEL, ...]>",
       .byName = getCodebook,
       .example = "[-1, 0, 0.5, 1]",
       .byNumbers = getListed},
      {.word = "float",
       .names = {"f8E4M3FN", "f8E5M2", "f6E2M3FN", "f6E3M2FN", "f4E2M1FN",
                 "f16", "bf16", "f32"},
       .spelling = "f8E4M3FN, f8E5M2, f6E2M3FN, f6E3M2FN, f4E2M1FN, f16, bf16, "
                   "f32",
       .byName = getFloat},
      {.word = "mulaw",
       .spelling = "mulaw<BITS, MU>",
       .numbers = 2,
       .integers = 1,
       .example = "8, 255",
       .byNumbers = getMuLaw},
      {.word = "alaw",
       .spelling = "alaw<BITS, A>",
       .numbers = 2,
       .integers = 1,
       .example = "8, 87.6",
       .byNumbers = getALaw},
      {.word = "log",
       .spelling = "log<BITS, STEPS>",
       .numbers = 2,
       .integers = 2,
       .example = "4, 2",
       .byNumbers = getLogarithmic},
      {.word = "kmeans",
       .spelling = "kmeans<LEVELS>",
       .numbers = 1,
       .integers = 1,
       .example = "16",
       .byNumbers = getLearned},
  };
  return all;
}

static std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// The numbers of a list with commas; none if one of them is no number.
static std::optional<Numbers> parseNumbers(std::string_view text) {
  Numbers numbers;
  for (bool isLast = false; !isLast;) {
    size_t comma = text.find(',');
    isLast = comma == std::string_view::npos;
    std::string_view digits = trim(text.substr(0, comma));
    double number;
    auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size())
      return std::nullopt;
    numbers.push_back(number);
    if (!isLast)
      text.remove_prefix(comma + 1);
  }
  return numbers;
}

static bool isInteger(double number) {
  return number >= 0 && number <= 1e6 && number == std::floor(number);
}

/// The codec of what stands between < and >. None if the family has no such.
static std::optional<Result<CodecRef>> parseParameters(const Family &family,
                                                       std::string_view text) {
  for (std::string_view name : family.names)
    if (name == text)
      return Result<CodecRef>(family.byName(name));
  if (!family.byNumbers)
    return std::nullopt;
  if (family.isList()) {
    if (!text.starts_with('[') || !text.ends_with(']'))
      return std::nullopt;
    text = text.substr(1, text.size() - 2);
  }
  auto numbers = parseNumbers(text);
  if (!numbers || (!family.isList() && numbers->size() != family.numbers))
    return std::nullopt;
  for (size_t i = 0; i < family.integers; ++i)
    if (!isInteger((*numbers)[i]))
      return std::nullopt;
  return family.byNumbers(*numbers);
}

CodecRef lowbit::numerics::getNamedCodec(std::string_view name) {
  for (const Family &family : families())
    for (std::string_view known : family.names)
      if (name == known)
        return family.byName(name);
  return nullptr;
}

Result<CodecRef> lowbit::numerics::parseCodec(std::string_view text) {
  std::string_view rest = trim(text);
  if (CodecRef codec = getNamedCodec(rest))
    return codec;
  if (rest.starts_with("#lowbit."))
    rest.remove_prefix(std::string_view("#lowbit.").size());
  size_t open = rest.find('<');
  for (const Family &family : families()) {
    if (open == std::string_view::npos ||
        trim(rest.substr(0, open)) != family.word)
      continue;
    if (rest.ends_with('>')) {
      rest.remove_suffix(1);
      if (auto codec = parseParameters(family, trim(rest.substr(open + 1))))
        return *std::move(codec);
    }
    return Error{Error::Kind::InvalidFormat,
                 "'" + std::string(text) + "' is none of the codecs of '" +
                     std::string(family.word) +
                     "': " + std::string(family.spelling)};
  }
  return Error{Error::Kind::InvalidFormat,
               "there is no codec '" + std::string(text) +
                   "'; there are: " + codecSpellings()};
}

std::string lowbit::numerics::codecSpellings() {
  std::string text;
  for (const Family &family : families())
    text += (text.empty() ? "" : ", ") + std::string(family.spelling);
  return text;
}

std::vector<std::string> lowbit::numerics::codecExamples() {
  std::vector<std::string> examples;
  for (const Family &family : families()) {
    auto add = [&](std::string_view parameters) {
      examples.push_back(std::string(family.word) + "<" +
                         std::string(parameters) + ">");
    };
    for (std::string_view name : family.names)
      add(name);
    if (family.byNumbers)
      add(family.example);
  }
  return examples;
}
