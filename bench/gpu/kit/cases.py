"""What is checked and what is timed. No case needs more than the manifest has."""

import dataclasses
import math


@dataclasses.dataclass
class Case:
    """Sizes of one launch: of each sequence, where they have lengths of their own, else
    the first counts. Strides: heads beside each other in a row if `heads_in_rows`."""

    kernel: str
    sequences: int = 1
    heads: int = 1
    key_heads: int = 1
    queries: tuple = (64,)
    keys: tuple = (64,)
    past_keys: int = 0
    window_left: int = 0
    window_right: int = 0
    cap: float = 0.0
    heads_in_rows: bool = False
    keys_per_page: int = 16

    @property
    def pages_per_sequence(self):
        return -(-self.most_keys // self.keys_per_page)

    @property
    def most_queries(self):
        return max(self.queries)

    @property
    def most_keys(self):
        return max(self.keys)

    def get_scale(self, head_size):
        return 1 / math.sqrt(head_size)

    def get_sizes(self, sequence, spec):
        """Queries and keys of a sequence."""
        own = spec.get("sequence_offsets")
        queries = self.queries[sequence if own else 0]
        keys = self.keys[sequence if own or spec.get("key_lengths") else 0]
        return queries, keys

    def __str__(self):
        def text(sizes):
            return "/".join(map(str, sizes))

        rows = " rows" if self.heads_in_rows else ""
        return (
            f"{self.kernel} {self.sequences}x{self.heads}:{self.key_heads} "
            f"{text(self.queries)}x{text(self.keys)}{rows}"
        )


def get_checks(kernels):
    """Cases for each kernel of a chip: odd sizes, sizes beyond a tile, q != k."""
    cases = []
    for name, kernel in kernels.items():
        spec = kernel.spec
        groups = 4 if spec.get("grouped") else 1
        common = {"heads": 4, "key_heads": 4 // groups, "cap": 2.0}
        common |= {"past_keys": 5, "window_left": 37, "window_right": 19}
        if spec.get("sequence_offsets"):
            shapes = [((1, 130, 77), (1, 300, 77)), ((64, 3, 200), (64, 129, 333))]
        elif spec.get("split_keys"):
            shapes = [((1,), (4099, 17, 2048)), ((5,), (777, 1, 300)), ((1,), (65536, 40000, 9))]
        elif spec.get("key_lengths"):
            shapes = [((65,), (129, 1, 64)), ((128,), (512, 300, 77))]
        else:
            shapes = [((1,), (1,)), ((129,), (129,)), ((77,), (301,)), ((512,), (512,)), ((17,), (2049,))]
        for i, (queries, keys) in enumerate(shapes):
            sequences = max(len(queries), len(keys), 2)
            sizes = {"queries": queries, "keys": keys, "keys_per_page": (16, 20, 256)[i % 3]}
            cases.append(Case(name, sequences, heads_in_rows=i % 2 == 1, **sizes, **common))
    return cases


@dataclasses.dataclass
class Shape:
    """What is timed: of all who can."""

    kernel: str
    batch: int
    heads: int
    key_heads: int
    queries: int
    keys: int
    head_size: int
    causal: bool

    @property
    def is_decode(self):
        return self.queries == 1

    @property
    def flops(self):
        products = 4 * self.batch * self.heads * self.queries * self.keys * self.head_size
        # Of a square, what lies below the diagonal.
        return products / 2 if self.causal and not self.is_decode else products

    def get_bytes(self, kernel):
        """What must be read and written once."""
        head_bits = {None: 16, "i4": 4}
        scale_bits = {None: 0, "f32": 32}
        total = 2 * self.heads * self.queries * 16 * self.head_size
        for name in ("key", "value"):
            row = head_bits.get(kernel.get(name), 8) * self.head_size
            total += self.key_heads * self.keys * (row + scale_bits.get(kernel.get(f"{name}_scale"), 16))
        return self.batch * total // 8

    @property
    def case(self):
        keys = (self.keys,) * self.batch if self.is_decode else (self.keys,)
        return Case(self.kernel, self.batch, self.heads, self.key_heads, (self.queries,), keys)

    def __str__(self):
        if self.is_decode:
            what = "decode"
        else:
            what = "causal" if self.causal else "full"
        return f"{what} d{self.head_size} {self.batch}x{self.heads}:{self.key_heads} {self.queries}x{self.keys}"


def get_shapes(kernels):
    shapes = []
    for size in (64, 128):
        heads = 2048 // size
        for suffix in ("", "_causal"):
            for length in (512, 1024, 2048, 4096, 8192, 16384):
                name = f"bf16_d{size}{suffix}"
                shapes.append(Shape(name, 16384 // length, heads, heads, length, length, size, bool(suffix)))
        for keys in (8192, 16384, 32768, 65536, 131072):
            shapes.append(Shape(f"bf16_d{size}_decode", 1, heads, heads // 4, 1, keys, size, True))
    return [shape for shape in shapes if shape.kernel in kernels]


PEERS = ("lowbit", "cudnn", "flash", "sdpa", "flex", "triton")
# Of one query: the same with keys and values of these codes.
CODES = ("i8", "i4", "e4m3")


def get_kernel(shape, who):
    """The kernel of lowbit, or of lowbit-i8 and the like."""
    _, _, codes = who.partition("-")
    return shape.kernel.replace("_decode", f"_{codes}_decode") if codes else shape.kernel


def get_rows(kernels, only=None):
    """All rows in order: checks, and then for each shape one of each who is timed."""
    rows = [{"kind": "check", "case": dataclasses.asdict(case), "text": str(case)} for case in get_checks(kernels)]
    for shape in get_shapes(kernels):
        others = tuple(f"lowbit-{codes}" for codes in CODES) if shape.is_decode else ()
        # What there is to reach, first.
        for who in ("copy" if shape.is_decode else "matmul", *PEERS, *others):
            if who.startswith("lowbit-") and get_kernel(shape, who) not in kernels:
                continue
            rows.append({"kind": "time", "shape": dataclasses.asdict(shape), "who": who, "text": f"{shape} {who}"})
    return [row for row in rows if only is None or only.search(f"{row['kind']} {row['text']}")]


def read_case(data):
    return Case(**data | {"queries": tuple(data["queries"]), "keys": tuple(data["keys"])})
