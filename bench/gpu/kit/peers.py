"""Who is timed beside lowbit: each makes a function of query, key and value,
[batch, heads, rows, elements], for a shape."""

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel


class Missing(Exception):
    """Why somebody is not timed."""


def make_sdpa(backend):
    def make(shape):
        # One query sees all keys; torch would let it see the first alone.
        causal = shape.causal and not shape.is_decode
        grouped = shape.heads != shape.key_heads

        def attend(q, k, v):
            return torch.nn.functional.scaled_dot_product_attention(
                q, k, v, is_causal=causal, enable_gqa=grouped
            )

        def attend_by(q, k, v):
            with sdpa_kernel(backend):
                return attend(q, k, v)

        return attend if backend is None else attend_by

    return make


def make_flex(shape):
    try:
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention
    except ImportError as error:
        raise Missing(f"this torch has no flex_attention: {error}") from error
    # Of many shapes together torch compiles the first few, and interprets the rest.
    torch._dynamo.reset()
    compiled = torch.compile(flex_attention, dynamic=False)
    mask = None
    if shape.causal and not shape.is_decode:
        mask = create_block_mask(
            lambda b, h, i, j: i >= j, None, None, shape.queries, shape.keys, device="cuda"
        )
    grouped = shape.heads != shape.key_heads
    return lambda q, k, v: compiled(q, k, v, block_mask=mask, enable_gqa=grouped)


def make_triton(shape):
    if shape.is_decode:
        raise Missing("the kernel is for many queries")
    try:
        from .triton_kernel import attend
    except ImportError as error:
        raise Missing(f"no Triton: {error}") from error
    return lambda q, k, v: attend(q, k, v, torch.empty_like(q), shape.causal)


PEERS = {
    "cudnn": make_sdpa(SDPBackend.CUDNN_ATTENTION),
    "flash": make_sdpa(SDPBackend.FLASH_ATTENTION),
    "sdpa": make_sdpa(None),
    "flex": make_flex,
    "triton": make_triton,
}
