//===- BuildAttentionLaunch.cpp - Host code around attention kernels ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionLaunch.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <limits>
#include <tuple>

using namespace lowbit::nvvm;
using namespace mlir;
using A = AttentionArgument;

namespace {

/// A buffer of the host, a dense copy of it, and one on the device.
struct DeviceBuffer {
  Value host, dense, device;
};

/// Writes the body of a function that launches a kernel.
class LaunchBuilder {
public:
  LaunchBuilder(func::FuncOp function, const AttentionLaunch &launch)
      : b(function.getLoc(), function.getContext()), function(function),
        launch(launch), spec(launch.spec),
        token(gpu::AsyncTokenType::get(function.getContext())) {}

  LogicalResult build();

private:
  void bindArguments();
  Value next() { return function.getArgument(position++); }

  DeviceBuffer upload(Value host) { return transfer(host, /*isInput=*/true); }
  DeviceBuffer reserve(Value host) { return transfer(host, /*isInput=*/false); }
  DeviceBuffer transfer(Value host, bool isInput);
  void download(const DeviceBuffer &buffer);
  void release(const DeviceBuffer &buffer);
  /// What rows of no sequence have, where the kernel writes none of them.
  void fill(const DeviceBuffer &buffer, double number);
  /// Emits `launchGrid`, with pointers to what some of the sequences have and
  /// their number, as often as it takes for all of them.
  void forEachGrid(Value sequences,
                   llvm::function_ref<void(Value count)> launchGrid);
  /// Moves pointers to what sequence `first` has.
  void movePointers(Value first);
  /// The next argument is offsets, of sequences of `rows` rows in all.
  void bindOffsets(A argument, Value rows);

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value size(Value memref, int64_t axis) {
    return memref::DimOp::create(b, memref, axis);
  }
  Value multiply(Value x, Value y) { return arith::MulIOp::create(b, x, y); }
  Value cast(Value value, Type type) {
    return arith::IndexCastOp::create(b, type, value);
  }
  void set(A argument, Value value) {
    values[static_cast<int>(argument)] = value;
  }
  void setPointer(A argument, const DeviceBuffer &buffer);
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
  /// Scales are the next argument; their strides are those from `stride` on.
  void bindScales(A argument, A stride);

  ImplicitLocOpBuilder b;
  func::FuncOp function;
  const AttentionLaunch &launch;
  const AttentionSpec &spec;
  Type token;
  /// What the next op on the device waits for.
  Value last;
  unsigned position = 0;
  llvm::DenseMap<int, Value> values;
  SmallVector<DeviceBuffer> inputs, outputs;
  Value query, key;
};

} // namespace

/// Copies go through dense memory of the host: those of the device are of
/// whole buffers.
DeviceBuffer LaunchBuilder::transfer(Value host, bool isInput) {
  auto type = cast<MemRefType>(host.getType());
  auto denseType = MemRefType::get(type.getShape(), type.getElementType());
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < type.getRank(); ++i)
    sizes.push_back(size(host, i));
  DeviceBuffer buffer{host, memref::AllocOp::create(b, denseType, sizes), {}};
  if (isInput)
    linalg::CopyOp::create(b, host, buffer.dense);
  auto allocation = gpu::AllocOp::create(b, denseType, token, ValueRange{last},
                                         sizes, ValueRange{});
  buffer.device = allocation.getMemref();
  last = allocation.getAsyncToken();
  if (isInput)
    last = gpu::MemcpyOp::create(b, token, ValueRange{last}, buffer.device,
                                 buffer.dense)
               .getAsyncToken();
  (isInput ? inputs : outputs).push_back(buffer);
  return buffer;
}

void LaunchBuilder::download(const DeviceBuffer &buffer) {
  last = gpu::MemcpyOp::create(b, token, ValueRange{last}, buffer.dense,
                               buffer.device)
             .getAsyncToken();
}

void LaunchBuilder::fill(const DeviceBuffer &buffer, double number) {
  Type type = cast<MemRefType>(buffer.device.getType()).getElementType();
  Value element = arith::ConstantOp::create(b, b.getFloatAttr(type, number));
  last =
      gpu::MemsetOp::create(b, token, ValueRange{last}, buffer.device, element)
          .getAsyncToken();
}

