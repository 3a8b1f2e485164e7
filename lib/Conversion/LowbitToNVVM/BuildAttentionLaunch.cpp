//===- BuildAttentionLaunch.cpp - Host code around attention kernels ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionLaunch.h"
#include "DeviceMemory.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <limits>
#include <tuple>

using namespace lowbit::nvvm;
using namespace mlir;
using A = AttentionArgument;

namespace {

/// Writes the body of a function that launches a kernel.
class LaunchBuilder {
public:
  LaunchBuilder(func::FuncOp function, const AttentionLaunch &launch,
                const AttentionPlan &plan)
      : b(ImplicitLocOpBuilder::atBlockBegin(function.getLoc(),
                                             function.addEntryBlock())),
        function(function), launch(launch), spec(launch.spec), plan(plan) {}

  void build(gpu::GPUModuleOp module, LLVM::LLVMFuncOp forward,
             LLVM::LLVMFuncOp combine);

private:
  void readArguments();
  /// Kernels count `rows`, of what `what` says, in i32.
  void checkRows(StringRef what, Value rows);
  void bindArguments();
  void bindOutputs();
  void bindSplits(Value tiles, Value heads);
  /// Emits `launchGrid`, with pointers to what some of the sequences have and
  /// their number, as often as it takes for all of them.
  void forEachGrid(llvm::function_ref<void(Value count)> launchGrid);
  /// Moves pointers to what sequence `first` has.
  void movePointers(Value first);
  void launchKernel(gpu::GPUModuleOp module, LLVM::LLVMFuncOp kernel,
                    gpu::KernelDim3 grid, ArrayRef<A> arguments);
  Value host(A argument) { return hosts.at(static_cast<int>(argument)); }

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value size(Value memref, int64_t axis) {
    return memref::DimOp::create(b, memref, axis);
  }
  Value multiply(Value x, Value y) { return arith::MulIOp::create(b, x, y); }
  Value isEqual(Value x, Value y) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
  }
  Value minimum(Value x, Value y) { return arith::MinUIOp::create(b, x, y); }
  Value maximum(Value x, Value y) { return arith::MaxUIOp::create(b, x, y); }
  Value divideUp(Value x, Value y) {
    return arith::CeilDivUIOp::create(b, x, y);
  }
  Value cast(Value value, Type type) {
    return arith::IndexCastOp::create(b, type, value);
  }
  void set(A argument, Value value) {
    values[static_cast<int>(argument)] = value;
  }
  void setPointer(A argument, Value device);
  void upload(A argument) {
    setPointer(argument, memory->upload(host(argument)));
  }
  void setSize(A argument, Value size) {
    set(argument, cast(size, b.getI32Type()));
  }
  void setStride(A argument, Value stride) {
    set(argument, cast(stride, b.getI64Type()));
  }
  /// The strides of a dense buffer of heads, from argument `first` on.
  /// Each of its elements holds `elements` of a head.
  void setStrides(A first, Value memref, int64_t elements = 1);
  /// The strides of a dense buffer, by axis: 0 for those of size 1.
  void setBroadcastStrides(Value memref, ArrayRef<A> arguments);
  /// Strides of scales are those from `stride` on.
  void bindScales(A argument, A stride);

  ImplicitLocOpBuilder b;
  func::FuncOp function;
  const AttentionLaunch &launch;
  const AttentionSpec &spec;
  const AttentionPlan &plan;
  /// Begins behind the checks: a run that these end has nothing there.
  std::optional<DeviceMemory> memory;
  /// The function's own arguments, by what kernels get of them.
  llvm::DenseMap<int, Value> hosts;
  llvm::DenseMap<int, Value> values;
  Value query, key, sequences;
  /// Keys of a sequence, the most that there may be.
  Value keys;
  /// Axes of heads and of rows.
  int64_t headAxis = 1, rowAxis = 2;
};

} // namespace

void LaunchBuilder::setPointer(A argument, Value device) {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, device);
  set(argument,
      LLVM::IntToPtrOp::create(b, LLVM::LLVMPointerType::get(b.getContext(), 1),
                               cast(address, b.getI64Type())));
}

