"""Grids and arguments of a launch, as bytes."""

import dataclasses
import struct

from .manifest import SIZES

FORMATS = {"ptr": "<Q", "i64": "<q", "i32": "<i", "f32": "<f"}
STRIDED = ("query", "key", "value", "key_scale", "value_scale", "output", "log_sum_exp", "mask")


@dataclasses.dataclass
class Operand:
    """Memory on the GPU: strides in elements, of batch, head and row (and key, of masks)."""

    pointer: int
    strides: tuple = ()


def divide_up(a, b):
    return -(-a // b)


def get_keys(kernel, case):
    """Of a sequence, as many as there may be: with pages, those of all of its pages."""
    if kernel.get("paged"):
        return case.pages_per_sequence * case.keys_per_page
    return case.most_keys


def get_splits(kernel, case):
    """Blocks that share the keys of a row: so many that the GPU is full, as long as
    each has some keys."""
    if not kernel.get("split_keys"):
        return 1
    rows, heads = get_rows_and_heads(kernel, case)
    blocks = divide_up(rows, kernel.main.block_rows) * heads * case.sequences
    splits = kernel.main.wanted_blocks // max(blocks, 1)
    return max(1, min(splits, divide_up(get_keys(kernel, case), kernel.main.least_keys_of_split)))


def get_rows_and_heads(kernel, case):
    """Rows that blocks share along x, and heads along y."""
    if kernel.get("packed_heads"):
        return case.most_queries * (case.heads // case.key_heads), case.key_heads
    return case.most_queries, case.heads


def get_grid(kernel, case):
    rows, heads = get_rows_and_heads(kernel, case)
    tiles = divide_up(rows, kernel.main.block_rows)
    return tiles * get_splits(kernel, case), heads, case.sequences


def get_combine_grid(case):
    return case.most_queries, case.heads, case.sequences


def get_values(kernel, case, operands):
    """The values of all arguments by name, of operands by name: query, key, value and
    output, and those of key_scale, value_scale, log_sum_exp, mask, slopes, query_offsets,
    key_offsets, key_lengths, page_table, partial_output and partial_sums that the kernel
    has."""
    values = {name: operand.pointer for name, operand in operands.items()}
    values |= {
        "queries": case.most_queries,
        "keys": get_keys(kernel, case),
        "heads_per_key_head": case.heads // case.key_heads,
        "splits": get_splits(kernel, case),
        "keys_per_page": case.keys_per_page,
        "page_table_stride": case.pages_per_sequence,
        "past_keys": case.past_keys,
        "window_left": case.window_left,
        "window_right": case.window_right,
        "scale": case.get_scale(kernel.get("head_size")),
        "cap": case.cap,
        "slopes_batch_stride": 0,
    }
    steps = ("batch", "head", "row", "key")
    for name in STRIDED:
        if name in operands:
            for step, stride in zip(steps, operands[name].strides):
                values[f"{name}_{step}_stride"] = stride
    return values


def pack(arguments, values):
    """The bytes of arguments in order, each at a multiple of its size."""
    data = bytearray()
    for name, kind in arguments:
        if name not in values:
            raise KeyError(f"the kernel has an argument {name} that nobody gives")
        data += bytes(-len(data) % SIZES[kind])
        try:
            data += struct.pack(FORMATS[kind], values[name])
        except struct.error as error:
            raise ValueError(f"argument {name} = {values[name]}: {error}") from error
    return bytes(data)
