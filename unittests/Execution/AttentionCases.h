//===- AttentionCases.h - What tests of attention have in common -*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONCASES_H
#define LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONCASES_H

#include "AttentionRun.h"

namespace lowbit::test {

/// Whether the slow tier runs.
bool isSlow();

/// A kernel for sm_80; values have heads as large as keys.
nvvm::AttentionSpec getSpec(int64_t headSize,
                            nvvm::Half element = nvvm::Half::BF16);

/// Lets rows of `spec` begin at multiples of as many bytes as they allow.
void fitAlignments(nvvm::AttentionSpec &spec);

/// One sequence, one head.
AttentionSizes getSizes(int64_t queries, int64_t keys);

/// Keys of several sequences in pages of several sizes; with `decode` for few
/// queries.
void expectPagesRun(nvvm::AttentionSpec spec, bool decode);

/// No access to shared memory in the loop over tiles waits for a bank.
void expectNoBankConflicts(const nvvm::AttentionSpec &spec);

} // namespace lowbit::test

#endif // LOWBIT_LIB_UNITTESTS_EXECUTION_ATTENTIONCASES_H
