"""Memory of a launch, in torch's tensors."""

import torch

from .launch import Operand, get_splits

TYPES = {"f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32, "bool": torch.bool}


def get_operand(tensor):
    return Operand(tensor.data_ptr(), tensor.stride())


class Data:
    """Tensors by the names of arguments. Query, key, value and output have the shape
    [sequences, heads, rows, elements]; with offsets there is one sequence of all rows.
    What is written is NaN at first."""

    def __init__(self, kernel, case, seed=1):
        self.kernel, self.case = kernel, case
        self.generator = torch.Generator("cuda").manual_seed(seed)
        self.tensors = {}
        spec, set_ = kernel.spec, self.tensors.__setitem__
        batch, queries, keys = case.sequences, case.most_queries, case.most_keys
        if spec.get("sequence_offsets"):
            set_("query_offsets", self.sum_up(case.queries))
            set_("key_offsets", self.sum_up(case.keys))
            batch, queries, keys = 1, sum(case.queries), sum(case.keys)
        dtype = TYPES[spec["element"]]
        size, value_size = kernel.get("head_size"), kernel.get("value_size")
        set_("query", self.draw(case.heads, batch, queries, size).to(dtype))
        set_("key", self.draw(case.key_heads, batch, keys, size).to(dtype))
        set_("value", self.draw(case.key_heads, batch, keys, value_size).to(dtype))
        set_("output", self.lay_out(case.heads, batch, queries, value_size).to(dtype))
        if spec.get("key_lengths"):
            set_("key_lengths", torch.tensor(case.keys, dtype=torch.int32, device="cuda"))
        if spec.get("alibi"):
            set_("slopes", torch.rand(case.heads, generator=self.generator, device="cuda"))
        if spec.get("log_sum_exp"):
            set_("log_sum_exp", torch.full((batch, case.heads, queries), torch.nan, device="cuda"))
        if "mask" in spec:
            rows = 1 if spec.get("mask_shared_by_rows") else queries
            hidden = torch.rand((batch, case.heads, rows, keys), generator=self.generator, device="cuda") < 0.3
            if spec["mask"] == "bool":
                set_("mask", ~hidden)
            else:
                mask = 2 * torch.randn(hidden.shape, generator=self.generator, device="cuda")
                set_("mask", mask.masked_fill(hidden, -torch.inf).to(TYPES[spec["mask"]]))
        if spec.get("split_keys"):
            rows = get_splits(kernel, case) * case.sequences * case.heads * queries
            set_("partial_output", torch.full((rows * value_size,), torch.nan, device="cuda"))
            set_("partial_sums", torch.full((rows * 2,), torch.nan, device="cuda"))

    @staticmethod
    def sum_up(sizes):
        total = [0]
        for size in sizes:
            total.append(total[-1] + size)
        return torch.tensor(total, dtype=torch.int32, device="cuda")

    def lay_out(self, heads, batch, rows, size):
        if self.case.heads_in_rows:
            return torch.full((batch, rows, heads, size), torch.nan, device="cuda").transpose(1, 2)
        return torch.full((batch, heads, rows, size), torch.nan, device="cuda")

    def draw(self, *shape):
        return self.lay_out(*shape).normal_(generator=self.generator)

    def get_operands(self):
        return {name: get_operand(tensor) for name, tensor in self.tensors.items()}

    def get_sequence(self, name, sequence, rows):
        """[heads, rows, ...] of a sequence, of which there are so many rows."""
        tensor = self.tensors[name]
        if not self.kernel.get("sequence_offsets"):
            return tensor[sequence, :, :rows]
        kind = "key_offsets" if name in ("key", "value") else "query_offsets"
        first = int(self.tensors[kind][sequence])
        return tensor[0, :, first : first + rows]
