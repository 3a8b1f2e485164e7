//===- TypeTextTest.cpp - Tensor types as users read them -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TypeText.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace lowbit;
using namespace mlir;

namespace {

TEST(TypeTextTest, SizesAndElementType) {
  MLIRContext context;
  Builder builder(&context);
  auto text = [](ArrayRef<int64_t> shape, Type type) {
    return getTypeText(RankedTensorType::get(shape, type));
  };
  EXPECT_EQ(text({ShapedType::kDynamic, 128}, builder.getI64Type()),
            "?x128 of i64");
  EXPECT_EQ(text({}, builder.getF32Type()), "scalar of f32");
}

} // namespace
