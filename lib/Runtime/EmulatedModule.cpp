//===- EmulatedModule.cpp - Kernels that the emulator knows ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EmulatedKernels.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <ranges>
#include <string_view>
#include <thread>

using namespace lowbit::runtime;

namespace {

/// The kernels of a module of a program, by name.
struct Module {
  const void *program;
  std::string name;
  /// Who registered it last.
  std::thread::id thread;
  std::map<std::string, EmulatedKernel, std::less<>> kernels;
};

/// What has been registered, the oldest first.
struct Registry {
  std::mutex mutex;
  std::list<Module> modules;
};

} // namespace

/// Never destroyed, like the programs that register.
static Registry &getRegistry() {
  static Registry *registry = new Registry;
  return *registry;
}

void lowbit_runtime_register_kernel(const void *program, const char *module,
                                    const char *kernel, LowbitSimtEntry entry,
                                    const LowbitEmulatedKernel *properties) {
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  auto found = std::ranges::find_if(registry.modules, [&](const Module &known) {
    return known.program == program && known.name == module;
  });
  if (found == registry.modules.end())
    found = registry.modules.insert(found, {program, module, {}, {}});
  found->thread = std::this_thread::get_id();
  EmulatedKernel &added = found->kernels[kernel] = {
      {std::string(module) + "." + kernel, entry, (properties->flags & 1) != 0},
      *properties,
      {properties->parameterBytes,
       properties->parameterBytes + properties->parameters}};
  added.properties.parameterBytes = nullptr;
}

void lowbit_runtime_unregister_program(const void *program) {
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  std::erase_if(registry.modules,
                [&](const Module &known) { return known.program == program; });
}

/// The newest module of this name, one of this thread's if there is any.
static Module *findNewest(Registry &registry, std::string_view name) {
  Module *newest = nullptr;
  for (Module &module : std::views::reverse(registry.modules)) {
    if (module.name != name)
      continue;
    if (module.thread == std::this_thread::get_id())
      return &module;
    if (!newest)
      newest = &module;
  }
  return newest;
}

Failure lowbit::runtime::findModule(const void *image, size_t bytes,
                                    void *&module) {
  constexpr std::string_view magic = LOWBIT_EMULATED_MODULE_MAGIC;
  auto *text = static_cast<const char *>(image);
  if ((bytes && bytes <= magic.size()) ||
      std::memcmp(text, magic.data(), magic.size()) != 0)
    return "the emulator was given a module for a GPU: compile the program for "
           "the emulator, with convert-nvvm-to-simt in the place of "
           "gpu-module-to-binary";
  text += magic.size();
  std::string_view name =
      bytes ? std::string_view(text, strnlen(text, bytes - magic.size()))
            : std::string_view(text);
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  module = findNewest(registry, name);
  if (!module)
    return "no kernel of the module '" + std::string(name) +
           "' has been registered with the emulator: the constructors of the "
           "program have not run";
  return {};
}

Failure lowbit::runtime::findKernel(void *module, const char *name,
                                    void *&kernel) {
  Registry &registry = getRegistry();
  std::scoped_lock lock(registry.mutex);
  auto &kernels = static_cast<Module *>(module)->kernels;
  auto found = kernels.find(std::string_view(name));
  if (found == kernels.end())
    return "the module has no kernel '" + std::string(name) + "'";
  kernel = &found->second;
  return {};
}
