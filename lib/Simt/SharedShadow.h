//===- SharedShadow.h - What happened to each byte of shared memory -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_SHAREDSHADOW_H
#define LOWBIT_LIB_SIMT_SHAREDSHADOW_H

#include "Clocks.h"
#include "Warp.h"

#include <array>
#include <cstdint>
#include <vector>

namespace lowbit::simt {

/// An access that shall not be, and the earlier one that it collides with.
struct Conflict {
  enum class Kind {
    None,
    /// Reads what no one wrote.
    Unwritten,
    /// With a write, or with a read (of a write).
    RaceWithWrite,
    RaceWithRead,
    /// With a copy that its thread has not waited for.
    Copy,
  };
  Kind kind = Kind::None;
  /// Of the first such byte.
  uint32_t offset = 0;
  uint32_t otherThread = 0;
  const Site *otherSite = nullptr;

  explicit operator bool() const { return kind != Kind::None; }
};

/// Remembers for every byte its last write and the reads since, and says
/// whether an access is ordered after them. Bytes of 16 that are always
/// accessed together have one entry.
class SharedShadow {
public:
  /// Forgets all; memory of `bytes` is unwritten.
  void begin(uint32_t bytes);

  Conflict read(const Clocks &clocks, uint32_t thread, const Site &site,
                uint32_t offset, uint32_t bytes);
  /// By all lanes of a warp, of which `thread` names the address.
  Conflict readByWarp(const Clocks &clocks, uint32_t thread, const Site &site,
                      uint32_t offset, uint32_t bytes);
  enum class Write {
    Store,
    /// Reads, too; atomics do not race with each other.
    Atomic,
    /// Of a copy that is on its way from now on.
    Copy,
  };
  Conflict write(const Clocks &clocks, uint32_t thread, const Site &site,
                 uint32_t offset, uint32_t bytes, Write kind);
  /// The thread of a copy has waited: as if it wrote now.
  void finish(const Clocks &clocks, uint32_t thread, const Site &site,
              uint32_t offset, uint32_t bytes);

private:
  struct Cell {
    const Site *writeSite = nullptr;
    const Site *readSite = nullptr;
    Epoch lastWrite;
    /// The last read, of clock 0 if there is none; others are in a list.
    Epoch lastRead;
    uint32_t moreReads = 0;
    bool written = false;
    bool pending = false;
    bool atomic = false;
  };
  struct Read {
    Epoch epoch;
    const Site *site;
    uint32_t next;
  };
  struct Chunk {
    Cell whole;
    /// Index of cells by byte, plus 1; 0 if `whole` is all.
    uint32_t split = 0;
  };
  static constexpr uint32_t chunkBytes = 16;

  template <typename Visit>
  Conflict visit(uint32_t offset, uint32_t bytes, bool overwrites,
                 Visit visitCell);
  Conflict checkWrite(const Clocks &clocks, uint32_t thread, const Cell &cell,
                      bool byAtomic) const;
  void record(Cell &cell, const Site &site, Epoch epoch, bool byAtomic);
  uint32_t addRead(const Read &read);
  /// The cells of `whole` become entries of their own, with lists of their own.
  uint32_t addSplit(const Cell &whole);
  void recordRead(const Clocks &clocks, Cell &cell, const Site &site,
                  Epoch epoch);
  template <typename Knows>
  Conflict readCells(const Clocks &clocks, uint32_t thread, const Site &site,
                     uint32_t offset, uint32_t bytes, Knows knows);

  std::vector<Chunk> chunks;
  std::vector<std::array<Cell, chunkBytes>> splits;
  std::vector<Read> reads;
  /// What is no longer used of both, to be used again: indices of splits, and
  /// the first of a list of reads.
  std::vector<uint32_t> freeSplits;
  uint32_t freeReads = 0;
};

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_SHAREDSHADOW_H
