//===- DeviceMemory.cpp - Memory of a device, for host code ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceMemory.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/TypeUtilities.h"

using namespace lowbit::nvvm;
using namespace mlir;

static Value index(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

static SmallVector<Value> getSizes(ImplicitLocOpBuilder &b, Value memref) {
  SmallVector<Value> sizes;
  for (int64_t i = 0; i < cast<MemRefType>(memref.getType()).getRank(); ++i)
    sizes.push_back(memref::DimOp::create(b, memref, i));
  return sizes;
}

DeviceMemory::DeviceMemory(ImplicitLocOpBuilder &b)
    : token(gpu::AsyncTokenType::get(b.getContext())),
      last(gpu::WaitOp::create(b, token, ValueRange{}).getAsyncToken()), b(b) {}

Value DeviceMemory::isDense(Value host) {
  auto metadata = memref::ExtractStridedMetadataOp::create(b, host);
  auto isEqual = [&](Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
  };
  Value one = index(b, 1), expected = one;
  Value all = isEqual(metadata.getOffset(), index(b, 0));
  for (auto [extent, stride] : llvm::reverse(
           llvm::zip_equal(metadata.getSizes(), metadata.getStrides()))) {
    // Of axes of size 1 it does not matter.
    Value isRight = arith::OrIOp::create(b, isEqual(stride, expected),
                                         isEqual(extent, one));
    all = arith::AndIOp::create(b, all, isRight);
    expected = arith::MulIOp::create(b, expected, extent);
  }
  return all;
}

/// Element by element, for buffers with gaps.
void DeviceMemory::copy(Value from, Value to) {
  SmallVector<Value> ends = getSizes(b, from);
  SmallVector<Value> starts(ends.size(), index(b, 0)),
      steps(ends.size(), index(b, 1));
  scf::buildLoopNest(b, b.getLoc(), starts, ends, steps,
                     [&](OpBuilder &body, Location loc, ValueRange place) {
                       Value element =
                           memref::LoadOp::create(body, loc, from, place);
                       memref::StoreOp::create(body, loc, element, to, place);
                     });
}

/// Copies to and from the device are of whole, dense buffers: those of the host
/// mostly are; otherwise they go through one that is.
Value DeviceMemory::transfer(Value host, bool isInput) {
  auto type = cast<MemRefType>(host.getType());
  auto denseType = MemRefType::get(type.getShape(), type.getElementType());
  SmallVector<Value> sizes = getSizes(b, host);
  Buffer buffer{host, isDense(host), {}, {}, isInput};
  auto choice = scf::IfOp::create(b, TypeRange{denseType}, buffer.isDense,
                                  /*addThenBlock=*/true,
                                  /*addElseBlock=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(&choice.getThenRegion().front());
    scf::YieldOp::create(b, Value(memref::CastOp::create(b, denseType, host)));
    b.setInsertionPointToEnd(&choice.getElseRegion().front());
    Value dense = memref::AllocOp::create(b, denseType, sizes);
    if (isInput)
      copy(host, dense);
    scf::YieldOp::create(b, dense);
  }
  buffer.dense = choice.getResult(0);
  auto allocation = gpu::AllocOp::create(b, denseType, token, ValueRange{last},
                                         sizes, ValueRange{});
  buffer.device = allocation.getMemref();
  last = allocation.getAsyncToken();
  if (isInput)
    last = gpu::MemcpyOp::create(b, token, ValueRange{last}, buffer.device,
                                 buffer.dense)
               .getAsyncToken();
  buffers.push_back(buffer);
  return buffer.device;
}

Value DeviceMemory::allocate(Value count) {
  auto type = MemRefType::get(ShapedType::kDynamic, b.getF32Type());
  auto allocation = gpu::AllocOp::create(b, type, token, ValueRange{last},
                                         ValueRange{count}, ValueRange{});
  last = allocation.getAsyncToken();
  workspace.push_back(allocation.getMemref());
  return workspace.back();
}

void DeviceMemory::fill(Value device, double number) {
  Type type = getElementTypeOrSelf(device.getType());
  Value element = arith::ConstantOp::create(b, b.getFloatAttr(type, number));
  last = gpu::MemsetOp::create(b, token, ValueRange{last}, device, element)
             .getAsyncToken();
}

void DeviceMemory::release(Value device) {
  last = gpu::DeallocOp::create(b, token, ValueRange{last}, device)
             .getAsyncToken();
}

void DeviceMemory::finish(const Buffer &buffer) {
  auto choice = scf::IfOp::create(b, buffer.isDense, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.elseBlock());
  if (!buffer.isInput)
    copy(buffer.dense, buffer.host);
  memref::DeallocOp::create(b, buffer.dense);
}

void DeviceMemory::finish() {
  for (const Buffer &buffer : buffers)
    if (!buffer.isInput)
      last = gpu::MemcpyOp::create(b, token, ValueRange{last}, buffer.dense,
                                   buffer.device)
                 .getAsyncToken();
  for (const Buffer &buffer : buffers)
    release(buffer.device);
  for (Value memory : workspace)
    release(memory);
  gpu::WaitOp::create(b, Type(), ValueRange{last});
  for (const Buffer &buffer : buffers)
    finish(buffer);
}