void LaunchBuilder::setStrides(A first, Value memref, int64_t elements) {
  Value row = size(memref, 3);
  if (elements != 1)
    row = multiply(row, index(elements));
  Value outer = multiply(row, size(memref, 2));
  Value batch = multiply(outer, size(memref, 1));
  Value head = outer;
  if (launch.sequenceMajor)
    std::swap(row, head);
  Value strides[] = {batch, head, row};
  for (auto [i, stride] : llvm::enumerate(strides))
    setStride(A(static_cast<int>(first) + static_cast<int>(i)), stride);
}

void LaunchBuilder::setBroadcastStrides(Value memref, ArrayRef<A> arguments) {
  Value one = index(1), zero = index(0), stride = one;
  for (int64_t axis = arguments.size() - 1; axis >= 0; --axis) {
    Value extent = size(memref, axis);
    Value isOne = isEqual(extent, one);
    setStride(arguments[axis], arith::SelectOp::create(b, isOne, zero, stride));
    stride = multiply(stride, extent);
  }
}

void LaunchBuilder::bindScales(A argument, A stride) {
  upload(argument);
  A head = A(static_cast<int>(stride) + 1),
    row = A(static_cast<int>(stride) + 2);
  if (launch.sequenceMajor)
    std::swap(head, row);
  setBroadcastStrides(host(argument), {stride, head, row});
}

/// How many blocks share the keys of a row: so many that the GPU is full, as
/// long as each has some keys. And what they leave for the kernel that
/// combines.
void LaunchBuilder::bindSplits(Value tiles, Value heads) {
  Value one = index(1);
  Value blocks = multiply(multiply(tiles, heads), sequences);
  Value splits = arith::DivUIOp::create(
      b, index(plan.getWantedBlocks(spec.target)), maximum(blocks, one));
  splits = minimum(splits, divideUp(keys, index(plan.getLeastKeysOfSplit())));
  splits = maximum(splits, one);
  setSize(A::Splits, splits);
  Value rows =
      multiply(multiply(multiply(splits, sequences), size(query, headAxis)),
               size(query, rowAxis));
  setPointer(A::PartialOutput,
             memory->allocate(multiply(rows, index(spec.valueSize))));
  setPointer(A::PartialSums, memory->allocate(multiply(rows, index(2))));
}

/// In the order of AttentionLaunch.
void LaunchBuilder::readArguments() {
  SmallVector<A> order = {A::Query, A::Key, A::Value};
  auto add = [&](bool isThere, ArrayRef<A> arguments) {
    if (isThere)
      order.append(arguments.begin(), arguments.end());
  };
  add(spec.key.hasScales(), A::KeyScale);
  add(spec.value.hasScales(), A::ValueScale);
  add(spec.mask != MaskType::None, A::Mask);
  add(spec.alibi, A::Slopes);
  add(spec.sequenceOffsets, {A::QueryOffsets, A::KeyOffsets});
  add(spec.keyLengths, A::KeyLengths);
  add(spec.paged, A::PageTable);
  add(true, A::Scale);
  add(spec.softCap, A::Cap);
  add(spec.topLeft, A::PastKeys);
  add(spec.windowLeft, A::WindowLeft);
  add(spec.windowRight, A::WindowRight);
  add(true, A::Output);
  add(spec.logSumExp, A::LogSumExp);
  for (auto [argument, value] : llvm::zip_equal(order, function.getArguments()))
    hosts[static_cast<int>(argument)] = value;

  if (launch.sequenceMajor)
    std::swap(headAxis, rowAxis);
  query = host(A::Query);
  key = host(A::Key);
  keys = size(key, rowAxis);
  checkRows("queries", size(query, rowAxis));
  checkRows("keys", keys);
  // A table may have room for more keys than there ever are (C196).
  if (spec.paged)
    keys = minimum(multiply(size(host(A::PageTable), 1), keys),
                   index(int64_t(1) << 30));
  sequences =
      spec.sequenceOffsets
          ? arith::SubIOp::create(b, size(host(A::QueryOffsets), 0), index(1))
                .getResult()
          : size(query, 0);
}

void LaunchBuilder::checkRows(StringRef what, Value rows) {
  Value most = index(std::numeric_limits<int32_t>::max());
  Value isFew = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, rows, most);
  cf::AssertOp::create(
      b, isFew, ("kernels of attention have at most 2^31 - 1 " + what).str());
}

