//===- FuseEpilogues.cpp - Kernels compute what becomes of their sums -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches calls of x86 matrix product kernels whose result, or a
// tensor.expand_shape of it, is read by one elementwise linalg.generic alone.
// Makes calls of kernels that have the generic's body as their epilogue, a
// function of numbers; equal bodies are one function. What a generic writes in
// another order is stored so if whole vectors stay together, as heads of
// attention are, else transposed behind the call. Leaves generics that do not
// run over the result element by element, or have several results; a remark for
// each reason says why.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

namespace lowbit {
#define GEN_PASS_DEF_FUSEEPILOGUESPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

namespace {

/// A call and the op that reads what it gives.
struct Fusion {
  CallKernelOp call;
  /// Between the two, or null.
  tensor::ExpandShapeOp expand;
  linalg::GenericOp generic;
  /// For each dimension of c those of the generic.
  SmallVector<ReassociationIndices> dims;
  /// Operands of the generic besides the sums.
  SmallVector<OpOperand *> operands;
  /// From the dimensions of the sums as it reads them to its loops.
  AffineMap toLoops;
  MatmulSpec spec;

  /// Nothing if no single generic reads the result of `call`; else `reason` is
  /// why they are not fused, or empty.
  static std::optional<Fusion> get(CallKernelOp call, std::string &reason);

  /// The dimensions of the sums that an operand of the generic has.
  AffineMap getMap(OpOperand &operand) {
    return generic.getMatchingIndexingMap(&operand).compose(toLoops);
  }

  bool isMove();
  /// Whether what it gives is the sums themselves.
  bool yieldsSum();

private:
  std::string check();
  /// The layout in which the generic writes the result; none if it has it in
  /// its order, or kernels cannot store so.
  void setResultLayout();
  std::string checkBody();
  std::string checkOperand(OpOperand &operand);
};

struct FuseEpiloguesPass final
    : lowbit::impl::FuseEpiloguesPassBase<FuseEpiloguesPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  void fuse(Fusion &fusion);
  func::FuncOp makeFunction(const Fusion &fusion);
  template <typename Matches>
  std::string findName(StringRef base, Matches matches);

  /// Made anew in each run.
  SymbolTable *symbols = nullptr;
};

} // namespace

std::optional<Fusion> Fusion::get(CallKernelOp call, std::string &reason) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
  std::optional<MatmulSpec> spec =
      MatmulSpec::fromAttribute(kernel->getAttr(kernelAttrName));
  if (!spec || spec->epilogue)
    return std::nullopt;
  Fusion fusion;
  fusion.call = call;
  fusion.spec = *spec;
  Value value = call.getResult(0);
  auto getReader = [&]() -> Operation * {
    llvm::SetVector<Operation *> users(value.user_begin(), value.user_end());
    return users.size() == 1 ? users.front() : nullptr;
  };
  Operation *reader = getReader();
  fusion.expand = dyn_cast_or_null<tensor::ExpandShapeOp>(reader);
  if (fusion.expand) {
    value = fusion.expand.getResult();
    reader = getReader();
    fusion.dims = fusion.expand.getReassociationIndices();
  } else {
    for (int64_t dim = 0; dim < cast<ShapedType>(value.getType()).getRank();
         ++dim)
      fusion.dims.push_back({dim});
  }
  fusion.generic = dyn_cast_or_null<linalg::GenericOp>(reader);
  // Reductions and ops that only move elements are no function of sums, and in
  // a loop or branch the product would be computed anew or on one way alone.
  if (!fusion.generic || fusion.generic->getBlock() != call->getBlock() ||
      fusion.generic.getNumReductionLoops() != 0)
    return std::nullopt;
  for (OpOperand *operand : fusion.generic.getDpsInputOperands())
    if (operand->get() != value)
      fusion.operands.push_back(operand);
  reason = fusion.check();
  // What moves elements is fused for the order in which it writes them.
  if (fusion.isMove() && !(fusion.spec.result && fusion.yieldsSum()))
    return std::nullopt;
  return fusion;
}

/// Whether the generic computes nothing.
bool Fusion::isMove() {
  return generic.getBody()->without_terminator().empty();
}

bool Fusion::yieldsSum() {
  auto yielded = dyn_cast<BlockArgument>(
      generic.getBody()->getTerminator()->getOperand(0));
  return operands.empty() && yielded &&
         yielded.getArgNumber() < generic.getNumDpsInputs();
}

