//===- LowbitCodecs.cpp - The codecs that attributes name -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttributeParsing.h"

#include "lowbit/Numerics/Codec/Affine.h"
#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/Codec/Companding.h"
#include "lowbit/Numerics/Codec/Logarithmic.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

#include <charconv>
#include <cmath>

using namespace lowbit;
using namespace mlir;

numerics::CodecRef
LowbitDialect::getCodec(Attribute attribute,
                        function_ref<numerics::CodecRef()> make) {
  llvm::sys::SmartScopedLock<true> lock(codecsMutex);
  numerics::CodecRef &codec = codecs[attribute];
  if (!codec)
    codec = make();
  return codec;
}

/// The codec of an attribute that has been verified.
template <typename CodecAttr>
static numerics::CodecRef getOnce(
    CodecAttr attribute,
    function_ref<numerics::Result<numerics::TableCodecRef>(CodecAttr)> make) {
  auto *dialect =
      attribute.getContext()->template getLoadedDialect<LowbitDialect>();
  return dialect->getCodec(
      attribute, [&]() -> numerics::CodecRef { return *make(attribute); });
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

FailureOr<std::pair<unsigned, bool>> lowbit::parseCodeType(AsmParser &parser) {
  StringRef word;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword(&word))
    return failure();
  // (C2) One digit, so that each width has one spelling.
  if (word.size() != 2 || (word[0] != 'i' && word[0] != 'u') || word[1] < '1' ||
      word[1] > '8')
    return parser.emitError(loc, "expected i1..i8 or u1..u8, got '")
           << word << "'";
  return std::make_pair(static_cast<unsigned>(word[1] - '0'), word[0] == 'i');
}

void lowbit::printCodeType(AsmPrinter &printer, unsigned bits, bool isSigned) {
  printer << (isSigned ? 'i' : 'u') << bits;
}

ParseResult lowbit::parseNumber(AsmParser &parser, double &number) {
  SMLoc loc = parser.getCurrentLocation();
  Attribute attribute;
  if (parser.parseAttribute(attribute))
    return failure();
  if (auto real = dyn_cast<FloatAttr>(attribute)) {
    number = real.getValueAsDouble();
    return success();
  }
  auto integer = dyn_cast<IntegerAttr>(attribute);
  if (!integer || !integer.getType().isInteger(64))
    return parser.emitError(loc, "expected a number");
  number = static_cast<double>(integer.getInt());
  return success();
}

template <typename T>
static void printShortest(AsmPrinter &printer, T number) {
  char digits[512];
  auto end =
      std::to_chars(digits, std::end(digits), number, std::chars_format::fixed)
          .ptr;
  StringRef text(digits, end - digits);
  printer << text;
  // Beyond 2^53 it may be too large for an integer.
  if (!text.contains('.') && std::fabs(number) > 0x1p53)
    printer << ".0";
}

void lowbit::printNumber(AsmPrinter &printer, float number) {
  printShortest(printer, number);
}

void lowbit::printNumber(AsmPrinter &printer, double number) {
  printShortest(printer, number);
}

//===----------------------------------------------------------------------===//
// Affine
//===----------------------------------------------------------------------===//

Attribute AffineAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  auto codeType = parseCodeType(parser);
  if (failed(codeType) || parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    codeType->first, codeType->second);
}

void AffineAttr::print(AsmPrinter &printer) const {
  printer << '<';
  printCodeType(printer, getBits(), getIsSigned());
  printer << '>';
}

LogicalResult AffineAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 unsigned bits, bool) {
  // (C2)
  if (bits < 1 || bits > 8)
    return emitError() << "affine codes have 1 to 8 bits, got " << bits;
  return success();
}

numerics::CodecRef AffineAttr::getCodec() const {
  return numerics::getAffineCodec(getBits(), getIsSigned());
}

//===----------------------------------------------------------------------===//
// Codebooks
//===----------------------------------------------------------------------===//

Attribute CodebookAttr::parse(AsmParser &parser, Type) {
  if (parser.parseLess())
    return {};
  SMLoc loc = parser.getCurrentLocation();
  Attribute book;
  StringRef name;
  if (succeeded(parser.parseOptionalKeyword(&name))) {
    book = StringAttr::get(parser.getContext(), name);
  } else {
    SmallVector<float> levels;
    auto parseLevel = [&]() -> ParseResult {
      double level;
      if (parseNumber(parser, level))
        return failure();
      levels.push_back(static_cast<float>(level));
      return success();
    };
    if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Square, parseLevel,
                                       " of levels, or a name"))
      return {};
    book = DenseF32ArrayAttr::get(parser.getContext(), levels);
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(loc); }, parser.getContext(),
                    book);
}

void CodebookAttr::print(AsmPrinter &printer) const {
  printer << '<';
  if (auto name = dyn_cast<StringAttr>(getBook())) {
    printer << name.getValue();
  } else {
    printer << '[';
    llvm::interleave(
        cast<DenseF32ArrayAttr>(getBook()).asArrayRef(),
        [&](float level) { printNumber(printer, level); },
        [&] { printer << ", "; });
    printer << ']';
  }
  printer << '>';
}

static numerics::Result<numerics::TableCodecRef>
makeCodebook(DenseF32ArrayAttr levels) {
  return numerics::getCodebookCodec(
      "codebook<" + std::to_string(levels.size()) + ">",
      {levels.asArrayRef().begin(), levels.asArrayRef().end()});
}

/// Says why numerics has no such codec.
static LogicalResult
verifyCodec(function_ref<InFlightDiagnostic()> emitError,
            const numerics::Result<numerics::TableCodecRef> &codec) {
  if (!codec)
    return emitError() << codec.error().message;
  return success();
}

