//===- SimtCalls.cpp - Calls of the SIMT emulator -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SimtCalls.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace lowbit;
using namespace mlir;

/// Slots of an op of the emulator that is not a batch, at most (Abi.h).
static constexpr int64_t maxSlots = 32;

SimtCalls::SimtCalls(ModuleOp module, bool checks)
    : module(module), checks(checks), symbols(module) {}

std::string lowbit::locationText(Location loc) {
  if (auto file = dyn_cast<FileLineColLoc>(loc))
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" +
            Twine(file.getColumn()))
        .str();
  if (auto name = dyn_cast<NameLoc>(loc)) {
    std::string inner = locationText(name.getChildLoc());
    return (name.getName().getValue() + (inner.empty() ? "" : " at ") + inner)
        .str();
  }
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return locationText(call.getCallee()) + ", called from " +
           locationText(call.getCaller());
  if (auto fused = dyn_cast<FusedLoc>(loc)) {
    SmallVector<std::string> parts;
    for (Location part : fused.getLocations())
      if (std::string text = locationText(part);
          !text.empty() && !llvm::is_contained(parts, text))
        parts.push_back(text);
    return llvm::join(parts, ", ");
  }
  return "";
}

void SimtCalls::insert(Operation *symbol) {
  symbols.insert(symbol, module.getBody()->begin());
}

Value SimtCalls::call(OpBuilder &builder, Location loc, StringRef function,
                      Type result, ValueRange operands) {
  if (!symbols.lookup(function)) {
    auto type = LLVM::LLVMFunctionType::get(
        result ? result : LLVM::LLVMVoidType::get(builder.getContext()),
        llvm::to_vector(operands.getTypes()));
    OpBuilder outside(builder.getContext());
    insert(LLVM::LLVMFuncOp::create(outside, module.getLoc(), function, type));
  }
  auto op = LLVM::CallOp::create(builder, loc,
                                 result ? TypeRange(result) : TypeRange(),
                                 function, operands);
  return result ? op.getResult() : Value();
}

Value SimtCalls::createText(OpBuilder &builder, Location loc, StringRef text) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  if (text.empty())
    return LLVM::ZeroOp::create(builder, loc, pointer);
  LLVM::GlobalOp &global = texts[text];
  if (!global) {
    std::string bytes = (text + StringRef("\0", 1)).str();
    OpBuilder outside(builder.getContext());
    global = LLVM::GlobalOp::create(
        outside, module.getLoc(),
        LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size()),
        /*isConstant=*/true, LLVM::Linkage::Internal, "lowbit_simt_text",
        builder.getStringAttr(bytes));
    insert(global);
  }
  return LLVM::AddressOfOp::create(builder, loc, global);
}

/// What the constant of a site is called: its op and attributes.
static std::string getSiteName(const SimtSite &site) {
  static constexpr const char *names[] = {
      "mma",          "mma_sparse", "ldmatrix",    "shuffle",   "vote",
      "redux",        "match",      "elect",       "barrier",   "arrive",
      "warp_barrier", "copy",       "copy_commit", "copy_wait", "atomic",
      "fence",        "yield",      "load",        "store",     "arithmetic",
      "trap"};
  static_assert(std::size(names) == LOWBIT_SIMT_TRAP + 1);
  std::string name = std::string("lowbit_simt_") + names[site.op];
  for (uint32_t attribute : site.attributes)
    name += "_" + std::to_string(attribute);
  return name;
}

Type SimtCalls::getSiteType() {
  MLIRContext *context = module.getContext();
  Builder builder(context);
  Type i32 = builder.getI32Type(), i16 = builder.getI16Type();
  return LLVM::LLVMStructType::getLiteral(
      context, {i32, i16, i16, LLVM::LLVMArrayType::get(i32, 7), i32,
                LLVM::LLVMPointerType::get(context)});
}

Value SimtCalls::createSiteValue(OpBuilder &builder, Type type,
                                 const SimtSite &site, unsigned operands,
                                 unsigned results, StringRef text) {
  Location loc = module.getLoc();
  Type i32 = builder.getI32Type(), i16 = builder.getI16Type();
  Value value = LLVM::ZeroOp::create(builder, loc, type);
  auto set = [&](Type type, uint64_t number, ArrayRef<int64_t> place) {
    Value constant = LLVM::ConstantOp::create(
        builder, loc, type, builder.getIntegerAttr(type, number));
    value = LLVM::InsertValueOp::create(builder, loc, value, constant, place);
  };
  set(i32, site.op, {0});
  set(i16, operands, {1});
  set(i16, results, {2});
  for (auto [i, attribute] : llvm::enumerate(site.attributes))
    set(i32, static_cast<int32_t>(attribute), {3, static_cast<int64_t>(i)});
  return LLVM::InsertValueOp::create(builder, loc, value,
                                     createText(builder, loc, text),
                                     ArrayRef<int64_t>{5});
}

