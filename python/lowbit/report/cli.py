# ===- cli.py - the page's command line -----------------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""The command line of `python -m lowbit.report`."""

from __future__ import annotations

import argparse
from pathlib import Path

from lowbit.failure import run_command
from lowbit.output import output_files

from .page import make_page
from .reading import read_report

DESCRIPTION = """\
Makes one page of a report that quant-opt wrote (lowbit-quantize or
lowbit-report, with report=FILE). The page opens without a network and loads
nothing. Equal reports give equal bytes."""


def _run(arguments: argparse.Namespace) -> None:
    with output_files() as files:
        files.protect(arguments.report)
        place = files.reserve(arguments.output)
        report = read_report(arguments.report)
        title = arguments.title or arguments.report.stem
        place.write_text(make_page(report, title), encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    """Runs the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lowbit.report",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("report", type=Path, help="the JSON file")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="the HTML file to write"
    )
    parser.add_argument("--title", help="of the page (default: the report's name)")
    arguments = parser.parse_args(argv)
    return run_command(lambda: _run(arguments))
