//===- Combine.cpp - Splits of keys made one ------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The second kernel of attention with split keys: each split has the output
// over its own keys, its largest score, and the sum of its weights. A block has
// one query of one head, a thread two elements.
//
//===----------------------------------------------------------------------===//

#include "Arguments.h"

#include "lowbit/Kernels/NVVM/Approximate.h"
#include "lowbit/Kernels/NVVM/Convert.h"

#include <limits>
#include <numbers>

using namespace lowbit::nvvm;
using namespace mlir;
using A = AttentionArgument;

namespace {
class Combine {
public:
  Combine(KernelBuilder &kernel, const AttentionSpec &spec,
          const AttentionArguments &arguments)
      : kernel(kernel), spec(spec), arguments(arguments),
        query(kernel.block(0)), head(kernel.block(1)),
        sequence(kernel.block(2)) {}

  void build();

private:
  /// Of the numbers of this query of this head, in a split.
  Value getPlace(Value split) {
    Value place = kernel.add(kernel.mul(split, kernel.numBlocks(2)), sequence);
    place = kernel.add(
        kernel.mul(kernel.toI64(place), kernel.toI64(kernel.numBlocks(1))),
        kernel.toI64(head));
    return kernel.add(kernel.mul(place, kernel.toI64(arguments[A::Queries])),
                      kernel.toI64(query));
  }
  Value getStride(Value number, A stride) {
    return kernel.mul(kernel.toI64(number), arguments[stride]);
  }
  /// The largest score of a split (0), or the sum of its weights (1).
  Value loadSum(Value split, int64_t which) {
    return kernel.load(
        kernel.f32,
        kernel.offset(kernel.offset(arguments[A::PartialSums],
                                    kernel.mul(getPlace(split), 8)),
                      which * 4),
        /*alignment=*/4);
  }

  KernelBuilder &kernel;
  const AttentionSpec &spec;
  const AttentionArguments &arguments;
  Value query, head, sequence;
};
} // namespace

void Combine::build() {
  KernelBuilder::Step step(kernel, "combine splits");
  Value none = kernel.constant(0), splits = arguments[A::Splits];
  Value zero = kernel.constantF32(0);
  // What all splits have that saw nothing: no difference is NaN.
  Value lowest = kernel.constantF32(std::numeric_limits<float>::lowest());
  Value largest =
      kernel.loop(none, splits, {lowest}, [&](Value split, ValueRange carried) {
        return Values{kernel.maxF(carried[0], loadSum(split, 0))};
      })[0];
  Value log2e = kernel.constantF32(std::numbers::log2e);
  Value element = kernel.mul(kernel.thread(), 2);
  Value isThere = kernel.less(element, kernel.constant(spec.valueSize));
  // Threads beyond the head read the first elements, for nothing.
  Value place = kernel.select(isThere, element, none);
  Type pair = VectorType::get(2, kernel.f32);
  Values sums = kernel.loop(
      none, splits, {zero, zero, zero}, [&](Value split, ValueRange carried) {
        Value below = kernel.subF(loadSum(split, 0), largest);
        Value weight = kernel.mulF(exp2(kernel, kernel.mulF(below, log2e)),
                                   loadSum(split, 1));
        Value start = kernel.add(kernel.mul(getPlace(split), spec.valueSize),
                                 kernel.toI64(place));
        Value numbers = kernel.load(
            pair,
            kernel.offset(arguments[A::PartialOutput], kernel.mul(start, 4)),
            /*alignment=*/8);
        Values next = {kernel.addF(carried[0], weight)};
        for (int64_t i : {0, 1}) {
          Value number = LLVM::ExtractElementOp::create(
              kernel.builder, kernel.getLoc(), numbers, kernel.constant(i));
          next.push_back(kernel.fma(number, weight, carried[i + 1]));
        }
        return next;
      });
  Value isEmpty = kernel.equalF(sums[0], zero);
  Value scale = kernel.select(isEmpty, zero, reciprocal(kernel, sums[0]));
  Value result = pack(kernel, spec.element, kernel.mulF(sums[1], scale),
                      kernel.mulF(sums[2], scale));
  Value start =
      kernel.add(getStride(query, A::OutputRowStride),
                 kernel.add(getStride(head, A::OutputHeadStride),
                            getStride(sequence, A::OutputBatchStride)));
  start = kernel.add(start, kernel.toI64(element));
  kernel.when(isThere, [&] {
    kernel.store(result,
                 kernel.offset(arguments[A::Output], kernel.mul(start, 2)),
                 /*alignment=*/4);
  });
  if (!spec.logSumExp)
    return;
  Value logSum = kernel.fma(log2(kernel, sums[0]),
                            kernel.constantF32(std::numbers::ln2), largest);
  logSum = kernel.select(isEmpty, kernel.infinity(/*negative=*/true), logSum);
  Value at = kernel.add(
      getStride(sequence, A::LogSumExpBatchStride),
      kernel.add(getStride(head, A::LogSumExpHeadStride), kernel.toI64(query)));
  Value isFirst =
      kernel.compare(arith::CmpIPredicate::eq, kernel.thread(), none);
  kernel.when(isFirst, [&] {
    kernel.store(logSum,
                 kernel.offset(arguments[A::LogSumExp], kernel.mul(at, 4)),
                 /*alignment=*/4);
  });
}

LLVM::LLVMFuncOp lowbit::nvvm::buildCombine(gpu::GPUModuleOp module,
                                            const AttentionSpec &spec) {
  assert(spec.splitKeys && "there is nothing to combine");
  KernelShape shape;
  shape.threads = (spec.valueSize + 63) / 64 * 32;
  std::vector<AttentionArgument> list = getCombineArguments(spec);
  LLVM::LLVMFuncOp function = createKernel(module, spec.getName() + "_combine",
                                           spec.target, shape, list);
  KernelBuilder kernel(function, function.getLoc());
  AttentionArguments arguments(list, function.getArguments());
  Combine(kernel, spec, arguments).build();
  LLVM::ReturnOp::create(kernel.builder, kernel.getLoc(), ValueRange());
  return function;
}
