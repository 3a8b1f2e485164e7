//===- StoredProducts.cpp - Stored weights times constants ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoredProducts.h"

#include "ChannelProduct.h"
#include "ChannelSelection.h"

using namespace lowbit;
using namespace mlir;
using ml_program::GlobalOp;

/// Elements that are multiplied at a time.
static constexpr int64_t kPiece = 1 << 20;

/// Whether what `user` makes of a product is computed at compile time anyway.
static bool isStep(Operation *user,
                   function_ref<bool(Operation *)> isReplaced) {
  user = getReader(user);
  return isReplaced(user) || matchChannelProduct(user) ||
         (isUnscaledBy(user) &&
          llvm::all_of(user->getUsers(), [&](Operation *further) {
            return isStep(further, isReplaced);
          }));
}

void StoredProducts::collect(Operation *op, const SymbolTable &symbols,
                             function_ref<bool(Operation *)> isReplaced) {
  if (!matchChannelProduct(op))
    return;
  Value result = op->getResult(0);
  GlobalOp global = getLoadedWeight(getUnscaled(result), symbols);
  if (!global)
    return;
  if (llvm::all_of(op->getUsers(),
                   [&](Operation *user) { return isStep(user, isReplaced); }))
    return;
  std::optional<weights::DType> dtype =
      getStoredDType(cast<RankedTensorType>(result.getType()).getElementType());
  if (!dtype || !StoredReals::isReal(*dtype))
    return;
  products.push_back({global, getRealSteps(result), op, {}});
}

bool StoredProducts::contains(Operation *op) const {
  return llvm::any_of(products,
                      [&](const Product &product) { return product.op == op; });
}

void StoredProducts::name(StoredNames &names) {
  for (Product &product : products)
    product.name = names.take((product.global.getSymName() + ".scaled").str());
}

LogicalResult StoredProducts::addToOutput(const ExternalWeights &stored,
                                          WeightsOutput &output) {
  for (const Product &product : products) {
    FailureOr<const weights::TensorView *> found = stored.find(product.global);
    if (failed(found))
      return failure();
    const weights::TensorView &view = **found;
    auto type = cast<RankedTensorType>(product.op->getResult(0).getType());
    weights::DType dtype = *getStoredDType(type.getElementType());
    int64_t elements = type.getNumElements();
    auto produce = [&stored, &view, &product, dtype,
                    elements](StoredSink sink) -> LogicalResult {
      StoredReals reals = {view.dtype, view.bytes(), &product.steps};
      uint64_t width = bitWidth(view.dtype) / 8;
      std::vector<float> storage;
      for (int64_t first = 0; first < elements; first += kPiece) {
        int64_t count = std::min(kPiece, elements - first);
        std::vector<std::byte> bytes =
            storeReals(reals.read(first, count, storage), dtype);
        if (failed(sink(0, bytes)))
          return failure();
        if (!product.steps.selection)
          stored.release(view, first * width, count * width);
      }
      return success();
    };
    std::vector<int64_t> shape(type.getShape().begin(), type.getShape().end());
    output.add({{product.name, dtype, shape}}, produce);
  }
  return success();
}

void StoredProducts::replace(ModuleOp module) {
  for (Product &product : products) {
    OpBuilder builder(product.global);
    builder.setInsertionPointAfter(product.global);
    Type type = product.op->getResult(0).getType();
    auto global = GlobalOp::create(
        builder, product.global.getLoc(), product.name, type,
        /*is_mutable=*/false,
        ml_program::ExternAttr::get(builder.getContext(), type),
        builder.getStringAttr("public"));
    builder.setInsertionPoint(product.op);
    Value load = ml_program::GlobalLoadConstOp::create(
        builder, product.op->getLoc(), type,
        FlatSymbolRefAttr::get(global.getSymNameAttr()));
    product.op->replaceAllUsesWith(ValueRange(load));
  }
  // Of nested products the last is replaced first.
  for (const Product &product : llvm::reverse(products))
    eraseDead(product.op);
  products.clear();
}
