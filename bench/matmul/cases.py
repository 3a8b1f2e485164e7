"""What is measured: weights, activations, sizes, and the goals of each."""

import dataclasses
import itertools

#: Libraries, and their modules in peers/.
PEERS = {"XNNPACK": "litert", "OpenVINO": "ov", "ONNX Runtime": "ort", "oneDNN": "dnnl"}
#: Those that no wheel brings in little time.
UNAVAILABLE = {
    "bitsandbytes": "its wheel asks for PyTorch with CUDA, gigabytes of it",
    "ggml": "it has no wheel: it would have to be compiled",
}

#: Rows of the activation.
ROWS = (1, 4, 16, 128, 512)
#: Up to so many rows memory bounds the product, and what counts are GB/s.
MEMORY_ROWS = 4
SQUARE = (4096, 4096)
#: Sizes of real models and odd ones. K x N and N x K are measured in turn.
SHAPES = (
    (384, 1536), (4096, 11008), (4096, 32000), (4095, 4095),
    (4096, 1), (4096, 7), (4096, 33), (4096, 100),
)  # fmt: skip
#: Which rows and cases they are measured with.
SHAPE_ROWS = (1, 16, 128)
SHAPE_KINDS = ("int8-dynamic", "int4-dynamic", "int4-g32", "int4-g128", "nf4-g64")


@dataclasses.dataclass(frozen=True)
class Goal:
    """What is to be reached: the share of the ceiling, the ratio to the best of all
    libraries or to one of them, and that to our own product of another kind."""

    ceiling: float | None = None
    best_peer: float | None = None
    peer: tuple[str, float] | None = None
    reference: float | None = None


@dataclasses.dataclass(frozen=True)
class Kind:
    """A weight (a shorthand of recipes, or the text of an encoding) and an activation as
    lowbit-bench-matmul takes them; `form` is what is asked of other libraries (see
    peers/weights.py), `peers` are those that are asked."""

    name: str
    weight: str
    activation: str
    form: dict
    peers: tuple[str, ...] = ()
    goals: dict[int, Goal] = dataclasses.field(default_factory=dict)
    #: The kind whose speed ours is compared with.
    reference: str = ""

    def get_ceiling(self, rows):
        """The name of its ceiling, as lowbit-bench-ceilings has it."""
        if rows <= MEMORY_ROWS:
            return "dram_gbs"
        return {"f32": "f32_gflops", "bf16": "bf16_gflops"}.get(self.activation, "int8_gops")


@dataclasses.dataclass(frozen=True)
class Case:
    kind: Kind
    k: int
    n: int
    m: int

    @property
    def name(self):
        return f"{self.kind.name}/{self.k}x{self.n}/m{self.m}"

    @property
    def goal(self):
        if (self.k, self.n) == SQUARE:
            return self.kind.goals.get(self.m, Goal())
        return Goal(best_peer=0.9)

    @property
    def unit(self):
        return "GB/s" if self.m <= MEMORY_ROWS else "GOPS"


def encoding(codec, scale, more=""):
    return f"#lowbit.encoding<#lowbit.{codec}, scale = {scale}{more}>"


def shares(*values, ratios=None, **others):
    """Goals of ROWS; None for no share."""
    ratios = ratios or {}
    return {
        rows: Goal(ceiling=share, best_peer=ratios.get(rows), **others)
        for rows, share in zip(ROWS, values, strict=True)
    }


def relative(share, ratios, others=None):
    """Goals of what is to be as fast as INT4."""
    goals = {rows: Goal(reference=share, best_peer=ratios.get(rows)) for rows in ROWS}
    return goals | (others or {})


INT = {"kind": "int"}
EIGHT_BITS = ("XNNPACK", "OpenVINO", "ONNX Runtime")
INT8_GOALS = shares(0.95, 0.88, 0.78, 0.90, 0.93, ratios={16: 1.5, 128: 1.08, 512: 1.03})
G128_GOALS = (0.92, 0.80, 0.68, 0.84, 0.87)
TWICE = {16: 2.0, 128: 2.0, 512: 2.0}
WEIGHT_ONLY = {1: Goal(ceiling=0.85), 128: Goal(ceiling=0.85), 512: Goal(ceiling=0.85)}
TABLES = {1: Goal(ceiling=0.70), 128: Goal(ceiling=0.75), 512: Goal(ceiling=0.75)}
FLOATS = {rows: Goal(peer=("oneDNN", 0.97)) for rows in ROWS}
INT4 = encoding("affine<i4>", "f32 per axis<1>")

