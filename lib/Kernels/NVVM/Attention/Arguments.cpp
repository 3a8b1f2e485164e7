//===- Arguments.cpp - Arguments of kernels of attention ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"

using namespace lowbit::nvvm;
using namespace mlir;

StringRef lowbit::nvvm::getName(AttentionArgument argument) {
  static constexpr llvm::StringLiteral names[] = {
      "query",
      "key",
      "value",
      "key_scale",
      "value_scale",
      "output",
      "partial_output",
      "partial_sums",
      "log_sum_exp",
      "mask",
      "slopes",
      "query_offsets",
      "key_offsets",
      "key_lengths",
      "page_table",
      "queries",
      "keys",
      "heads_per_key_head",
      "splits",
      "keys_per_page",
      "past_keys",
      "window_left",
      "window_right",
      "scale",
      "cap",
      "query_batch_stride",
      "query_head_stride",
      "query_row_stride",
      "key_batch_stride",
      "key_head_stride",
      "key_row_stride",
      "value_batch_stride",
      "value_head_stride",
      "value_row_stride",
      "key_scale_batch_stride",
      "key_scale_head_stride",
      "key_scale_row_stride",
      "value_scale_batch_stride",
      "value_scale_head_stride",
      "value_scale_row_stride",
      "output_batch_stride",
      "output_head_stride",
      "output_row_stride",
      "log_sum_exp_batch_stride",
      "log_sum_exp_head_stride",
      "mask_batch_stride",
      "mask_head_stride",
      "mask_row_stride",
      "mask_key_stride",
      "slopes_batch_stride",
      "page_table_stride",
  };
  return names[static_cast<size_t>(argument)];
}

std::vector<AttentionArgument>
lowbit::nvvm::getAttentionArguments(const AttentionSpec &spec) {
  using A = AttentionArgument;
  std::vector<A> list = {A::Query, A::Key, A::Value};
  auto add = [&](bool isNeeded, std::initializer_list<A> arguments) {
    if (isNeeded)
      list.insert(list.end(), arguments);
  };
  bool hasKeyScales = spec.key.hasScales();
  bool hasValueScales = spec.value.hasScales();
  add(hasKeyScales, {A::KeyScale});
  add(hasValueScales, {A::ValueScale});
  bool isWhole = !spec.splitKeys;
  add(isWhole, {A::Output});
  add(!isWhole, {A::PartialOutput, A::PartialSums});
  bool hasMask = spec.mask != MaskType::None;
  bool isBatched = !spec.sequenceOffsets;
  add(spec.logSumExp && isWhole, {A::LogSumExp});
  add(hasMask, {A::Mask});
  add(spec.alibi, {A::Slopes});
  add(spec.sequenceOffsets, {A::QueryOffsets, A::KeyOffsets});
  add(spec.keyLengths, {A::KeyLengths});
  add(spec.paged, {A::PageTable});
  add(isBatched, {A::Queries, A::Keys});
  add(spec.grouped, {A::HeadsPerKeyHead});
  add(spec.splitKeys, {A::Splits});
  add(spec.paged, {A::KeysPerPage});
  add(spec.topLeft, {A::PastKeys});
  add(spec.windowLeft, {A::WindowLeft});
  add(spec.windowRight, {A::WindowRight});
  add(true, {A::Scale});
  add(spec.softCap, {A::Cap});
  add(isBatched, {A::QueryBatchStride});
  add(true, {A::QueryHeadStride, A::QueryRowStride});
  add(isBatched, {A::KeyBatchStride});
  add(true, {A::KeyHeadStride, A::KeyRowStride});
  add(isBatched, {A::ValueBatchStride});
  add(true, {A::ValueHeadStride, A::ValueRowStride});
  add(isBatched && hasKeyScales, {A::KeyScaleBatchStride});
  add(hasKeyScales, {A::KeyScaleHeadStride, A::KeyScaleRowStride});
  add(isBatched && hasValueScales, {A::ValueScaleBatchStride});
  add(hasValueScales, {A::ValueScaleHeadStride, A::ValueScaleRowStride});
  add(isBatched && isWhole, {A::OutputBatchStride});
  add(isWhole, {A::OutputHeadStride, A::OutputRowStride});
  add(spec.logSumExp && isBatched && isWhole, {A::LogSumExpBatchStride});
  add(spec.logSumExp && isWhole, {A::LogSumExpHeadStride});
  add(hasMask, {A::MaskBatchStride, A::MaskHeadStride});
  add(hasMask && !spec.maskSharedByRows, {A::MaskRowStride});
  add(hasMask, {A::MaskKeyStride});
  add(spec.alibi, {A::SlopesBatchStride});
  add(spec.paged, {A::PageTableStride});
  return list;
}

std::vector<AttentionArgument>
lowbit::nvvm::getCombineArguments(const AttentionSpec &spec) {
  using A = AttentionArgument;
  std::vector<A> list = {A::PartialOutput, A::PartialSums, A::Output};
  if (spec.logSumExp)
    list.push_back(A::LogSumExp);
  list.insert(list.end(), {A::Queries, A::Splits, A::OutputBatchStride,
                           A::OutputHeadStride, A::OutputRowStride});
  if (spec.logSumExp)
    list.insert(list.end(), {A::LogSumExpBatchStride, A::LogSumExpHeadStride});
  return list;
}

SmallVector<Type>
lowbit::nvvm::getTypes(MLIRContext *context,
                       ArrayRef<AttentionArgument> arguments) {
  Builder b(context);
  auto getType = [&](AttentionArgument argument) -> Type {
    if (argument <= AttentionArgument::PageTable)
      return LLVM::LLVMPointerType::get(context, 1);
    if (argument <= AttentionArgument::WindowRight)
      return b.getI32Type();
    if (argument <= AttentionArgument::Cap)
      return b.getF32Type();
    return b.getI64Type();
  };
  return llvm::map_to_vector(arguments, getType);
}

LLVM::LLVMFuncOp
lowbit::nvvm::createKernel(gpu::GPUModuleOp module, StringRef name,
                           const Target &target, const KernelShape &shape,
                           ArrayRef<AttentionArgument> arguments) {
  MLIRContext *context = module.getContext();
  SmallVector<StringRef> names = llvm::map_to_vector(
      arguments, [](AttentionArgument argument) { return getName(argument); });
  LLVM::LLVMFuncOp function =
      createKernel(module, name, target, shape, getTypes(context, arguments));
  function->setAttr(argumentsAttrName, Builder(context).getStrArrayAttr(names));
  return function;
}

AttentionArguments::AttentionArguments(ArrayRef<AttentionArgument> arguments,
                                       ValueRange range) {
  for (auto [argument, value] : llvm::zip_equal(arguments, range))
    values[static_cast<int>(argument)] = value;
}

Value AttentionArguments::operator[](AttentionArgument argument) const {
  auto found = values.find(static_cast<int>(argument));
  assert(found != values.end() && "an argument that the spec has");
  return found->second;
}
