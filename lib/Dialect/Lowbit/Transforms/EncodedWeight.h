//===- EncodedWeight.h - A weight that is to be encoded ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEDWEIGHT_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEDWEIGHT_H

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

namespace lowbit {

/// One weight in one encoding; several encodes may ask for it.
struct EncodedWeight {
  /// Encoded constants with fewer elements stay in the IR.
  static constexpr int64_t kInlineElements = 256;

  mlir::ml_program::GlobalOp global; // the source, or null and
  mlir::ElementsAttr constant;       // this,
  mlir::ml_program::GlobalOp holder; // which may be the value of this
  /// What is computed from the source first.
  RealSteps steps;
  mlir::RankedTensorType type;
  RangeKind range;
  MethodAttr method;              // or null
  mlir::IntegerAttr axis;         // of the layers' input channels, or null
  llvm::ArrayRef<int64_t> window; // that they sum over too
  llvm::SmallVector<EncodeOp> encodes = {};
  /// The names of the layers that the encodes serve, each once.
  llvm::SetVector<mlir::Attribute> layers = {};

  const weights::TensorView *view = nullptr;
  std::string base = {};
  /// The parts of a small constant, which get no place in the file.
  llvm::SmallVector<mlir::DenseElementsAttr> inlineParts = {};

  EncodingAttr getEncoding() const { return lowbit::getEncoding(type); }
  /// Of the first encode.
  mlir::Location getLoc() const { return EncodeOp(encodes.front()).getLoc(); }
  numerics::Method getMethod() const {
    return getMethodInForce(getEncoding(), method);
  }
  int64_t getWindowSize() const {
    return numerics::numElements(llvm::map_to_vector(
        window, [this](int64_t axis) { return type.getDimSize(axis); }));
  }
  mlir::ArrayAttr getLayers() const {
    return mlir::ArrayAttr::get(type.getContext(), layers.getArrayRef());
  }
  /// " of layer 'fc1'": those that use it, as far as they have names.
  std::string describeLayers() const {
    std::set<llvm::StringRef> names;
    for (EncodeOp encode : encodes)
      for (mlir::Operation *user : encode->getUsers())
        if (auto name = user->getAttrOfType<mlir::StringAttr>(
                LowbitDialect::kLayerAttr))
          names.insert(name.getValue());
    if (names.empty())
      return {};
    return (names.size() == 1 ? " of layer '" : " of layers '") +
           llvm::join(names, "', '") + "'";
  }
  bool isInline() const {
    return constant && type.getNumElements() < kInlineElements;
  }
};

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ENCODEDWEIGHT_H