/// A constant, with the builder in its initializer.
static LLVM::GlobalOp createConstant(OpBuilder &builder, Location loc,
                                     Type type, StringRef name) {
  builder.clearInsertionPoint();
  auto global =
      LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true,
                             LLVM::Linkage::Internal, name, Attribute());
  builder.createBlock(&global.getInitializerRegion());
  return global;
}

LLVM::GlobalOp SimtCalls::createSite(const SimtSite &site, unsigned operands,
                                     unsigned results, StringRef text) {
  OpBuilder builder(module.getContext());
  Type type = getSiteType();
  LLVM::GlobalOp global =
      createConstant(builder, module.getLoc(), type, getSiteName(site));
  insert(global);
  LLVM::ReturnOp::create(
      builder, module.getLoc(),
      createSiteValue(builder, type, site, operands, results, text));
  return global;
}

LLVM::GlobalOp SimtCalls::getSite(Location loc, const SimtSite &site,
                                  unsigned operands, unsigned results) {
  std::string text = locationText(loc), key;
  llvm::raw_string_ostream os(key);
  os << site.op << ' ' << operands << ' ' << results << ' ';
  llvm::interleaveComma(site.attributes, os);
  os << ' ' << text;
  LLVM::GlobalOp &global = sites[key];
  if (!global)
    global = createSite(site, operands, results, text);
  return global;
}

/// `aggregate` with `part` at `i`.
static Value insertAt(OpBuilder &builder, Location loc, Value aggregate,
                      Value part, int64_t i) {
  return LLVM::InsertValueOp::create(builder, loc, aggregate, part,
                                     ArrayRef<int64_t>{i});
}

LLVM::GlobalOp SimtCalls::getParts(ArrayRef<LLVM::GlobalOp> parts) {
  std::string key = "parts";
  for (LLVM::GlobalOp part : parts)
    key += (" " + part.getName()).str();
  LLVM::GlobalOp &list = sites[key];
  if (list)
    return list;
  OpBuilder builder(module.getContext());
  Location loc = module.getLoc();
  Type type = LLVM::LLVMArrayType::get(
      LLVM::LLVMPointerType::get(module.getContext()), parts.size());
  list = createConstant(builder, loc, type, "lowbit_simt_parts");
  insert(list);
  Value value = LLVM::PoisonOp::create(builder, loc, type);
  for (auto [i, part] : llvm::enumerate(parts))
    value = insertAt(builder, loc, value,
                     LLVM::AddressOfOp::create(builder, loc, part), i);
  LLVM::ReturnOp::create(builder, loc, value);
  return list;
}

LLVM::GlobalOp SimtCalls::createBatchSite(ArrayRef<LLVM::GlobalOp> parts,
                                          unsigned operands, unsigned results,
                                          StringRef text) {
  LLVM::GlobalOp list = getParts(parts);
  MLIRContext *context = module.getContext();
  OpBuilder builder(context);
  Location loc = module.getLoc();
  Type siteType = getSiteType();
  Type type = LLVM::LLVMStructType::getLiteral(
      context, {siteType, LLVM::LLVMPointerType::get(context)});
  LLVM::GlobalOp global =
      createConstant(builder, loc, type, "lowbit_simt_batch");
  insert(global);
  SimtSite site{LOWBIT_SIMT_BATCH, {static_cast<uint32_t>(parts.size())}};
  Value value = LLVM::PoisonOp::create(builder, loc, type);
  value = insertAt(
      builder, loc, value,
      createSiteValue(builder, siteType, site, operands, results, text), 0);
  value = insertAt(builder, loc, value,
                   LLVM::AddressOfOp::create(builder, loc, list), 1);
  LLVM::ReturnOp::create(builder, loc, value);
  return global;
}

Value SimtCalls::getSlots(OpBuilder &builder, int64_t count) {
  auto function = builder.getInsertionBlock()
                      ->getParentOp()
                      ->getParentOfType<LLVM::LLVMFuncOp>();
  if (!function)
    function =
        cast<LLVM::LLVMFuncOp>(builder.getInsertionBlock()->getParentOp());
  LLVM::AllocaOp &memory = slots[function];
  if (!memory) {
    OpBuilder entry = OpBuilder::atBlockBegin(&function.getBody().front());
    Location loc = function.getLoc();
    Value one = LLVM::ConstantOp::create(entry, loc, entry.getI32Type(), 1);
    memory = LLVM::AllocaOp::create(
        entry, loc, LLVM::LLVMPointerType::get(entry.getContext()),
        LLVM::LLVMArrayType::get(entry.getI64Type(), maxSlots), one,
        /*alignment=*/8);
  }
  auto type = cast<LLVM::LLVMArrayType>(memory.getElemType());
  if (static_cast<int64_t>(type.getNumElements()) < count)
    memory.setElemType(LLVM::LLVMArrayType::get(type.getElementType(), count));
  return memory;
}

