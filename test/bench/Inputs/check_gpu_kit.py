"""The parts of bench/gpu that need no GPU, on a manifest that bench/gpu/make has written."""

import math
import pathlib
import struct
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "bench"))

from gpu.kit import cases, launch, manifest, reference, table  # noqa: E402

ALIGN = {"ptr": ("Q", 8), "i64": ("q", 8), "i32": ("i", 4), "f32": ("f", 4)}


def unpack(arguments, data):
    found, at = {}, 0
    for name, kind in arguments:
        letter, size = ALIGN[kind]
        at = (at + size - 1) // size * size
        (found[name],) = struct.unpack_from("<" + letter, data, at)
        at += size
    assert at == len(data)
    return found


def check_arguments(kernels):
    for case in cases.get_checks(kernels):
        kernel = kernels[case.kernel]
        names = {name for name, kind in kernel.main.arguments if kind == "ptr"}
        names |= {n for n, kind in kernel.combine.arguments if kind == "ptr"} if kernel.combine else set()
        operands = {n: launch.Operand(1000 + i, (4000, 300, 20, 1)) for i, n in enumerate(sorted(names))}
        values = launch.get_values(kernel, case, operands)
        for entry in filter(None, (kernel.main, kernel.combine)):
            found = unpack(entry.arguments, launch.pack(entry.arguments, values))
            for name, value in found.items():
                assert value == values[name] or math.isclose(value, values[name], rel_tol=1e-6), name
            for name in names & set(found):
                assert found[name] == operands[name].pointer
        x, y, z = launch.get_grid(kernel, case)
        assert x >= 1 and y >= 1 and z == case.sequences
    assert [n for n, _ in kernels["bf16_d64"].main.arguments][:5] == [
        "query", "key", "value", "output", "queries"
    ]
    try:
        launch.pack([("cap", "f32")], {})
        raise SystemExit("nothing is missing")
    except KeyError as error:
        assert "cap" in str(error)


def check_grids(kernels):
    plain = cases.Case("bf16_d64", 2, 4, 4, (129,), (129,))
    rows = kernels["bf16_d64"].main.block_rows
    assert launch.get_grid(kernels["bf16_d64"], plain) == (-(-129 // rows), 4, 2)
    decode = kernels["bf16_d64_decode"]
    case = cases.Case("bf16_d64_decode", 1, 32, 8, (1,), (131072,))
    assert launch.get_splits(decode, case) == decode.main.wanted_blocks // 8
    short = cases.Case("bf16_d64_decode", 1, 32, 8, (1,), (decode.main.least_keys_of_split,))
    assert launch.get_grid(decode, short) == (1, 8, 1)
    assert launch.get_combine_grid(short) == (1, 32, 1)


def check_reference():
    random = np.random.default_rng(1)
    q, k, v = random.normal(size=(5, 8)), random.normal(size=(7, 8)), random.normal(size=(7, 3))
    spec = {"element": "bf16", "head_size": 8, "window_left": True, "soft_cap": True, "alibi": True, "mask": "f32"}
    spec["causal"] = True
    mask = random.normal(size=(5, 7))
    mask[2] = -np.inf
    case = cases.Case("k", queries=(5,), keys=(7,), window_left=2, cap=3.0)
    rows = np.arange(5)[:, None]
    output, bound, sums, _ = reference.attend(
        np, q, k, v, rows, case, spec, queries=5, length=7, slope=0.3, mask=mask
    )
    for i in range(5):
        center, scores = i + 2, []
        for j in range(7):
            score = 3 * math.tanh(sum(a * b for a, b in zip(q[i], k[j])) / math.sqrt(8) / 3)
            seen = center - 2 <= j <= center
            scores.append(score - 0.3 * abs(center - j) + mask[i, j] if seen else -math.inf)
        weights = [math.exp(score) for score in scores]
        total = sum(weights)
        expected = [sum(w * x for w, x in zip(weights, v[:, c])) / (total or 1) for c in range(3)]
        assert np.allclose(output[i], expected, rtol=1e-12), i
        assert sums[i] == (-math.inf if not total else sums[i])
        assert not total or math.isclose(sums[i], math.log(total), rel_tol=1e-12)
    assert reference.compare(np, output, output, bound) == (0, 0)
    assert reference.compare(np, output + 2 * bound + 1e-9, output, bound)[1] > 1
    assert reference.compare(np, output * np.nan, output, bound)[1] == math.inf


def check_table():
    shape = cases.Shape("k", 1, 32, 32, 1024, 1024, 64, True)
    times = [("matmul", {"flops": 4e8, "warm_us": 1.0}), ("lowbit", {"warm_us": 20.0, "cold_us": 30.0})]
    times += [("flash", {"warm_us": 10.0, "cold_us": 20.0}), ("flex", {"reason": "none"})]
    rows = table.add_ratios([table.add_rates({"who": who} | row, shape) for who, row in times])
    assert rows[1]["rate"] == shape.flops / 20 / 1e6 and "lowbit_ratio" not in rows[1]
    assert rows[2]["lowbit_ratio"] == 2.0 and math.isclose(rows[2]["of_peak"], shape.flops / 4e9)
    assert table.show(rows[3], "s").endswith("none")
    assert table.show(rows[2], "s").endswith(" 2.00")


assert manifest.choose_chip(9, 0, ["sm_80", "sm_90a"]) == ("sm_90a", True)
assert manifest.choose_chip(8, 6, ["sm_80", "sm_90a"]) == ("sm_80", False)
assert manifest.choose_chip(10, 3, ["sm_80", "sm_89", "sm_100a"]) == ("sm_89", False)
made = manifest.read_manifest(sys.argv[1])["sm_90a"]
check_arguments(made)
check_grids(made)
check_reference()
check_table()
print(len(made), "kernels packed")
