//===- Listing.cpp - The tensors of a weights file ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Listing.h"

#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Dialect/Lowbit/Transforms/TextTable.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace lowbit;
namespace json = llvm::json;

llvm::Expected<Listing> Listing::read(const weights::WeightsFile &file,
                                      mlir::MLIRContext *context) {
  Listing listing;
  listing.path = file.path();
  llvm::StringSet<> parts;
  for (const std::string &name : getStoredBases(file.metadata())) {
    llvm::Expected<StoredTensor> tensor =
        StoredTensor::read(file, name, context);
    if (!tensor)
      return tensor.takeError();
    for (const StoredTensor::Part &part : tensor->parts)
      parts.insert(part.tensor->name);
    std::string type;
    llvm::raw_string_ostream(type) << mlir::Attribute(tensor->encoding);
    listing.rows.push_back({name, type, true, tensor->shape,
                            tensor->bitsPerWeight(),
                            static_cast<uint64_t>(tensor->size())});
  }
  for (const weights::TensorView *tensor : file.tensors())
    if (!parts.contains(tensor->name))
      listing.rows.push_back(
          {tensor->name, std::string(weights::name(tensor->dtype)), false,
           tensor->shape, double(weights::bitWidth(tensor->dtype)),
           tensor->size});
  llvm::sort(listing.rows,
             [](const Row &a, const Row &b) { return a.name < b.name; });
  return listing;
}

void Listing::print(llvm::raw_ostream &os) const {
  TextTable table{{false, false, true, true, false}, {}};
  table.rows.push_back(
      {"tensor", "shape", "bits", "bytes", "encoding or type"});
  uint64_t bytes = 0;
  size_t encoded = 0;
  for (const Row &row : rows) {
    table.rows.push_back({llvm::json::fixUTF8(row.name),
                          weights::shapeText(row.shape),
                          llvm::formatv("{0:f3}", row.bits).str(),
                          std::to_string(row.bytes), row.type});
    bytes += row.bytes;
    encoded += row.isEncoded;
  }
  table.print(os);
  os << path << ": " << rows.size() << " tensors, " << encoded << " encoded, "
     << bytes << " bytes\n";
  if (encoded == 0)
    os << "no tensor is encoded: these are not weights that lowbit-quantize "
          "wrote\n";
}

void Listing::printJson(llvm::raw_ostream &os) const {
  json::Array array;
  for (const Row &row : rows)
    array.push_back(
        json::Object{{"name", row.name},
                     {row.isEncoded ? "encoding" : "type", row.type},
                     {"shape", json::Array(row.shape)},
                     {"bits_per_weight", row.bits},
                     {"bytes", row.bytes}});
  os << llvm::formatv("{0:2}\n",
                      json::Value(json::Object{{"tensors", std::move(array)}}));
}

std::string lowbit::csvCell(llvm::StringRef text) {
  if (text.find_first_of(",\"\r\n") == llvm::StringRef::npos)
    return text.str();
  std::string cell = "\"";
  for (char c : text)
    cell += c == '"' ? "\"\"" : std::string(1, c);
  return cell + '"';
}

void Listing::printCsv(llvm::raw_ostream &os) const {
  os << "name,shape,bits_per_weight,bytes,encoding_or_type\n";
  for (const Row &row : rows)
    os << csvCell(row.name) << ',' << weights::shapeText(row.shape) << ','
       << llvm::format("%.17g", row.bits) << ',' << row.bytes << ','
       << csvCell(row.type) << '\n';
}
