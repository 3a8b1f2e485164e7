//===- ElementTypesTest.cpp - Element types of files and IR ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementTypes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace lowbit;
using namespace mlir;
using weights::DType;

namespace {

class ElementTypesTest : public testing::Test {
protected:
  MLIRContext context;
  Builder builder{&context};
};

TEST_F(ElementTypesTest, WholeBytesOnly) {
  EXPECT_EQ(getDType(builder.getF32Type()), DType::F32);
  EXPECT_EQ(getDType(builder.getF16Type()), DType::F16);
  EXPECT_EQ(getDType(builder.getBF16Type()), DType::BF16);
  EXPECT_EQ(getDType(builder.getF64Type()), DType::F64);
  EXPECT_EQ(getDType(builder.getI1Type()), DType::BOOL);
  EXPECT_EQ(getDType(builder.getI8Type()), DType::I8);
  EXPECT_EQ(getDType(builder.getIntegerType(8, /*isSigned=*/false)), DType::U8);
  EXPECT_EQ(getDType(builder.getI64Type()), DType::I64);
  EXPECT_EQ(getDType(builder.getI16Type()), DType::I16);
  EXPECT_EQ(getDType(builder.getI32Type()), DType::I32);
  EXPECT_EQ(getDType(builder.getIntegerType(4)), std::nullopt);
  EXPECT_EQ(getDType(builder.getIntegerType(128)), std::nullopt);
  EXPECT_EQ(getDType(builder.getIndexType()), std::nullopt);
}

TEST_F(ElementTypesTest, SignlessIntegersTakeBothSigns) {
  EXPECT_TRUE(isStoredAs(builder.getI8Type(), DType::I8));
  EXPECT_TRUE(isStoredAs(builder.getI8Type(), DType::U8));
  EXPECT_TRUE(isStoredAs(builder.getI64Type(), DType::U64));
  EXPECT_FALSE(isStoredAs(builder.getI8Type(), DType::BOOL));
  EXPECT_FALSE(isStoredAs(builder.getI8Type(), DType::I16));
  EXPECT_FALSE(isStoredAs(builder.getF32Type(), DType::I32));
  EXPECT_FALSE(isStoredAs(builder.getF16Type(), DType::BF16));
  EXPECT_FALSE(isStoredAs(builder.getI1Type(), DType::U8));
  EXPECT_FALSE(isStoredAs(builder.getIndexType(), DType::I64));
  EXPECT_FALSE(
      isStoredAs(builder.getIntegerType(8, /*isSigned=*/false), DType::I8));
  EXPECT_FALSE(
      isStoredAs(builder.getIntegerType(8, /*isSigned=*/true), DType::U8));
}

TEST_F(ElementTypesTest, TextOfTypes) {
  auto text = [&](ArrayRef<int64_t> shape, Type type) {
    return getTypeText(RankedTensorType::get(shape, type));
  };
  EXPECT_EQ(text({ShapedType::kDynamic, 128}, builder.getI64Type()),
            "?x128 of i64");
  EXPECT_EQ(text({}, builder.getF32Type()), "scalar of f32");
}

} // namespace
