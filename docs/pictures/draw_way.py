#!/usr/bin/env python3
"""Draws the way of a model: docs/pictures/way-of-a-model.svg.

usage: draw_way.py > way-of-a-model.svg

Each stage of the model is a box, each arrow the pass or tool that leads to the next
one. A test compares the picture with this script, and its passes with quant-opt.
"""

from dataclasses import dataclass
from html import escape

# Sizes in SVG units; text is set in a font of 13.
BOX_WIDTH, BOX_HEIGHT, LEFT, ROW = 300, 46, 20, 84
NOTE_LEFT = LEFT + BOX_WIDTH + 24
WIDTH = 860


@dataclass
class Stage:
    """A box, and the arrow that leaves it."""

    title: str
    detail: str
    arrow: list[str]
    note: str = ""
    color: str = "#dbe9f4"


FLOAT, QUANTIZED, MACHINE = "#e8eef3", "#d3e8d5", "#f6e3c8"

WAY = [
    Stage("ONNX model", "any opset from 9", ["python -m lowbit.importer"],
          "weights go to a safetensors file, never through text", FLOAT),
    Stage("linalg on tensors", "weights are external globals",
          ["lowbit-normalize-contractions", "lowbit-name-layers"],
          "what importers write becomes plain matmuls on the weight", FLOAT),
    Stage("plain contractions with names", "lowbit.layer on each",
          ["lowbit-assign-encodings"], "a recipe decides; nothing in silence", FLOAT),
    Stage("layers with a decision", "an encoding, or why not",
          ["lowbit-insert-encodes"], "one operand of each layer changes", FLOAT),
    Stage("linalg on encoded tensors", "checked by lowbit-verify-encoded",
          ["lowbit-materialize-weights"],
          "weights are encoded now, activations when the model runs", QUANTIZED),
    Stage("stored parts: codes, scales, zero points", "in the safetensors file",
          ["lowbit-pack"], "lowbit-report tells size and error of every layer", QUANTIZED),
    Stage("parts in panels", "the kernels' order; the same values",
          ["convert-lowbit-to-x86", "lowbit-to-parts", "lowbit-globals-to-arguments"],
          "or a reference: lowbit-decode, lowbit-to-integer", QUANTIZED),
    Stage("plain tensors and kernel calls", "checked by lowbit-verify-parts",
          ["one-shot-bufferize"], "from here on nothing knows of encodings", MACHINE),
    Stage("memrefs and kernel calls", "",
          ["lowbit-build-x86-kernels", "convert-linalg-to-vector-loops", "lowbit-expand-math"],
          "matmuls are kernels, everything else vector loops", MACHINE),
    Stage("vector and scf", "", ["convert-vector-to-llvm"], "and the rest of upstream",
          MACHINE),
    Stage("LLVM dialect", "quant-run compiles it in this process", [], "", MACHINE),
]  # fmt: skip

# Stages that one pipeline passes through: first and last box, and its name.
PIPELINES = [(1, 5, "lowbit-quantize"), (6, 10, "lowbit-lower-to-x86")]


def text(x, y, words, size=13, style="", anchor="start"):
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}"'
        f"{' ' + style if style else ''}>{escape(words)}</text>"
    )


def draw_stage(stage, top):
    middle = LEFT + BOX_WIDTH / 2
    yield (
        f'<rect x="{LEFT}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="7"'
        f' fill="{stage.color}" stroke="#54626f"/>'
    )
    baseline = top + (20 if stage.detail else 28)
    yield text(middle, baseline, stage.title, 13, 'font-weight="bold"', "middle")
    if stage.detail:
        yield text(middle, top + 37, stage.detail, 12, 'fill="#3c4a57"', "middle")


def draw_arrow(stage, top):
    middle, start = LEFT + BOX_WIDTH / 2, top + BOX_HEIGHT
    yield (
        f'<line x1="{middle}" y1="{start}" x2="{middle}" y2="{top + ROW - 3}"'
        ' stroke="#54626f" stroke-width="1.6" marker-end="url(#head)"/>'
    )
    lines = [", ".join(stage.arrow[i : i + 2]) for i in range(0, len(stage.arrow), 2)]
    y = start + (ROW - BOX_HEIGHT) / 2 + 6 - 8 * len(lines)
    for line in lines:
        yield text(NOTE_LEFT, y, line, 12.5, 'font-family="monospace"')
        y += 16
    yield text(NOTE_LEFT, y, stage.note, 12, 'fill="#3c4a57"')


def draw_pipeline(first, last, name):
    x, top = WIDTH - 40, 14 + first * ROW
    bottom = 14 + last * ROW + BOX_HEIGHT
    yield (
        f'<path d="M {x - 8} {top} H {x} V {bottom} H {x - 8}" fill="none"'
        ' stroke="#1b6ca8" stroke-width="1.6"/>'
    )
    middle = (top + bottom) / 2
    turn = f'transform="rotate(90 {x + 10} {middle})" fill="#1b6ca8" font-family="monospace"'
    yield text(x + 10, middle, name, 13, turn, "middle")


def main():
    height = 14 + (len(WAY) - 1) * ROW + BOX_HEIGHT + 14
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' width="{WIDTH}" height="{height}" font-family="Helvetica, Arial, sans-serif">',
        '<title>The way of a model</title>',
        '<defs><marker id="head" markerWidth="9" markerHeight="8" refX="7" refY="4"'
        ' orient="auto"><path d="M 0 0 L 9 4 L 0 8 z" fill="#54626f"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    for place, stage in enumerate(WAY):
        top = 14 + place * ROW
        lines += draw_stage(stage, top)
        if stage.arrow:
            lines += draw_arrow(stage, top)
    for first, last, name in PIPELINES:
        lines += draw_pipeline(first, last, name)
    print("\n".join([*lines, "</svg>"]))


if __name__ == "__main__":
    main()