void LaunchBuilder::bindArguments() {
  for (A matrix : {A::Query, A::Key, A::Value})
    upload(matrix);
  setStrides(A::QueryBatchStride, query);
  // Codes of 4 bits are two in a byte.
  setStrides(A::KeyBatchStride, key, spec.key.getBits() == 4 ? 2 : 1);
  setStrides(A::ValueBatchStride, host(A::Value),
             spec.value.getBits() == 4 ? 2 : 1);
  if (spec.key.hasScales())
    bindScales(A::KeyScale, A::KeyScaleBatchStride);
  if (spec.value.hasScales())
    bindScales(A::ValueScale, A::ValueScaleBatchStride);
  if (spec.mask != MaskType::None) {
    upload(A::Mask);
    setBroadcastStrides(host(A::Mask), {A::MaskBatchStride, A::MaskHeadStride,
                                        A::MaskRowStride, A::MaskKeyStride});
  }
  if (spec.alibi) {
    upload(A::Slopes);
    setStride(A::SlopesBatchStride, index(0));
  }
  if (spec.sequenceOffsets) {
    upload(A::QueryOffsets);
    upload(A::KeyOffsets);
  }
  if (spec.keyLengths)
    upload(A::KeyLengths);
  if (spec.paged) {
    upload(A::PageTable);
    setSize(A::KeysPerPage, size(key, rowAxis));
    setStride(A::PageTableStride, size(host(A::PageTable), 1));
  }
  for (A number :
       {A::Scale, A::Cap, A::PastKeys, A::WindowLeft, A::WindowRight})
    if (Value value = hosts.lookup(static_cast<int>(number)))
      set(number, value);
  setSize(A::Queries, size(query, rowAxis));
  setSize(A::Keys, keys);
  setSize(A::HeadsPerKeyHead, arith::DivUIOp::create(b, size(query, headAxis),
                                                     size(key, headAxis)));
}

void LaunchBuilder::bindOutputs() {
  auto reserve = [&](A argument, double rowsOfNoSequence) {
    Value device = memory->reserve(host(argument));
    if (spec.sequenceOffsets)
      memory->fill(device, rowsOfNoSequence);
    setPointer(argument, device);
  };
  reserve(A::Output, 0);
  setStrides(A::OutputBatchStride, host(A::Output));
  if (!spec.logSumExp)
    return;
  reserve(A::LogSumExp, -std::numeric_limits<double>::infinity());
  Value sums = host(A::LogSumExp), stride = size(sums, 2);
  setStride(A::LogSumExpHeadStride, stride);
  setStride(A::LogSumExpBatchStride, multiply(stride, size(sums, 1)));
}

void LaunchBuilder::movePointers(Value first) {
  auto move = [&](A argument, Value elements, int64_t bits) {
    auto found = values.find(static_cast<int>(argument));
    if (found == values.end())
      return;
    Value bytes = arith::DivUIOp::create(
        b, multiply(elements, arith::ConstantIntOp::create(b, bits, 64)),
        arith::ConstantIntOp::create(b, 8, 64));
    found->second =
        LLVM::GEPOp::create(b, found->second.getType(), b.getI8Type(),
                            found->second, ArrayRef<LLVM::GEPArg>{bytes});
  };
  Value sequence = cast(first, b.getI64Type());
  for (A list : {A::QueryOffsets, A::KeyOffsets, A::KeyLengths})
    move(list, sequence, 32);
  // Where sequences have offsets there is one batch.
  if (spec.sequenceOffsets)
    return;
  auto moveRows = [&](A argument, A stride, int64_t bits) {
    if (Value elements = values.lookup(static_cast<int>(stride)))
      move(argument, multiply(sequence, elements), bits);
  };
  moveRows(A::Query, A::QueryBatchStride, 16);
  moveRows(A::Output, A::OutputBatchStride, 16);
  moveRows(A::LogSumExp, A::LogSumExpBatchStride, 32);
  moveRows(A::Mask, A::MaskBatchStride, getBits(spec.mask));
  // Pages are those of all sequences.
  if (spec.paged)
    return moveRows(A::PageTable, A::PageTableStride, 32);
  moveRows(A::Key, A::KeyBatchStride, spec.key.getBits());
  moveRows(A::Value, A::ValueBatchStride, spec.value.getBits());
  moveRows(A::KeyScale, A::KeyScaleBatchStride, getBits(spec.key.scale));
  moveRows(A::ValueScale, A::ValueScaleBatchStride, getBits(spec.value.scale));
}

