//===- NpyHeader.cpp - The header of NumPy arrays -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NpyFormat.h"

#include <array>
#include <limits>

using namespace lowbit::weights;

namespace {

struct TypeName {
  std::string_view descr;
  DType dtype;
};

/// A cursor over the Python literal. Each member skips blanks first.
class Literal {
public:
  explicit Literal(std::string_view text) : text(text) {}

  bool accept(std::string_view token) {
    skip();
    if (!text.starts_with(token))
      return false;
    text.remove_prefix(token.size());
    return true;
  }

  /// A string in either kind of quotes. No string that a header may hold needs
  /// an escape, so a backslash is refused.
  std::optional<std::string_view> string() {
    skip();
    if (text.empty() || (text[0] != '\'' && text[0] != '"'))
      return std::nullopt;
    size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos)
      return std::nullopt;
    std::string_view value = text.substr(1, end - 1);
    if (value.find('\\') != std::string_view::npos)
      return std::nullopt;
    text.remove_prefix(end + 1);
    return value;
  }

  std::optional<bool> boolean() {
    if (accept("True"))
      return true;
    if (accept("False"))
      return false;
    return std::nullopt;
  }

  /// A non-negative integer that fits 63 bits.
  std::optional<int64_t> integer() {
    skip();
    size_t digits = 0;
    int64_t value = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9';
         ++digits) {
      int64_t digit = text[digits] - '0';
      if (value > (std::numeric_limits<int64_t>::max() - digit) / 10)
        return std::nullopt;
      value = value * 10 + digit;
    }
    if (digits == 0)
      return std::nullopt;
    text.remove_prefix(digits);
    return value;
  }

  /// A tuple of integers: "()", "(2,)", "(2, 3)".
  std::optional<std::vector<int64_t>> tuple() {
    std::vector<int64_t> values;
    if (!accept("("))
      return std::nullopt;
    bool comma = true; // a value may follow
    while (!accept(")")) {
      std::optional<int64_t> value = comma ? integer() : std::nullopt;
      if (!value)
        return std::nullopt;
      values.push_back(*value);
      comma = accept(",");
    }
    // "(2)" is a number in Python, not a tuple.
    if (values.size() == 1 && !comma)
      return std::nullopt;
    return values;
  }

  bool atEnd() {
    skip();
    return text.empty();
  }

private:
  void skip() {
    size_t begin = text.find_first_not_of(" \t\n");
    text.remove_prefix(begin == std::string_view::npos ? text.size() : begin);
  }

  std::string_view text;
};

} // namespace

static constexpr std::array<TypeName, 13> typeNames = {{
    {"|b1", DType::BOOL},
    {"|u1", DType::U8},
    {"|i1", DType::I8},
    {"<i2", DType::I16},
    {"<u2", DType::U16},
    {"<f2", DType::F16},
    {"<i4", DType::I32},
    {"<u4", DType::U32},
    {"<f4", DType::F32},
    {"<c8", DType::C64},
    {"<f8", DType::F64},
    {"<i8", DType::I64},
    {"<u8", DType::U64},
}};

static Result<DType> parseDescr(std::string_view descr) {
  // '=' is this machine's order, which is little endian as the file's is. One
  // byte has no order, and any mark is right.
  if (descr.size() > 1)
    for (const TypeName &type : typeNames)
      if (descr.substr(1) == type.descr.substr(1) &&
          (descr[0] == type.descr[0] || descr[0] == '=' ||
           bitWidth(type.dtype) == 8))
        return type.dtype;
  if (descr.starts_with('>'))
    return Error{"its elements are big endian (" + inQuotes(descr) +
                 "); save it with .astype(a.dtype.newbyteorder('<'))"};
  return Error{"its element type " + inQuotes(descr) +
               " is not a bool, integer or float of up to 64 bits; convert "
               "it with .astype first"};
}

Result<NpyHeader> lowbit::weights::parseNpyHeader(std::string_view text) {
  Error broken{"its header is not the dictionary of an array; the file is "
               "damaged, fetch or write it again"};
  NpyHeader header;
  bool hasDescr = false, hasOrder = false, hasShape = false;
  Literal literal(text);
  if (!literal.accept("{"))
    return broken;
  bool comma = true; // a key may follow
  while (!literal.accept("}")) {
    std::optional<std::string_view> key =
        comma ? literal.string() : std::nullopt;
    if (!key || !literal.accept(":"))
      return broken;
    if (*key == "descr" && !std::exchange(hasDescr, true)) {
      if (literal.accept("["))
        return Error{"it is a structured array; save each field by itself"};
      std::optional<std::string_view> descr = literal.string();
      if (!descr)
        return broken;
      Result<DType> dtype = parseDescr(*descr);
      if (!dtype)
        return dtype.takeError();
      header.dtype = *dtype;
    } else if (*key == "fortran_order" && !std::exchange(hasOrder, true)) {
      std::optional<bool> value = literal.boolean();
      if (!value)
        return broken;
      header.fortranOrder = *value;
    } else if (*key == "shape" && !std::exchange(hasShape, true)) {
      std::optional<std::vector<int64_t>> value = literal.tuple();
      if (!value)
        return Error{"its shape is not a tuple of non-negative integers; the "
                     "file is damaged, fetch or write it again"};
      header.shape = std::move(*value);
    } else {
      return Error{"its header has the unknown or duplicate key " +
                   inQuotes(*key) +
                   "; the file is damaged, fetch or write it "
                   "again"};
    }
    comma = literal.accept(",");
  }
  if (!literal.atEnd())
    return broken;
  if (!hasDescr || !hasOrder || !hasShape)
    return Error{"its header lacks 'descr', 'fortran_order' or 'shape'; the "
                 "file is damaged, fetch or write it again"};
  return header;
}

Result<std::string> lowbit::weights::printNpyHeader(const HostTensor &tensor) {
  constexpr size_t maxRank = 64; // NPY_MAXDIMS
  constexpr size_t alignment = 64;
  constexpr size_t preamble = 10; // magic, version and length
  std::string_view descr;
  for (const TypeName &type : typeNames)
    if (type.dtype == tensor.dtype)
      descr = type.descr;
  if (descr.empty())
    return Error{"NumPy has no type for " + std::string(name(tensor.dtype)) +
                 "; write a .safetensors file or convert it to F32"};
  if (tensor.shape.size() > maxRank)
    return Error{"NumPy has at most 64 dimensions; reshape it"};
  Result<uint64_t> size = storageSize(tensor.dtype, tensor.shape);
  if (!size)
    return size.takeError();
  if (*size != tensor.bytes.size())
    return Error{"it has " + std::to_string(tensor.bytes.size()) +
                 " bytes, but " + shapeText(tensor.shape) + " of " +
                 std::string(name(tensor.dtype)) + " has " +
                 std::to_string(*size)};

  std::string text = "{'descr': '" + std::string(descr) +
                     "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < tensor.shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(tensor.shape[i]);
  text += tensor.shape.size() == 1 ? ",), }" : "), }";
  // NumPy leaves room for the first dimension to grow to 21 digits in place,
  // then pads so that the data is aligned.
  if (!tensor.shape.empty())
    text.append(21 - std::to_string(tensor.shape[0]).size(), ' ');
  size_t unpadded = preamble + text.size() + 1;
  text.append(alignment - unpadded % alignment, ' ');
  text += '\n';
  // 64 dimensions of 19 digits fit version 1.0's 16 bits of length.
  std::string out = "\x93NUMPY\x01";
  out += '\0';
  out += static_cast<char>(text.size() & 0xff);
  out += static_cast<char>(text.size() >> 8);
  return out + text;
}
