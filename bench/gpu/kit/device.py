"""Runs rows on the GPU: checks, and times."""

import torch

from . import peers, reference, timing
from .cases import Shape, read_case
from .cuda import Clocks, Driver, Function
from .data import Data
from .launch import get_combine_grid, get_grid, get_values, pack
from .manifest import choose_chip, read_manifest


class Machine:
    def __init__(self, folder):
        torch.zeros(1, device="cuda")
        self.driver = Driver()
        self.clocks = Clocks(self.driver, torch.cuda.current_device())
        self.properties = torch.cuda.get_device_properties(torch.cuda.current_device())
        chips = read_manifest(folder)
        major, minor = torch.cuda.get_device_capability()
        self.chip, self.is_exact = choose_chip(major, minor, chips)
        self.kernels = chips[self.chip]
        self.functions = {}

    def describe(self):
        how = "" if self.is_exact else ", compiled by the driver"
        return (
            f"{self.properties.name}, {self.properties.multi_processor_count} multiprocessors, "
            f"torch {torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}, "
            f"kernels of {self.chip}{how}"
        )

    def is_alive(self):
        try:
            torch.cuda.synchronize()
        except RuntimeError:
            return False
        return True

    def get_functions(self, kernel):
        if kernel.name not in self.functions:
            # A cubin is of its chip alone; PTX lies beside it.
            module = self.driver.load(kernel.path if self.is_exact else kernel.path.with_suffix(".ptx"))
            entries = [kernel.main] + ([kernel.combine] if kernel.combine else [])
            self.functions[kernel.name] = [Function(self.driver, module, entry) for entry in entries]
        return self.functions[kernel.name]

    def prepare(self, data):
        """A call that computes the output of data, on torch's stream."""
        kernel, case = data.kernel, data.case
        values = get_values(kernel, case, data.get_operands())
        grids = [get_grid(kernel, case), get_combine_grid(case)]
        launches = [
            function.prepare(grid, pack(function.entry.arguments, values))
            for function, grid in zip(self.get_functions(kernel), grids)
        ]

        def call():
            stream = torch.cuda.current_stream().cuda_stream
            for launch in launches:
                launch(stream)

        return call

    def run(self, row):
        if row["kind"] == "check":
            case = read_case(row["case"])
            data = Data(self.kernels[case.kernel], case)
            self.prepare(data)()
            torch.cuda.synchronize()
            return self.check(data, range(case.heads), None)
        return self.time(Shape(**row["shape"]), row["who"])

    def check(self, data, heads, last_rows):
        """The worst of all sequences, of these heads, and of so many rows from the end."""
        kernel, case, worst = data.kernel, data.case, (0.0, 0.0)
        for sequence in range(case.sequences):
            queries, length = case.get_sizes(sequence, kernel.spec)
            keys = min(length, case.most_keys)
            first = 0 if last_rows is None else max(0, queries - last_rows)
            rows = torch.arange(first, queries, device="cuda")[:, None]
            matrices = {n: data.get_sequence(n, sequence, queries) for n in ("query", "output")}
            matrices |= {n: data.get_sequence(n, sequence, keys) for n in ("key", "value")}
            for head in heads:
                key_head = head // (case.heads // case.key_heads)
                mask, slope = data.tensors.get("mask"), data.tensors.get("slopes")
                if mask is not None:
                    mask = mask[sequence, head, :, :keys]
                    mask = mask.expand(queries, keys)[first:]
                    mask = mask if mask.dtype == torch.bool else mask.double()
                expected, bound, sums, sums_bound = reference.attend(
                    torch, matrices["query"][head, first:].double(), matrices["key"][key_head].double(),
                    matrices["value"][key_head].double(), rows, case, kernel.spec, queries=queries,
                    length=length, slope=None if slope is None else float(slope[head]), mask=mask,
                )
                found = [(matrices["output"][head, first:].double(), expected, bound)]
                if "log_sum_exp" in data.tensors:
                    actual = data.get_sequence("log_sum_exp", sequence, queries)[head, first:]
                    found.append((actual.double(), sums, sums_bound))
                for triple in found:
                    worst = tuple(map(max, worst, reference.compare(torch, *triple)))
        return {"error": worst[0], "share": worst[1], "ok": worst[1] <= 1}

    def time(self, shape, who):
        if who == "matmul":
            return self.time_matmul()
        kernel, case = self.kernels[shape.kernel], shape.case
        count = 1 + -(-3 * self.properties.L2_cache_size // shape.bytes)
        sets = [Data(kernel, case, seed) for seed in range(count)]
        if who == "lowbit":
            calls = [self.prepare(data) for data in sets]
            calls[0]()
            # The last sees the most keys.
            checked = self.check(sets[0], [case.heads - 1], 8)
            if not checked["ok"]:
                return {"reason": f"WRONG: error {checked['error']:.3g}, {checked['share']:.2f} of its bound"}
        else:
            tensors = [[data.tensors[n] for n in ("query", "key", "value")] for data in sets]
            try:
                calls = [peers.PEERS[who](shape, *tensor) for tensor in tensors]
            except peers.Missing as missing:
                return {"reason": str(missing)}
        return timing.measure_both(calls, self.clocks)

    def time_matmul(self, size=8192):
        a, b = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
        out = torch.empty_like(a)
        time, clock = timing.measure([lambda: torch.matmul(a, b, out=out)] * 3, self.clocks)
        return {"warm_us": time, "flops": 2 * size**3, "sm_mhz": clock}
