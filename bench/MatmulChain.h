//===- MatmulChain.h - A model that is a chain of products ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_BENCH_MATMULCHAIN_H
#define LOWBIT_BENCH_MATMULCHAIN_H

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Execution/Program.h"
#include "lowbit/Numerics/Quantize/Parts.h"
#include "lowbit/Runtime/HugeBuffer.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lowbit::bench {

/// What products read beside the weight.
enum class Activation {
  F32,
  /// Rounded to bf16 by an encode in the model.
  BF16,
  /// Encoded in the model: i8 with a scale for each row, or u8 with a zero
  /// point too.
  I8,
  U8,
  /// i8 codes with a scale for each row, given: the product alone.
  Codes,
};

/// Layers of a model: K x N weights, or where N differs K x N and N x K in
/// turn, each on the result of the one before. Given codes do not come from
/// layers: all read the same, have K x N weights, and add up their results.
struct ChainSpec {
  int64_t reduction = 4096, columns = 4096;
  /// A shorthand of recipes for weights, or the text of an encoding; "f32" for
  /// plain weights.
  std::string weight = "int8";
  Activation activation = Activation::F32;
  std::string isa = "host";

  /// [K, N] of the weight of a layer.
  std::vector<int64_t> getShape(int64_t layer) const;
  /// How many different ones there are.
  int64_t getNumShapes() const;
};

/// A weight, as it was before it was encoded and as it is stored.
struct StoredWeight {
  std::vector<int64_t> shape;
  /// Null for plain ones.
  EncodingAttr encoding;
  numerics::Parts parts;
  std::vector<float> plain;

  /// What it denotes.
  std::vector<float> decode() const;
  /// Bytes of all parts.
  int64_t getBytes() const;
};

/// Weights of each shape of a chain, of numbers that keep the size of what is
/// multiplied with them.
llvm::Expected<std::vector<StoredWeight>>
makeWeights(const ChainSpec &spec, mlir::MLIRContext &context);

/// A chain, compiled, and its weights: those of a shape hold the same numbers.
class Chain {
public:
  /// With `returnsAll` the result is that of the last layer, else only its last
  /// row, so that copying results is no part of a run. Weights are packed once
  /// and copied to the memory of `poolBytes`, or that of one model at least:
  /// each run reads the next ones there, which no cache holds any more.
  static llvm::Expected<std::unique_ptr<Chain>>
  make(const ChainSpec &spec, const std::vector<StoredWeight> &weights,
       int64_t layers, bool returnsAll, size_t poolBytes,
       mlir::MLIRContext &context);

  Chain(const Chain &) = delete;
  Chain &operator=(const Chain &) = delete;

  /// The result for `rows` rows; `seconds` is what the run took, with one
  /// thread of the processor: what else the machine does is not counted then.
  llvm::Expected<weights::HostTensor> run(int64_t rows, unsigned threads,
                                          double &seconds);

  /// What `run` takes: numbers, or codes and scales.
  const std::vector<weights::HostTensor> &getInputs(int64_t rows);

  /// The processor's seconds of compiling, and remarks of its passes.
  double compileSeconds = 0;
  std::vector<std::string> remarks;
  int64_t numSets = 0;

private:
  Chain(const ChainSpec &spec) : spec(spec) {}
  llvm::Error
  copyWeights(const std::map<std::string, std::span<const std::byte>> &parts,
              size_t poolBytes);

  ChainSpec spec;
  std::unique_ptr<Program> program;
  /// Where each weight lies in a set of them.
  std::map<std::string, std::pair<size_t, size_t>> places;
  runtime::HugeBuffer buffer;
  std::byte *pool = nullptr;
  size_t setBytes = 0;
  int64_t nextSet = 0;
  std::map<int64_t, std::vector<weights::HostTensor>> inputs;
};

} // namespace lowbit::bench

#endif // LOWBIT_BENCH_MATMULCHAIN_H
