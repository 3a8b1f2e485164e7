//===- IntegerSource.cpp - Codes as integers ------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Codes.h"
#include "PanelSource.h"
#include "lowbit/Numerics/Codec/IntegerLevels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>
#include <utility>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

namespace {

class IntegerSource final : public PanelSource {
public:
  IntegerSource(const MatmulSpec &spec, ValueRange parts, const Panel &panel)
      : spec(spec), parts(parts), panel(panel),
        table(numerics::IntegerLevels::get(
            *spec.encoding.getCodec().getCodec())) {}

  bool isScaled() const override { return false; }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    // Flipping the sign bit adds 2^(bits-1) modulo 2^bits.
    SmallVector<Value> result = loadCodes(b, spec, parts[0], panel.index, tile,
                                          table ? 0 : getCodeBias(spec));
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    for (Value &value : result) {
      if (table)
        value = lookUp(b, value);
      if (value.getType() != type)
        value = arith::ExtUIOp::create(b, type, value);
    }
    return result;
  }

  /// Codes of a bit or two stay where they lie in their bytes, so that products
  /// are those of codes times a power of two, which sums have room for.
  int64_t getWoven() const override {
    constexpr int64_t most = std::numeric_limits<int32_t>::max() / (256 * 128);
    bool hasRoom =
        !spec.hasUnsignedActivations() && spec.getGroupSize() <= most;
    return spec.encoding.getBits() <= 2 && !table && spec.target.hasVnni() &&
           hasRoom;
  }

  SmallVector<Value> loadWoven(ImplicitLocOpBuilder &b, Value tile,
                               bool isLast) override {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    int64_t bits = spec.encoding.getBits(), size = type.getNumElements();
    Value packed = loadTiles(b, parts[0], panel.index, tile, 1);
    int64_t bytes = cast<VectorType>(packed.getType()).getNumElements();
    SmallVector<int64_t> places;
    for (int64_t lane = 0; lane < size; ++lane)
      places.push_back(lane % bytes);
    Value repeated = vector::ShuffleOp::create(b, packed, packed, places);
    auto atPlaces = [&](int64_t j, int64_t code) -> Value {
      SmallVector<int8_t> values;
      for (int64_t lane = 0; lane < size; ++lane)
        values.push_back(static_cast<int8_t>(code << getPlace(j, lane, size)));
      return arith::ConstantOp::create(
          b, DenseElementsAttr::get(type, ArrayRef<int8_t>(values)));
    };
    SmallVector<Value> result;
    for (int64_t j = 0; j < panel.getNumVectors(); ++j) {
      Value code =
          arith::AndIOp::create(b, repeated, atPlaces(j, (1 << bits) - 1));
      if (int64_t bias = getCodeBias(spec))
        code = arith::XOrIOp::create(b, code, atPlaces(j, bias));
      result.push_back(code);
    }
    return result;
  }

  SmallVector<Value> unweave(ImplicitLocOpBuilder &b,
                             ValueRange sums) override {
    SmallVector<Value> result;
    for (auto [j, sum] : llvm::enumerate(sums)) {
      auto type = cast<VectorType>(sum.getType());
      int64_t lanes = type.getNumElements(), step = spec.getStep();
      SmallVector<int32_t> places;
      for (int64_t lane = 0; lane < lanes; ++lane)
        places.push_back(getPlace(j, lane * step, lanes * step));
      result.push_back(arith::ShRSIOp::create(
          b, sum,
          arith::ConstantOp::create(
              b, DenseElementsAttr::get(type, ArrayRef<int32_t>(places)))));
    }
    return result;
  }

private:
  /// The lowest bit of code `lane` of vector `j`, of `size` codes, in its byte.
  int64_t getPlace(int64_t j, int64_t lane, int64_t size) const {
    int64_t bits = spec.encoding.getBits(),
            bytes = Target::vectors * size * bits / 8;
    return (j * size + lane) / bytes * bits;
  }

  /// The levels of codes, a byte each, plus the bias.
  Value lookUp(ImplicitLocOpBuilder &b, Value codes) {
    auto type = cast<VectorType>(codes.getType());
    SmallVector<int8_t> levels(16);
    for (auto [code, level] : llvm::enumerate(table->levels))
      levels[code] = static_cast<int8_t>(level + getCodeBias(spec));
    StringRef name = getByteShuffle(spec.target, type);
    if (name.empty())
      return choose(b, codes, levels);
    // The shuffle looks up within every sixteen bytes.
    SmallVector<int8_t> repeated;
    while (std::cmp_less(repeated.size(), type.getNumElements()))
      llvm::append_range(repeated, levels);
    Value tables = arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, ArrayRef<int8_t>(repeated)));
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name),
                                         ValueRange{tables, codes})
        .getResult(0);
  }

  /// The instruction that looks up bytes of such a vector; "" if there is none.
  static StringRef getByteShuffle(const Target &target, VectorType type) {
    if (target.isa == Isa::SSE2)
      return "";
    switch (type.getNumElements()) {
    case 64:
      return "llvm.x86.avx512.pshuf.b.512";
    case 32:
      return "llvm.x86.avx2.pshuf.b";
    default:
      return "llvm.x86.ssse3.pshuf.b.128";
    }
  }

  /// Looks up by the bits of the codes: with each, one of two neighbours stays.
  Value choose(ImplicitLocOpBuilder &b, Value codes, ArrayRef<int8_t> levels) {
    auto type = cast<VectorType>(codes.getType());
    SmallVector<Value> values;
    for (int8_t level : levels.take_front(table->levels.size()))
      values.push_back(splat(b, type, level));
    Value zero = splat(b, type, 0);
    for (int64_t bit = 1; values.size() > 1; bit *= 2) {
      Value isSet = arith::CmpIOp::create(
          b, arith::CmpIPredicate::ne,
          arith::AndIOp::create(b, codes, splat(b, type, bit)), zero);
      for (size_t i = 0; i < values.size() / 2; ++i)
        values[i] =
            arith::SelectOp::create(b, isSet, values[2 * i + 1], values[2 * i]);
      values.resize(values.size() / 2);
    }
    return values.front();
  }

  const MatmulSpec &spec;
  ValueRange parts;
  const Panel &panel;
  std::optional<numerics::IntegerLevels> table;
};

} // namespace

std::unique_ptr<PanelSource> x86::makeIntegerSource(const MatmulSpec &spec,
                                                    ValueRange parts,
                                                    const Panel &panel) {
  return std::make_unique<IntegerSource>(spec, parts, panel);
}