std::string Fusion::checkBody() {
  for (Operation &op : *generic.getBody()) {
    if (isa<linalg::IndexOp>(op))
      return "it computes on indices";
    if (!op.hasTrait<OpTrait::IsTerminator>())
      if (std::string misfit = getEpilogueMisfit(op); !misfit.empty())
        return misfit;
    for (Value operand : op.getOperands())
      if (operand.getParentBlock() != generic.getBody() &&
          !matchPattern(operand, m_Constant()))
        return "it reads a value that is neither an operand nor a constant";
  }
  if (!generic.getRegionOutputArgs().front().use_empty())
    return "it reads what its output holds";
  return "";
}

/// The dimensions of the product that an operand has, in their order. Where it
/// has a part of one, as a mask of texts has of texts and heads, `isPart` is
/// set.
static FailureOr<SmallVector<int64_t>>
getDims(AffineMap map, ArrayRef<ReassociationIndices> dims, bool &isPart) {
  SmallVector<int64_t> result, read;
  for (AffineExpr expr : map.getResults()) {
    auto dim = dyn_cast<AffineDimExpr>(expr);
    if (!dim || (!read.empty() && int64_t(dim.getPosition()) <= read.back()))
      return failure();
    read.push_back(dim.getPosition());
  }
  isPart = false;
  for (auto [i, some] : llvm::enumerate(dims)) {
    int64_t count = llvm::count_if(
        some, [&](int64_t dim) { return llvm::is_contained(read, dim); });
    if (count == 0)
      continue;
    result.push_back(i);
    isPart |= count != int64_t(some.size());
  }
  return result;
}

std::string Fusion::checkOperand(OpOperand &operand) {
  auto type = dyn_cast<RankedTensorType>(operand.get().getType());
  if (!type)
    return "an operand is no tensor";
  if (getEncoding(type))
    return "an operand is encoded";
  bool isPart;
  FailureOr<SmallVector<int64_t>> had = getDims(getMap(operand), dims, isPart);
  if (failed(had))
    return "an operand has the dimensions of the result in another order";
  // Repeated, what lacks rows or columns is still small beside the result.
  if (isPart && had->size() == dims.size())
    return "an operand has parts of all dimensions of the result";
  return "";
}

std::string Fusion::check() {
  if (generic.getNumResults() != 1)
    return "it has several results";
  auto isSum = [&](OpOperand *operand) {
    return !llvm::is_contained(operands, operand);
  };
  SmallVector<OpOperand *> inputs = generic.getDpsInputOperands();
  auto sum = llvm::find_if(inputs, isSum);
  if (sum == inputs.end())
    return "it reads the result as its output";
  AffineMap order = generic.getMatchingIndexingMap(*sum);
  if (!order.isPermutation())
    return "it does not read the result element by element";
  toLoops = inversePermutation(order);
  for (OpOperand *operand : inputs) {
    if (!isSum(operand)) {
      if (std::string misfit = checkOperand(*operand); !misfit.empty())
        return misfit;
    } else if (!getMap(*operand).isIdentity()) {
      return "it reads the result in two orders";
    }
  }
  OpOperand *output = generic.getDpsInitOperand(0);
  if (getEncoding(generic.getResult(0).getType()))
    return "its result is encoded";
  if (!getMap(*output).isPermutation())
    return "it does not write an element for each of the result";
  if (!getMap(*output).isIdentity() && isSum(output) &&
      output->get() == (*sum)->get())
    return "it writes over the result in another order";
  Value result = expand ? expand.getResult() : call.getResult(0);
  AffineMap written = getMap(*output);
  auto shape =
      cast<RankedTensorType>(generic.getResult(0).getType()).getShape();
  for (auto [i, size] : llvm::enumerate(shape))
    if (cast<RankedTensorType>(result.getType())
            .getDimSize(written.getDimPosition(i)) != size)
      return "it knows other sizes than the result has";
  if (std::string misfit = checkBody(); !misfit.empty())
    return misfit;

  setResultLayout();
  if (isMove())
    return "";
  MLIRContext *context = generic.getContext();
  SmallVector<Type> types = {Float32Type::get(context)};
  for (OpOperand *operand : operands) {
    types.push_back(getElementTypeOrSelf(operand->get().getType()));
    bool isPart;
    spec.epilogue.dims.push_back(*getDims(getMap(*operand), dims, isPart));
  }
  spec.epilogue.type = FunctionType::get(
      context, types, getElementTypeOrSelf(generic.getResult(0).getType()));
  spec.epilogue.function = FlatSymbolRefAttr::get(context, epiloguePrefix);
  return spec.getMisfit();
}

