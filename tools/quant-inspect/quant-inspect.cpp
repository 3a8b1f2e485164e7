//===- quant-inspect.cpp - See what a weights file holds ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Listing.h"
#include "TensorDump.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/WithColor.h"

using namespace lowbit;
namespace cl = llvm::cl;

namespace {
/// The command line; see quant-run.
struct Options {
  cl::OptionCategory category{"quant-inspect options"};

  cl::opt<std::string> path{cl::Positional, cl::Required,
                            cl::desc("<weights.safetensors or index.json>"),
                            cl::cat(category)};
  cl::opt<std::string> tensor{
      "tensor", cl::desc("The tensor to show (default: list all of them)"),
      cl::value_desc("name"), cl::cat(category)};
  cl::opt<std::string> rows{
      "rows",
      cl::desc("Rows to show, 2:5 or 2: or :5 or 3 (default: the first eight); "
               "all axes but the last are counted together"),
      cl::value_desc("range"), cl::cat(category)};
  cl::opt<std::string> columns{
      "columns", cl::desc("Columns to show, along the last axis, likewise"),
      cl::value_desc("range"), cl::cat(category)};
  cl::opt<std::string> against{
      "against",
      cl::desc("Weights file with the tensor before it was quantized: show its "
               "values and the errors too"),
      cl::value_desc("file"), cl::cat(category)};
  cl::opt<bool> json{"json", cl::desc("Print JSON"), cl::cat(category)};
  cl::opt<bool> csv{"csv",
                    cl::desc("Print CSV: a line for each tensor, or for each "
                             "value that is shown"),
                    cl::cat(category)};

  /// What is wrong with the options together; empty if nothing is.
  std::string check() const;
};
} // namespace

std::string Options::check() const {
  if (json && csv)
    return "--json and --csv exclude each other";
  for (const cl::opt<std::string> *option : {&rows, &columns, &against})
    if (option->getNumOccurrences() && tensor.empty())
      return "--" + option->ArgStr.str() +
             " needs --tensor with the name of a tensor";
  return "";
}

static int fail(const llvm::Twine &message) {
  llvm::WithColor::error(llvm::errs(), "quant-inspect") << message << '\n';
  return 1;
}

static int fail(llvm::Error error) {
  return fail(llvm::toString(std::move(error)));
}

/// Prints in the form that `flags` ask for.
template <typename T>
static int print(const T &what, const Options &flags) {
  if (flags.json)
    what.printJson(llvm::outs());
  else if (flags.csv)
    what.printCsv(llvm::outs());
  else
    what.print(llvm::outs());
  return 0;
}

static std::string describeUnknown(const weights::WeightsFile &file,
                                   const std::vector<std::string> &bases,
                                   const std::string &name) {
  llvm::SmallVector<llvm::StringRef> names(bases.begin(), bases.end());
  for (const weights::TensorView *tensor : file.tensors())
    names.push_back(tensor->name);
  llvm::StringRef nearest = findNearest(name, names);
  return file.path() + ": has no tensor " + weights::inQuotes(name) +
         (nearest.empty()
              ? "; without --tensor all are listed"
              : "; did you mean " + weights::inQuotes(nearest.str()) + "?");
}

/// The tensor `source`, or else `name`, of the file of --against.
static llvm::Expected<const weights::TensorView *>
findOriginal(const weights::WeightsFile &file, const std::string &source,
             const std::string &name) {
  if (const weights::TensorView *tensor = file.find(source))
    return tensor;
  if (const weights::TensorView *tensor = file.find(name))
    return tensor;
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 describeUnknown(file, {}, source));
}

static int showTensor(const weights::WeightsFile &file, const Options &flags,
                      mlir::MLIRContext *context) {
  std::vector<std::string> bases = getStoredBases(file.metadata());
  std::optional<weights::WeightsFile> against;
  if (!flags.against.empty()) {
    auto opened = weights::WeightsFile::open(flags.against);
    if (!opened)
      return fail(opened.message());
    against = *std::move(opened);
  }
  auto show = [&](const auto &tensor, const std::string &source) -> int {
    llvm::Expected<Window> window =
        Window::parse(flags.rows, flags.columns, tensor.shape);
    if (!window)
      return fail(window.takeError());
    llvm::Expected<TensorDump> dump = TensorDump::read(tensor, *window);
    if (!dump)
      return fail(dump.takeError());
    if (against) {
      auto original = findOriginal(*against, source, flags.tensor);
      if (!original)
        return fail(original.takeError());
      if (llvm::Error error =
              dump->compare(tensor, **original, against->path()))
        return fail(std::move(error));
    }
    return print(*dump, flags);
  };
  if (llvm::is_contained(bases, flags.tensor)) {
    llvm::Expected<StoredTensor> tensor =
        StoredTensor::read(file, flags.tensor, context);
    if (!tensor)
      return fail(tensor.takeError());
    return show(*tensor, tensor->source);
  }
  if (const weights::TensorView *tensor = file.find(flags.tensor.getValue()))
    return show(*tensor, tensor->name);
  return fail(describeUnknown(file, bases, flags.tensor));
}

int main(int argc, char **argv) {
  llvm::InitLLVM init(argc, argv);
  cl::ResetCommandLineParser();
  Options flags;
  cl::HideUnrelatedOptions(flags.category);
  cl::ParseCommandLineOptions(
      argc, argv,
      "See what a weights file holds\n\n"
      "  quant-inspect int4.safetensors\n"
      "      lists the tensors: shape, bits per weight, bytes, encoding\n"
      "  quant-inspect int4.safetensors --tensor=fc.weight --rows=0:4 "
      "--columns=:6\n"
      "      the codes of a part of one, the scales of their blocks, what they "
      "stand for,\n"
      "      and how often each code is used\n"
      "  quant-inspect int4.safetensors --tensor=fc.weight "
      "--against=model.safetensors\n"
      "      the same beside the numbers that it was quantized from, and what "
      "was lost\n\n"
      "A value is scale * (code - zero point), or scale * level + offset where "
      "codes are\nnumbers of levels; docs/spec.md has the rest. Any "
      "safetensors file can be listed.\n");
  if (std::string problem = flags.check(); !problem.empty())
    return fail(problem);
  auto file = weights::WeightsFile::open(flags.path);
  if (!file)
    return fail(file.message());

  mlir::MLIRContext context;
  context.loadDialect<LowbitDialect>();
  if (flags.tensor.getNumOccurrences())
    return showTensor(*file, flags, &context);
  llvm::Expected<Listing> listing = Listing::read(*file, &context);
  if (!listing)
    return fail(listing.takeError());
  return print(*listing, flags);
}
