//===- SumCounters.h - Adds counters up -------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_SUMCOUNTERS_H
#define LOWBIT_LIB_SIMT_SUMCOUNTERS_H

#include "lowbit/Simt/Counters.h"

namespace lowbit::simt {

/// Adds the numbers of `site` to `sum`.
void addTo(SiteCounters &sum, const SiteCounters &site);

/// One entry per location and op, in their order.
Counters sumBySite(std::vector<SiteCounters> sites);

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_SUMCOUNTERS_H
