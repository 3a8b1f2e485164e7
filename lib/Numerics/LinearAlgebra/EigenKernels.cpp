//===- EigenKernels.cpp - The kernels of one processor level --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiled once per level, with LOWBIT_KERNELS naming the table to define.
//
//===----------------------------------------------------------------------===//

// Templates are linked by name: without a name of its own for each level the
// linker would keep one of three products and throw the others away.
#define LOWBIT_JOIN2(a, b) a##b
#define LOWBIT_JOIN(a, b) LOWBIT_JOIN2(a, b)
#define Eigen LOWBIT_JOIN(EigenFor_, LOWBIT_KERNELS)
// Threads are ours (Parallel.h); licences other than MPL 2 are not wanted.
#define EIGEN_DONT_PARALLELIZE
#define EIGEN_MPL2_ONLY
#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "Kernels.h"

namespace {

template <typename T>
using RowMajor =
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <typename T>
using Map = Eigen::Map<T, Eigen::Unaligned, Eigen::OuterStride<>>;
using lowbit::numerics::MatrixKernels;
using lowbit::numerics::MatrixView;

void addProduct(int64_t m, int64_t n, int64_t k, MatrixView<const float> a,
                MatrixView<const float> b, MatrixView<float> c) {
  if (m == 0 || n == 0 || k == 0)
    return;
  Map<const RowMajor<float>> left(a.data, k, m, Eigen::OuterStride<>(a.stride));
  Map<const RowMajor<float>> right(b.data, k, n,
                                   Eigen::OuterStride<>(b.stride));
  Map<RowMajor<float>> sum(c.data, m, n, Eigen::OuterStride<>(c.stride));
  sum.noalias() += left.transpose() * right;
}

bool factorize(int64_t n, double *a) {
  // An upper triangle by rows is a lower one by columns, which is the form
  // that Eigen factorizes fastest.
  Eigen::Map<Eigen::MatrixXd> matrix(a, n, n);
  Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>, Eigen::Lower> factor(matrix);
  return factor.info() == Eigen::Success;
}

} // namespace

namespace lowbit::numerics {
extern const MatrixKernels LOWBIT_KERNELS;
const MatrixKernels LOWBIT_KERNELS = {addProduct, factorize};
} // namespace lowbit::numerics
