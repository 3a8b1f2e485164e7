//===- Device.h - What test kernels are written with ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_SIMT_DEVICE_H
#define LOWBIT_UNITTESTS_SIMT_DEVICE_H

#include "lowbit/Simt/Launch.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <initializer_list>

namespace device {

using lowbit::simt::Dim3;
using lowbit::simt::Options;
using lowbit::simt::Report;
using lowbit::simt::Result;

using Site = LowbitSimtSite;

constexpr uint32_t full = 0xffffffff;
constexpr uint32_t globalSpace = 1, sharedSpace = 3;

constexpr Site makeSite(uint32_t op, unsigned operands, unsigned results,
                        std::initializer_list<uint32_t> attributes = {},
                        const char *location = nullptr) {
  Site site{op,
            static_cast<uint16_t>(operands),
            static_cast<uint16_t>(results),
            {},
            0,
            location};
  unsigned i = 0;
  for (uint32_t attribute : attributes)
    site.attributes[i++] = attribute;
  return site;
}

constexpr Site barrierSite(const char *location) {
  return makeSite(LOWBIT_SIMT_BARRIER, 2, 0, {}, location);
}
constexpr Site loadSite(unsigned bytes, uint32_t space, const char *location) {
  return makeSite(LOWBIT_SIMT_LOAD, 0, 0, {bytes, space, bytes}, location);
}
constexpr Site storeSite(unsigned bytes, uint32_t space, const char *location) {
  return makeSite(LOWBIT_SIMT_STORE, 0, 0, {bytes, space, bytes}, location);
}
constexpr Site copySite(unsigned bytes, const char *location) {
  return makeSite(LOWBIT_SIMT_COPY_ASYNC, 3, 0, {bytes, bytes == 16}, location);
}

inline void op(const Site &site, std::initializer_list<uint64_t> operands = {},
               uint64_t *results = nullptr) {
  lowbit_simt_op(&site, operands.begin(), results);
}
/// With one result.
inline uint32_t value(const Site &site,
                      std::initializer_list<uint64_t> operands) {
  uint64_t result = 0;
  lowbit_simt_op(&site, operands.begin(), &result);
  return static_cast<uint32_t>(result);
}

inline uint64_t bits(const void *pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}

inline uint32_t thread() { return lowbit_simt_sreg(LOWBIT_SIMT_TID_X); }
inline uint32_t lane() { return lowbit_simt_sreg(LOWBIT_SIMT_LANEID); }
inline uint32_t warp() { return thread() / 32; }
inline uint32_t block() { return lowbit_simt_sreg(LOWBIT_SIMT_CTAID_X); }
template <typename T>
T *shared(unsigned offset = 0) {
  return reinterpret_cast<T *>(static_cast<char *>(lowbit_simt_shared()) +
                               offset);
}

template <typename T>
T load(const Site &site, const T *address) {
  lowbit_simt_access(&site, address);
  return *address;
}
template <typename T>
void store(const Site &site, T *address, T value) {
  lowbit_simt_access(&site, address);
  *address = value;
}

inline void barrier(uint32_t id = 0, uint32_t threads = 0) {
  static const Site site = barrierSite("barrier");
  op(site, {id, threads});
}
inline void warpBarrier(uint32_t mask = full) {
  static const Site site = makeSite(LOWBIT_SIMT_WARP_BARRIER, 1, 0);
  op(site, {mask});
}
inline void commit() {
  static const Site site = makeSite(LOWBIT_SIMT_COPY_COMMIT, 0, 0);
  op(site);
}
template <uint32_t groups>
void wait() {
  static const Site site = makeSite(LOWBIT_SIMT_COPY_WAIT, 0, 0, {groups});
  op(site);
}

/// The argument of kernels that take one pointer.
template <typename T>
T *argument(void **parameters) {
  return *static_cast<T **>(parameters[0]);
}

/// Runs `entry` with one pointer for its argument.
inline Result<Report> run(LowbitSimtEntry entry, void *argument,
                          unsigned threads = 32, unsigned sharedBytes = 0,
                          const Options &options = {}, Dim3 grid = {}) {
  void *parameters[] = {&argument};
  return lowbit::simt::launch({"kernel", entry}, grid, {threads, 1, 1},
                              sharedBytes, parameters, options);
}

/// Fails the test unless `result` is a report.
inline void expectClean(const Result<Report> &result) {
  EXPECT_TRUE(result) << (result ? "" : result.error().text());
}

/// Fails the test unless `result` is an error of `detector` at `location` with
/// `text` in its message.
inline void expectError(const Result<Report> &result,
                        lowbit::simt::Detector detector, const char *location,
                        const char *text) {
  ASSERT_FALSE(result) << "nothing was found";
  EXPECT_STREQ(name(result.error().detector), name(detector))
      << result.error().text();
  EXPECT_EQ(result.error().location, location) << result.error().text();
  EXPECT_NE(result.error().message.find(text), std::string::npos)
      << result.error().text();
}

} // namespace device

#endif // LOWBIT_UNITTESTS_SIMT_DEVICE_H