KINDS = (
    Kind("int8-dynamic", "int8", "i8", INT | {"bits": 8}, EIGHT_BITS, INT8_GOALS),
    Kind("int8-dynamic-u8", "int8", "u8", INT | {"bits": 8}, EIGHT_BITS, INT8_GOALS),
    Kind("int8-product", "int8", "codes", INT | {"bits": 8}, ("oneDNN",), INT8_GOALS),
    Kind("int4-dynamic", INT4, "i8", INT | {"bits": 4}, EIGHT_BITS, shares(0.93, 0.86, 0.76, 0.88, 0.91)),
    Kind(
        "int4-g32", "int4-g32-sym", "i8", INT | {"bits": 4, "group": 32}, EIGHT_BITS,
        shares(0.92, 0.75, 0.58, 0.75, 0.78, ratios={1: 1.05, 4: 1.5, 16: 1.4, 512: 1.4}),
    ),
    Kind("int4-g64", "int4-g64-sym", "i8", INT | {"bits": 4, "group": 64}, EIGHT_BITS),
    Kind(
        "int4-g128", "int4-g128-sym", "i8", INT | {"bits": 4, "group": 128}, EIGHT_BITS,
        shares(*G128_GOALS, ratios={16: 1.3, 512: 1.08}),
    ),
    Kind(
        "int4-g128-zp", "int4-g128", "i8", INT | {"bits": 4, "group": 128, "zero_point": True}, EIGHT_BITS,
        shares(*G128_GOALS, ratios={16: 1.3, 512: 1.4}),
    ),
    Kind(
        "nf4-g64", encoding("codebook<nf4_i8>", "f16 per group<64> along 0"), "i8",
        {"kind": "nf4", "bits": 4, "group": 64}, ("bitsandbytes", "OpenVINO"), relative(0.97, TWICE), "int4-g64",
    ),
    Kind(
        "fp4-g32", "fp4-g32", "i8", {"kind": "fp4", "bits": 4, "group": 32},
        ("OpenVINO", "ggml"), relative(0.97, TWICE), "int4-g32",
    ),
    Kind(
        "mxfp4", "mxfp4", "i8", {"kind": "fp4", "bits": 4, "group": 32, "power_of_two": True},
        ("OpenVINO", "ggml"), relative(0.97, TWICE), "int4-g32",
    ),
    Kind(
        "int2-g128", "int2-g128-sym", "i8", INT | {"bits": 2, "group": 128}, ("OpenVINO", "ONNX Runtime"),
        relative(0.97, {16: 1.4, 128: 1.4, 512: 1.4}, {1: Goal(ceiling=0.80, best_peer=1.25), 4: Goal()}), "int4-g128",
    ),
    Kind("int8-bf16", "int8", "bf16", INT | {"bits": 8}, ("OpenVINO", "oneDNN"), WEIGHT_ONLY),
    Kind("int4-g128-bf16", "int4-g128-sym", "bf16", INT | {"bits": 4, "group": 128}, ("OpenVINO",), WEIGHT_ONLY),
    Kind("nf4-g64-bf16", "nf4-g64", "bf16", {"kind": "nf4", "bits": 4, "group": 64}, ("bitsandbytes", "OpenVINO"), WEIGHT_ONLY),
    Kind("int8-f32", "int8", "f32", INT | {"bits": 8}, ("OpenVINO", "ONNX Runtime")),
    Kind("int4-g128-f32", "int4-g128-sym", "f32", INT | {"bits": 4, "group": 128}, ("OpenVINO", "ONNX Runtime")),
    Kind("nf4-g64-f32", "nf4-g64", "f32", {"kind": "nf4", "bits": 4, "group": 64}, ("bitsandbytes", "OpenVINO")),
    Kind("fp8-bf16", "fp8", "bf16", {}, (), TABLES),
    Kind("mulaw8-bf16", "mulaw8", "bf16", {}, (), TABLES),
    Kind("kmeans8-bf16", "kmeans8", "bf16", {}, (), TABLES),
    Kind("f32", "f32", "f32", {"kind": "f32", "bits": 32}, ("oneDNN", "XNNPACK", "OpenVINO", "ONNX Runtime"), FLOATS),
    Kind("bf16", "bf16", "bf16", {"kind": "bf16", "bits": 16}, ("oneDNN", "OpenVINO"), FLOATS),
)  # fmt: skip

BY_NAME = {kind.name: kind for kind in KINDS}


def get_cases(shapes, rows, all_shapes):
    """Those of given sizes; without them 4096 x 4096, and the others if asked for."""
    if shapes or rows:
        return [
            Case(kind, k, n, m)
            for kind, (k, n), m in itertools.product(KINDS, shapes or (SQUARE,), rows or ROWS)
        ]
    cases = [Case(kind, *SQUARE, m) for kind in KINDS for m in ROWS]
    if all_shapes:
        cases += [
            Case(BY_NAME[name], k, n, m)
            for (k, n), name, m in itertools.product(SHAPES, SHAPE_KINDS, SHAPE_ROWS)
        ]
    return cases