void Fusion::setResultLayout() {
  AffineMap map = getMap(*generic.getDpsInitOperand(0));
  if (map.isIdentity())
    return;
  SmallVector<int64_t> expanded;
  for (unsigned i = 0; i < map.getNumResults(); ++i) {
    int64_t place = map.getDimPosition(i);
    auto group = llvm::find_if(dims, [&](ArrayRef<int64_t> some) {
      return llvm::is_contained(some, place);
    });
    int64_t dim = group - dims.begin();
    // Parts of a dimension stay in their order.
    for (auto [other, otherDim] : llvm::zip(expanded, spec.result.dims))
      if (otherDim == dim && other > place) {
        spec.result = {};
        return;
      }
    expanded.push_back(place);
    spec.result.dims.push_back(dim);
  }
  spec.result.inner =
      cast<ShapedType>(generic.getResult(0).getType()).getShape().back();
  if (!spec.getMisfit().empty())
    spec.result = {};
}

/// A name for `base` that no other symbol has, or one that `matches`.
template <typename Matches>
std::string FuseEpiloguesPass::findName(StringRef base, Matches matches) {
  std::string name = base.str();
  for (unsigned number = 1; Operation *found = symbols->lookup(name);
       ++number) {
    if (matches(found))
      return name;
    name = (base + "_" + Twine(number)).str();
  }
  return name;
}

/// What the ops of a body compute, in a few words for a name.
static std::string getBodyName(Block &body) {
  constexpr size_t mostNames = 4;
  llvm::SetVector<StringRef> names;
  for (Operation &op : body.without_terminator())
    if (!op.hasTrait<OpTrait::ConstantLike>())
      names.insert(op.getName().stripDialect());
  return llvm::join(names.getArrayRef().take_front(mostNames), "_");
}

/// The body of the generic as a function; one that is there already if it is
/// equal.
func::FuncOp FuseEpiloguesPass::makeFunction(const Fusion &fusion) {
  linalg::GenericOp generic = fusion.generic;
  OpBuilder b(&getContext());
  auto function = func::FuncOp::create(
      b.getUnknownLoc(),
      (epiloguePrefix + getBodyName(*generic.getBody())).str(),
      fusion.spec.epilogue.type);
  function.setPrivate();
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  for (BlockArgument argument : generic.getRegionInputArgs())
    mapping.map(argument, entry->getArgument(0));
  for (auto [i, operand] : llvm::enumerate(fusion.operands))
    mapping.map(generic.getMatchingBlockArgument(operand),
                entry->getArgument(i + 1));
  for (Operation &op : *generic.getBody()) {
    for (Value operand : op.getOperands())
      if (!mapping.contains(operand))
        mapping.map(operand,
                    b.clone(*operand.getDefiningOp())
                        ->getResult(cast<OpResult>(operand).getResultNumber()));
    if (op.hasTrait<OpTrait::IsTerminator>())
      func::ReturnOp::create(b, b.getUnknownLoc(),
                             mapping.lookup(op.getOperand(0)));
    else
      b.clone(op, mapping);
  }

  std::string name = findName(function.getSymName(), [&](Operation *found) {
    auto other = dyn_cast<func::FuncOp>(found);
    return other && other.isPrivate() &&
           other.getFunctionType() == function.getFunctionType() &&
           OperationEquivalence::isRegionEquivalentTo(
               &other.getBody(), &function.getBody(),
               OperationEquivalence::IgnoreLocations);
  });
  if (auto found = symbols->lookup<func::FuncOp>(name)) {
    function.erase();
    return found;
  }
  function.setSymName(name);
  symbols->insert(function);
  return function;
}

/// An operand with dimensions `dims` of the product, whole ones.
static Value joinDims(RewriterBase &b, Fusion &fusion, OpOperand &operand,
                      ArrayRef<int64_t> dims) {
  Location loc = fusion.generic.getLoc();
  Value value = operand.get();
  SmallVector<ReassociationIndices> groups;
  SmallVector<int64_t> parts;
  for (int64_t dim : dims) {
    groups.emplace_back();
    for (int64_t part : fusion.dims[dim]) {
      groups.back().push_back(parts.size());
      parts.push_back(part);
    }
  }
  AffineMap map = fusion.getMap(operand);
  if (map.getNumResults() < parts.size()) {
    SmallVector<OpFoldResult> all = fusion.expand.getMixedOutputShape(), sizes;
    SmallVector<AffineExpr> read;
    for (auto [i, part] : llvm::enumerate(parts)) {
      sizes.push_back(all[part]);
      if (map.isFunctionOfDim(part))
        read.push_back(b.getAffineDimExpr(i));
    }
    Value init = tensor::EmptyOp::create(b, loc, sizes,
                                         getElementTypeOrSelf(value.getType()));
    SmallVector<AffineMap> maps = {
        AffineMap::get(parts.size(), 0, read, b.getContext()),
        b.getMultiDimIdentityMap(parts.size())};
    SmallVector<utils::IteratorType> loops(parts.size(),
                                           utils::IteratorType::parallel);
    value = linalg::GenericOp::create(
                b, loc, init.getType(), value, init, maps, loops,
                [](OpBuilder &inner, Location loc, ValueRange e) {
                  linalg::YieldOp::create(inner, loc, e[0]);
                })
                .getResult(0);
  }
  if (groups.size() != parts.size())
    value = tensor::CollapseShapeOp::create(b, loc, value, groups);
  return value;
}

