"""Compares what is in memory after a launch with the reference."""

from .reference import attend, compare


def check(data, heads, last_rows=None, output=None):
    """The worst of all sequences, of these heads, and of so many rows from the end; of
    `output`, [sequences, heads, rows, elements], if that is not the launch's."""
    worst = (0.0, 0.0)
    case, spec, memory = data.case, data.kernel.spec, data.memory
    for sequence in range(case.sequences):
        queries, length = case.get_sizes(sequence, spec)
        keys = min(length, case.most_keys)
        first = 0 if last_rows is None else max(0, queries - last_rows)
        for head in heads:
            key_head = head // (case.heads // case.key_heads)
            mask, slope = data.arrays.get("mask"), None
            if mask is not None:
                mask = memory.xp.broadcast_to(mask[sequence, head, :, :keys], (queries, keys))[first:]
                mask = mask if spec["mask"] == "bool" else memory.double(mask)
            if "slopes" in data.arrays:
                slope = float(data.arrays["slopes"][head])
            expected, bound, sums, sums_bound = attend(
                memory.xp,
                data.get_numbers("query", sequence, head, queries)[first:],
                data.get_numbers("key", sequence, key_head, keys),
                data.get_numbers("value", sequence, key_head, keys),
                memory.arange(first, queries)[:, None],
                case, spec, queries=queries, length=length, slope=slope, mask=mask,
            )
            if output is None:
                actual = data.get_numbers("output", sequence, head, queries)
            else:
                actual = memory.double(output[sequence, head])
            found = [(actual[first:], expected, bound)]
            if output is None and "log_sum_exp" in data.arrays:
                actual = data.get_numbers("log_sum_exp", sequence, head, queries)
                found.append((actual[first:], sums, sums_bound))
            for triple in found:
                worst = tuple(map(max, worst, compare(memory.xp, *triple)))
    return {"error": worst[0], "share": worst[1], "ok": worst[1] <= 1}
