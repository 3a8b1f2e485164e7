//===- VectorLoopEmitter.h - Emits vector loops for a generic op ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_VECTORLOOPEMITTER_H
#define LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_VECTORLOOPEMITTER_H

#include "LoopPlan.h"

namespace lowbit {

/// Emits loops for `op` in front of it; the caller erases it. All parallel
/// dimensions but the vector dimension come first (as one `scf.parallel` where
/// that much work is likely), then the reductions, then the vector loop: whole
/// vectors of `lanes` elements, and a masked one for the rest.
void emitVectorLoops(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op,
                     const LoopPlan &plan, int64_t lanes);

} // namespace lowbit

#endif // LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_VECTORLOOPEMITTER_H
