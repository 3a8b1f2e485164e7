//===- Operand.cpp - Keys and values as operands of products --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operand.h"

#include "lowbit/Kernels/NVVM/Barrier.h"

using namespace lowbit::nvvm;
using namespace mlir;

static const MatrixStorage &getStorage(const AttentionSpec &spec,
                                       KeyValueOperand::Kind kind) {
  return kind == KeyValueOperand::Kind::Keys ? spec.key : spec.value;
}

static std::optional<CodeDecoder> getDecoder(const AttentionSpec &spec,
                                             const MatrixStorage &storage) {
  if (!storage.codes)
    return std::nullopt;
  return spec.getDecoder(storage);
}

static FragmentReader::Operand getOperand(bool isKeys, bool isCodes) {
  if (isKeys)
    return isCodes ? FragmentReader::Operand::RowWords
                   : FragmentReader::Operand::Transposed;
  return isCodes ? FragmentReader::Operand::ColumnWords
                 : FragmentReader::Operand::B;
}

KeyValueOperand::KeyValueOperand(KernelBuilder &kernel,
                                 const AttentionSpec &spec,
                                 const SharedTile &tile, Kind kind)
    : kind(kind), decoder(getDecoder(spec, getStorage(spec, kind))),
      reader(kernel, tile, getOperand(kind == Kind::Keys, bool(decoder))) {}

std::vector<OperandPart> KeyValueOperand::read(KernelBuilder &kernel,
                                               Value base, int64_t key,
                                               int64_t element) {
  std::vector<OperandPart> parts;
  if (!decoder) {
    Values words = reader.read(kernel, base, key, element);
    for (int64_t n : {0, 1})
      parts.push_back({0, n, {words[2 * n], words[2 * n + 1]}});
    return parts;
  }
  Values words =
      reader.read(kernel, base, key, element * decoder->getBits() / 8);
  std::vector<Values> pairs;
  for (Value word : words)
    pairs.push_back(decoder->decode(kernel, word));
  if (kind == Kind::Keys) {
    // A word has neighbours of the sum: two pairs are what a thread has of a
    // step.
    for (int64_t k = 0; k < decoder->getPairs() / 2; ++k)
      for (int64_t n = 0; n < 4; ++n)
        parts.push_back({k, n, {pairs[n][2 * k], pairs[n][2 * k + 1]}});
    return parts;
  }
  // A word has neighbours of two rows, and a pair the same one of both.
  for (int64_t k : {0, 1})
    for (int64_t n = 0; n < decoder->getPairs(); ++n)
      parts.push_back({k, n, {pairs[2 * k][n], pairs[2 * k + 1][n]}});
  return parts;
}

void lowbit::nvvm::orderQueries(KernelBuilder &kernel, const SharedTile &tile,
                                const CodeDecoder &decoder, Value base,
                                Value warpRow, int64_t rows) {
  KernelBuilder::Step step(kernel, "order queries");
  // Words of 2 elements; chunks of 16 bytes are 4 of them.
  int64_t codes = decoder.getCodes(), pairs = decoder.getPairs();
  int64_t words = 2 * codes, chunks = words / 4;
  Type type = VectorType::get(4, kernel.i32);
  auto order = [&] {
    ChunkPlaces places(kernel, tile, kernel.add(warpRow, kernel.lane()),
                       kernel.constant(0), /*offset=*/{});
    for (int64_t first = 0; first < tile.getChunks(); first += chunks) {
      auto getPlace = [&](int64_t chunk) {
        return places.get(kernel, base, first + chunk, 0);
      };
      Values before, after(words);
      for (int64_t chunk = 0; chunk < chunks; ++chunk) {
        Value loaded = kernel.load(type, getPlace(chunk), /*alignment=*/16);
        for (int64_t i = 0; i < 4; ++i)
          before.push_back(LLVM::ExtractElementOp::create(
              kernel.builder, kernel.getLoc(), loaded, kernel.constant(i)));
      }
      // Word t of codes has elements codes * t on; its pair i are the elements
      // i and i + pairs of these.
      for (int64_t t = 0; t < 4; ++t)
        for (int64_t i = 0; i < pairs; ++i) {
          Value low = before[(codes * t + i) / 2];
          Value high = before[(codes * t + i + pairs) / 2];
          constexpr int64_t lower = 0xffff;
          after[4 * i + t] = i % 2 == 0
                                 ? kernel.bitOr(kernel.bitAnd(low, lower),
                                                kernel.shiftLeft(high, 16))
                                 : kernel.bitOr(kernel.shiftRight(low, 16),
                                                kernel.bitAnd(high, ~lower));
        }
      for (int64_t chunk = 0; chunk < chunks; ++chunk) {
        Value stored =
            LLVM::PoisonOp::create(kernel.builder, kernel.getLoc(), type);
        for (int64_t i = 0; i < 4; ++i)
          stored = LLVM::InsertElementOp::create(
              kernel.builder, kernel.getLoc(), stored, after[4 * chunk + i],
              kernel.constant(i));
        kernel.store(stored, getPlace(chunk), /*alignment=*/16);
      }
    }
  };
  if (rows < 32)
    kernel.when(kernel.less(kernel.lane(), kernel.constant(rows)), order);
  else
    order();
  synchronizeWarp(kernel);
}
