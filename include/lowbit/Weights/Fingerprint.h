//===- Fingerprint.h - Telling models apart ---------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_FINGERPRINT_H
#define LOWBIT_WEIGHTS_FINGERPRINT_H

#include "lowbit/Weights/WeightsFile.h"

namespace lowbit::weights {

/// What tells these weights from other ones: 16 hexadecimal digits with a dash
/// in the middle. The first half is the CRC-32 (ISO 3309, that of zip) of the
/// names, types and shapes of all tensors, the second that of their bytes. It
/// is the same for a sharded set as for one file with its tensors, and does not
/// depend on metadata.
///
/// Of a tensor of more than 64 KiB only eight blocks of 4 KiB are read, the
/// first and the last among them, so that a model of any size takes no time.
/// Training changes all of a tensor; a change that spares all blocks is missed.
std::string fingerprint(const WeightsFile &file);

/// How models with these fingerprints differ, "the tensors have other names,
/// types or shapes", say; empty if they do not.
std::string explainDifference(std::string_view fingerprint,
                              std::string_view other);

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_FINGERPRINT_H
