//===- Multiversion.h - Loops compiled for several processors ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_MULTIVERSION_H
#define LOWBIT_LIB_NUMERICS_MULTIVERSION_H

/// On a function with a hot loop: compiles it for plain x86-64, AVX2 and
/// AVX-512 and picks one when the program is loaded, so that a portable build
/// is fast without -march=native. The library is built with -ffp-contract=off;
/// otherwise the versions with FMA would round differently from the plain one.
///
/// Only for free functions with internal linkage, whose callees are inlined.
#if defined(__x86_64__) && defined(__ELF__) && defined(__clang__)
#define LOWBIT_MULTIVERSION                                                    \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define LOWBIT_MULTIVERSION
#endif

#endif // LOWBIT_LIB_NUMERICS_MULTIVERSION_H
