//===- DeviceFlags.cpp - Options about GPUs and the emulator --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DeviceFlags.h"

#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <tuple>

using namespace lowbit;
namespace cl = llvm::cl;

void LaunchCounters::add(const std::string &kernel,
                         const simt::Report &report) {
  Launches &launches = kernels[kernel];
  ++launches.count;
  std::vector<simt::SiteCounters> &sites = launches.counters.sites;
  for (const simt::SiteCounters &site : report.counters.sites) {
    auto place = std::lower_bound(
        sites.begin(), sites.end(), site,
        [](const simt::SiteCounters &x, const simt::SiteCounters &y) {
          return std::tie(x.location, x.op) < std::tie(y.location, y.op);
        });
    if (place == sites.end() || place->location != site.location ||
        place->op != site.op) {
      sites.insert(place, site);
      continue;
    }
    for (auto member :
         {&simt::SiteCounters::executions,
          &simt::SiteCounters::sharedWavefronts,
          &simt::SiteCounters::sharedIdealWavefronts,
          &simt::SiteCounters::sharedBytes, &simt::SiteCounters::globalRequests,
          &simt::SiteCounters::globalSectors,
          &simt::SiteCounters::globalIdealSectors,
          &simt::SiteCounters::globalBytes})
      (*place).*member += site.*member;
  }
}

void LaunchCounters::print(llvm::raw_ostream &os) const {
  for (const auto &[kernel, launches] : kernels)
    os << kernel << ", " << launches.count
       << (launches.count == 1 ? " launch\n" : " launches\n")
       << launches.counters.table();
}

DeviceFlags::DeviceFlags(cl::OptionCategory &category)
    : device(
          "device", cl::desc("Where attention is computed (default cpu):"),
          cl::values(
              clEnumValN(DeviceKind::Cpu, "cpu", "here, like all else"),
              clEnumValN(DeviceKind::Cuda, "cuda", "a GPU, by NVIDIA's driver"),
              clEnumValN(DeviceKind::Emulator, "emulator",
                         "the SIMT emulator: the kernels of the "
                         "GPU, here")),
          cl::init(DeviceKind::Cpu), cl::cat(category)),
      chip("chip", cl::init("sm_80"), cl::cat(category),
           cl::desc("With a device: the GPU kernels are for (default sm_80)")),
      attentionElement("attention-element", cl::value_desc("type"),
                       cl::cat(category),
                       cl::desc("With a device: what f32 attention is rounded "
                                "to, f16 or bf16")),
      fallback("device-fallback", cl::cat(category),
               cl::desc("With a device: attention without a kernel is "
                        "computed here")),
      copies("emulator-copies", cl::cat(category),
             cl::desc("With the emulator: when asynchronous copies land "
                      "(default lazy):"),
             cl::values(clEnumValN(simt::Completion::Lazy, "lazy",
                                   "when they are waited for"),
                        clEnumValN(simt::Completion::Eager, "eager", "at once"),
                        clEnumValN(simt::Completion::Random, "random",
                                   "any time between")),
             cl::init(simt::Completion::Lazy)),
      seed("emulator-seed", cl::value_desc("number"), cl::cat(category),
           cl::desc("With the emulator: run warps and lanes in an order drawn "
                    "from this seed (default: in ascending order)"),
           cl::init(1)),
      counters("emulator-counters", cl::cat(category),
               cl::desc("With the emulator: print what each place in each "
                        "kernel did: executions, bank conflicts, sectors, "
                        "bytes")) {}

std::string DeviceFlags::check() const {
  if (device == DeviceKind::Emulator)
    return "";
  for (const cl::Option *option :
       std::initializer_list<const cl::Option *>{&copies, &seed, &counters})
    if (option->getNumOccurrences())
      return "--" + option->ArgStr.str() + " needs --device=emulator";
  return "";
}

void DeviceFlags::apply(CompileOptions &options,
                        LaunchCounters &launches) const {
  options.device = device;
  options.chip = chip;
  options.attentionElement = attentionElement;
  options.deviceFallback = fallback;
  options.emulator.completion = copies;
  options.emulator.randomOrder = seed.getNumOccurrences() != 0;
  options.emulator.seed = seed;
  options.emulator.counters = counters;
  if (counters)
    options.emulatorReport = [&launches](const std::string &kernel,
                                         const simt::Report &report) {
      launches.add(kernel, report);
    };
}
