//===- Attention.h - Kernels of attention -----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_ATTENTION_H
#define LOWBIT_KERNELS_NVVM_ATTENTION_H

#include "lowbit/Kernels/NVVM/Codes.h"
#include "lowbit/Kernels/NVVM/KernelFunction.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

#include "llvm/Support/Error.h"

#include <vector>

namespace lowbit::nvvm {

/// Elements of a mask: whether a key is seen, or what is added to its score.
enum class MaskType { None, Boolean, F16, BF16, F32 };

/// Of an element of a mask in memory.
inline int64_t getBits(MaskType mask) {
  if (mask == MaskType::Boolean)
    return 8;
  return mask == MaskType::F32 ? 32 : 16;
}

/// Types of scales of codes.
enum class ScaleType { None, F16, BF16, F32 };

inline int64_t getBits(ScaleType scale) {
  return scale == ScaleType::F32 ? 32 : 16;
}

/// How keys or values are stored: as halves, or as codes that are decoded in
/// registers, times a scale for each row of each head.
struct MatrixStorage {
  std::optional<Codes> codes;
  ScaleType scale = ScaleType::None;

  bool hasScales() const { return scale != ScaleType::None; }
  int64_t getBits() const { return codes ? nvvm::getBits(*codes) : 16; }
};

/// Everything that distinguishes one kernel of attention from another. For each
/// query row i and head the kernel computes
///
///     s[j] = query[i] . key[j] * scale
///     s[j] = cap * tanh(s[j] / cap)                        softCap
///     s[j] = s[j] - slope[head] * |p - j|                  alibi
///     s[j] = s[j] + mask[i, j], or -infinity where not mask[i, j]
///     output[i] = sum over j of softmax(s)[j] * value[j]
///
/// over the keys j that i sees: with `causal` up to p, with windows from as
/// many before and to as many after that as the arguments say. p, where the
/// query stands among the keys, is i + length - queries, or with `topLeft` i +
/// past keys. The length is the number of keys; with `keyLengths` it may be
/// more. A row that sees no key, or only with scores of -infinity, is 0.
/// Products are of `element` in f32, the weights of the sum are rounded to
/// `element`. Decoding is exact; scales of keys multiply s[j], those of values
/// the weights before these are rounded. With `element` f16 a scale of values
/// times the largest code is one that f16 holds.
struct AttentionSpec {
  Target target;
  Half element = Half::BF16;
  /// Elements of a head of query and key, and of value and output.
  int64_t headSize = 0;
  int64_t valueSize = 0;
  /// Of keys and values.
  MatrixStorage key, value;
  bool causal = false;
  /// The first query stands behind a number of past keys that is an argument,
  /// and not as the last one stands at the last key.
  bool topLeft = false;
  bool windowLeft = false, windowRight = false;
  bool softCap = false;
  bool alibi = false;
  MaskType mask = MaskType::None;
  /// All query rows have the same mask: padding of keys.
  bool maskSharedByRows = false;
  /// Also writes log(sum over j of exp(s[j])); -infinity where no key is seen.
  bool logSumExp = false;
  /// Several query heads share one head of keys and values.
  bool grouped = false;
  /// Sequences lie one after the other, from offsets in memory on.
  bool sequenceOffsets = false;
  /// Each sequence has a length in memory: keys beyond take no part.
  bool keyLengths = false;
  /// Rows of a block are all query heads of a key head, of one query after the
  /// other: for few queries, which would leave blocks empty. Needs `grouped`.
  bool packedHeads = false;
  /// Several blocks share the keys of a row; a second kernel combines what each
  /// of them makes. For few queries and many keys.
  bool splitKeys = false;
  /// Keys and values lie in pages, which a table names by sequence.
  bool paged = false;
  /// Rows of halves, and rows of codes, begin at multiples of so many bytes:
  /// 16, 8 or 4.
  int64_t alignment = 16;
  int64_t codeAlignment = 16;

  /// The spec as an attribute, and back; `error` says why an attribute is none.
  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
  static std::optional<AttentionSpec> fromAttribute(mlir::Attribute attribute,
                                                    std::string &error);

  /// A name that is different for different specs, for the function.
  std::string getName() const;

  /// Why there is no such kernel, in words for a diagnostic; "" if there is.
  std::string getMisfit() const;

  bool isBoundedRight() const { return causal || windowRight; }
  /// Whether it matters where queries stand among keys.
  bool usesPositions() const { return isBoundedRight() || windowLeft || alibi; }
  bool hasAdditiveMask() const {
    return mask != MaskType::None && mask != MaskType::Boolean;
  }
  /// Head sizes as tensor cores take them: multiples of 16, or of the codes of
  /// 16 bytes.
  int64_t getPaddedHeadSize() const { return pad(headSize, key); }
  int64_t getPaddedValueSize() const { return pad(valueSize, value); }

  CodeDecoder getDecoder(const MatrixStorage &storage) const {
    return CodeDecoder(*storage.codes, element, target);
  }

private:
  int64_t pad(int64_t size, const MatrixStorage &storage) const {
    int64_t step = std::max<int64_t>(16, 128 / storage.getBits());
    int64_t padded = (size + step - 1) / step * step;
    // Tiles of long odd multiples of 16 have many addresses, for which masks
    // and slopes leave no registers.
    bool hasFewRegisters = (mask != MaskType::None || alibi) && padded > 192;
    return padded % 32 && hasFewRegisters ? padded + 16 : padded;
  }
};

/// How a block works: sizes that hang on the registers and the shared memory of
/// the chip.
struct AttentionPlan {
  int64_t warps = 4;
  /// Fragments of 16 query rows for each warp.
  int64_t rowFragments = 1;
  /// Keys in a tile.
  int64_t blockKeys = 64;
  /// Tiles of keys and values in shared memory at one time.
  int64_t stages = 1;
  /// Queries stay in registers, and are not read anew for each tile.
  bool queryInRegisters = false;
  /// Blocks that a multiprocessor holds at one time.
  int64_t blocksPerProcessor = 1;

