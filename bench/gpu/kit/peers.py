"""Who is timed beside lowbit: each makes a call from tensors [batch, heads, rows, d]."""

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel


class Missing(Exception):
    """Why somebody is not timed."""


def make_sdpa(backend):
    def make(shape, q, k, v):
        grouped = shape.heads != shape.key_heads
        # One query sees all keys; torch would let it see the first alone.
        causal = shape.causal and not shape.is_decode

        def call():
            if backend is None:
                return torch.nn.functional.scaled_dot_product_attention(
                    q, k, v, is_causal=causal, enable_gqa=grouped
                )
            with sdpa_kernel(backend):
                return torch.nn.functional.scaled_dot_product_attention(
                    q, k, v, is_causal=causal, enable_gqa=grouped
                )

        return call

    return make


COMPILED = {}


def make_flex(shape, q, k, v):
    try:
        from torch.nn.attention.flex_attention import create_block_mask, flex_attention
    except ImportError as error:
        raise Missing(f"this torch has no flex_attention: {error}") from error
    if not COMPILED:
        COMPILED["flex"] = torch.compile(flex_attention, dynamic=False)
    mask = None
    if shape.causal and not shape.is_decode:
        mask = create_block_mask(
            lambda b, h, i, j: i >= j, None, None, shape.queries, shape.keys, device="cuda"
        )
    grouped = shape.heads != shape.key_heads
    return lambda: COMPILED["flex"](q, k, v, block_mask=mask, enable_gqa=grouped)


def make_triton(shape, q, k, v):
    if shape.is_decode:
        raise Missing("the kernel is for many queries")
    try:
        from .triton_kernel import attend
    except ImportError as error:
        raise Missing(f"no Triton: {error}") from error
    output = torch.empty_like(q)
    return lambda: attend(q, k, v, output, shape.causal)


PEERS = {
    "cudnn": make_sdpa(SDPBackend.CUDNN_ATTENTION),
    "flash": make_sdpa(SDPBackend.FLASH_ATTENTION),
    "sdpa": make_sdpa(None),
    "flex": make_flex,
    "triton": make_triton,
}
