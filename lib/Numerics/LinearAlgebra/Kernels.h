//===- Kernels.h - Matrix products and factors of a library -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Everything of order K^3 goes through here. Eigen picks its vector width when
// it is compiled, so EigenKernels.cpp is compiled once per processor level and
// one level is chosen when the program runs; no other file sees Eigen.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_LINEARALGEBRA_KERNELS_H
#define LOWBIT_LIB_NUMERICS_LINEARALGEBRA_KERNELS_H

#include <cstdint>
#include <span>

namespace lowbit::numerics {

/// A row-major matrix that someone else owns: rows of `stride` elements.
template <typename T>
struct MatrixView {
  T *data;
  int64_t stride;

  T *row(int64_t i) const { return data + i * stride; }
  MatrixView at(int64_t i, int64_t j) const { return {row(i) + j, stride}; }
  operator MatrixView<const T>() const { return {data, stride}; }
};

/// On one thread each. The result is the same in every run on processors of
/// one level; between levels sums are in another order and may use FMA.
struct MatrixKernels {
  /// c[m, n] += a[k, m]^T b[k, n]. The sum over k is formed in f32 and then
  /// added to c. No operand may overlap c.
  void (*addProduct)(int64_t m, int64_t n, int64_t k, MatrixView<const float> a,
                     MatrixView<const float> b, MatrixView<float> c);

  /// Replaces the symmetric n x n matrix a, of which only the upper triangle
  /// is read, by the R of a = R^T R in its upper triangle; the strict lower
  /// triangle is left as it is. False if a is not positive definite.
  bool (*factorize)(int64_t n, double *a);
};

/// All that this processor can run, the fastest first.
std::span<const MatrixKernels *const> supportedMatrixKernels();

/// The fastest.
inline const MatrixKernels &matrixKernels() {
  return *supportedMatrixKernels().front();
}

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_LINEARALGEBRA_KERNELS_H
