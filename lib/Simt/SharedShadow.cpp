//===- SharedShadow.cpp - What happened to each byte of shared memory -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedShadow.h"

#include <algorithm>
#include <span>

using namespace lowbit::simt;

void SharedShadow::begin(uint32_t bytes) {
  chunks.assign((bytes + chunkBytes - 1) / chunkBytes, {});
  splits.clear();
  freeSplits.clear();
  reads.clear();
  freeReads = 0;
}

/// Its index plus 1.
uint32_t SharedShadow::addRead(const Read &read) {
  uint32_t index = freeReads;
  if (!index) {
    reads.push_back(read);
    return reads.size();
  }
  freeReads = reads[index - 1].next;
  reads[index - 1] = read;
  return index;
}

/// Its index plus 1.
uint32_t SharedShadow::addSplit(const Cell &whole) {
  if (freeSplits.empty()) {
    splits.emplace_back();
    freeSplits.push_back(splits.size());
  }
  uint32_t split = freeSplits.back();
  freeSplits.pop_back();
  auto &cells = splits[split - 1];
  cells.fill(whole);
  for (Cell &cell : std::span(cells).subspan(1)) {
    cell.moreReads = 0;
    for (uint32_t i = whole.moreReads; i; i = reads[i - 1].next)
      cell.moreReads =
          addRead({reads[i - 1].epoch, reads[i - 1].site, cell.moreReads});
  }
  return split;
}

/// Calls `visitCell` for the entries of a range; stops at a conflict. What
/// overwrites a whole chunk makes it one entry again.
template <typename Visit>
Conflict SharedShadow::visit(uint32_t offset, uint32_t bytes, bool overwrites,
                             Visit visitCell) {
  uint32_t end = offset + bytes;
  while (offset < end) {
    Chunk &chunk = chunks[offset / chunkBytes];
    uint32_t first = offset % chunkBytes;
    uint32_t count = std::min(chunkBytes - first, end - offset);
    bool isWhole = count == chunkBytes;
    if (!isWhole && !chunk.split)
      chunk.split = addSplit(chunk.whole);
    if (!chunk.split) {
      if (Conflict conflict = visitCell(chunk.whole)) {
        conflict.offset = offset;
        return conflict;
      }
    } else {
      for (uint32_t i = first; i < first + count; ++i)
        if (Conflict conflict = visitCell(splits[chunk.split - 1][i])) {
          conflict.offset = offset - first + i;
          return conflict;
        }
      if (isWhole && overwrites) {
        chunk.whole = splits[chunk.split - 1][0];
        freeSplits.push_back(chunk.split);
        chunk.split = 0;
      }
    }
    offset += count;
  }
  return {};
}

/// Whether a write by `thread` is after all that happened to `cell`.
Conflict SharedShadow::checkWrite(const Clocks &clocks, uint32_t thread,
                                  const Cell &cell, bool byAtomic) const {
  if (cell.pending)
    return {Conflict::Kind::Copy, 0, cell.lastWrite.thread, cell.writeSite};
  if (cell.written && !(cell.atomic && byAtomic) &&
      !clocks.before(cell.lastWrite, thread))
    return {Conflict::Kind::RaceWithWrite, 0, cell.lastWrite.thread,
            cell.writeSite};
  if (cell.lastRead.clock && !clocks.before(cell.lastRead, thread))
    return {Conflict::Kind::RaceWithRead, 0, cell.lastRead.thread,
            cell.readSite};
  for (uint32_t i = cell.moreReads; i; i = reads[i - 1].next)
    if (!clocks.before(reads[i - 1].epoch, thread))
      return {Conflict::Kind::RaceWithRead, 0, reads[i - 1].epoch.thread,
              reads[i - 1].site};
  return {};
}

void SharedShadow::record(Cell &cell, const Site &site, Epoch epoch,
                          bool byAtomic) {
  cell.writeSite = &site;
  cell.lastWrite = epoch;
  cell.lastRead = {};
  if (cell.moreReads) {
    uint32_t last = cell.moreReads;
    while (reads[last - 1].next)
      last = reads[last - 1].next;
    reads[last - 1].next = freeReads;
    freeReads = cell.moreReads;
    cell.moreReads = 0;
  }
  cell.written = true;
  cell.pending = false;
  cell.atomic = byAtomic;
}

void SharedShadow::recordRead(const Clocks &clocks, Cell &cell,
                              const Site &site, Epoch epoch) {
  // A read that is before this one need not be remembered: who is after this
  // one is after both.
  if (cell.lastRead.clock && !clocks.before(cell.lastRead, epoch.thread)) {
    for (uint32_t i = cell.moreReads; i; i = reads[i - 1].next)
      if (reads[i - 1].epoch.thread == epoch.thread) {
        reads[i - 1].epoch = epoch;
        reads[i - 1].site = &site;
        return;
      }
    cell.moreReads = addRead({cell.lastRead, cell.readSite, cell.moreReads});
  }
  cell.lastRead = epoch;
  cell.readSite = &site;
}

template <typename Knows>
Conflict SharedShadow::readCells(const Clocks &clocks, uint32_t thread,
                                 const Site &site, uint32_t offset,
                                 uint32_t bytes, Knows knows) {
  Epoch now = clocks.now(thread);
  return visit(offset, bytes, false, [&](Cell &cell) -> Conflict {
    if (cell.pending)
      return {Conflict::Kind::Copy, 0, cell.lastWrite.thread, cell.writeSite};
    if (!cell.written)
      return {Conflict::Kind::Unwritten, 0, 0, nullptr};
    if (!knows(cell.lastWrite))
      return {Conflict::Kind::RaceWithWrite, 0, cell.lastWrite.thread,
              cell.writeSite};
    recordRead(clocks, cell, site, now);
    return {};
  });
}

Conflict SharedShadow::read(const Clocks &clocks, uint32_t thread,
                            const Site &site, uint32_t offset, uint32_t bytes) {
  return readCells(clocks, thread, site, offset, bytes,
                   [&](Epoch event) { return clocks.before(event, thread); });
}

Conflict SharedShadow::readByWarp(const Clocks &clocks, uint32_t thread,
                                  const Site &site, uint32_t offset,
                                  uint32_t bytes) {
  return readCells(clocks, thread, site, offset, bytes, [&](Epoch event) {
    return clocks.knownToOthers(event, thread);
  });
}

Conflict SharedShadow::write(const Clocks &clocks, uint32_t thread,
                             const Site &site, uint32_t offset, uint32_t bytes,
                             Write kind) {
  Epoch now = clocks.now(thread);
  bool byAtomic = kind == Write::Atomic;
  return visit(offset, bytes, true, [&](Cell &cell) -> Conflict {
    if (Conflict conflict = checkWrite(clocks, thread, cell, byAtomic))
      return conflict;
    if (byAtomic && !cell.written)
      return {Conflict::Kind::Unwritten, 0, 0, nullptr};
    record(cell, site, now, byAtomic);
    cell.pending = kind == Write::Copy;
    return {};
  });
}

void SharedShadow::finish(const Clocks &clocks, uint32_t thread,
                          const Site &site, uint32_t offset, uint32_t bytes) {
  Epoch now = clocks.now(thread);
  (void)visit(offset, bytes, true, [&](Cell &cell) -> Conflict {
    record(cell, site, now, false);
    return {};
  });
}
