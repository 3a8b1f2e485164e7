"""Random weights in the forms that libraries take, and what they denote."""

import dataclasses

import numpy as np

NF4 = [-1.0, -0.6961928, -0.52507305, -0.39491749, -0.28444138, -0.18477343, -0.09105004, 0.0,
       0.0795803, 0.1609302, 0.2461123, 0.33791524, 0.44070983, 0.562617, 0.72295684, 1.0]  # fmt: skip
#: The 16 codes of E2M1, in the order of their bits.
FP4 = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0]
TABLES = {"nf4": np.array(NF4, np.float32), "fp4": np.array(FP4, np.float32)}


class Unsupported(Exception):
    """The library does not have what is asked for; the text is the reason."""


@dataclasses.dataclass(frozen=True)
class Form:
    """How a weight is stored: `kind` is int, nf4, fp4, f32, bf16 or f8; 0 as `group` is
    a scale for each column of the result."""

    kind: str
    bits: int
    group: int = 0
    zero_point: bool = False
    #: Scales are powers of two.
    power_of_two: bool = False


@dataclasses.dataclass
class Weight:
    """Codes are int8 of N x K, scales f32 of N x groups, as are zero points, if any; a
    weight of floats has values alone."""

    codes: np.ndarray | None
    scales: np.ndarray | None
    zero_points: np.ndarray | None
    values: np.ndarray | None
    form: Form

    def decode(self):
        """K x N in f32."""
        if self.codes is None:
            return self.values.T.astype(np.float32)
        if self.form.kind in TABLES:
            values = TABLES[self.form.kind][self.codes]
        else:
            values = self.codes.astype(np.float32)
        k = self.codes.shape[1]
        spread = lambda part: np.repeat(part, -(-k // part.shape[1]) if self.form.group == 0 else self.form.group, axis=1)[:, :k]  # noqa: E731
        if self.zero_points is not None:
            values = values - spread(self.zero_points)
        return (values * spread(self.scales)).T.copy()


def pack(codes, bits):
    """Codes of each row side by side, the first in the lowest bits of a byte."""
    each = 8 // bits
    if codes.shape[-1] % each:
        raise Unsupported(f"rows of {codes.shape[-1]} codes of {bits} bits do not fill bytes")
    parts = (codes.view(np.uint8) & ((1 << bits) - 1)).reshape(len(codes), -1, each)
    packed = np.zeros(parts.shape[:2], np.uint8)
    for i in range(each):
        packed |= parts[:, :, i] << np.uint8(i * bits)
    return packed


def get_bytes(form, k, n):
    """Of codes and scales, each scale of 4 bytes for a column and 2 for a group."""
    if form.kind in ("f32", "bf16"):
        return k * n * form.bits / 8
    groups = -(-k // form.group) if form.group else 1
    scale = 1 if form.power_of_two else 2 if form.group else 4
    return k * n * form.bits / 8 + groups * n * (scale + (form.bits / 8 if form.zero_point else 0))


class Weights:
    """Those of layers of given shapes, each made when it is asked for: one of each shape
    is drawn, and the others have its columns in another order, so that none of them are
    the same to a library."""

    def __init__(self, form, shapes):
        self.form, self.shapes = form, shapes

    def __len__(self):
        return len(self.shapes)

    def __iter__(self):
        drawn = {shape: make_weight(self.form, *shape) for shape in set(self.shapes)}
        for i, shape in enumerate(self.shapes):
            weight = drawn[shape]
            turned = lambda part: None if part is None else np.roll(part, i, axis=0)  # noqa: B023, E731
            yield dataclasses.replace(
                weight, codes=turned(weight.codes), scales=turned(weight.scales),
                zero_points=turned(weight.zero_points), values=turned(weight.values),
            )  # fmt: skip


def make_weight(form, k, n):
    """Numbers that keep the size of what is multiplied with them."""
    random = np.random.default_rng(k)
    unit = 1 / np.sqrt(k)
    if form.kind in ("f32", "bf16"):
        return Weight(None, None, None, random.standard_normal((n, k), np.float32) * np.float32(unit), form)
    groups = -(-k // form.group) if form.group else 1
    low, high = {"int": (-(1 << form.bits - 1), (1 << form.bits - 1) - 1)}.get(form.kind, (0, 15))
    if form.zero_point:
        low, high = 0, (1 << form.bits) - 1
    if form.kind == "int" and form.bits == 8 and not form.zero_point:
        low = -127
    codes = random.integers(low, high, (n, k), np.int16, endpoint=True).astype(np.int8)
    values = TABLES.get(form.kind, np.arange(low, high + 1))
    scales = random.uniform(0.6, 1.4, (n, groups)) * unit / np.std(values)
    if form.power_of_two:
        scales = np.exp2(np.round(np.log2(scales)))
    elif form.group:
        scales = scales.astype(np.float16)
    zero_points = None
    if form.zero_point:
        middle = (high + 1) // 2
        zero_points = random.integers(middle - 2, middle + 2, (n, groups), np.int16).astype(np.float32)
    return Weight(codes, scales.astype(np.float32), zero_points, None, form)
