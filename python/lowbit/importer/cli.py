# ===- cli.py - the importer's command line -------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""The command line of `python -m lowbit.importer`."""

from __future__ import annotations

import argparse
import traceback
from pathlib import Path

from lowbit.failure import Failure
from lowbit.output import output_files

from .check_graph import check_graph
from .dims import fix_dims, parse_dim_option
from .errors import ImportFailure
from .fold_constants import fold_constants
from .graph import (
    external_files,
    inline_functions,
    load_model,
    load_small_tensors,
    name_nodes,
    upgrade_opset,
)
from .lift_weights import lift_weights
from .lower import lower
from .progress import Progress
from .rewrite_expand import rewrite_expand
from .weights_file import write_weights

DESCRIPTION = """\
Imports an ONNX model as MLIR (linalg on tensors). The model's weights go to a
safetensors file; in the IR they are external globals under their own names.
Operations carry the names of their ONNX nodes as locations."""


def argument_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lowbit.importer", description=DESCRIPTION
    )
    parser.add_argument("model", type=Path, help="the ONNX file")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="the MLIR file to write"
    )
    parser.add_argument(
        "--weights", type=Path, required=True, help="the safetensors file to write"
    )
    parser.add_argument(
        "--dim",
        action="append",
        default=[],
        metavar="NAME=SIZE",
        help="fix an open dimension, by its symbol (batch=8) or by its place "
        "(input_ids.1=128); may be repeated; others stay dynamic",
    )
    parser.add_argument(
        "--function", default="main", help="name of the function (default: main)"
    )
    parser.add_argument(
        "--quiet", action="store_true", help="print warnings and errors only"
    )
    return parser


def import_model(arguments: argparse.Namespace, progress: Progress) -> None:
    """Reads, lowers and writes one model; raises ImportFailure."""
    if not arguments.function:
        raise ImportFailure("--function: a function needs a name")
    sizes = [parse_dim_option(text) for text in arguments.dim]
    directory = arguments.model.parent
    with output_files() as files:
        files.protect(arguments.model)
        text_path = files.reserve(arguments.output)
        weights_path = files.reserve(arguments.weights)

        with progress.step(f"Reading {arguments.model}"):
            model = load_model(arguments.model)
            check_graph(model)
            for path in external_files(model.graph, directory):
                files.protect(path)
            weights = lift_weights(model, directory)
            load_small_tensors(model.graph, directory)
        fix_dims(model.graph, sizes)
        with progress.step("Preparing the graph"):
            model = upgrade_opset(model)
            name_nodes(model.graph)
            model = inline_functions(model)
            weights += lift_weights(model, directory)
            load_small_tensors(model.graph, directory)
            name_nodes(model.graph)
            model = rewrite_expand(fold_constants(model))
        weight_names = [weight.name for weight in weights]
        if arguments.function in weight_names:
            raise ImportFailure(
                f"a weight is called '{arguments.function}' like the function; "
                "give the function another name with --function"
            )
        with progress.step(f"Lowering {len(model.graph.node)} nodes to linalg"):
            assertions = lower(model, arguments.function, weight_names, text_path)
        if assertions:
            count = assertions.total()
            progress.warning(
                f"{count} run-time assertion{'s are' if count > 1 else ' is'} left; "
                f"fixing dimensions with --dim removes {'them' if count > 1 else 'it'}"
            )
            for message, count in sorted(assertions.items()):
                progress.warning(f"  {count} x {message}")
        with progress.step(f"Writing {arguments.weights}"):
            write_weights(weights_path, weights)


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    arguments = argument_parser().parse_args(argv)
    progress = Progress(arguments.quiet)
    try:
        import_model(arguments, progress)
    except Failure as error:
        progress.error(str(error))
        return 1
    except KeyboardInterrupt:
        progress.error("interrupted; nothing is written")
        return 130
    except Exception as error:
        # A fault of the importer's own: where it is helps whoever repairs it.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        progress.error(
            f"cannot import '{arguments.model}': {type(error).__name__}: {error} "
            f"({Path(frame.filename).name}, line {frame.lineno})"
        )
        return 1
    return 0
