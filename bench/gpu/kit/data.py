"""What is in the memory of a launch."""

import math

from .launch import get_splits

# The largest code that is a number, and that of 4.
FLOAT_CODES = {"f8E4M3FN": (0x7E, 0x48, 448.0), "f8E5M2": (0x7B, 0x44, 57344.0)}


class Data:
    """Arrays by the names of arguments. Query, key, value and output have the shape
    [sequences, heads, rows, elements]; with offsets there is one sequence of all rows,
    and keys and values of pages have these in place of sequences. What is written is
    NaN at first. Codes are bytes, two of them in each where they are of 4 bits."""

    def __init__(self, kernel, case, memory):
        self.kernel, self.case, self.memory = kernel, case, memory
        self.arrays = {}
        spec = kernel.spec
        batch, queries, keys = case.sequences, case.most_queries, case.most_keys
        if spec.get("sequence_offsets"):
            self.arrays["query_offsets"] = self.sum_up(case.queries)
            self.arrays["key_offsets"] = self.sum_up(case.keys)
            batch, queries, keys = 1, sum(case.queries), sum(case.keys)
        size, value_size = kernel.get("head_size"), kernel.get("value_size")
        query = self.draw("normal", case.heads, batch, queries, size)
        self.arrays["query"] = memory.cast(query, spec["element"])
        blocks, rows = batch, keys
        if spec.get("paged"):
            # Some belong to nobody.
            used = batch * case.pages_per_sequence
            blocks, rows = used + 3, case.keys_per_page
            table = memory.shuffle(blocks)[:used]
            self.arrays["page_table"] = table.reshape(batch, case.pages_per_sequence)
        self.fill("key", blocks, rows, size)
        self.fill("value", blocks, rows, value_size)
        output = self.draw(None, case.heads, batch, queries, value_size)
        self.arrays["output"] = memory.cast(output, spec["element"])
        if spec.get("key_lengths"):
            self.arrays["key_lengths"] = memory.from_list(case.keys)
        if spec.get("alibi"):
            self.arrays["slopes"] = memory.uniform((case.heads,))
        if spec.get("log_sum_exp"):
            self.arrays["log_sum_exp"] = memory.full((batch, case.heads, queries), math.nan)
        if "mask" in spec:
            self.fill_mask(batch, 1 if spec.get("mask_shared_by_rows") else queries, keys)
        if spec.get("split_keys"):
            rows = get_splits(kernel, case) * case.sequences * case.heads * queries
            self.arrays["partial_output"] = memory.full((rows * value_size,), math.nan)
            self.arrays["partial_sums"] = memory.full((rows * 2,), math.nan)

    def sum_up(self, sizes):
        return self.memory.from_list([sum(sizes[:i]) for i in range(len(sizes) + 1)])

    def draw(self, how, heads, batch, rows, size, *limits):
        """[batch, heads, rows, size], in memory as the case says."""
        memory, turned = self.memory, self.case.heads_in_rows
        shape = (batch, rows, heads, size) if turned else (batch, heads, rows, size)
        if how is None:
            array = memory.full(shape, math.nan)
        elif how == "integers":
            array = memory.integers(*limits, shape)
        else:
            array = getattr(memory, how)(shape)
        return array.swapaxes(1, 2) if turned else array

    def fill(self, name, blocks, rows, size):
        spec, memory, heads = self.kernel.spec, self.memory, self.case.key_heads
        codes, scale = spec.get(name), spec.get(f"{name}_scale")
        if codes is None:
            array = self.draw("normal", heads, blocks, rows, size)
            self.arrays[name] = memory.cast(array, spec["element"])
            return
        # Without scales numbers are those of other elements.
        largest = 128.0 if codes == "i8" else 8.0
        if codes in FLOAT_CODES:
            finite, four, largest = FLOAT_CODES[codes]
            array = self.draw("integers", heads, blocks, rows, size, 0, (finite if scale else four) + 1)
            array = array - 128 * self.draw("integers", heads, blocks, rows, size, 0, 2)
        elif codes == "i8":
            limits = (-128, 128) if scale else (-4, 5)
            array = self.draw("integers", heads, blocks, rows, size, *limits)
        elif scale:
            array = self.draw("integers", heads, blocks, rows, size // 2, -128, 128)
        else:
            raise ValueError(f"{self.kernel.name} has codes of 4 bits without scales")
        self.arrays[name] = memory.cast(array, "i8")
        if scale:
            array = (self.draw("uniform", heads, blocks, rows, 1)[..., 0] + 0.5) / largest
            self.arrays[f"{name}_scale"] = memory.cast(array, scale)

    def fill_mask(self, batch, rows, keys):
        spec, memory = self.kernel.spec, self.memory
        shape = (batch, self.case.heads, rows, keys)
        hidden = memory.uniform(shape) < 0.3
        if spec["mask"] == "bool":
            self.arrays["mask"] = ~hidden
            return
        added = 2 * memory.normal(shape)
        added = memory.xp.where(hidden, memory.xp.full_like(added, -math.inf), added)
        self.arrays["mask"] = memory.cast(added, spec["mask"])

    def get_operands(self):
        """Operands by name, with strides of elements: two codes of 4 bits are in a byte."""
        operands = {name: self.memory.get_operand(array) for name, array in self.arrays.items()}
        for name in ("key", "value"):
            if self.kernel.get(name) == "i4":
                operands[name].strides = tuple(2 * stride for stride in operands[name].strides)
        return operands

    def get_rows(self, name, sequence, head, count):
        """The first rows of a head of a sequence."""
        array = self.arrays[name]
        of_keys = name.startswith(("key", "value"))
        if self.kernel.get("paged") and of_keys:
            pages = array[self.arrays["page_table"][sequence]][:, head]
            return pages.reshape(-1, *pages.shape[2:])[:count]
        first = 0
        if self.kernel.get("sequence_offsets"):
            first = int(self.arrays["key_offsets" if of_keys else "query_offsets"][sequence])
            sequence = 0
        return array[sequence, head, first : first + count]

    def get_numbers(self, name, sequence, head, count):
        """The same in double precision, decoded."""
        array, memory = self.get_rows(name, sequence, head, count), self.memory
        codes = self.kernel.get(name) if name in ("key", "value") else None
        if codes == "i4":
            pairs = memory.cast(array, "i32")
            halves = memory.xp.stack([pairs & 15, pairs >> 4 & 15], -1)
            array = (halves.reshape(array.shape[0], -1) ^ 8) - 8
        elif codes in FLOAT_CODES:
            array = memory.view(array, codes)
        numbers = memory.double(array)
        if f"{name}_scale" in self.arrays:
            scale = self.get_rows(f"{name}_scale", sequence, head, count)
            numbers = numbers * memory.double(scale)[:, None]
        return numbers
