//===- CopyAsync.cpp - cp.async: copies that land later -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CopyAsync.h"

#include "AccessCounter.h"
#include "Checker.h"
#include "Collectives/Collectives.h"

#include <cstring>

using namespace lowbit::simt;

namespace {

void land(PendingCopy &copy) {
  copy.landed = true;
  if (copy.bytes == 16 && copy.bytesRead == 16) {
    std::memcpy(copy.destination, copy.source, 16);
    return;
  }
  if (copy.bytesRead)
    std::memcpy(copy.destination, copy.source, copy.bytesRead);
  std::memset(copy.destination + copy.bytesRead, 0,
              copy.bytes - copy.bytesRead);
}

void checkAddresses(Block &block, const PendingCopy &copy) {
  int64_t offset = block.shared.offset(copy.destination);
  if (offset < 0 || offset + copy.bytes > int64_t(block.shared.size()))
    block.fail(Detector::OutOfBounds,
               "cp.async writes " + std::to_string(copy.bytes) + " bytes at " +
                   block.describeAddress(copy.destination) +
                   ", which is not in shared memory");
  bool source =
      copy.bytesRead && reinterpret_cast<uintptr_t>(copy.source) % copy.bytes;
  if (offset % copy.bytes || source)
    block.fail(
        Detector::Misaligned,
        std::string("cp.async: its ") +
            (source
                 ? "source, " + block.describeAddress(copy.source)
                 : "destination, " + block.describeAddress(copy.destination)) +
            ", is not aligned to " + std::to_string(copy.bytes) + " bytes");
}

} // namespace

void lowbit::simt::copyAsync(Block &block, const Site &site,
                             const char *operands) {
  Lane &lane = *block.current;
  lane.site = &site;
  PendingCopy copy;
  copy.site = &site;
  std::memcpy(&copy.destination, operands, 8);
  std::memcpy(&copy.source, operands + 8, 8);
  std::memcpy(&copy.bytesRead, operands + 16, 4);
  copy.bytes = site.attributes[0];
  copy.group = lane.copies.committed;
  copy.landed = false;
  if ((copy.bytes != 16 &&
       (site.attributes[1] != 0 || (copy.bytes != 8 && copy.bytes != 4))) ||
      site.attributes[1] > 1 || site.operands != 3)
    failInvalidSite(block, site, "no cp.async has this size and cache");
  if (copy.bytesRead > copy.bytes)
    failInvalidSite(block, site, "cp.async reads more bytes than it writes");
  checkAddresses(block, copy);
  if (block.checker)
    block.checker->issueCopy(lane, copy);
  if (block.counter)
    block.counter->copy(block, lane, copy);

  Completion completion = block.plan->options.completion;
  if (completion == Completion::Eager ||
      (completion == Completion::Random && block.chance(2)))
    land(copy);
  // Someone has to know of it until it is waited for.
  if (!copy.landed || block.checker) {
    lane.copies.copies.push_back(copy);
    ++block.pendingCopies;
  }
}

void lowbit::simt::copyCommit(Block &block, const Site &site) {
  Lane &lane = *block.current;
  lane.site = &site;
  ++lane.copies.committed;
  if (block.randomCompletion)
    landSomeCopies(block, lane);
  if (block.counter)
    block.counter->count(block, lane, site);
}

void lowbit::simt::copyWait(Block &block, const Site &site) {
  Lane &lane = *block.current;
  lane.site = &site;
  CopyQueue &queue = lane.copies;
  uint64_t pendingGroups = site.attributes[0];
  bool isAll = pendingGroups == LOWBIT_SIMT_WAIT_ALL;
  if (block.counter)
    block.counter->count(block, lane, site);
  while (!queue.empty()) {
    PendingCopy &copy = queue.copies[queue.first];
    if (!isAll && copy.group + pendingGroups >= queue.committed)
      break;
    if (!copy.landed)
      land(copy);
    if (block.checker)
      block.checker->finishCopy(lane, copy);
    ++queue.first;
    --block.pendingCopies;
  }
  // The queue stays as long as what is in flight, not as the kernel runs.
  if (queue.empty()) {
    queue.copies.clear();
    queue.first = 0;
  } else if (queue.first > queue.copies.size() / 2) {
    queue.copies.erase(queue.copies.begin(),
                       queue.copies.begin() + queue.first);
    queue.first = 0;
  }
}

void lowbit::simt::landSomeCopies(Block &block, Lane &lane) {
  CopyQueue &queue = lane.copies;
  for (size_t i = queue.first; i < queue.copies.size(); ++i)
    if (!queue.copies[i].landed && block.chance(8))
      land(queue.copies[i]);
}

void lowbit::simt::landAtExit(Block &block, Lane &lane) {
  CopyQueue &queue = lane.copies;
  for (; !queue.empty(); ++queue.first, --block.pendingCopies)
    if (!queue.copies[queue.first].landed)
      land(queue.copies[queue.first]);
}