void LaunchBuilder::bindOffsets(A argument, Value rows) {
  Value offsets = next();
  Value zero = arith::ConstantIntOp::create(b, 0, 32),
        yes = arith::ConstantIntOp::create(b, 1, 1);
  auto loop = scf::ForOp::create(
      b, index(0), size(offsets, 0), index(1), ValueRange{zero, yes},
      [&](OpBuilder &inner, Location loc, Value i, ValueRange before) {
        ImplicitLocOpBuilder body(loc, inner);
        Value offset = memref::LoadOp::create(body, offsets, i);
        Value isNext = arith::CmpIOp::create(body, arith::CmpIPredicate::sge,
                                             offset, before[0]);
        Value all = arith::AndIOp::create(body, before[1], isNext);
        scf::YieldOp::create(body, ValueRange{offset, all});
      });
  Value isInside =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sle, loop.getResult(0),
                            cast(rows, b.getI32Type()));
  cf::AssertOp::create(
      b, arith::AndIOp::create(b, loop.getResult(1), isInside),
      (getName(argument) +
       " of attention ascend from 0 or more up to the number of rows")
          .str());
  setPointer(argument, upload(offsets));
}

void LaunchBuilder::release(const DeviceBuffer &buffer) {
  last = gpu::DeallocOp::create(b, token, ValueRange{last}, buffer.device)
             .getAsyncToken();
}

void LaunchBuilder::setPointer(A argument, const DeviceBuffer &buffer) {
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(b, buffer.device);
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
    Value isOne =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, extent, one);
    setStride(arguments[axis], arith::SelectOp::create(b, isOne, zero, stride));
    stride = multiply(stride, extent);
  }
}

void LaunchBuilder::bindScales(A argument, A stride) {
  Value scales = next();
  setPointer(argument, upload(scales));
  A head = A(static_cast<int>(stride) + 1),
    row = A(static_cast<int>(stride) + 2);
  if (launch.sequenceMajor)
    std::swap(head, row);
  setBroadcastStrides(scales, {stride, head, row});
}

void LaunchBuilder::bindArguments() {
  query = next();
  key = next();
  Value value = next();
  int64_t heads = launch.sequenceMajor ? 2 : 1, rows = 3 - heads;
  setPointer(A::Query, upload(query));
  setPointer(A::Key, upload(key));
  setPointer(A::Value, upload(value));
  setStrides(A::QueryBatchStride, query);
  // Codes of 4 bits are two in a byte.
  setStrides(A::KeyBatchStride, key, spec.key.getBits() == 4 ? 2 : 1);
  setStrides(A::ValueBatchStride, value, spec.value.getBits() == 4 ? 2 : 1);
  if (spec.key.hasScales())
    bindScales(A::KeyScale, A::KeyScaleBatchStride);
  if (spec.value.hasScales())
    bindScales(A::ValueScale, A::ValueScaleBatchStride);
  if (spec.mask != MaskType::None) {
    Value mask = next();
    setPointer(A::Mask, upload(mask));
    setBroadcastStrides(mask, {A::MaskBatchStride, A::MaskHeadStride,
                               A::MaskRowStride, A::MaskKeyStride});
  }
  if (spec.alibi) {
    setPointer(A::Slopes, upload(next()));
    setStride(A::SlopesBatchStride, index(0));
  }
  if (spec.sequenceOffsets) {
    bindOffsets(A::QueryOffsets, size(query, rows));
    bindOffsets(A::KeyOffsets, size(key, rows));
  }
  if (spec.keyLengths)
    setPointer(A::KeyLengths, upload(next()));
  set(A::Scale, next());
  if (spec.softCap)
    set(A::Cap, next());
  if (spec.windowLeft)
    set(A::WindowLeft, next());
  if (spec.windowRight)
    set(A::WindowRight, next());
  Value output = next();
  DeviceBuffer numbers = reserve(output);
  if (spec.sequenceOffsets)
    fill(numbers, 0);
  setPointer(A::Output, numbers);
  setStrides(A::OutputBatchStride, output);
  if (spec.logSumExp) {
    Value sums = next();
    DeviceBuffer logarithms = reserve(sums);
    if (spec.sequenceOffsets)
      fill(logarithms, -std::numeric_limits<double>::infinity());
    setPointer(A::LogSumExp, logarithms);
    Value stride = size(sums, 2);
    setStride(A::LogSumExpHeadStride, stride);
    setStride(A::LogSumExpBatchStride, multiply(stride, size(sums, 1)));
  }
  setSize(A::Queries, size(query, rows));
  setSize(A::Keys, size(key, rows));
  set(A::HeadsPerKeyHead,
      cast(arith::DivUIOp::create(b, size(query, heads), size(key, heads)),
           b.getI32Type()));
}

