# ===- classifiers.py - what formats cost classifiers ---------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===-----------------------------------------------------------------------=== #
"""Accuracy of small classifiers under each format. See classifiers.md."""

import argparse
import sys

from common import draw_columns, nm, print_table, save_plot

import numpy as np

import datasets


class Classifier:
    """A multilayer perceptron of scikit-learn, run on arrays of our own."""

    def __init__(self, data, hidden):
        import warnings

        from sklearn.exceptions import ConvergenceWarning
        from sklearn.neural_network import MLPClassifier
        from sklearn.preprocessing import StandardScaler

        # Pixels have one scale already: that of a rim that is nearly always black
        # says nothing.
        if data.white:
            def scaled(x):
                return (x / data.white).astype(np.float32)
        else:
            scaler = StandardScaler().fit(data.train_x)

            def scaled(x):
                return scaler.transform(x).astype(np.float32)

        self.name = data.name
        self.train_x = scaled(data.train_x)
        self.test_x = scaled(data.test_x)
        self.test_y = data.test_y
        model = MLPClassifier((hidden,), random_state=0, max_iter=300, early_stopping=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self.train_x, data.train_y)
        self.weights = [w.astype(np.float32) for w in model.coefs_]
        self.biases = [b.astype(np.float32) for b in model.intercepts_]
        self.classes = model.classes_
        # What each layer sees in training, which is what calibration may look at.
        self.inputs = self._layer_inputs(self.train_x)

    def _layer_inputs(self, x):
        inputs = []
        for w, b in zip(self.weights, self.biases):
            inputs.append(x)
            x = np.maximum(x @ w + b, 0)
        return inputs

    def outputs(self, weights, activation=None):
        """What comes out for the test samples; `activation(layer, x)` gives the
        inputs as they are stored."""
        x = self.test_x
        for layer, (w, b) in enumerate(zip(weights, self.biases)):
            if activation:
                x = activation(layer, x)
            x = x @ w + b
            if layer + 1 < len(weights):
                x = np.maximum(x, 0)
        return x

    def accuracy(self, outputs):
        """Percent of the test samples that get their label."""
        # Two classes have one output, the logit of the second.
        best = (outputs[:, 0] > 0).astype(int) if outputs.shape[1] == 1 else outputs.argmax(axis=1)
        return float((self.classes[best] == self.test_y).mean() * 100)


GROUP = nm.per_group(32, axis=0)
CHANNEL = nm.per_axis(1)
F16 = {"scale": "f16"}


def _asymmetric(bits):
    return nm.Format(f"u{bits}", GROUP, zero_point=True, **F16)


#: Name: (format, how a weight with its inputs is stored in it).
WEIGHTS = {
    "bf16": (nm.Format("bf16", scale="one"), "rtn"),
    "int8 per tensor": (nm.Format("i8"), "rtn"),
    "int8 per channel": (nm.Format("i8", CHANNEL), "rtn"),
    "fp8 E4M3 per channel": (nm.Format("f8E4M3FN", CHANNEL), "rtn"),
    "mu-law 8 per channel": (nm.Format(nm.mu_law(8), CHANNEL), "rtn"),
    "int4 per tensor": (nm.Format("i4"), "rtn"),
    "int4 per channel": (nm.Format("i4", CHANNEL), "rtn"),
    "int4 g32": (_asymmetric(4), "rtn"),
    "int4 g32 GPTQ": (_asymmetric(4), "gptq"),
    "nf4 g32": (nm.Format("nf4", GROUP, **F16), "rtn"),
    "fp4 g32": (nm.Format("fp4", GROUP, **F16), "rtn"),
    "mxfp4": (nm.preset("mxfp4", axis=0), "rtn"),
    "nvfp4": (nm.preset("nvfp4", axis=0), "rtn"),
    "q4_0": (nm.preset("q4_0", axis=0), "rtn"),
    "mu-law 4 per channel": (nm.Format(nm.mu_law(4), CHANNEL), "rtn"),
    "k-means 16 per tensor": (nm.Format(nm.Books(16, type="f16")), "kmeans"),
    "int3 g32": (_asymmetric(3), "rtn"),
    "int3 g32 GPTQ": (_asymmetric(3), "gptq"),
    "int2 g32": (_asymmetric(2), "rtn"),
    "int2 g32 MSE search": (_asymmetric(2), "mse"),
    "int2 g32 GPTQ": (_asymmetric(2), "gptq"),
    "binary g32": (nm.Format("binary", GROUP, range="mean", **F16), "rtn"),
}

SPARSE = nm.Format("i8", CHANNEL, sparsity=nm.pattern(2, 4, axis=0))
WEIGHTS |= {
    "int8 2:4 magnitude": (SPARSE, "rtn"),
    "int8 2:4 Wanda": (SPARSE, "wanda"),
    "int8 2:4 SparseGPT": (SPARSE, "sparsegpt"),
}


def _store(weight, inputs, format, how):
    if how == "gptq":
        return nm.gptq(weight, format, inputs)
    if how == "sparsegpt":
        return nm.sparse_gpt_quantize(weight, format, inputs)
    if how == "wanda":
        squares = (inputs.astype(float) ** 2).sum(axis=0)
        mask = nm.prune_by_wanda(weight, squares, keep=2, of=4)
        return nm.quantize(weight, format, mask=mask)
    return nm.quantize(weight, format, how)


