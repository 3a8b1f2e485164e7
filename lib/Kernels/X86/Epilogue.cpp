//===- Epilogue.cpp - What is computed of a kernel's sums -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Epilogue.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

DictionaryAttr Epilogue::toAttribute(MLIRContext *context) const {
  Builder b(context);
  SmallVector<Attribute> operands;
  for (ArrayRef<int64_t> some : dims)
    operands.push_back(b.getDenseI64ArrayAttr(some));
  NamedAttrList list;
  list.append("function", function);
  list.append("operands", b.getArrayAttr(operands));
  list.append("type", TypeAttr::get(type));
  return list.getDictionary(context);
}

std::optional<Epilogue> Epilogue::fromAttribute(Attribute attribute) {
  auto dictionary = dyn_cast_or_null<DictionaryAttr>(attribute);
  if (!dictionary)
    return std::nullopt;
  Epilogue epilogue;
  epilogue.function = dictionary.getAs<FlatSymbolRefAttr>("function");
  auto operands = dictionary.getAs<ArrayAttr>("operands");
  auto type = dictionary.getAs<TypeAttr>("type");
  if (!epilogue.function || !operands || !type)
    return std::nullopt;
  epilogue.type = dyn_cast<FunctionType>(type.getValue());
  if (!epilogue.type || epilogue.type.getNumResults() != 1 ||
      epilogue.type.getNumInputs() != operands.size() + 1)
    return std::nullopt;
  for (Attribute some : operands) {
    auto array = dyn_cast<DenseI64ArrayAttr>(some);
    if (!array)
      return std::nullopt;
    epilogue.dims.emplace_back(array.asArrayRef());
  }
  return epilogue;
}

/// Whether vectors of such elements are loaded and stored as they lie.
static bool isWholeBytes(Type type) {
  return type.isIntOrFloat() && type.getIntOrFloatBitWidth() >= 8 &&
         type.getIntOrFloatBitWidth() <= 64 &&
         llvm::isPowerOf2_32(type.getIntOrFloatBitWidth());
}

std::string Epilogue::getMisfit(int64_t rank) const {
  if (!type.getInput(0).isF32())
    return "the epilogue is not of sums in f32";
  for (Type number : llvm::concat<const Type>(type.getInputs().drop_front(),
                                              type.getResults()))
    if (!isWholeBytes(number))
      return llvm::formatv("the epilogue has elements of type {0}, which are "
                           "not whole bytes",
                           number);
  for (ArrayRef<int64_t> some : dims)
    for (auto [i, dim] : llvm::enumerate(some)) {
      auto list = llvm::make_range(some.begin(), some.end());
      if (dim < 0 || dim >= rank)
        return llvm::formatv("an operand of the epilogue has dimensions [{0}], "
                             "but the result has {1}",
                             list, rank);
      if (i > 0 && dim <= some[i - 1])
        return llvm::formatv("an operand of the epilogue has dimensions [{0}], "
                             "which do not ascend",
                             list);
    }
  return "";
}

std::string ResultLayout::getMisfit(int64_t rank, int64_t lanes) const {
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!llvm::is_contained(dims, dim))
      return llvm::formatv("c lacks dimension {0} of the product", dim);
  for (int64_t dim : dims)
    if (dim < 0 || dim >= rank)
      return llvm::formatv("c has a part of dimension {0}, but the product has "
                           "{1} dimensions",
                           dim, rank);
  if (dims.back() != rank - 1)
    return "columns are not the last dimension of c";
  if (inner <= 0 || inner % lanes != 0)
    return llvm::formatv("the last dimension of c has {0} columns, no multiple "
                         "of {1}",
                         inner, lanes);
  return "";
}

std::string x86::getEpilogueMisfit(Operation &op) {
  auto isNumber = [](Type type) { return type.isIntOrIndexOrFloat(); };
  if (!llvm::all_of(op.getOperandTypes(), isNumber) ||
      !llvm::all_of(op.getResultTypes(), isNumber))
    return "'" + op.getName().getStringRef().str() +
           "' does not compute on numbers";
  if (op.hasTrait<OpTrait::ConstantLike>())
    return "";
  // A vector's columns that there are not may hold zeros.
  if (isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
          arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op) &&
      !matchPattern(op.getOperand(1), m_NonZero()))
    return "'" + op.getName().getStringRef().str() + "' may divide by zero";
  if (op.getNumRegions() || op.getNumResults() != 1 ||
      !OpTrait::hasElementwiseMappableTraits(&op))
    return "'" + op.getName().getStringRef().str() +
           "' does not compute on vectors";
  return "";
}

std::string x86::getEpilogueMisfit(const Epilogue &epilogue,
                                   func::FuncOp function) {
  std::string name = "'" + epilogue.function.getValue().str() + "'";
  if (!function)
    return "there is no function " + name;
  if (function.getFunctionType() != epilogue.type)
    return llvm::formatv("{0} has type {1}, but the epilogue's is {2}", name,
                         function.getFunctionType(), epilogue.type);
  if (!function.getBody().hasOneBlock())
    return name + " is not one block";
  for (Operation &op : function.getBody().front().without_terminator())
    if (std::string misfit = getEpilogueMisfit(op); !misfit.empty())
      return "in " + name + ", " + misfit;
  return "";
}