LogicalResult CodebookAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                   Attribute book) {
  if (auto name = dyn_cast<StringAttr>(book)) {
    // (C100)
    if (!symbolizeCodebookName(name.getValue()))
      return emitError() << "expected nf4, nf4_i8, fp4, fp4_bnb, binary or a "
                            "list of levels, got '"
                         << name.getValue() << "'";
    return success();
  }
  // (C57)
  auto levels = dyn_cast<DenseF32ArrayAttr>(book);
  if (!levels)
    return emitError() << "a codebook is a name or an array of f32 levels";
  return verifyCodec(emitError, makeCodebook(levels));
}

numerics::CodecRef CodebookAttr::getCodec() const {
  if (auto name = dyn_cast<StringAttr>(getBook()))
    return numerics::getNamedCodec(name.getValue());
  return getOnce<CodebookAttr>(*this, [](CodebookAttr attribute) {
    return makeCodebook(cast<DenseF32ArrayAttr>(attribute.getBook()));
  });
}

//===----------------------------------------------------------------------===//
// Companding
//===----------------------------------------------------------------------===//

/// Parses `<bits, number>`.
template <typename CodecAttr>
static Attribute parseCompanding(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t bits;
  double number;
  if (parser.parseLess() || parser.parseInteger(bits) || parser.parseComma() ||
      parseNumber(parser, number) || parser.parseGreater())
    return {};
  return CodecAttr::getChecked(
      [&] { return parser.emitError(loc); }, parser.getContext(),
      static_cast<unsigned>(std::clamp<int64_t>(bits, 0, UINT_MAX)),
      parser.getBuilder().getF64FloatAttr(number));
}

static void printCompanding(AsmPrinter &printer, unsigned bits,
                            FloatAttr number) {
  printer << '<' << bits << ", ";
  printNumber(printer, number.getValueAsDouble());
  printer << '>';
}

Attribute MuLawAttr::parse(AsmParser &parser, Type) {
  return parseCompanding<MuLawAttr>(parser);
}

void MuLawAttr::print(AsmPrinter &printer) const {
  printCompanding(printer, getBits(), getMu());
}

LogicalResult MuLawAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                unsigned bits, FloatAttr mu) {
  // (C101)
  return verifyCodec(emitError,
                     numerics::getMuLawCodec(bits, mu.getValueAsDouble()));
}

numerics::CodecRef MuLawAttr::getCodec() const {
  return getOnce<MuLawAttr>(*this, [](MuLawAttr attribute) {
    return numerics::getMuLawCodec(attribute.getBits(),
                                   attribute.getMu().getValueAsDouble());
  });
}

Attribute ALawAttr::parse(AsmParser &parser, Type) {
  return parseCompanding<ALawAttr>(parser);
}

void ALawAttr::print(AsmPrinter &printer) const {
  printCompanding(printer, getBits(), getA());
}

LogicalResult ALawAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                               unsigned bits, FloatAttr a) {
  // (C101)
  return verifyCodec(emitError,
                     numerics::getALawCodec(bits, a.getValueAsDouble()));
}

numerics::CodecRef ALawAttr::getCodec() const {
  return getOnce<ALawAttr>(*this, [](ALawAttr attribute) {
    return numerics::getALawCodec(attribute.getBits(),
                                  attribute.getA().getValueAsDouble());
  });
}

//===----------------------------------------------------------------------===//
// Logarithmic
//===----------------------------------------------------------------------===//

LogicalResult LogAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                              unsigned bits, unsigned steps) {
  // (C151)
  return verifyCodec(emitError, numerics::getLogarithmicCodec(bits, steps));
}

numerics::CodecRef LogAttr::getCodec() const {
  return getOnce<LogAttr>(*this, [](LogAttr attribute) {
    return numerics::getLogarithmicCodec(attribute.getBits(),
                                         attribute.getSteps());
  });
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

numerics::CodecRef FloatCodecAttr::getCodec() const {
  return numerics::getNamedCodec(stringifyFloatKind(getKind()));
}

//===----------------------------------------------------------------------===//
// Learned levels
//===----------------------------------------------------------------------===//

Attribute KMeansAttr::parse(AsmParser &parser, Type) {
  SMLoc loc = parser.getCurrentLocation();
  int64_t levels;
  ScaleFields fields;
  if (parser.parseLess() || parser.parseInteger(levels) ||
      parser.parseComma() || parseScaleBody(parser, fields) ||
      parser.parseGreater())
    return {};
  auto emitError = [&] { return parser.emitError(loc); };
  auto books = ScaleAttr::getChecked(emitError, parser.getContext(), fields);
  if (!books)
    return {};
  return getChecked(emitError, parser.getContext(), levels, books);
}

void KMeansAttr::print(AsmPrinter &printer) const {
  printer << '<' << getLevels() << ", ";
  getBooks().printBody(printer);
  printer << '>';
}

LogicalResult KMeansAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t levels, ScaleAttr books) {
  // (C120)
  if (levels < 2 || levels > 256)
    return emitError() << "a book has 2 to 256 levels, got " << levels;
  if (!books.isStored() || !books.isPlain())
    return emitError() << "books are f32, f16 or bf16, got "
                       << numerics::scaleTypeName(books.getNumericType());
  if (books.hasZeroPoint() || books.hasOffset())
    return emitError() << "books have no zero points or offsets";
  return success();
}

numerics::CodecRef KMeansAttr::getCodec() const {
  return numerics::getLearnedCodec(getLevels());
}

SmallVector<int64_t> KMeansAttr::getBooksShape(ArrayRef<int64_t> shape) const {
  SmallVector<int64_t> books = getBooks().getBlockCounts(shape);
  books.push_back(getLevels());
  return books;
}
