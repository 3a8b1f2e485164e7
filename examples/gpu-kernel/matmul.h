//===- matmul.h - The kernel of a matrix product ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GPU_KERNEL_MATMUL_H
#define GPU_KERNEL_MATMUL_H

#include "lowbit/Kernels/NVVM/Target.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

/// Rows and columns of the product that one block of threads computes.
constexpr int64_t blockRows = 64, blockColumns = 64;
/// Elements of a row that are multiplied at a time.
constexpr int64_t stepDepth = 32;

/// Adds the kernel "matmul" to `module`: c = a * b^T in f32, where a has `m`
/// rows and b has `n` of `depth` f16 each, a multiple of `stepDepth`, that
/// begin at multiples of 16 bytes. Its arguments are a, b, c, m, n; its grid
/// has a block for each 64 rows (x) and 64 columns (y) of c.
void buildMatmul(mlir::gpu::GPUModuleOp module,
                 const lowbit::nvvm::Target &target, int64_t depth);

#endif // GPU_KERNEL_MATMUL_H
