"""Runs every function that lowbit-expand-math expands and compares with f64;
and a few of f64, which the C library computes; and roundings, on each
instruction set that this machine has.

usage: accuracy.py PREFIX

The operands are of every exponent and sign, with the ends of the line, and
denser where functions are used most. The bounds are units in the last place of
the exact result rounded to f32, where the number after the largest is 2^128;
signs of zeros have to be right.
"""

import math
import subprocess
import sys

import numpy as np

erf, erfc = np.vectorize(math.erf), np.vectorize(math.erfc)


def power(x, n):
    """An f64 does not know whether a large n is odd."""
    magnitude = np.power(np.abs(x), n.astype(np.float64))
    return np.where(n & 1, np.copysign(magnitude, x), magnitude)


def away(x):
    """Halves away from zero."""
    whole = np.trunc(x)
    return np.copysign(np.abs(whole) + (np.abs(x - whole) >= 0.5), x)


NEAR = 0.51  # rounded once, nearly

# The op on %a (and %b, or %i of i32, %j of i64), the exact function and a bound.
FUNCTIONS = {
    "exp": ("math.exp %a : f32", np.exp, 1.1),
    "exp2": ("math.exp2 %a : f32", np.exp2, NEAR),
    "expm1": ("math.expm1 %a : f32", np.expm1, NEAR),
    "log": ("math.log %a : f32", np.log, NEAR),
    "log2": ("math.log2 %a : f32", np.log2, NEAR),
    "log10": ("math.log10 %a : f32", np.log10, NEAR),
    "log1p": ("math.log1p %a : f32", np.log1p, NEAR),
    "sinh": ("math.sinh %a : f32", np.sinh, NEAR),
    "cosh": ("math.cosh %a : f32", np.cosh, NEAR),
    "tanh": ("math.tanh %a : f32", np.tanh, 5),
    "asinh": ("math.asinh %a : f32", np.arcsinh, NEAR),
    "acosh": ("math.acosh %a : f32", np.arccosh, NEAR),
    "atanh": ("math.atanh %a : f32", np.arctanh, NEAR),
    "sin": ("math.sin %a : f32", np.sin, NEAR),
    "cos": ("math.cos %a : f32", np.cos, NEAR),
    "tan": ("math.tan %a : f32", np.tan, NEAR),
    "asin": ("math.asin %a : f32", np.arcsin, NEAR),
    "acos": ("math.acos %a : f32", np.arccos, NEAR),
    "atan": ("math.atan %a : f32", np.arctan, NEAR),
    "erf": ("math.erf %a : f32", erf, 5),
    "erfc": ("math.erfc %a : f32", erfc, NEAR),
    "cbrt": ("math.cbrt %a : f32", np.cbrt, NEAR),
    "sqrt": ("math.sqrt %a : f32", np.sqrt, 0.5),
    "rsqrt": ("math.rsqrt %a : f32", lambda x: 1 / np.sqrt(x), 1.5),
    "atan2": ("math.atan2 %a, %b : f32", np.arctan2, NEAR),
    "powf": ("math.powf %a, %b : f32", np.power, NEAR),
    "fpowi32": ("math.fpowi %a, %i : f32, i32", power, NEAR),
    "fpowi64": ("math.fpowi %a, %j : f32, i64", power, NEAR),
    "pow3": ("math.powf %a, %three : f32", lambda x: x**3, 1.5),
    "pow-2": ("math.powf %a, %minus_two : f32", lambda x: x**-2.0, NEAR),
    "pow0": ("math.powf %a, %zero : f32", np.ones_like, 0),
    "pow2.5": ("math.powf %a, %half : f32", lambda x: np.power(x, 2.5), NEAR),
    "square": ("math.fpowi %a, %two : f32, i64", np.square, 0.5),
    "inverse": ("math.fpowi %a, %minus_one : f32, i64", lambda x: 1 / x, 0.5),
    "power17": ("math.fpowi %a, %seventeen : f32, i64", lambda x: x**17, NEAR),
}

