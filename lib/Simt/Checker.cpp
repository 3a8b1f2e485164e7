//===- Checker.cpp - Finds accesses to memory that may go wrong -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checker.h"

#include <algorithm>
#include <functional>

using namespace lowbit::simt;

namespace {
constexpr uint32_t sharedSpace = 3, constantSpace = 4, localSpace = 5;
} // namespace

void Checker::begin(Block &newBlock) {
  block = &newBlock;
  if (plan != block->plan) {
    plan = block->plan;
    buffers.clear();
    for (const Buffer &buffer : plan->options.buffers)
      buffers.push_back(&buffer);
    std::sort(buffers.begin(), buffers.end(),
              [](const Buffer *a, const Buffer *b) {
                return std::less<const void *>()(a->base, b->base);
              });
  }
  clocks.begin(block->lanes.size());
  shadow.begin(block->shared.size());
}

void Checker::arrive(unsigned barrier, const Warp &warp, uint32_t lanes) {
  for (unsigned lane : EachLane(lanes))
    clocks.arrive(barrier, warp.lanes[lane].thread);
}

void Checker::depart(unsigned barrier, const Warp &warp, uint32_t lanes) {
  for (unsigned lane : EachLane(lanes))
    clocks.depart(barrier, warp.lanes[lane].thread);
}

//===----------------------------------------------------------------------===//
// Accesses
//===----------------------------------------------------------------------===//

void Checker::access(const Lane &lane, const Site &site, const void *address) {
  uint32_t bytes = site.attributes[0], space = site.attributes[1],
           alignment = site.attributes[2];
  bool writes = site.op == LOWBIT_SIMT_STORE;
  if (space == localSpace)
    return;
  if (alignment && reinterpret_cast<uintptr_t>(address) % alignment)
    block->fail(
        Detector::Misaligned,
        [&] {
          return std::string(
              siteText(site) + ": " + block->describeAddress(address) +
              " is not aligned to " + std::to_string(alignment) + " bytes");
        },
        &site);
  if (space != sharedSpace && !block->shared.inReach(address)) {
    if (space != constantSpace && !block->onStacks(address))
      checkGlobal(site, address, bytes, writes);
    return;
  }
  int64_t offset = block->shared.offset(address);
  if (offset < 0 || offset + bytes > int64_t(block->shared.size()))
    block->fail(
        Detector::OutOfBounds,
        [&] {
          return std::string(siteText(site) + ": " + std::to_string(bytes) +
                             " bytes at " + block->describeAddress(address) +
                             ", which is not in shared memory");
        },
        &site);
  if (writes)
    report(shadow.write(clocks, lane.thread, site, offset, bytes,
                        SharedShadow::Write::Store),
           lane, site, bytes, "write");
  else
    report(shadow.read(clocks, lane.thread, site, offset, bytes), lane, site,
           bytes, "read");
}

void Checker::atomic(const Lane &lane, const Site &site, const void *address,
                     uint32_t bytes) {
  if (!block->shared.inReach(address))
    return checkGlobal(site, address, bytes, true);
  report(shadow.write(clocks, lane.thread, site, block->shared.offset(address),
                      bytes, SharedShadow::Write::Atomic),
         lane, site, bytes, "atomic");
}

void Checker::readByWarp(const Lane &lane, const Site &site,
                         const void *address, uint32_t bytes) {
  report(shadow.readByWarp(clocks, lane.thread, site,
                           block->shared.offset(address), bytes),
         lane, lane.site->op == site.op ? *lane.site : site, bytes, "read");
}

void Checker::issueCopy(const Lane &lane, const PendingCopy &copy) {
  if (copy.bytesRead)
    checkGlobal(*copy.site, copy.source, copy.bytesRead, false);
  report(shadow.write(clocks, lane.thread, *copy.site,
                      block->shared.offset(copy.destination), copy.bytes,
                      SharedShadow::Write::Copy),
         lane, *copy.site, copy.bytes, "asynchronous write");
}

