//===- Collectives.h - What the lanes of a warp do together -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each does one op for a warp whose lanes have met: reads Warp::in, writes
// Warp::out. `lanes` are those that take part.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_COLLECTIVES_COLLECTIVES_H
#define LOWBIT_LIB_SIMT_COLLECTIVES_COLLECTIVES_H

#include "Block.h"

namespace lowbit::simt {

void mma(Block &block, Warp &warp, const Site &site);
void mmaSparse(Block &block, Warp &warp, const Site &site);
void ldmatrix(Block &block, Warp &warp, const Site &site);
void shuffle(Block &block, Warp &warp, uint32_t lanes, const Site &site);
void vote(Block &block, Warp &warp, uint32_t lanes, const Site &site);
void redux(Block &block, Warp &warp, uint32_t lanes, const Site &site);
void match(Block &block, Warp &warp, uint32_t lanes, const Site &site);
void elect(Block &block, Warp &warp, uint32_t lanes, const Site &site);

/// Ends the block: no instruction has the site's attributes.
[[noreturn]] void failInvalidSite(Block &block, const Site &site,
                                  const char *reason);

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_COLLECTIVES_COLLECTIVES_H
