# ===- formats.py - formats on known distributions ------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Every format on known distributions, beside theory. See formats.md."""

import argparse
import math
import warnings

from common import nm, print_table, save_plot

import numpy as np

ROWS, ROW, GROUP = 256, 4096, 64
GROUPED = nm.per_group(GROUP, axis=1)
CHANNEL = nm.per_axis(0)


def distributions():
    """{name: samples}; the seeds are the experiment's."""
    random = np.random.default_rng(1)
    shape = (ROWS, ROW)
    return {
        "Gaussian": random.standard_normal(shape, np.float32),
        "Laplace": random.laplace(size=shape).astype(np.float32),
        "Student-t 4": random.standard_t(4, size=shape).astype(np.float32),
    }


def formats():
    """Rows (name, format, method): each codec with scales as they are usual."""
    f16 = {"scale": "f16"}
    yield "bf16", nm.Format("bf16", scale="one"), None
    yield "f16", nm.Format("f16", scale="one"), None
    for bits in range(8, 1, -1):
        yield f"int{bits} g{GROUP} sym", nm.Format(f"i{bits}", GROUPED, **f16), None
        asymmetric = nm.Format(f"u{bits}", GROUPED, zero_point=True, **f16)
        yield f"int{bits} g{GROUP}", asymmetric, None
    for bits in (4, 3, 2):
        yield f"int{bits} g{GROUP} mse", nm.Format(f"i{bits}", GROUPED, **f16), "mse"
    offset = nm.Format("u4", GROUPED, offset="f16", **f16)
    yield f"int4 g{GROUP} hqq", offset, "hqq"
    yield "int4 per channel", nm.Format("i4", CHANNEL), None
    yield "int4 per tensor", nm.Format("i4"), None
    for name in ("nf4", "fp4", "fp4_bnb"):
        yield f"{name} g{GROUP}", nm.Format(name, GROUPED, **f16), None
    yield f"binary g{GROUP}", nm.Format("binary", GROUPED, range="mean", **f16), None
    for name in nm.preset_names():
        yield name, nm.preset(name), None
    for name in ("f8E4M3FN", "f8E5M2", "f6E2M3FN", "f6E3M2FN", "f4E2M1FN"):
        yield f"{name} per channel", nm.Format(name, CHANNEL), None
    for bits in (8, 6, 4):
        yield f"mu-law {bits} per channel", nm.Format(nm.mu_law(bits), CHANNEL), None
        yield f"A-law {bits} per channel", nm.Format(nm.a_law(bits), CHANNEL), None
    for bits in (4, 3, 2):
        books = nm.Books(2**bits, block=CHANNEL, type="f16")
        yield f"k-means {2**bits} per channel", nm.Format(books), None
    pattern = nm.pattern(2, 4, axis=1)
    yield f"int8 g{GROUP} 2:4", nm.Format("i8", GROUPED, sparsity=pattern, **f16), None


def decibels(distortion):
    return -10 * math.log10(distortion)


def lloyd_max(bits):
    """SQNR of the best 2^bits levels for Gaussian data; None beyond 8 bits."""
    if bits > 8:
        return None
    return decibels(nm.gaussian_distortion(nm.lloyd_max_levels(2**bits)))


def run_formats(options):
    data = distributions()
    rows = []
    for name, format, method in formats():
        sqnr = [nm.quantize(x, format, method).errors(x).sqnr_db for x in data.values()]
        rate = format.bits_per_weight((ROWS, ROW))
        rows.append([name, rate, *sqnr, lloyd_max(format.codec.bits), rate * 20 * math.log10(2)])
    print_table(["", "bits", *data, "Lloyd-Max", "6.02 bits"], rows)
    if not options.plot:
        return

    def draw(axes):
        shown = [row for row in rows if row[1] < 10]
        for i, name in enumerate(data):
            axes.plot([r[1] for r in shown], [r[2 + i] for r in shown], "o", ms=4, label=name)
        rates = range(1, 9)
        axes.plot(rates, [6.02 * rate for rate in rates], "k-", lw=1, label="6.02 dB per bit")
        axes.plot(rates, [lloyd_max(rate) for rate in rates], "k--", lw=1, label="Lloyd-Max")

    save_plot(options.plot, "Formats on known distributions", "bits per weight", "SQNR, dB", draw)


