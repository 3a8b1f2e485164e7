"""Forward attention in Triton, as its tutorial does it: a block of queries, an online
softmax in base 2 over blocks of keys, those below the diagonal without a mask. Lengths
are multiples of the blocks."""

import math

import triton
import triton.language as tl

CONFIGS = [
    triton.Config({"ROWS": rows, "KEYS": keys}, num_stages=stages, num_warps=warps)
    for rows in (64, 128)
    for keys in (64, 128)
    for stages in (2, 3)
    for warps in (4, 8)
    if keys <= rows
]


@triton.jit
def visit(q, k, v, top, total, sums, first, last, begin, size_d: tl.constexpr,
          scale, ROWS: tl.constexpr, KEYS: tl.constexpr, MASKED: tl.constexpr):
    rows = begin + tl.arange(0, ROWS)
    elements = tl.arange(0, size_d)
    for start in range(first, last, KEYS):
        columns = start + tl.arange(0, KEYS)
        keys = tl.load(k + columns[None, :] * size_d + elements[:, None])
        scores = tl.dot(q, keys) * scale
        if MASKED:
            scores = tl.where(rows[:, None] >= columns[None, :], scores, -1.0e6)
        higher = tl.maximum(top, tl.max(scores, 1))
        weights = tl.math.exp2(scores - higher[:, None])
        shrink = tl.math.exp2(top - higher)
        total = total * shrink + tl.sum(weights, 1)
        values = tl.load(v + columns[:, None] * size_d + elements[None, :])
        sums = tl.dot(weights.to(values.dtype), values, sums * shrink[:, None])
        top = higher
    return top, total, sums


@triton.autotune(configs=CONFIGS, key=["length", "D", "CAUSAL"])
@triton.jit
def forward(q, k, v, output, scale, length, D: tl.constexpr, CAUSAL: tl.constexpr,
            ROWS: tl.constexpr, KEYS: tl.constexpr):
    begin = tl.program_id(0) * ROWS
    head = tl.program_id(1).to(tl.int64) * length * D
    at = (begin + tl.arange(0, ROWS))[:, None] * D + tl.arange(0, D)[None, :]
    queries = tl.load(q + head + at)
    top = tl.full([ROWS], float("-inf"), tl.float32)
    total = tl.zeros([ROWS], tl.float32)
    sums = tl.zeros([ROWS, D], tl.float32)
    last = length
    if CAUSAL:
        last = begin
    top, total, sums = visit(queries, k + head, v + head, top, total, sums, 0, last, begin,
                             D, scale, ROWS, KEYS, False)
    if CAUSAL:
        top, total, sums = visit(queries, k + head, v + head, top, total, sums, begin,
                                 begin + ROWS, begin, D, scale, ROWS, KEYS, True)
    tl.store(output + head + at, (sums / total[:, None]).to(output.dtype.element_ty))


def attend(q, k, v, output, causal):
    """Of contiguous [batch, heads, rows, d] with equally many heads and rows."""
    batch, heads, length, size = q.shape
    forward[lambda config: (length // config["ROWS"], batch * heads)](
        q, k, v, output, math.log2(math.e) / math.sqrt(size), length, D=size, CAUSAL=causal
    )
    return output
