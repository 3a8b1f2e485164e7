//===- Counters.cpp - Sums and tables of what was counted -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Simt/Counters.h"

#include "SumCounters.h"

#include <algorithm>
#include <cstdio>
#include <tuple>

using namespace lowbit::simt;

void lowbit::simt::addTo(SiteCounters &sum, const SiteCounters &site) {
  sum.executions += site.executions;
  sum.sharedWavefronts += site.sharedWavefronts;
  sum.sharedIdealWavefronts += site.sharedIdealWavefronts;
  sum.sharedBytes += site.sharedBytes;
  sum.globalRequests += site.globalRequests;
  sum.globalSectors += site.globalSectors;
  sum.globalIdealSectors += site.globalIdealSectors;
  sum.globalBytes += site.globalBytes;
}

Counters lowbit::simt::sumBySite(std::vector<SiteCounters> sites) {
  auto key = [](const SiteCounters &site) {
    return std::tie(site.location, site.op);
  };
  std::sort(sites.begin(), sites.end(),
            [&](const SiteCounters &a, const SiteCounters &b) {
              return key(a) < key(b);
            });
  Counters counters;
  for (SiteCounters &site : sites) {
    if (!counters.sites.empty() && key(counters.sites.back()) == key(site))
      addTo(counters.sites.back(), site);
    else
      counters.sites.push_back(std::move(site));
  }
  return counters;
}

std::vector<SiteCounters> Counters::byOp() const {
  std::vector<SiteCounters> ops = sites;
  for (SiteCounters &op : ops)
    op.location.clear();
  return std::move(sumBySite(std::move(ops)).sites);
}

SiteCounters Counters::total() const {
  SiteCounters sum;
  for (const SiteCounters &site : sites)
    addTo(sum, site);
  return sum;
}

namespace {

void row(std::string &text, const SiteCounters &site, const std::string &op,
         size_t opWidth) {
  char line[256];
  std::snprintf(line, sizeof line,
                "%-*s %12llu %12llu %10llu %14llu %10llu %10llu %10llu %14llu",
                int(opWidth), op.c_str(), (unsigned long long)site.executions,
                (unsigned long long)site.sharedWavefronts,
                (unsigned long long)site.bankConflicts(),
                (unsigned long long)site.sharedBytes,
                (unsigned long long)site.globalRequests,
                (unsigned long long)site.globalSectors,
                (unsigned long long)site.globalIdealSectors,
                (unsigned long long)site.globalBytes);
  text += line;
  if (!site.location.empty())
    text += "  " + site.location;
  text += '\n';
}

} // namespace

std::string Counters::table() const {
  size_t width = 5;
  for (const SiteCounters &site : sites)
    width = std::max(width, std::min<size_t>(site.op.size(), 60));
  char header[256];
  std::snprintf(header, sizeof header,
                "%-*s %12s %12s %10s %14s %10s %10s %10s %14s  %s\n",
                int(width), "op", "executions", "wavefronts", "conflicts",
                "shared bytes", "requests", "sectors", "least", "global bytes",
                "location");
  std::string text = header;
  for (const SiteCounters &site : sites)
    row(text, site, site.op, width);
  text += "by op\n";
  for (const SiteCounters &op : byOp())
    row(text, op, op.op, width);
  row(text, total(), "total", width);
  return text;
}
