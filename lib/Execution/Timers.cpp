//===- Timers.cpp - The timers of a module and a profile ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Timers.h"

#include "lowbit/Conversion/Timers.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace lowbit;
using namespace mlir;

void Profile::reset() {
  for (TimedOp &op : ops) {
    op.count = op.operations = op.bytes = 0;
    op.seconds = 0;
  }
  runs = 0;
  seconds = restSeconds = 0;
}

void lowbit::connectTimers(ModuleOp module, Profile &profile) {
  profile = {};
  auto list = module->getAttrOfType<ArrayAttr>(timersAttrName);
  if (!list)
    return;
  // Translation to LLVM IR has no use for it.
  module->removeAttr(timersAttrName);
  for (auto timer : list.getAsRange<DictionaryAttr>()) {
    auto get = [&](StringRef name) {
      auto text = timer.getAs<StringAttr>(name);
      return text ? text.str() : std::string();
    };
    TimedOp &op = profile.ops.emplace_back();
    op.op = get("op");
    op.place = get("place");
    op.layer = get("layer");
    op.kernel = get("kernel");
    op.computes = get("computes");
    op.products = get("products");
  }
}

RunClock::RunClock(Profile *profile) : profile(profile) {
  if (profile)
    start = last = Clock::now();
}

double RunClock::lap(Clock::time_point &since) {
  Clock::time_point now = Clock::now();
  std::chrono::duration<double> time = now - since;
  since = now;
  return time.count();
}

void RunClock::mark(int64_t number, int64_t operations, int64_t bytes) {
  double seconds = lap(last);
  if (number < 0) {
    profile->restSeconds += seconds;
    return;
  }
  TimedOp &op = profile->ops[number];
  op.count += 1;
  op.seconds += seconds;
  op.operations += operations;
  op.bytes += bytes;
}

void RunClock::end() {
  if (!profile)
    return;
  mark(-1, 0, 0);
  profile->runs += 1;
  std::chrono::duration<double> time = last - start;
  profile->seconds += time.count();
}