/// A stream of its own for each grid: what comes before the loop, and what
/// comes after it, waits for all that it waits for.
void LaunchBuilder::forEachGrid(llvm::function_ref<void(Value)> launchGrid) {
  gpu::WaitOp::create(b, Type(), ValueRange{memory->last});
  auto begin = [&] {
    memory->last =
        gpu::WaitOp::create(b, memory->token, ValueRange{}).getAsyncToken();
  };
  Value most = index(maxSequences);
  // Without queries there are no sequences to launch for: a driver takes no
  // grid without blocks.
  Value isEmpty = isEqual(size(query, rowAxis), index(0));
  Value end = arith::SelectOp::create(b, isEmpty, index(0), sequences);
  auto loop = scf::ForOp::create(b, index(0), end, most);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value first = loop.getInductionVar();
    movePointers(first);
    begin();
    launchGrid(minimum(arith::SubIOp::create(b, end, first), most));
    gpu::WaitOp::create(b, Type(), ValueRange{memory->last});
  }
  begin();
}

void LaunchBuilder::launchKernel(gpu::GPUModuleOp module,
                                 LLVM::LLVMFuncOp kernel, gpu::KernelDim3 grid,
                                 ArrayRef<A> arguments) {
  Value one = index(1);
  Value sharedBytes = arith::ConstantIntOp::create(
      b, kernel->getAttrOfType<IntegerAttr>(sharedBytesAttrName).getInt(), 32);
  Value threads = index(kernel
                            ->getAttrOfType<DenseI32ArrayAttr>(
                                NVVM::NVVMDialect::getReqntidAttrName())
                            .asArrayRef()
                            .front());
  SmallVector<Value> operands;
  for (A argument : arguments)
    operands.push_back(values.at(static_cast<int>(argument)));
  auto symbol = SymbolRefAttr::get(
      module.getNameAttr(), FlatSymbolRefAttr::get(kernel.getNameAttr()));
  memory->last = gpu::LaunchFuncOp::create(b, symbol, grid,
                                           gpu::KernelDim3{threads, one, one},
                                           sharedBytes, operands, memory->token,
                                           ValueRange{memory->last})
                     .getAsyncToken();
}

void LaunchBuilder::build(gpu::GPUModuleOp module, LLVM::LLVMFuncOp forward,
                          LLVM::LLVMFuncOp combine) {
  readArguments();
  memory.emplace(b);
  bindArguments();
  bindOutputs();

  Value queries = size(query, rowAxis), heads = size(query, headAxis);
  // With packed heads a block has all query heads of a key head.
  Value rows = queries, blockHeads = heads;
  if (spec.packedHeads) {
    blockHeads = size(key, headAxis);
    rows = multiply(queries, arith::DivUIOp::create(b, heads, blockHeads));
  }
  Value tiles = divideUp(rows, index(plan.getBlockRows()));
  if (spec.splitKeys) {
    bindSplits(tiles, blockHeads);
    Value splits =
        cast(values.at(static_cast<int>(A::Splits)), b.getIndexType());
    tiles = multiply(tiles, splits);
  }
  forEachGrid([&](Value count) {
    launchKernel(module, forward, {tiles, blockHeads, count},
                 getAttentionArguments(spec));
    if (combine)
      launchKernel(module, combine, {queries, heads, count},
                   getCombineArguments(spec));
  });

  memory->finish();
  func::ReturnOp::create(b);
}

LogicalResult lowbit::nvvm::buildLaunch(func::FuncOp function,
                                        const AttentionLaunch &launch,
                                        SymbolTable &symbols) {
  const AttentionSpec &spec = launch.spec;
  llvm::Expected<AttentionPlan> plan = AttentionPlan::get(spec);
  if (!plan)
    return function.emitError("has no kernel: ")
           << llvm::toString(plan.takeError());
  auto module = function->getParentOfType<ModuleOp>();
  OpBuilder builder(function);
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                  builder.getUnitAttr());
  auto device = gpu::GPUModuleOp::create(
      builder, function.getLoc(), (function.getName() + "_kernels").str());
  // Something of the user's may have that name.
  symbols.insert(device);
  LLVM::LLVMFuncOp forward = buildAttention(device, spec, *plan), combine;
  if (spec.splitKeys)
    combine = buildCombine(device, spec);
  LaunchBuilder(function, launch, *plan).build(device, forward, combine);
  return success();
}