static int64_t getBits(MaskType mask) {
  if (mask == MaskType::Boolean)
    return 8;
  return mask == MaskType::F32 ? 32 : 16;
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
  using Matrix = std::tuple<A, A, int64_t>;
  for (auto [argument, stride, bits] :
       {Matrix{A::Query, A::QueryBatchStride, 16},
        {A::Key, A::KeyBatchStride, spec.key.getBits()},
        {A::Value, A::ValueBatchStride, spec.value.getBits()},
        {A::KeyScale, A::KeyScaleBatchStride, getBits(spec.key.scale)},
        {A::ValueScale, A::ValueScaleBatchStride, getBits(spec.value.scale)},
        {A::Output, A::OutputBatchStride, 16},
        {A::LogSumExp, A::LogSumExpBatchStride, 32},
        {A::Mask, A::MaskBatchStride, getBits(spec.mask)}})
    if (Value elements = values.lookup(static_cast<int>(stride)))
      move(argument, multiply(sequence, elements), bits);
}

/// A stream of its own for each grid: what comes before the loop, and what
/// comes after it, waits for all that it waits for.
void LaunchBuilder::forEachGrid(Value sequences,
                                llvm::function_ref<void(Value)> launchGrid) {
  gpu::WaitOp::create(b, Type(), ValueRange{last});
  Value most = index(maxSequences);
  auto loop = scf::ForOp::create(b, index(0), sequences, most);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value first = loop.getInductionVar();
    movePointers(first);
    last = gpu::WaitOp::create(b, token, ValueRange{}).getAsyncToken();
    launchGrid(arith::MinUIOp::create(
        b, arith::SubIOp::create(b, sequences, first), most));
    gpu::WaitOp::create(b, Type(), ValueRange{last});
  }
  last = gpu::WaitOp::create(b, token, ValueRange{}).getAsyncToken();
}

LogicalResult LaunchBuilder::build() {
  auto module = function->getParentOfType<ModuleOp>();
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                  b.getUnitAttr());
  llvm::Expected<AttentionPlan> plan = AttentionPlan::get(spec);
  if (!plan)
    return function.emitError("has no kernel: ")
           << llvm::toString(plan.takeError());
  b.setInsertionPoint(function);
  auto device =
      gpu::GPUModuleOp::create(b, (function.getName() + "_kernels").str());
  LLVM::LLVMFuncOp kernel = buildAttention(device, spec, *plan);

  b.setInsertionPointToStart(function.addEntryBlock());
  last = gpu::WaitOp::create(b, token, ValueRange{}).getAsyncToken();
  bindArguments();

  int64_t heads = launch.sequenceMajor ? 2 : 1;
  Value tiles = arith::CeilDivUIOp::create(b, size(query, 3 - heads),
                                           index(plan->getBlockRows()));
  Value sequences = size(query, 0);
  if (spec.sequenceOffsets)
    sequences = arith::SubIOp::create(
        b, size(inputs[inputs.size() - 1].host, 0), index(1));
  Value one = index(1);
  Value sharedBytes = arith::ConstantIntOp::create(
      b, kernel->getAttrOfType<IntegerAttr>(sharedBytesAttrName).getInt(), 32);
  auto symbol = SymbolRefAttr::get(
      device.getNameAttr(), FlatSymbolRefAttr::get(kernel.getNameAttr()));
  forEachGrid(sequences, [&](Value count) {
    SmallVector<Value> operands;
    for (A argument : getAttentionArguments(spec))
      operands.push_back(values.at(static_cast<int>(argument)));
    last = gpu::LaunchFuncOp::create(
               b, symbol, gpu::KernelDim3{tiles, size(query, heads), count},
               gpu::KernelDim3{index(plan->getThreads()), one, one},
               sharedBytes, operands, token, ValueRange{last})
               .getAsyncToken();
  });

  for (const DeviceBuffer &buffer : outputs)
    download(buffer);
  for (const DeviceBuffer &buffer : llvm::concat<DeviceBuffer>(inputs, outputs))
    release(buffer);
  gpu::WaitOp::create(b, Type(), ValueRange{last});
  for (const DeviceBuffer &buffer : outputs)
    linalg::CopyOp::create(b, buffer.dense, buffer.host);
  for (const DeviceBuffer &buffer : llvm::concat<DeviceBuffer>(inputs, outputs))
    memref::DeallocOp::create(b, buffer.dense);
  func::ReturnOp::create(b);
  return success();
}

LogicalResult lowbit::nvvm::buildLaunch(func::FuncOp function,
                                        const AttentionLaunch &launch) {
  return LaunchBuilder(function, launch).build();
}