def stored_weights(classifier, name):
    """(decoded weights, bits per weight) of a classifier in one of WEIGHTS."""
    format, how = WEIGHTS[name]
    stored = [
        _store(w, x, format, how) for w, x in zip(classifier.weights, classifier.inputs)
    ]
    size = sum(w.size for w in classifier.weights)
    return [q.decode() for q in stored], 8 * sum(q.nbytes for q in stored) / size


def _fixed(format, codes):
    """Static: the range is that of the training samples, one scale for the layer."""

    def make(classifier):
        scales = [abs(x).max() / codes for x in classifier.inputs]

        def activation(layer, x):
            return nm.quantize(x / scales[layer], format).decode() * scales[layer]

        return activation

    return make


def _found(format):
    """Dynamic: the range is that of the samples at hand."""
    return lambda classifier: lambda layer, x: nm.quantize(x, format).decode()


TOKEN = nm.per_axis(0)
ONE = {"scale": "one"}

#: Name: (weights, what makes the activation function).
ACTIVATIONS = {
    "W8A16": ("int8 per channel", None),
    "W8A8 static": ("int8 per channel", _fixed(nm.Format("i8", **ONE), 127)),
    "W8A8 dynamic per tensor": ("int8 per channel", _found(nm.Format("i8"))),
    "W8A8 dynamic per sample": ("int8 per channel", _found(nm.Format("i8", TOKEN))),
    "W8A8 dynamic asymmetric": (
        "int8 per channel", _found(nm.Format("u8", TOKEN, zero_point=True))),
    "W8A8 mu-law": ("int8 per channel", _found(nm.Format(nm.mu_law(8), TOKEN))),
    "W8A8 fp8 E4M3": ("fp8 E4M3 per channel", _found(nm.Format("f8E4M3FN", TOKEN))),
    "W4A16": ("int4 g32", None),
    "W4A8 static": ("int4 g32", _fixed(nm.Format("i8", **ONE), 127)),
    "W4A8 dynamic per sample": ("int4 g32", _found(nm.Format("i8", TOKEN))),
    "W8A4 static": ("int8 per channel", _fixed(nm.Format("i4", **ONE), 7)),
    "W8A4 dynamic per sample": ("int8 per channel", _found(nm.Format("i4", TOKEN))),
    "W4A4 dynamic per sample": ("int4 g32", _found(nm.Format("i4", TOKEN))),
    "W4A4 mxfp4": ("mxfp4", _found(nm.preset("mxfp4", axis=1))),
    "W4A4 nvfp4": ("nvfp4", _found(nm.preset("nvfp4", axis=1))),
}  # fmt: skip


def measure(classifiers, cases):
    """Rows (name, bits per weight of the last, then accuracy and SQNR of each);
    cases yields (name, weights of a classifier, activation of it)."""
    exact = [c.outputs(c.weights) for c in classifiers]
    rows = [["f32", 32.0]]
    for classifier, outputs in zip(classifiers, exact):
        rows[0] += [classifier.accuracy(outputs), None]
    for name, weights_name, make in cases:
        row = [name, None]
        for classifier, reference in zip(classifiers, exact):
            weights, row[1] = stored_weights(classifier, weights_name)
            outputs = classifier.outputs(weights, make and make(classifier))
            row += [classifier.accuracy(outputs), nm.measure(reference, outputs).sqnr_db]
        rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["weights", "activations"])
    parser.add_argument(
        "datasets", nargs="*", metavar="DATASET", help=", ".join(datasets.PACKAGED)
    )
    parser.add_argument(
        "--folder", action="append", default=[], metavar="DIR",
        help="with the files of Fashion-MNIST, EMNIST or CIFAR-10",
    )  # fmt: skip
    parser.add_argument(
        "--limit", type=int, default=10000, help="training samples of a folder"
    )
    parser.add_argument("--hidden", type=int, default=64, help="neurons of the hidden layer")
    parser.add_argument("--plot", metavar="FILE.svg")
    options = parser.parse_args()
    for name in options.datasets:
        if name not in datasets.PACKAGED:
            parser.error(f"no dataset '{name}'; there are: {', '.join(datasets.PACKAGED)}")
    if not options.datasets and not options.folder:
        parser.error("name a dataset or a folder")
    try:
        data = [datasets.from_folder(folder, options.limit) for folder in options.folder]
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
    data = [datasets.packaged(name) for name in options.datasets] + data

    classifiers = [Classifier(one, options.hidden) for one in data]
    if options.what == "weights":
        cases = [(name, name, None) for name in WEIGHTS]
    else:
        cases = [(name, *case) for name, case in ACTIVATIONS.items()]
    rows = measure(classifiers, cases)
    columns = [heading for one in classifiers for heading in (f"{one.name} %", "SQNR")]
    print_table([f"{options.what}", f"bits, {classifiers[-1].name}", *columns], rows)
    if options.plot:
        accuracy = {one.name: 2 + 2 * i for i, one in enumerate(classifiers)}
        save_plot(
            options.plot, f"Accuracy by format of {options.what}", "% of the test samples",
            "", draw_columns(rows, accuracy),
        )  # fmt: skip


if __name__ == "__main__":
    main()