# Of f64: a call, an intrinsic that becomes calls, powers.
DOUBLE_FUNCTIONS = {
    "erf": ("math.erf %a : f64", erf, 1),
    "erfc": ("math.erfc %a : f64", erfc, 1),
    "cbrt": ("math.cbrt %a : f64", np.cbrt, 2),
    "expm1": ("math.expm1 %a : f64", np.expm1, 2),
    "log1p": ("math.log1p %a : f64", np.log1p, 2),
    "exp": ("math.exp %a : f64", np.exp, 2),
    "sin": ("math.sin %a : f64", np.sin, 2),
    "sinh": ("math.sinh %a : f64", np.sinh, 3),
    "tanh": ("math.tanh %a : f64", np.tanh, 3),
    "powf": ("math.powf %a, %b : f64", np.power, 2),
    "square": ("math.powf %a, %squared : f64", np.square, 0),
    "fpowi32": ("math.fpowi %a, %i : f64, i32", power, 2),
    "fpowi64": ("math.fpowi %a, %j : f64, i64", power, 2),
}

# Exact, for each type.
ROUNDINGS = {
    "ceil": ("math.ceil %a : f32", np.ceil, 0),
    "floor": ("math.floor %a : f32", np.floor, 0),
    "trunc": ("math.trunc %a : f32", np.trunc, 0),
    "round": ("math.round %a : f32", away, 0),
    "roundeven": ("math.roundeven %a : f32", np.rint, 0),
}

# What the references must not lose either.
SMALL_FUNCTIONS = {
    "expm1": ("math.expm1 %a : f32", np.expm1, 2),
    "log1p": ("math.log1p %a : f32", np.log1p, 2),
}

HEAD = """
#id = affine_map<(d0) -> (d0)>
func.func @main(%x: tensor<?xf32> {lowbit.name = "a"}, %y: tensor<?xf32> {lowbit.name = "b"},
                %k: tensor<?xi32> {lowbit.name = "i"}, %l: tensor<?xi64> {lowbit.name = "j"})
    -> (RESULTS) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %three = arith.constant 3.0 : f32
  %minus_two = arith.constant -2.0 : f32
  %zero = arith.constant 0.0 : f32
  %half = arith.constant 2.5 : f32
  %squared = arith.constant 2.0 : f32
  %two = arith.constant 2 : i64
  %minus_one = arith.constant -1 : i64
  %seventeen = arith.constant 17 : i64
"""
BODY = """
  %rI = linalg.generic {indexing_maps = [#id, #id, #id, #id, #id], iterator_types = ["parallel"]}
      ins(%x, %y, %k, %l : tensor<?xf32>, tensor<?xf32>, tensor<?xi32>, tensor<?xi64>)
      outs(%e : tensor<?xf32>) {
  ^bb0(%a: f32, %b: f32, %i: i32, %j: i64, %o: f32):
    %v = OP
    linalg.yield %v : f32
  } -> tensor<?xf32>
"""


def write_module(path, functions, element):
    results = ", ".join(f'tensor<?xf32> {{lowbit.name = "{name}"}}' for name in functions)
    text = HEAD.replace("RESULTS", results)
    for number, (op, _, _) in enumerate(functions.values()):
        text += BODY.replace("OP", op).replace("%rI", f"%r{number}")
    values = ", ".join(f"%r{number}" for number in range(len(functions)))
    types = ", ".join("tensor<?xf32>" for _ in functions)
    text += f"  return {values} : {types}\n}}\n"
    with open(path, "w") as file:
        file.write(text.replace("f32", element))


def make_inputs():
    random = np.random.default_rng(11)
    mantissas = np.concatenate([[0, 1, 0x400000, 0x7FFFFF], random.integers(0, 1 << 23, 124)])
    numbers = (np.arange(512)[:, None] << 23 | mantissas).astype(np.uint32).view(np.float32).ravel()
    small = np.arange(-40, 41)
    ends = np.array([np.nan, np.inf, -np.inf, 0, -0.0, 1, -1, 0.5, -0.5, 1e30, 2, 3, 2.5, -3])
    parts = [numbers[~np.isnan(numbers)], np.linspace(-110, 110, 40001), np.linspace(-1.5, 1.5, 40001),
             1 + np.linspace(-1e-4, 1e-4, 1001), np.repeat(small, small.size),
             np.repeat(ends, ends.size)]  # fmt: skip
    a = np.concatenate(parts).astype(np.float32)
    b = random.permutation(a)
    # Powers that are neither zero nor infinite.
    middle = slice(parts[0].size, a.size - ends.size**2 - small.size**2)
    b[middle] = random.uniform(-20, 20, b[middle].size)
    b[middle][::3] = np.round(b[middle][::3])
    b[-ends.size**2 - small.size**2 :] = np.concatenate(
        [np.tile(small, small.size), np.tile(ends, ends.size)]
    )
    i = random.integers(-30, 30, a.size).astype(np.int32)
    i[::7] = random.integers(-(2**31), 2**31, i[::7].size)
    j = random.integers(-30, 30, a.size)
    j[::7] = random.integers(-(2**63), 2**63 - 1, j[::7].size)
    return {"a": a, "b": b, "i": i, "j": j}