void Checker::finishCopy(const Lane &lane, const PendingCopy &copy) {
  shadow.finish(clocks, lane.thread, *copy.site,
                block->shared.offset(copy.destination), copy.bytes);
}

//===----------------------------------------------------------------------===//
// Global memory
//===----------------------------------------------------------------------===//

void Checker::checkGlobal(const Site &site, const void *address, uint32_t bytes,
                          bool writes) {
  auto *byte = static_cast<const char *>(address);
  if (!buffers.empty()) {
    auto after = std::upper_bound(
        buffers.begin(), buffers.end(), address,
        [](const void *address, const Buffer *buffer) {
          return std::less<const void *>()(address, buffer->base);
        });
    const Buffer *buffer = after == buffers.begin() ? nullptr : after[-1];
    size_t offset = buffer ? byte - static_cast<const char *>(buffer->base) : 0;
    if (!buffer || offset >= buffer->bytes || bytes > buffer->bytes - offset)
      block->fail(
          Detector::OutOfBounds,
          [&] {
            return std::string(siteText(site) + ": " + std::to_string(bytes) +
                               " bytes at " + block->describeAddress(address) +
                               ", which are not all in a buffer of the launch");
          },
          &site);
    if (writes && !buffer->writable)
      block->fail(
          Detector::OutOfBounds,
          [&] {
            return std::string(siteText(site) + ": writes to buffer '" +
                               buffer->name + "', which may only be read");
          },
          &site);
  }
  if (writes && block->pendingCopies)
    checkSources(site, byte, bytes);
}

/// A write to what an asynchronous copy of the block may still have to read.
void Checker::checkSources(const Site &site, const char *address,
                           uint32_t bytes) {
  for (const Lane &lane : block->lanes)
    for (size_t i = lane.copies.first; i < lane.copies.copies.size(); ++i) {
      const PendingCopy &copy = lane.copies.copies[i];
      if (address < copy.source + copy.bytesRead &&
          copy.source < address + bytes)
        block->fail(
            Detector::MissingWait,
            [&] {
              return std::string(siteText(site) + ": writes to " +
                                 block->describeAddress(address) +
                                 ", from where the cp.async of " +
                                 block->describeThread(lane) +
                                 (copy.site->location ? std::string(" at ") +
                                                            copy.site->location
                                                      : "") +
                                 " may still read: it has not waited for it");
            },
            &site);
    }
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

std::string Checker::conflictText(const Conflict &conflict, const Lane &lane,
                                  const Site &site, uint32_t bytes,
                                  const char *what) const {
  std::string text =
      siteText(site) + ": " + what + " of " + std::to_string(bytes) +
      " bytes by " + block->describeThread(lane) + "; the byte at " +
      block->describeAddress(block->shared.base() + conflict.offset);
  if (conflict.kind == Conflict::Kind::Unwritten)
    return text + " was never written by this block";

  const Site *other = conflict.otherSite;
  std::string by = (other ? siteText(*other) : "an access") + " of " +
                   block->describeThread(block->lanes[conflict.otherThread]);
  if (other && other->location)
    by += std::string(" at ") + other->location;
  if (conflict.kind == Conflict::Kind::Copy)
    return text + " is written by the " + by + ", and " +
           (conflict.otherThread == lane.thread ? "it" : "that thread") +
           " has not waited for the copy";
  bool wasRead = conflict.kind == Conflict::Kind::RaceWithRead;
  return text + " was " + (wasRead ? "read" : "written") + " by the " + by +
         ", and no barrier orders the two";
}

void Checker::report(const Conflict &conflict, const Lane &lane,
                     const Site &site, uint32_t bytes, const char *what) {
  if (!conflict)
    return;
  Detector detector = Detector::Race;
  if (conflict.kind == Conflict::Kind::Unwritten)
    detector = Detector::Unwritten;
  else if (conflict.kind == Conflict::Kind::Copy)
    detector = Detector::MissingWait;
  block->fail(
      detector, [&] { return conflictText(conflict, lane, site, bytes, what); },
      &site);
}
