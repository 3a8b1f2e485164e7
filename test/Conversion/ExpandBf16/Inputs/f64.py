"""Rounds f64 to bf16 by each lowering and compares bits with exact rounding.

usage: f64.py MODULE PREFIX
"""

import subprocess
import sys

import numpy as np


def make_inputs():
    random = np.random.default_rng(5)
    bits = np.arange(1 << 16, dtype=np.uint32) << 16
    numbers = bits.view(np.float32)
    numbers = numbers[np.isfinite(numbers)].astype(np.float64)
    # Halfway to the next, and beside that by less than f32 holds: rounding to
    # f32 first would make that halfway.
    ulp = 2.0 ** np.maximum(np.floor(np.log2(np.maximum(np.abs(numbers), 2.0**-126))) - 7, -133)
    halfway = numbers + np.copysign(ulp / 2, numbers)
    near = [halfway * (1 + e) for e in (0, 2.0**-40, -(2.0**-40), 2.0**-25, -(2.0**-25))]
    other = random.standard_normal(5000) * 10.0 ** random.integers(-60, 60, 5000)
    ends = [np.inf, -np.inf, np.nan, 1e308, -1e-308, 3.3961e38, 3.3962e38]
    return np.concatenate([numbers, *near, other, ends])


def rounded(x):
    """To 8 bits, or a multiple of 2^-133, to nearest even: np.rint does that."""
    _, exponent = np.frexp(x)
    unit = 2.0 ** np.maximum(exponent.astype(np.float64) - 8, -133)
    result = np.rint(x / unit) * unit
    return np.where(np.abs(result) >= 2.0**128, np.copysign(np.inf, x), result)


def main():
    module, prefix = sys.argv[1:]
    x = make_inputs()
    np.savez(prefix + ".in.npz", x=x)
    with np.errstate(all="ignore"):
        expected = np.where(np.isfinite(x), rounded(x), x)
    failed = False
    for flag in ("--isa=host", "--isa=sse2", "--lowering=decode"):
        subprocess.run(
            ["quant-run", module, flag, "--input", prefix + ".in.npz",
             "--output", prefix + ".out.npz"],
            check=True,
        )  # fmt: skip
        for name, actual in np.load(prefix + ".out.npz").items():
            good = (actual == expected) & (np.signbit(actual) == np.signbit(expected))
            good |= np.isnan(actual) & np.isnan(expected)
            if not good.all():
                at = np.argmin(good)
                print(f"{flag} {name}: {x[at]!r} becomes {actual[at]!r}, not {expected[at]!r}")
                failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