def run_bits(options):
    x = distributions()["Gaussian"][:64]
    rows = []
    for bits in range(1, 9):
        searched = nm.Format(f"i{bits}" if bits > 1 else "binary")
        learned = nm.Format(nm.Books(2**bits))
        uniform = nm.quantize(x, searched, "mse").errors(x).sqnr_db
        means = nm.quantize(x, learned).errors(x).sqnr_db
        rows.append([f"{bits}", uniform, means, lloyd_max(bits), bits * 20 * math.log10(2)])
    print_table(["bits", "uniform", "k-means", "Lloyd-Max", "6.02 bits"], rows)


# Full scale is 1 for the companding codecs and 127 for linear codes of 8 bits.
LAWS = {
    "linear": (nm.Format("i8", scale="one"), 127),
    "mu-law 255": (nm.Format(nm.mu_law(8), scale="one"), 1),
    "A-law 87.6": (nm.Format(nm.a_law(8), scale="one"), 1),
}
STEP = 1 / 127


def law_theory(law, amplitude):
    """SNR of a sine under small steps: the noise is STEP^2 / 12 times the mean of
    1 / c'(x)^2, with c the curve by which the law compresses (Bennett, Spectra of
    Quantized Signals, 1948)."""
    mean_square = amplitude**2 / 2
    if law == "linear":
        stretch = 1.0
    elif law.startswith("mu"):
        mu = 255
        mean = 2 * amplitude / math.pi
        stretch = (math.log1p(mu) / mu) ** 2 * (1 + 2 * mu * mean + mu**2 * mean_square)
    else:
        a = 87.6
        phase = (np.arange(4096) + 0.5) / 4096 * math.pi / 2
        x = np.maximum(amplitude * np.sin(phase), 1 / a)
        stretch = (1 + math.log(a)) ** 2 * float((x * x).mean())
    return 10 * math.log10(mean_square / (STEP**2 / 12 * stretch))


def law_snr(law, level):
    format, full_scale = LAWS[law]
    amplitude = 10 ** (level / 20)
    # A frequency without a common period with the samples.
    phase = np.arange(1 << 18) * (math.sqrt(5) - 1) / 2 % 1 * 2 * math.pi
    x = (amplitude * np.sin(phase) * full_scale).astype(np.float32)
    with warnings.catch_warnings():
        # The faintest are to be lost in the linear law: that is what is shown.
        warnings.filterwarnings("ignore", "the array decodes to zeros alone")
        quantized = nm.quantize(x, format)
    return quantized.errors(x).sqnr_db, law_theory(law, amplitude)


def run_amplitude(options):
    rows = []
    for level in range(-60, 1, 5):
        row = [f"{level} dB"]
        for law in LAWS:
            row += law_snr(law, level)
        rows.append(row)
    print_table(["amplitude", *(name for law in LAWS for name in (law, "theory"))], rows)
    if not options.plot:
        return

    def draw(axes):
        levels = range(-60, 1)
        for law in LAWS:
            pairs = [law_snr(law, level) for level in levels]
            (line,) = axes.plot(levels, [snr for snr, _ in pairs], label=law)
            theory = [expected for _, expected in pairs]
            axes.plot(levels, theory, ":", color=line.get_color())
        axes.set_ylim(-5, 55)

    save_plot(
        options.plot, "A sine in 8 bits; dotted: theory of small steps",
        "amplitude, dB of full scale", "SNR, dB", draw,
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, function in (
        ("formats", run_formats), ("bits", run_bits), ("amplitude", run_amplitude),
    ):  # fmt: skip
        command = commands.add_parser(name)
        command.add_argument("--plot", metavar="FILE.svg")
        command.set_defaults(run=function)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
