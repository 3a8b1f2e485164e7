# ===- cli.py - the estimator's command line ------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""The command line of `python -m lowbit.estimate`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from lowbit.failure import Failure, run_command

from .architecture import KNOWN, Architecture, read_config
from .encodings import Encoding, nearest_of, parse_encoding, split_names
from .overview import show_overview
from .stored import read_model
from .stored_report import show_stored
from .tables import UNITS, Output, fitting_unit
from .usage import Usage, show_usage

DESCRIPTION = """\
How much memory a model takes. Without MODEL: numbers of parameters by types.
MODEL is one of the known ones, or a file: .safetensors (also one that Lowbit
wrote), .safetensors.index.json, .mlir, .onnx. Only headers are read."""

EXAMPLES = f"""\
examples:
  python -m lowbit.estimate
  python -m lowbit.estimate --parameters 7B,13B --types f16,int8,nf4-g64-dq
  python -m lowbit.estimate llama-7b --type int4-g128 --batch 4 --context 4096
  python -m lowbit.estimate llama-7b --type nf4-g64-dq --train lora --rank 16 --gpu 24
  python -m lowbit.estimate model.safetensors --type int4-g128

known models: {", ".join(KNOWN)}"""

TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
COUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)([KMBT]?)")
SCALES = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def _count(text: str) -> tuple[str, int]:
    match = COUNT.fullmatch(text)
    if not match or float(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no number such as 7B or 350M")
    return text, round(float(match[1]) * SCALES[match[2]])


def _counts(text: str) -> list[tuple[str, int]]:
    return [_count(part) for part in text.split(",")]


def _encoding(text: str) -> Encoding:
    try:
        return parse_encoding(text)
    except Failure as failure:
        raise argparse.ArgumentTypeError(str(failure)) from failure


def _encodings(text: str) -> list[Encoding]:
    return [_encoding(part) for part in split_names(text)]


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no share above 0 and up to 1")
    return share


def _targets(text: str) -> list[str]:
    names = TARGETS if text == "all" else text.split(",")
    for name in names:
        if name not in TARGETS:
            known = ", ".join(TARGETS)
            raise argparse.ArgumentTypeError(f"'{name}' is none of {known}, or all")
    return names


def argument_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lowbit.estimate",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("model", nargs="?", metavar="MODEL", help="a known model, or a file")
    add("--parameters", type=_counts, default=_counts("1B,7B,13B,70B"), metavar="N,...",
        help="without MODEL: the numbers of parameters (default 1B,7B,13B,70B)")
    add("--types", type=_encodings, metavar="TYPE,...",
        help="without MODEL: the types, shorthands of recipes, or texts of codecs")
    add("--unit", choices=UNITS, help="of sizes in tables (default GiB, MiB or KiB, by what there is)")
    add("--json", action="store_true", help="print JSON, sizes in bytes")
    add("--type", type=_encoding, metavar="TYPE",
        help="how the matrices are stored (default f16; of a file: as they are)")
    add("--embedding-type", type=_encoding, default=_encoding("f16"), metavar="TYPE",
        help="how the table of embeddings is stored (default f16)")
    use = parser.add_argument_group("use")
    use.add_argument("--config", type=Path, metavar="FILE",
                     help="a config.json with the sizes of the transformer in a file")
    use.add_argument("--batch", type=_positive, default=1, help="sequences (default 1)")
    use.add_argument("--context", type=_positive, default=2048,
                     help="tokens of each, which the cache holds (default 2048)")
    use.add_argument("--tokens", type=_positive, metavar="N",
                     help="tokens processed at once (default: all of the context)")
    use.add_argument("--kv-type", type=_encoding, default=_encoding("f16"), metavar="TYPE",
                     help="of keys and values (default f16)")
    train = parser.add_argument_group("training")
    train.add_argument("--train", choices=["full", "lora"],
                       help="train all weights, or adapters on frozen ones (with a "
                       "4-bit --type that is QLoRA)")
    train.add_argument("--rank", type=_positive, default=16, help="of adapters (default 16)")
    train.add_argument("--targets", type=_targets, default=TARGETS, metavar="NAME,...",
                       help="matrices with adapters (default all)")
    train.add_argument("--optimizer", choices=["adam", "adam8bit", "momentum", "sgd"],
                       default="adam", help="(default adam)")
    train.add_argument("--f32", action="store_true",
                       help="train in f32, not in 16 bits with an f32 copy")
    train.add_argument("--checkpoint", action="store_true",
                       help="keep the inputs of layers only, and compute them again")
    gpu = parser.add_argument_group("devices")
    gpu.add_argument("--gpu", type=_positive, action="append", metavar="GiB",
                     help="memory of a GPU; may be repeated (default 16, 24, 48 and 80)")
    gpu.add_argument("--usable", type=_share, default=0.9, metavar="SHARE",
                     help="share of it that is left for the model (default 0.9)")
    return parser


def _usage(arguments: argparse.Namespace) -> Usage:
    return Usage(
        encoding=arguments.type or parse_encoding("f16"),
        embeddings=arguments.embedding_type,
        batch=arguments.batch,
        context=arguments.context,
        tokens=arguments.tokens or arguments.context,
        kv=arguments.kv_type,
        train=arguments.train,
        rank=arguments.rank,
        targets=arguments.targets,
        optimizer=arguments.optimizer,
        f32=arguments.f32,
        checkpoint=arguments.checkpoint,
        gpus=arguments.gpu or [16, 24, 48, 80],
        usable=arguments.usable,
    )


# Options that need another, or the lack of a model.
FOR_TABLES = ["parameters", "types"]
FOR_USE = ["embedding_type", "batch", "context", "tokens", "kv_type", "gpu", "usable"]
FOR_TRAINING = ["rank", "targets", "optimizer", "f32", "checkpoint"]
FOR_ADAPTERS = ["rank", "targets"]


def _given(argv: list[str] | None) -> set[str]:
    """The options that the command line names."""
    parser = argument_parser()
    for action in parser._actions:
        action.default = argparse.SUPPRESS
    return set(vars(parser.parse_args(argv)))


def _check_model(name: str | None) -> None:
    """Fails for what is neither a known model nor perhaps a file."""
    if name is None or name in KNOWN or Path(name).exists():
        return
    # A version is no suffix.
    if re.fullmatch(r"\.[a-zA-Z]\w*", Path(name).suffix):
        return
    known = ", ".join(KNOWN)
    nearest = nearest_of(name, list(KNOWN))
    raise Failure(f"'{name}' is no file, and none of the known models: {known}{nearest}")


def _check_options(arguments: argparse.Namespace, given: set[str]) -> None:
    """Fails for an option that would change nothing."""

    def reject(names: list[str], why: str) -> None:
        for name in names:
            if name in given:
                raise Failure(f"--{name.replace('_', '-')} {why}")

    if arguments.model or arguments.config:
        reject(FOR_TABLES, "is of the tables without a model; --type says how a model is stored")
    else:
        reject(FOR_USE, "needs a model: " + ", ".join(KNOWN) + ", or a file, or --config")
    if arguments.model in KNOWN:
        reject(["config"], f"is of a file: the sizes of {arguments.model} are known")
    elif arguments.model and not arguments.config:
        reject(FOR_USE, "needs the sizes of the transformer in the file: --config config.json")
    if not arguments.train:
        reject(FOR_TRAINING, "needs --train")
    if arguments.train == "full":
        reject(FOR_ADAPTERS, "is of adapters: --train lora")


def _estimate(arguments: argparse.Namespace) -> None:
    output = Output(arguments.json)
    unit = arguments.unit
    if not arguments.model:
        if arguments.config:
            show_usage(output, read_config(arguments.config), _usage(arguments), None, unit)
        elif arguments.train or arguments.type:
            raise Failure("name a model: " + ", ".join(KNOWN) + ", or a file, or --config")
        else:
            show_overview(output, arguments.parameters, arguments.types, unit)
    elif arguments.model in KNOWN:
        show_usage(output, KNOWN[arguments.model], _usage(arguments), None, unit)
    else:
        _estimate_file(output, arguments)
    output.finish()


def _estimate_file(output: Output, arguments: argparse.Namespace) -> None:
    model = read_model(Path(arguments.model))
    unit = arguments.unit
    weights = show_stored(output, model, arguments.type, unit or fitting_unit(model.bytes()))
    architecture: Architecture | None = None
    if arguments.config:
        architecture = read_config(arguments.config)
        show_usage(output, architecture, _usage(arguments), weights, unit)
    elif arguments.train:
        raise Failure("--train needs the sizes of the transformer: --config config.json")


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    arguments = argument_parser().parse_args(argv)

    def run() -> None:
        _check_model(arguments.model)
        _check_options(arguments, _given(argv))
        _estimate(arguments)

    return run_command(run)
