"""Runs a module of elementwise functions on a grid and compares with f64.

usage: accuracy.py MODULE PREFIX
"""

import math
import subprocess
import sys

import numpy as np

# Units in the last place of the exact result rounded to f32.
FUNCTIONS = {
    "exp": (np.exp, "x", 2),
    "erf": (np.vectorize(math.erf), "x", 4),
    "tanh": (np.tanh, "x", 5),
    "log": (np.log, "positive", 2),
    "rsqrt": (lambda x: 1 / np.sqrt(x), "positive", 2),
    "sqrt": (np.sqrt, "positive", 1),
}


def main():
    module, prefix = sys.argv[1], sys.argv[2]
    x = np.concatenate([np.linspace(-80, 80, 100001), np.linspace(-1, 1, 100001)])
    positive = np.exp(np.linspace(-80, 80, x.size))
    # Ends of the line, which a softmax meets with masked elements.
    x[:6] = [np.nan, np.inf, -np.inf, 0, -0.0, 89]
    positive[:6] = [np.nan, np.inf, 0, 1, 2, 3]
    inputs = {"x": x.astype(np.float32), "positive": positive.astype(np.float32)}
    np.savez(prefix + ".in.npz", **inputs)
    failed = False
    for isa in ("host", "sse2"):
        subprocess.run(
            ["quant-run", module, f"--isa={isa}", "--input", prefix + ".in.npz",
             "--output", prefix + ".out.npz"],
            check=True,
        )
        results = np.load(prefix + ".out.npz")
        for name, (function, source, bound) in FUNCTIONS.items():
            with np.errstate(all="ignore"):
                exact = function(inputs[source].astype(np.float64))
                rounded = exact.astype(np.float32)
                unit = np.spacing(np.abs(rounded)).astype(np.float64)
                error = np.abs(results[name] - exact) / unit
            error[(results[name] == rounded) | np.isnan(rounded) & np.isnan(results[name])] = 0
            error[np.isnan(error)] = np.inf
            worst = np.argmax(error)
            line = f"{isa} {name}: {error[worst]:.2f} units at {inputs[source][worst]}"
            print(line, "" if error[worst] <= bound else f", more than {bound}")
            failed |= not error[worst] <= bound
    sys.exit(failed)


if __name__ == "__main__":
    main()