def make_roundings(dtype):
    """Numbers beside halves, and around those that have no fraction."""
    bits = np.finfo(dtype).nmant
    powers = 2.0 ** np.arange(-3, bits + 3)
    middles = np.concatenate([np.arange(64) + 0.5, powers, powers + 0.5, powers - 0.5, [0, np.inf, 1e20]])
    middles = middles.astype(dtype)
    a = np.concatenate([middles, np.nextafter(middles, dtype(0)), np.nextafter(middles, dtype(np.inf))])
    a = np.concatenate([a, -a, [np.nan]]).astype(dtype)
    return {"a": a, "b": a, "i": a.astype(bool).astype(np.int32), "j": a.astype(bool).astype(np.int64)}


def instruction_sets():
    with open("/proc/cpuinfo") as file:
        flags = set(next(line for line in file if line.startswith("flags")).split())
    return ["host", "sse2", *(isa for isa in ("avx2",) if isa in flags),
            *(isa for isa in ("avx512",) if "avx512vl" in flags)]  # fmt: skip


def exact_of(op, function, inputs):
    names = [name for name in "abij" if f"%{name}" in op]
    operands = (inputs[name] for name in names)
    return function(*(x.astype(np.float64) if x.dtype.kind == "f" else x for x in operands))


def error_of(result, exact):
    rounded = exact.astype(result.dtype)
    largest = np.finfo(result.dtype).max
    unit = np.spacing(np.minimum(np.abs(rounded), largest)).astype(np.float64)
    end = 2.0**128 if result.dtype == np.float32 else largest
    error = np.abs(np.clip(result, -end, end) - np.clip(exact, -end, end)) / unit
    error[(result == rounded) & np.isinf(rounded)] = 0
    error[np.isnan(rounded) & np.isnan(result)] = 0
    # A zero has a sign.
    error[(result == 0) & (np.signbit(result) != np.signbit(rounded))] = np.inf
    error[np.isnan(error)] = np.inf
    return error


def run(prefix, functions, element, inputs, ways=("isa=host", "isa=sse2")):
    write_module(prefix + ".mlir", functions, element)
    np.savez(prefix + ".in.npz", **inputs)
    failed = False
    first = None
    for way in ways:
        subprocess.run(
            ["quant-run", prefix + ".mlir", f"--{way}", "--input", prefix + ".in.npz",
             "--output", prefix + ".out.npz"],
            check=True,
        )  # fmt: skip
        results = dict(np.load(prefix + ".out.npz"))
        for name, (op, function, bound) in functions.items():
            with np.errstate(all="ignore"):
                error = error_of(results[name], exact_of(op, function, inputs))
            worst = np.argmax(error)
            at = ", ".join(f"{n} = {inputs[n][worst]}" for n in "abij" if f"%{n}" in op)
            line = f"{way} {element} {name}: {error[worst]:.3f} units at {at}"
            print(line, "" if error[worst] <= bound else f", more than {bound}")
            failed |= not error[worst] <= bound
            if first and not np.array_equal(results[name], first[name], equal_nan=True):
                print(f"{name} differs between {' and '.join(ways)}")
                failed = True
        first = first or results
    return failed


def main():
    prefix = sys.argv[1]
    inputs = make_inputs()
    failed = run(prefix, FUNCTIONS, "f32", inputs)
    double = {n: x.astype(np.float64) if x.dtype.kind == "f" else x for n, x in inputs.items()}
    failed |= run(prefix, DOUBLE_FUNCTIONS, "f64", double)
    for element, dtype, numbers in (("f32", np.float32, inputs), ("f64", np.float64, double)):
        ways = [f"isa={isa}" for isa in instruction_sets()] + ["lowering=decode"]
        failed |= run(prefix, ROUNDINGS, element, make_roundings(dtype), ways)
        failed |= run(prefix, SMALL_FUNCTIONS, element, numbers, ["lowering=decode"])
    sys.exit(failed)


if __name__ == "__main__":
    main()
