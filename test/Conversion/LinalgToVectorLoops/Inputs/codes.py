"""Encodes numbers whose quotients are next to ties, and compares with numpy's division.

usage: codes.py MODULE PREFIX
"""

import subprocess
import sys

import numpy as np

ROWS = 300


def make_inputs():
    random = np.random.default_rng(7)
    low = -random.uniform(0.0, 4.0, ROWS).astype(np.float32)
    high = random.uniform(1.0, 2.0, ROWS).astype(np.float32)
    # Powers of two from the smallest numbers to the largest.
    factor = np.ldexp(np.float32(1), np.clip(np.arange(ROWS) - 148, -148, 124)).astype(np.float32)
    factor[::3] = 1
    low, high = low * factor, high * factor
    rows = []
    for scale in (np.maximum(-low, high) / np.float32(127), (high - low) / np.float32(255)):
        ties = np.arange(-260, 261, dtype=np.float32)[None, :] + np.float32(0.5)
        near = (ties * scale[:, None]).astype(np.float32)
        up = np.nextafter(near, np.float32(np.inf))
        down = np.nextafter(near, np.float32(-np.inf))
        rows += [near, up, down, np.nextafter(up, np.float32(np.inf))]
    special = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 3e38, -3e38, 1e-45, 1e-38], np.float32)
    rows.append(np.broadcast_to(special, (ROWS, special.size)))
    return {"x": np.concatenate(rows, axis=1), "low": low, "high": high}


def encode(x, scale, zero_point, least, most):
    code = np.rint(x / scale[:, None]) + zero_point[:, None]
    code = np.where(code > least, code, np.float32(least))
    return np.where(code < most, code, np.float32(most)).astype(np.int32).astype(np.uint8)


def main():
    module, prefix = sys.argv[1:]
    np.seterr(all="ignore")
    inputs = make_inputs()
    np.savez(prefix + ".in.npz", **inputs)
    failures = 0
    for flags in (["--isa=host"], ["--isa=host", "--threads=2"], ["--isa=sse2"], ["--lowering=decode"]):
        output = prefix + ".out.npz"
        command = ["quant-run", module, "--input", prefix + ".in.npz", "--output", output, *flags]
        subprocess.run(command, check=True)
        out = dict(np.load(output))
        zeros = np.zeros(ROWS, np.float32)
        points = out["zero_points"].view(np.uint8).astype(np.float32)
        for codes, expected in (
            (out["codes"], encode(inputs["x"], out["scales"], zeros, -128, 127)),
            (out["u_codes"], encode(inputs["x"], out["u_scales"], points, 0, 255)),
        ):
            wrong = codes.view(np.uint8) != expected
            if wrong.any():
                i, j = (int(k[0]) for k in np.nonzero(wrong))
                message = f"{wrong.sum()} codes, as {codes[i, j]} of {inputs['x'][i, j]!r} in row {i}"
                print(" ".join(flags), message, file=sys.stderr)
                failures += 1
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
