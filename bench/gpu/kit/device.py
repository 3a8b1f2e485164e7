"""Runs rows on the GPU: checks, and times."""

import functools

import torch

from . import peers, timing
from .cases import Shape, get_kernel, read_case
from .checks import check
from .cuda import Clocks, Driver, Function
from .data import Data
from .launch import get_combine_grid, get_grid, get_values, pack
from .manifest import choose_chip, read_manifest
from .memory import Memory


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
            data = Data(self.kernels[case.kernel], case, Memory(seed=1))
            self.prepare(data)()
            torch.cuda.synchronize()
            return check(data, range(case.heads))
        return self.time(Shape(**row["shape"]), row["who"])

    def time(self, shape, who):
        if who == "matmul":
            return self.time_matmul()
        if who == "copy":
            return self.time_copy()
        is_ours = who.startswith("lowbit")
        kernel = self.kernels[get_kernel(shape, who) if is_ours else shape.kernel]
        size = shape.get_bytes(kernel)
        count = 1 + -(-3 * self.properties.L2_cache_size // size)
        sets = [Data(kernel, shape.case, Memory(seed)) for seed in range(count)]
        if is_ours:
            calls = [self.prepare(data) for data in sets]
        else:
            try:
                attend = peers.PEERS[who](shape)
            except peers.Missing as missing:
                return {"reason": str(missing)}
            tensors = [[data.arrays[name] for name in ("query", "key", "value")] for data in sets]
            calls = [functools.partial(attend, *three) for three in tensors]
        output = calls[0]()
        torch.cuda.synchronize()
        # The last rows see the most keys. Others may round as they like.
        checked = check(sets[0], [shape.heads - 1], last_rows=8, output=output)
        if checked["share"] > (1 if is_ours else 8):
            reason = f"WRONG: error {checked['error']:.3g}, {checked['share']:.2f} of its bound"
            return {"reason": reason, "wrong": is_ours}
        return timing.measure_both(calls, self.clocks) | {"bytes": size}

    def time_matmul(self, size=8192):
        a, b = (torch.randn(size, size, device="cuda", dtype=torch.bfloat16) for _ in range(2))
        out = torch.empty_like(a)
        time, clock = timing.measure([lambda: torch.matmul(a, b, out=out)] * 3, self.clocks)
        return {"warm_us": time, "flops": 2 * size**3, "sm_mhz": clock}

    def time_copy(self, size=2**30):
        source, target = (torch.randn(size // 4, device="cuda") for _ in range(2))
        time, clock = timing.measure([lambda: target.copy_(source)] * 3, self.clocks)
        return {"warm_us": time, "cold_us": time, "bytes": 2 * size, "sm_mhz": clock}
