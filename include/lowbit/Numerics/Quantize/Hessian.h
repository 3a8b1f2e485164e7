//===- Hessian.h - How a layer reacts to errors of its weights --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_HESSIAN_H
#define LOWBIT_NUMERICS_QUANTIZE_HESSIAN_H

#include "lowbit/Numerics/Statistics.h"

namespace lowbit::numerics {

struct HessianOptions {
  /// What is added to the diagonal, as a part of its mean: Frantar et al.,
  /// GPTQ, 2022, section 3.3, step 3.
  double damping = 0.01;
  /// Channels with the largest diagonal are rounded first (the activation
  /// order of the GPTQ authors' code); else in their own order.
  bool activationOrder = false;
};

/// The squared error of a layer's outputs is tr(E^T H E) for an error E of its
/// weight, [K, N], with H = X^T X of its inputs. Factorized as
///
///     H + damping = (I + F) diag(pivots) (I + F)^T
///
/// with F strictly upper triangular, it is the sum over k of pivots[k] times
/// |E_k + sum of F_jk E_j for j < k|^2, so that adding that inner sum to row k
/// of the weight before it is rounded makes up for the rows rounded before.
///
/// GPTQ and SparseGPT state the same with a Cholesky factor U of the inverse
/// of H, pivots[k] being 1 / U_kk^2. The row that is rounded next is the same
/// in both (Chee et al., QuIP, 2023, theorem 6), and no inverse is needed: half
/// of the work of order K^3, and none of its loss of digits. Their rows further
/// on, from which masks and scales are chosen, are those that leave no error
/// with what is rounded so far: with g rows rounded, row k >= g is moved by the
/// d_k = sum of F_jk E_j for j < g, less the sum of F_jk d_j for g <= j < k.
struct HessianFactor {
  int64_t channels = 0;
  /// Step k rounds channel order[k]. All else here is in steps.
  std::vector<int64_t> order;
  /// F, [K, K], row-major; zero on and below the diagonal.
  std::vector<float> feedback;
  /// 0 where the channel was always zero and there is no damping.
  std::vector<double> pivots;
  /// Channels that were zero in every row. Nothing is known of them, so they
  /// are rounded to nearest and keep their weights (the GPTQ authors' code
  /// zeroes them, which other inputs than the seen ones may regret).
  int64_t deadChannels = 0;

  /// The channels are rounded in their own order.
  bool inOrder() const;
};

/// InvalidStatistics if the matrix has another size than it says or values that
/// are not finite.
std::optional<Error> verifyGram(const GramMatrix &gram);

/// InvalidFormat for a damping that is negative or not finite.
/// InvalidStatistics as verifyGram, if there are no rows, or too few for the
/// number of channels to do without damping, or if rounding hides that it is
/// positive definite. The same for every number of threads.
Result<HessianFactor> factorizeHessian(const GramMatrix &gram,
                                       const HessianOptions &options = {},
                                       ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_HESSIAN_H