  int64_t getThreads() const { return warps * 32; }
  int64_t getRowsPerWarp() const { return rowFragments * 16; }
  int64_t getBlockRows() const { return warps * getRowsPerWarp(); }
  /// Blocks that a GPU with this chip holds at one time, and the fewest keys
  /// that are worth a block of their own, where blocks share keys.
  int64_t getWantedBlocks(const Target &target) const {
    return target.processors * std::min<int64_t>(blocksPerProcessor, 2);
  }
  int64_t getLeastKeysOfSplit() const { return 2 * blockKeys; }

  /// The best plan for a spec without misfit; an error if not even the smallest
  /// has the shared memory it needs.
  static llvm::Expected<AttentionPlan> get(const AttentionSpec &spec);
};

/// The tiles of a block, in bytes of shared memory.
struct AttentionMemory {
  SharedTile query, key, value, output;
  /// Where they begin: the output takes the place of the query.
  int64_t keyStart, valueStart;
  /// From one stage to the next.
  int64_t stage;
  /// Scales in f32, of two tiles.
  int64_t scaleStart;
  int64_t total;

  AttentionMemory(const AttentionSpec &spec, const AttentionPlan &plan);
};

/// Arguments of kernels, in the order in which they stand; those that a spec
/// does not need are left out. Strides are in elements, of codes too; those of
/// heads' elements are 1. Where many rows share a scale, its strides are 0.
enum class AttentionArgument {
  Query, // pointers
  Key,
  Value,
  KeyScale,
  ValueScale,
  Output,
  // f32 without gaps: a split of keys, a sequence of the launch, a head and a
  // query's elements; and in place of these its largest score, and the sum of
  // weights relative to that.
  PartialOutput,
  PartialSums,
  LogSumExp,        // f32
  Mask,             // of the mask's type, or i8
  Slopes,           // f32, by head
  QueryOffsets,     // i32, sequences + 1
  KeyOffsets,       // i32, sequences + 1
  KeyLengths,       // i32, sequences; up to 2^30
  PageTable,        // i32, sequences by pages
  Queries,          // i32: of a sequence without offsets
  Keys,             // i32: of a sequence without offsets; of those longer
                    // than this, and of all its pages, so many are there
  HeadsPerKeyHead,  // i32
  Splits,           // i32: blocks that share keys
  KeysPerPage,      // i32
  PastKeys,         // i32: the place of the first query among the keys
  WindowLeft,       // i32
  WindowRight,      // i32
  Scale,            // f32, above 0
  Cap,              // f32, above 0
  QueryBatchStride, // i64, all strides
  QueryHeadStride,
  QueryRowStride,
  KeyBatchStride, // of pages, if there are
  KeyHeadStride,
  KeyRowStride,
  ValueBatchStride,
  ValueHeadStride,
  ValueRowStride,
  KeyScaleBatchStride,
  KeyScaleHeadStride,
  KeyScaleRowStride,
  ValueScaleBatchStride,
  ValueScaleHeadStride,
  ValueScaleRowStride,
  OutputBatchStride,
  OutputHeadStride,
  OutputRowStride,
  LogSumExpBatchStride, // of rows: 1
  LogSumExpHeadStride,
  MaskBatchStride, // 0 where it is broadcast
  MaskHeadStride,
  MaskRowStride,
  MaskKeyStride,
  SlopesBatchStride, // of heads: 1
  PageTableStride,   // of sequences; of pages: 1
};

/// What a kernel takes, in order; and what the kernel takes that combines.
std::vector<AttentionArgument> getAttentionArguments(const AttentionSpec &spec);
std::vector<AttentionArgument> getCombineArguments(const AttentionSpec &spec);

llvm::StringRef getName(AttentionArgument argument);

/// Names of attributes of kernels, for who launches them without this header:
/// the names of the arguments in order, `plan.getBlockRows()`, and where keys
/// are split `plan.getWantedBlocks()` and `plan.getLeastKeysOfSplit()`.
inline constexpr llvm::StringLiteral argumentsAttrName = "lowbit.arguments";
inline constexpr llvm::StringLiteral blockRowsAttrName = "lowbit.block_rows";
inline constexpr llvm::StringLiteral wantedBlocksAttrName =
    "lowbit.wanted_blocks";
inline constexpr llvm::StringLiteral leastKeysAttrName =
    "lowbit.least_keys_of_split";

/// Blocks of a grid along z.
inline constexpr int64_t maxSequences = 65535;

/// Adds the kernel to `module`, whose target becomes that of the spec, which
/// must fit, as must the plan. Launched in blocks of `plan.getThreads()`
/// threads, as many as there are tiles of `plan.getBlockRows()` query rows
/// (times splits of keys), query heads (key heads, if heads are packed), and
/// sequences along x, y and z, with `lowbit.shared_bytes` of the function. A
/// grid has up to `maxSequences`: more of them are several launches, with
/// pointers to what the others have.
mlir::LLVM::LLVMFuncOp buildAttention(mlir::gpu::GPUModuleOp module,
                                      const AttentionSpec &spec,
                                      const AttentionPlan &plan);

/// Adds the kernel that combines, for a spec with `splitKeys`: launched for
/// queries, query heads and the same sequences along x, y and z, in blocks of
/// its nvvm.reqntid. Its name is that of the other with `_combine` behind.
mlir::LLVM::LLVMFuncOp buildCombine(mlir::gpu::GPUModuleOp module,
                                    const AttentionSpec &spec);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_ATTENTION_H
