//===- ProfileReport.cpp - What --profile prints and writes ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProfileReport.h"

#include "lowbit/Kernels/X86/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"

using namespace lowbit;
using runtime::Ceiling;

/// Ops below this share of a run are one line of the table together.
static constexpr double smallestShare = 0.001;

/// The most time first; ops that take the same stay in their order.
static std::vector<TimedOp> sortByTime(const std::vector<TimedOp> &ops) {
  auto order = llvm::to_vector(llvm::seq<size_t>(0, ops.size()));
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::pair(-ops[a].seconds, a) < std::pair(-ops[b].seconds, b);
  });
  std::vector<TimedOp> sorted;
  for (size_t i : order)
    sorted.push_back(ops[i]);
  return sorted;
}

ProfileReport::ProfileReport(unsigned threads, llvm::StringRef isa)
    : threads(threads), isa(x86::Target::get(isa)->name()) {
  runtime::CeilingMeter meter(threads);
  for (Ceiling ceiling : runtime::allCeilings)
    ceilings[ceiling] = meter.measure(ceiling);
}

void ProfileReport::add(const Profile &measured) {
  profile = measured;
  profile.ops = sortByTime(measured.ops);
}

static std::string getKind(const TimedOp &op) {
  if (!op.kernel.empty())
    return op.kernel;
  if (!op.products.empty() || op.operations)
    return "products without a kernel";
  // Loops without linalg ops are called what they are.
  return !op.computes.empty() || op.op == "memref.copy" ? "elementwise" : op.op;
}

std::vector<TimedOp> ProfileReport::getKinds() const {
  std::vector<TimedOp> kinds;
  for (const TimedOp &op : profile.ops) {
    std::string name = getKind(op);
    auto kind =
        llvm::find_if(kinds, [&](const TimedOp &k) { return k.op == name; });
    if (kind == kinds.end()) {
      kind = kinds.insert(kinds.end(), TimedOp());
      kind->op = name;
      kind->products = op.products;
      kind->codeBytes = op.codeBytes;
    } else if (kind->products != op.products) {
      kind->products.clear();
    }
    kind->count += op.count;
    kind->seconds += op.seconds;
    kind->operations += op.operations;
    kind->bytes += op.bytes;
  }
  TimedOp rest;
  rest.op = "rest: memory, sizes, loops around ops";
  rest.seconds = profile.restSeconds;
  kinds.push_back(rest);
  return sortByTime(kinds);
}

/// 10^9 per second.
static std::optional<double> getRate(uint64_t amount, const TimedOp &op) {
  if (amount == 0 || !(op.seconds > 0))
    return std::nullopt;
  return amount / op.seconds / 1e9;
}

static std::optional<double> divide(std::optional<double> rate,
                                    std::optional<double> ceiling) {
  if (!rate || !ceiling)
    return std::nullopt;
  return *rate / *ceiling;
}

std::optional<double>
ProfileReport::getShareOfProducts(const TimedOp &op) const {
  auto ceiling = llvm::StringSwitch<std::optional<Ceiling>>(op.products)
                     .Case("int8", Ceiling::Int8)
                     .Case("bf16", Ceiling::Bf16)
                     .Case("f32", Ceiling::F32)
                     .Default(std::nullopt);
  return ceiling ? divide(getRate(op.operations, op), ceilings.at(*ceiling))
                 : std::nullopt;
}

std::optional<double> ProfileReport::getShareOfMemory(const TimedOp &op) const {
  return divide(getRate(op.bytes, op), ceilings.at(Ceiling::Memory));
}

/// `value` times `factor` in a column; a dash if there is none.
static std::string getCell(std::optional<double> value, double factor,
                           const char *format) {
  std::string text;
  llvm::raw_string_ostream os(text);
  if (value)
    os << llvm::format(format, *value * factor);
  else
    os << '-';
  return text;
}

static const char *const heading =
    "   share         ms  count      GOPS     of      GB/s     of  ";

/// The columns of numbers.
std::string ProfileReport::getText(const TimedOp &op) const {
  auto percent = [](std::optional<double> share) {
    return getCell(share, 100, "%.0f %%");
  };
  std::string text;
  llvm::raw_string_ostream os(text);
  double runs = profile.runs;
  os << llvm::format("%6.1f %% %10.3f %6s", 100 * op.seconds / profile.seconds,
                     op.seconds / runs * 1e3,
                     getCell(op.count / runs, 1, "%.0f").c_str())
     << llvm::format(" %9s %6s",
                     getCell(getRate(op.operations, op), 1, "%.1f").c_str(),
                     percent(getShareOfProducts(op)).c_str())
     << llvm::format(" %9s %6s  ",
                     getCell(getRate(op.bytes, op), 1, "%.1f").c_str(),
                     percent(getShareOfMemory(op)).c_str());
  return text;
}