/// What the generic gives, of a kernel's result that lies as the product.
static Value restoreOrder(RewriterBase &b, Fusion &fusion, Value result) {
  Location loc = fusion.generic.getLoc();
  if (tensor::ExpandShapeOp expand = fusion.expand)
    result = tensor::ExpandShapeOp::create(
        b, loc,
        expand.getResultType().clone(getElementTypeOrSelf(result.getType())),
        result, expand.getReassociationIndices(), expand.getMixedOutputShape());
  OpOperand *output = fusion.generic.getDpsInitOperand(0);
  AffineMap map = fusion.getMap(*output);
  if (map.isIdentity())
    return result;
  SmallVector<int64_t> permutation;
  for (unsigned i = 0; i < map.getNumResults(); ++i)
    permutation.push_back(map.getDimPosition(i));
  return linalg::TransposeOp::create(b, loc, result, output->get(), permutation)
      ->getResult(0);
}

void FuseEpiloguesPass::fuse(Fusion &fusion) {
  MatmulSpec &spec = fusion.spec;
  CallKernelOp call = fusion.call;
  linalg::GenericOp generic = fusion.generic;
  if (spec.epilogue)
    spec.epilogue.function =
        FlatSymbolRefAttr::get(makeFunction(fusion).getSymNameAttr());

  IRRewriter b(generic);
  Location loc = generic.getLoc();
  SmallVector<Value> inputs(call.getInputs());
  for (auto [operand, dims] : llvm::zip(fusion.operands, spec.epilogue.dims))
    inputs.push_back(joinDims(b, fusion, *operand, dims));

  Attribute attribute = spec.toAttribute(&getContext());
  std::string name = findName(spec.getName(), [&](Operation *found) {
    return found->getAttr(kernelAttrName) == attribute;
  });
  if (!symbols->lookup(name)) {
    OpBuilder atEnd = OpBuilder::atBlockEnd(getOperation().getBody());
    func::FuncOp kernel = declareMatmul(atEnd, atEnd.getUnknownLoc(), spec);
    kernel.setSymName(name);
    symbols->insert(kernel);
  }

  OpOperand *output = generic.getDpsInitOperand(0);
  Value init = call.getOutputs().front();
  Type element = getElementTypeOrSelf(generic.getResult(0).getType());
  if (spec.result)
    init = output->get();
  else if (element != getElementTypeOrSelf(init.getType()))
    init = tensor::EmptyOp::create(b, loc, tensor::getMixedSizes(b, loc, init),
                                   element);
  auto made = CallKernelOp::create(b, loc, TypeRange{init.getType()}, name,
                                   inputs, ValueRange{init});
  made->setDiscardableAttrs(call->getDiscardableAttrDictionary());
  Value result = made.getResult(0);
  if (!spec.result)
    result = restoreOrder(b, fusion, result);
  b.replaceOp(generic, result);
  if (fusion.expand)
    b.eraseOp(fusion.expand);
  StringAttr callee = call.getCalleeAttr().getAttr();
  b.eraseOp(call);
  if (SymbolTable::symbolKnownUseEmpty(callee, getOperation()))
    symbols->erase(symbols->lookup(callee));
}

void FuseEpiloguesPass::runOnOperation() {
  SymbolTable table(getOperation());
  symbols = &table;
  // Declarations come and go meanwhile.
  SmallVector<func::FuncOp> functions;
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (!function.isExternal())
      functions.push_back(function);
  for (func::FuncOp function : functions) {
    SmallVector<CallKernelOp> calls;
    function.walk([&](CallKernelOp call) { calls.push_back(call); });
    RemarksByReason found;
    for (CallKernelOp call : calls) {
      std::string reason;
      std::optional<Fusion> fusion = Fusion::get(call, reason);
      if (!fusion)
        continue;
      if (reason.empty())
        fuse(*fusion);
      else
        found.add(call, reason);
    }
    if (remarks)
      found.emit("what follows a product is no part of its kernel");
  }
}
