//===- Abi.h - What a lowered kernel calls in the emulator ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The C interface between a kernel compiled for the host and the emulator:
// plain C types, no structs by value. A kernel runs once per thread; these
// functions act for the thread that calls them, and may be called from a kernel
// only.
//
// Values travel in slots of 8 bytes. A value lies in the low bytes of its slot:
// i1 as 0 or 1 in the lowest byte (higher bits are ignored on the way in and
// zero in the lowest four bytes on the way out), i32, f32, two packed f16 or
// bf16 in the low four bytes, i64 and pointers in all eight. What lies above a
// value in its slot is ignored on the way in and undefined on the way out.
// Pointers are plain addresses of the host, whatever their address space.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_SIMT_ABI_H
#define LOWBIT_SIMT_ABI_H

#ifdef __cplusplus
#include <cstdint>
extern "C" {
#else
#include <stdint.h>
#endif

/// What a site does. Under each: its attributes by index (those not named are
/// 0), its operand slots in order, and its result slots. "warp" marks those at
/// which the lanes of a warp meet; all must bring the same op and attributes,
/// and to the "aligned" ones the same site.
enum LowbitSimtOp {
  /// warp, aligned. D = A * B + C. A is row-major, B column-major ("row.col").
  ///   attributes  0, 1, 2: m, n, k
  ///               3, 4: LowbitSimtType of the elements of A and of B
  ///               5: type of C and D: F16, F32 or S32
  ///               6: 1 to saturate S32 (satfinite), 0 to wrap
  ///   operands    the registers of A, then of B, then of C: a slot each, 32
  ///               bits in it, in the order and number of the PTX instruction
  ///   results     the registers of D, likewise
  /// Shapes: f16 and bf16 m16n8k8, m16n8k16 (F16 accumulators for f16 only);
  /// s8 and u8 in any mix m16n8k16, m16n8k32; s4 and u4 m16n8k32, m16n8k64;
  /// e4m3 and e5m2 in any mix m16n8k32 to F32.
  LOWBIT_SIMT_MMA = 0,
  /// warp, aligned. The same with 2:4 sparse A, k counted as in the dense
  /// matrix.
  ///   attributes  as MMA; 6: bit 0 saturates, bit 1 for ordered metadata
  ///   operands    A (half as many registers as its k needs), B, C, then the
  ///               metadata (i32) and the selector (i32)
  ///   results     D
  /// Shapes: f16 and bf16 m16n8k16, m16n8k32; s8 and u8 m16n8k32, m16n8k64;
  /// s4 and u4 m16n8k64, m16n8k128.
  LOWBIT_SIMT_MMA_SPARSE = 1,
  /// warp, aligned. 8x8 matrices of 16-bit elements from shared memory.
  ///   attributes  0: number of matrices: 1, 2 or 4
  ///               1: 1 to transpose each (".trans", layout col), else 0
  ///   operands    0: address of the row that this lane names
  ///   results     one slot (i32) per matrix
  LOWBIT_SIMT_LDMATRIX = 2,
  /// warp. shfl.sync.
  ///   attributes  0: LowbitSimtShuffle
  ///               1: 1 if the predicate is asked for, else 0
  ///   operands    0: mask, 1: value (i32 or f32), 2: offset, 3: mask and clamp
  ///   results     0: value, 1: predicate (i1), only where asked for
  LOWBIT_SIMT_SHUFFLE = 3,
  /// warp. vote.sync.
  ///   attributes  0: LowbitSimtVote
  ///   operands    0: mask, 1: predicate (i1)
  ///   results     0: i32 of ballot, else i1
  LOWBIT_SIMT_VOTE = 4,
  /// warp. redux.sync.
  ///   attributes  0: LowbitSimtRedux
  ///               1: of FMIN and FMAX: bit 0 for abs, bit 1 for nan
  ///   operands    0: value, 1: mask
  ///   results     0: value
  LOWBIT_SIMT_REDUX = 5,
  /// warp. match.sync.
  ///   attributes  0: 0 for any, 1 for all; 1: bits of the value, 32 or 64
  ///   operands    0: mask, 1: value
  ///   results     0: mask, 1: predicate (i1), of all only
  LOWBIT_SIMT_MATCH = 6,
  /// warp. elect.sync.
  ///   operands    0: mask
  ///   results     0: predicate (i1): true in the lowest lane of the mask
  LOWBIT_SIMT_ELECT = 7,
  /// warp, aligned, then block. barrier.cta.sync.aligned, with or without
  /// reduction.
  ///   attributes  0: LowbitSimtReduction
  ///   operands    0: number of the barrier, 0..15
  ///               1: how many threads take part; 0 for all that have not
  ///               exited
  ///               2: predicate (i32, true if not zero); only with a reduction
  ///   results     0: i32 of popc, 0 or 1 of and and or; only with a reduction
  LOWBIT_SIMT_BARRIER = 8,
  /// warp, aligned. barrier.cta.arrive.aligned: counts, and does not wait.
  ///   operands    0: number of the barrier, 1: how many threads take part
  LOWBIT_SIMT_BARRIER_ARRIVE = 9,
  /// warp. bar.warp.sync.
  ///   operands    0: mask
  LOWBIT_SIMT_WARP_BARRIER = 10,
  /// cp.async.{ca,cg}.shared.global by this thread.
  ///   attributes  0: bytes written: 4, 8 or 16; 1: 0 for ca, 1 for cg
  ///   operands    0: destination, 1: source, 2: bytes read (i32), at most
  ///               attribute 0; the rest is filled with zeros, and at 0 the
  ///               source is not touched. Always given.
  LOWBIT_SIMT_COPY_ASYNC = 11,
  /// cp.async.commit_group.
  LOWBIT_SIMT_COPY_COMMIT = 12,
  /// cp.async.wait_group n, or wait_all.
  ///   attributes  0: how many groups may still be on their way (n), or
  ///               LOWBIT_SIMT_WAIT_ALL
  LOWBIT_SIMT_COPY_WAIT = 13,
  /// A read-modify-write by this thread; the address aligned to its size.
  ///   attributes  0: LowbitSimtAtomic; 1: LowbitSimtType; 2: address space
  ///   operands    0: address, 1: value; of CAS 1: the value compared with, 2:
  ///               the value stored
  ///   results     0: what was there before
  LOWBIT_SIMT_ATOMIC = 14,
  /// membar, fence and their like: counted; memory is coherent here.
  LOWBIT_SIMT_FENCE = 15,
  /// nanosleep, and whatever else stands in a loop that polls memory: lets the
  /// other threads run.
  LOWBIT_SIMT_YIELD = 16,

  /// For lowbit_simt_access only. Before a load or a store.
  ///   attributes  0: bytes that are loaded or stored
  ///               1: address space: 0 generic, 1 global, 3 shared, 4 constant,
  ///               5 local (not checked; need not be told)
  ///               2: alignment that the instruction promises, in bytes. A warp
  ///               moves min(bytes, alignment, 16) of each lane at a time.
  LOWBIT_SIMT_LOAD = 17,
  LOWBIT_SIMT_STORE = 18,
  /// For lowbit_simt_count only. Arithmetic worth counting, such as ex2.
  ///   attributes  0: LowbitSimtArithmetic
  LOWBIT_SIMT_ARITHMETIC = 19,
  /// For lowbit_simt_trap only.
  LOWBIT_SIMT_TRAP = 20,
  /// warp, aligned. Several ops MMA, MMA_SPARSE or LDMATRIX one after the
  /// other, at one
  /// meeting: much quicker where none needs the results of another. The site is
  /// that of a LowbitSimtBatch.
  ///   attributes  0: how many
  ///   operands    those of the first op, then those of the second, ...
  ///   results     likewise
  LOWBIT_SIMT_BATCH = 21,
};

enum { LOWBIT_SIMT_WAIT_ALL = 0xffffffffu };

enum LowbitSimtType {
  LOWBIT_SIMT_F16 = 0,
  LOWBIT_SIMT_BF16 = 1,
  LOWBIT_SIMT_F32 = 2,
  LOWBIT_SIMT_F64 = 3,
  LOWBIT_SIMT_E4M3 = 4,
  LOWBIT_SIMT_E5M2 = 5,
  LOWBIT_SIMT_S4 = 6,
  LOWBIT_SIMT_U4 = 7,
  LOWBIT_SIMT_S8 = 8,
  LOWBIT_SIMT_U8 = 9,
  /// Of 32 and 64 bits, signed or not: the op says how they are compared.
  LOWBIT_SIMT_S32 = 10,
  LOWBIT_SIMT_S64 = 11,
  /// Two values packed in 32 bits, each added on its own.
  LOWBIT_SIMT_F16X2 = 12,
  LOWBIT_SIMT_BF16X2 = 13,
};

enum LowbitSimtShuffle {
  LOWBIT_SIMT_BFLY = 0,
  LOWBIT_SIMT_UP = 1,
  LOWBIT_SIMT_DOWN = 2,
  LOWBIT_SIMT_IDX = 3,
};

enum LowbitSimtVote {
  LOWBIT_SIMT_ANY = 0,
  LOWBIT_SIMT_ALL = 1,
  LOWBIT_SIMT_BALLOT = 2,
  LOWBIT_SIMT_UNI = 3,
};

enum LowbitSimtRedux {
  LOWBIT_SIMT_REDUX_ADD = 1,
  LOWBIT_SIMT_REDUX_AND = 2,
  LOWBIT_SIMT_REDUX_MAX = 3,
  LOWBIT_SIMT_REDUX_MIN = 4,
  LOWBIT_SIMT_REDUX_OR = 5,
  LOWBIT_SIMT_REDUX_UMAX = 6,
  LOWBIT_SIMT_REDUX_UMIN = 7,
  LOWBIT_SIMT_REDUX_XOR = 8,
  LOWBIT_SIMT_REDUX_FMIN = 9,
  LOWBIT_SIMT_REDUX_FMAX = 10,
};

enum LowbitSimtReduction {
  LOWBIT_SIMT_NO_REDUCTION = 0,
  LOWBIT_SIMT_POPC = 1,
  LOWBIT_SIMT_AND = 2,
  LOWBIT_SIMT_OR = 3,
};

/// F16, BF16, F16X2, BF16X2: FADD only. F32, F64: FADD, FMIN, FMAX, EXCHANGE,
/// CAS. S32, S64: all but the F ones. INC and DEC wrap as atom.inc and atom.dec
/// do, at the value.
enum LowbitSimtAtomic {
  LOWBIT_SIMT_ATOMIC_EXCHANGE = 0,
  LOWBIT_SIMT_ATOMIC_ADD = 1,
  LOWBIT_SIMT_ATOMIC_SUB = 2,
  LOWBIT_SIMT_ATOMIC_AND = 3,
  LOWBIT_SIMT_ATOMIC_OR = 4,
  LOWBIT_SIMT_ATOMIC_XOR = 5,
  LOWBIT_SIMT_ATOMIC_MAX = 6,
  LOWBIT_SIMT_ATOMIC_MIN = 7,
  LOWBIT_SIMT_ATOMIC_UMAX = 8,
  LOWBIT_SIMT_ATOMIC_UMIN = 9,
  LOWBIT_SIMT_ATOMIC_FADD = 10,
  LOWBIT_SIMT_ATOMIC_FMAX = 11,
  LOWBIT_SIMT_ATOMIC_FMIN = 12,
  LOWBIT_SIMT_ATOMIC_INC = 13,
  LOWBIT_SIMT_ATOMIC_DEC = 14,
  LOWBIT_SIMT_ATOMIC_CAS = 15,
};

enum LowbitSimtArithmetic {
  LOWBIT_SIMT_EXP2 = 0,
  LOWBIT_SIMT_LOG2 = 1,
  LOWBIT_SIMT_RECIPROCAL = 2,
  LOWBIT_SIMT_SQRT = 3,
  LOWBIT_SIMT_RSQRT = 4,
  LOWBIT_SIMT_TANH = 5,
  LOWBIT_SIMT_SIN = 6,
  LOWBIT_SIMT_COS = 7,
  LOWBIT_SIMT_PRMT = 8,
  LOWBIT_SIMT_LOP3 = 9,
  LOWBIT_SIMT_CONVERT = 10,
  LOWBIT_SIMT_DOT4 = 11,
  /// Any other; the site's location tells them apart.
  LOWBIT_SIMT_OTHER = 12,
};

/// A place in the kernel: a constant of the lowered module, which outlives the
/// launch and the reading of its report. An instruction at which lanes meet
/// has one of its own.
struct LowbitSimtSite {
  /// LowbitSimtOp.
  uint32_t op;
  /// How many operand slots (at most 16) and result slots (at most 8) it has; a
  /// batch may have more, up to 1024 each.
  uint16_t operands;
  uint16_t results;
  /// By op; those that it does not name are 0.
  uint32_t attributes[7];
  /// 0.
  uint32_t reserved;
  /// "file:line:col", or whatever names the place; may be null.
  const char *location;
};

/// A constant as well.
struct LowbitSimtBatch {
  struct LowbitSimtSite site;
  /// As many as its attribute says.
  const struct LowbitSimtSite *const *sites;
};

/// Does `site` for the calling thread. `operands` and `results` have the site's
/// number of slots, may be the same memory (but not of a batch, whose parts
/// would overwrite what the next ones read), and may be null where there are
/// none. Does not return if the launch ends in it with an error.
void lowbit_simt_op(const struct LowbitSimtSite *site, const void *operands,
                    void *results);

/// Checks and counts the load or store that comes next. For kernels lowered
/// with checks; does nothing in a launch that neither checks nor counts.
void lowbit_simt_access(const struct LowbitSimtSite *site, const void *address);

/// Counts one execution of `site`, for launches that count.
void lowbit_simt_count(const struct LowbitSimtSite *site);

/// Ends the launch with an error that carries the site and `message`, which may
/// be null.
[[noreturn]] void lowbit_simt_trap(const struct LowbitSimtSite *site,
                                   const char *message);

/// Without %warpid and %nwarpid, of which PTX promises nothing: the warp of a
/// thread is its number in the block divided by 32.
enum LowbitSimtRegister {
  LOWBIT_SIMT_TID_X = 0,
  LOWBIT_SIMT_TID_Y = 1,
  LOWBIT_SIMT_TID_Z = 2,
  LOWBIT_SIMT_NTID_X = 3,
  LOWBIT_SIMT_NTID_Y = 4,
  LOWBIT_SIMT_NTID_Z = 5,
  LOWBIT_SIMT_CTAID_X = 6,
  LOWBIT_SIMT_CTAID_Y = 7,
  LOWBIT_SIMT_CTAID_Z = 8,
  LOWBIT_SIMT_NCTAID_X = 9,
  LOWBIT_SIMT_NCTAID_Y = 10,
  LOWBIT_SIMT_NCTAID_Z = 11,
  LOWBIT_SIMT_LANEID = 12,
  LOWBIT_SIMT_WARPSIZE = 13,
  LOWBIT_SIMT_LANEMASK_EQ = 14,
  LOWBIT_SIMT_LANEMASK_LE = 15,
  LOWBIT_SIMT_LANEMASK_LT = 16,
  LOWBIT_SIMT_LANEMASK_GE = 17,
  LOWBIT_SIMT_LANEMASK_GT = 18,
  /// Bytes of shared memory of the launch.
  LOWBIT_SIMT_DYNAMIC_SMEM_SIZE = 19,
};

/// A special register of the calling thread.
uint32_t lowbit_simt_sreg(uint32_t which);

/// Where the shared memory of the calling thread's block begins: below 2 GiB,
/// so that addresses survive as 32 bits, and aligned to 256 KiB.
void *lowbit_simt_shared(void);

/// The form of a kernel's entry: `parameters[i]` points to the i-th argument,
/// as in cuLaunchKernel.
typedef void (*LowbitSimtEntry)(void **parameters);

#ifdef __cplusplus
}
#endif

#endif // LOWBIT_SIMT_ABI_H