static const std::string &getLayer(const TimedOp &op) {
  return op.layer.empty() ? op.place : op.layer;
}

static const std::string &getWhat(const TimedOp &op) {
  if (!op.kernel.empty())
    return op.kernel;
  return op.computes.empty() ? op.op : op.computes;
}

void ProfileReport::print(llvm::raw_ostream &os) const {
  os << llvm::format("%.3f ms a run, the mean of %llu on %u thread%s, %s\n",
                     profile.seconds / profile.runs * 1e3,
                     static_cast<unsigned long long>(profile.runs), threads,
                     threads == 1 ? "" : "s", isa.c_str());
  auto getCeiling = [&](Ceiling ceiling) {
    return getCell(ceilings.at(ceiling), 1, "%.1f");
  };
  os << "ceilings: int8 " << getCeiling(Ceiling::Int8) << ", bf16 "
     << getCeiling(Ceiling::Bf16) << ", f32 " << getCeiling(Ceiling::F32)
     << " GOPS, memory " << getCeiling(Ceiling::Memory)
     << " GB/s; beyond it is what caches hold\n\n";

  auto isShown = [&](const TimedOp &op) {
    return op.seconds >= smallestShare * profile.seconds;
  };
  size_t width = llvm::StringRef("layer or place").size();
  TimedOp small;
  size_t numSmall = 0;
  for (const TimedOp &op : profile.ops) {
    if (isShown(op)) {
      width = std::max(width, getLayer(op).size());
      continue;
    }
    ++numSmall;
    small.count += op.count;
    small.seconds += op.seconds;
  }
  int padding = static_cast<int>(width);
  os << heading << llvm::format("%-*s  what\n", padding, "layer or place");
  for (const TimedOp &op : profile.ops)
    if (isShown(op))
      os << getText(op) << llvm::format("%-*s  ", padding, getLayer(op).c_str())
         << getWhat(op) << '\n';
  if (numSmall)
    os << getText(small) << numSmall << " ops below "
       << llvm::format("%.1f %%\n", 100 * smallestShare);

  os << '\n' << heading << "kind\n";
  for (const TimedOp &kind : getKinds()) {
    os << getText(kind) << kind.op;
    if (kind.codeBytes)
      os << llvm::format(", %.1f KiB of code", kind.codeBytes / 1024.0);
    os << '\n';
  }
}

llvm::json::Object ProfileReport::getNumbers(const TimedOp &op) const {
  int64_t runs = profile.runs;
  llvm::json::Object object{
      {"ms", op.seconds / runs * 1e3},
      {"share", op.seconds / profile.seconds},
      {"count", static_cast<int64_t>(op.count) / runs},
      {"operations", static_cast<int64_t>(op.operations) / runs},
      {"bytes", static_cast<int64_t>(op.bytes) / runs}};
  auto add = [&](const char *name, std::optional<double> value) {
    if (value)
      object[name] = *value;
  };
  add("gops", getRate(op.operations, op));
  add("gbs", getRate(op.bytes, op));
  add("of_products", getShareOfProducts(op));
  add("of_memory", getShareOfMemory(op));
  return object;
}

llvm::json::Object ProfileReport::toJson() const {
  llvm::json::Object measured;
  for (auto [ceiling, value] : ceilings)
    measured[llvm::StringRef(runtime::getName(ceiling))] =
        value ? llvm::json::Value(*value) : llvm::json::Value(nullptr);
  llvm::json::Array ops, kinds;
  for (const TimedOp &op : profile.ops) {
    llvm::json::Object object = getNumbers(op);
    for (auto [name, text] :
         std::initializer_list<std::pair<const char *, const std::string &>>{
             {"op", op.op},
             {"place", op.place},
             {"layer", op.layer},
             {"kernel", op.kernel},
             {"computes", op.computes},
             {"products", op.products}})
      if (!text.empty())
        object[name] = text;
    ops.push_back(std::move(object));
  }
  for (const TimedOp &kind : getKinds()) {
    llvm::json::Object object = getNumbers(kind);
    object["kind"] = kind.op;
    if (kind.codeBytes)
      object["code_bytes"] = static_cast<int64_t>(kind.codeBytes);
    kinds.push_back(std::move(object));
  }
  int64_t runs = profile.runs;
  return llvm::json::Object{{"version", 1},
                            {"isa", isa},
                            {"threads", threads},
                            {"runs", runs},
                            {"ms", profile.seconds / runs * 1e3},
                            {"ceilings", std::move(measured)},
                            {"ops", std::move(ops)},
                            {"kinds", std::move(kinds)}};
}
