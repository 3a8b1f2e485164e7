//===- StoredTypesTest.cpp - Element types of files and IR ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/StoredTypes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace lowbit;
using namespace mlir;
using weights::DType;

namespace {

class StoredTypesTest : public testing::Test {
protected:
  MLIRContext context;
  Builder builder{&context};
};

TEST_F(StoredTypesTest, WholeBytesOnly) {
  EXPECT_EQ(getStoredDType(builder.getF32Type()), DType::F32);
  EXPECT_EQ(getStoredDType(builder.getF16Type()), DType::F16);
  EXPECT_EQ(getStoredDType(builder.getBF16Type()), DType::BF16);
  EXPECT_EQ(getStoredDType(builder.getF64Type()), DType::F64);
  EXPECT_EQ(getStoredDType(builder.getI1Type()), DType::BOOL);
  EXPECT_EQ(getStoredDType(builder.getI8Type()), DType::I8);
  EXPECT_EQ(getStoredDType(builder.getIntegerType(8, /*isSigned=*/false)),
            DType::U8);
  EXPECT_EQ(getStoredDType(builder.getI64Type()), DType::I64);
  EXPECT_EQ(getStoredDType(builder.getI16Type()), DType::I16);
  EXPECT_EQ(getStoredDType(builder.getI32Type()), DType::I32);
  EXPECT_EQ(getStoredDType(builder.getIntegerType(4)), std::nullopt);
  EXPECT_EQ(getStoredDType(builder.getIntegerType(128)), std::nullopt);
  EXPECT_EQ(getStoredDType(builder.getIndexType()), std::nullopt);
  EXPECT_EQ(getStoredDType(Float8E4M3FNType::get(&context)), DType::F8_E4M3);
  EXPECT_EQ(getStoredDType(Float8E8M0FNUType::get(&context)), DType::F8_E8M0);
  EXPECT_EQ(getStoredDType(Float4E2M1FNType::get(&context)), std::nullopt);
  EXPECT_EQ(getStoredDType(ComplexType::get(builder.getF32Type())), DType::C64);
  EXPECT_EQ(getStoredDType(ComplexType::get(builder.getF64Type())),
            std::nullopt);
}

TEST_F(StoredTypesTest, SignlessIntegersTakeBothSigns) {
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

} // namespace
