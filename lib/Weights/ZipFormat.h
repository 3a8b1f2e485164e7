//===- ZipFormat.h - Signatures and sizes of zip archives -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All numbers are little endian (PKWARE APPNOTE 6.3.9, sections 4.3 and 4.5).
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_ZIPFORMAT_H
#define LOWBIT_LIB_WEIGHTS_ZIPFORMAT_H

#include <cstdint>

namespace lowbit::weights::zip {

inline constexpr uint32_t localSignature = 0x04034b50;
inline constexpr uint32_t centralSignature = 0x02014b50;
inline constexpr uint32_t endSignature = 0x06054b50;
inline constexpr uint32_t end64Signature = 0x06064b50;
inline constexpr uint32_t locator64Signature = 0x07064b50;

inline constexpr uint64_t localSize = 30;
inline constexpr uint64_t centralSize = 46;
inline constexpr uint64_t endSize = 22;
inline constexpr uint64_t end64Size = 56;
inline constexpr uint64_t locator64Size = 20;

inline constexpr uint16_t extra64 = 1;       // id of the zip64 extra field
inline constexpr uint16_t flagUtf8 = 0x0800; // the name is UTF-8

/// In the short fields: "see the zip64 record".
inline constexpr uint16_t saturated16 = 0xffff;
inline constexpr uint32_t saturated32 = 0xffffffff;

} // namespace lowbit::weights::zip

#endif // LOWBIT_LIB_WEIGHTS_ZIPFORMAT_H
