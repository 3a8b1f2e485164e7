"""Runs a module by both lowerings on random inputs of many sizes and compares.

usage: compare.py MODULE PREFIX [TOLERANCE]

Results have to have the same bytes, or with a tolerance to be that close,
relative to the larger of 1 and the value; a NaN only equals a NaN.
"""

import pathlib
import re
import subprocess
import sys

import numpy as np

SIZES = [(1, 1), (3, 15), (2, 16), (5, 17), (2, 33), (0, 4), (4, 0), (7, 64), (130, 70)]


def make_inputs(m, n, seed):
    random = np.random.default_rng(seed)
    x = random.standard_normal((m, n)).astype(np.float32)
    nans = x.copy()
    if x.size > 3:
        nans.flat[random.integers(x.size)] = np.nan
        nans.flat[0] = -np.inf
    return {
        "x": x,
        "nans": nans,
        "xt": random.standard_normal((n, m)).astype(np.float32),
        "row": random.standard_normal(n).astype(np.float32),
        "column": random.standard_normal(m).astype(np.float32),
        "i": random.integers(2, 100, (m, n)).astype(np.int32),
        "j": random.integers(-(2**40), 2**40, (m, n)),
        "eighth": random.integers(-128, 128, (m, -(-n // 8))).astype(np.int8),
        "big": random.standard_normal((m, -(-n // 32))).astype(np.float16),
        "p": random.integers(0, 2, (m, n)).astype(bool),
        "ids": random.integers(0, max(m, 1), (m, n)),
    }


def run(module, inputs, output, *flags):
    subprocess.run(["quant-run", module, "--input", inputs, "--output", output, *flags], check=True)
    return dict(np.load(output))


def differ(actual, expected, tolerance):
    if actual.dtype != expected.dtype or actual.shape != expected.shape:
        return f"{actual.dtype}{actual.shape} instead of {expected.dtype}{expected.shape}"
    if actual.dtype.kind == "f":
        close = np.isnan(actual) & np.isnan(expected) | (actual == expected)
        with np.errstate(invalid="ignore"):
            close |= np.abs(actual - expected) <= tolerance * np.maximum(1, np.abs(expected))
    else:
        close = actual == expected
    if close.all():
        return None
    where = tuple(int(i[0]) for i in np.nonzero(~close))
    return f"{actual[where]} instead of {expected[where]} at {where}"


def main():
    module, prefix = sys.argv[1], sys.argv[2]
    tolerance = float(sys.argv[3]) if len(sys.argv) > 3 else 0.0
    wanted = set(re.findall(r'%\w+: [^{]*\{lowbit.name = "(\w+)"', pathlib.Path(module).read_text()))
    failures = 0
    for seed, (m, n) in enumerate(SIZES):
        inputs = {k: v for k, v in make_inputs(m, n, seed).items() if k in wanted}
        np.savez(prefix + ".in.npz", **inputs)
        expected = run(module, prefix + ".in.npz", prefix + ".ref.npz", "--lowering=decode")
        for flags in (["--isa=host"], ["--isa=sse2", "--threads=2"]):
            results = run(module, prefix + ".in.npz", prefix + ".out.npz", *flags)
            for name, value in expected.items():
                if problem := differ(results[name], value, tolerance):
                    print(f"{m}x{n} {' '.join(flags)}: '{name}' is {problem}", file=sys.stderr)
                    failures += 1
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