Value SimtCalls::getSlot(OpBuilder &builder, Location loc, Value memory,
                         int64_t index) {
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  return LLVM::GEPOp::create(
      builder, loc, pointer, builder.getI64Type(), memory,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
}

void SimtCalls::storeOperands(OpBuilder &builder, Location loc, Value memory,
                              int64_t first, ValueRange operands) {
  for (auto [i, operand] : llvm::enumerate(operands)) {
    Value value = operand;
    if (value.getType().isInteger(1))
      value = LLVM::ZExtOp::create(builder, loc, builder.getI32Type(), value);
    LLVM::StoreOp::create(builder, loc, value,
                          getSlot(builder, loc, memory, first + i));
  }
}

SmallVector<Value> SimtCalls::loadResults(OpBuilder &builder, Location loc,
                                          Value memory, int64_t first,
                                          TypeRange types) {
  SmallVector<Value> values;
  for (auto [i, type] : llvm::enumerate(types)) {
    Value slot = getSlot(builder, loc, memory, first + i);
    if (!type.isInteger(1)) {
      values.push_back(LLVM::LoadOp::create(builder, loc, type, slot));
      continue;
    }
    Value word = LLVM::LoadOp::create(builder, loc, builder.getI32Type(), slot);
    values.push_back(LLVM::TruncOp::create(builder, loc, type, word));
  }
  return values;
}

SmallVector<Value> SimtCalls::createOp(OpBuilder &builder, Location loc,
                                       const SimtSite &site,
                                       ValueRange operands, TypeRange results) {
  assert(std::ssize(operands) <= maxSlots && "see Abi.h");
  Value memory = getSlots(builder, maxSlots);
  storeOperands(builder, loc, memory, 0, operands);
  LLVM::GlobalOp constant =
      createSite(site, operands.size(), results.size(), locationText(loc));
  call(builder, loc, "lowbit_simt_op", Type(),
       {LLVM::AddressOfOp::create(builder, loc, constant), memory, memory});
  return loadResults(builder, loc, memory, 0, results);
}

SmallVector<SmallVector<Value>>
SimtCalls::createBatch(OpBuilder &builder, const SimtSite &site,
                       ArrayRef<SimtPart> parts) {
  assert(parts.size() <= mostParts && "slots would not do");
  int64_t operands = 0, results = 0;
  SmallVector<LLVM::GlobalOp> constants;
  for (const SimtPart &part : parts) {
    operands += part.operands.size();
    results += part.results.size();
    constants.push_back(
        getSite(part.loc, site, part.operands.size(), part.results.size()));
  }
  // Results of one part may not take the place of operands of the next.
  Value memory = getSlots(builder, operands + results);
  int64_t next = 0;
  for (const SimtPart &part : parts) {
    storeOperands(builder, part.loc, memory, next, part.operands);
    next += part.operands.size();
  }
  Location loc = parts.front().loc;
  LLVM::GlobalOp constant =
      createBatchSite(constants, operands, results, locationText(loc));
  call(builder, loc, "lowbit_simt_op", Type(),
       {LLVM::AddressOfOp::create(builder, loc, constant), memory,
        getSlot(builder, loc, memory, next)});
  SmallVector<SmallVector<Value>> values;
  for (const SimtPart &part : parts) {
    values.push_back(
        loadResults(builder, part.loc, memory, next, part.results));
    next += part.results.size();
  }
  return values;
}

void SimtCalls::createAccess(OpBuilder &builder, Location loc,
                             const SimtSite &site, Value address) {
  if (!checks)
    return;
  auto pointer = LLVM::LLVMPointerType::get(builder.getContext());
  if (address.getType() != pointer)
    address = LLVM::AddrSpaceCastOp::create(builder, loc, pointer, address);
  call(builder, loc, "lowbit_simt_access", Type(),
       {LLVM::AddressOfOp::create(builder, loc, getSite(loc, site, 0, 0)),
        address});
}

void SimtCalls::createCount(OpBuilder &builder, Location loc,
                            LowbitSimtArithmetic what) {
  if (!checks)
    return;
  SimtSite site{LOWBIT_SIMT_ARITHMETIC, {what}};
  call(builder, loc, "lowbit_simt_count", Type(),
       LLVM::AddressOfOp::create(builder, loc, getSite(loc, site, 0, 0))
           .getResult());
}

Value SimtCalls::createRegister(OpBuilder &builder, Location loc,
                                LowbitSimtRegister which) {
  Type i32 = builder.getI32Type();
  Value number = LLVM::ConstantOp::create(builder, loc, i32, which);
  return call(builder, loc, "lowbit_simt_sreg", i32, number);
}

Value SimtCalls::createShared(OpBuilder &builder, Location loc) {
  return call(builder, loc, "lowbit_simt_shared",
              LLVM::LLVMPointerType::get(builder.getContext()), {});
}
