//===- CudaDriver.cpp - NVIDIA's driver, opened at run time ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDriver.h"

#include <dlfcn.h>

using namespace lowbit::runtime;

namespace {
struct Opened {
  CudaDriver driver;
  /// Empty if the driver was opened.
  std::string reason;
};
} // namespace

static Opened openDriver() {
  Opened opened;
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    opened.reason = std::string("there is no CUDA driver (") + dlerror() +
                    "): install NVIDIA's driver, or run on the emulator";
    return opened;
  }
#define LOWBIT_CUDA_LOAD(NAME, SYMBOL, TYPES)                                  \
  opened.driver.NAME =                                                         \
      reinterpret_cast<decltype(opened.driver.NAME)>(dlsym(library, SYMBOL));  \
  if (!opened.driver.NAME && opened.reason.empty())                            \
    opened.reason = "the CUDA driver has no function " SYMBOL                  \
                    ": it is too old, install a newer one";
  LOWBIT_CUDA_FUNCTIONS(LOWBIT_CUDA_LOAD)
#undef LOWBIT_CUDA_LOAD
  if (!opened.reason.empty())
    return opened;
  if (CUresult result = opened.driver.cuInit(0))
    opened.reason =
        "the CUDA driver does not start: " + opened.driver.describe(result);
  return opened;
}

const CudaDriver *CudaDriver::open(std::string &reason) {
  static const Opened opened = openDriver();
  reason = opened.reason;
  return reason.empty() ? &opened.driver : nullptr;
}

std::string CudaDriver::describe(CUresult result) const {
  const char *name = nullptr, *text = nullptr;
  if (cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    return "error " + std::to_string(result);
  if (cuGetErrorString(result, &text) != CUDA_SUCCESS || !text)
    return name;
  return std::string(name) + ": " + text;
}
