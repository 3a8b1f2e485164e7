"""Runs the checks of bench/gpu on the emulator: its data, arguments, grids and
reference, with numpy's memory in place of torch's. The first argument is what
bench/gpu/make has written, the second the library that launches."""

import ctypes
import json
import pathlib
import sys

import ml_dtypes
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "bench"))

from gpu.kit import cases, checks, data, launch, manifest  # noqa: E402
from nvvm_kernels import BUDGET, run_quant_opt  # noqa: E402

TYPES = {
    "f16": np.float16,
    "bf16": ml_dtypes.bfloat16,
    "f32": np.float32,
    "bool": np.bool_,
    "i8": np.int8,
    "i32": np.int32,
    "f8E4M3FN": ml_dtypes.float8_e4m3fn,
    "f8E5M2": ml_dtypes.float8_e5m2,
}


class Memory:
    xp = np

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)

    def full(self, shape, value, kind="f32"):
        return np.full(shape, value, TYPES[kind])

    def normal(self, shape):
        return self.random.normal(size=shape).astype(np.float32)

    def uniform(self, shape):
        return self.random.random(shape).astype(np.float32)

    def integers(self, low, high, shape):
        return self.random.integers(low, high, shape, np.int32)

    def shuffle(self, count):
        return self.random.permutation(count).astype(np.int32)

    def from_list(self, values):
        return np.array(values, np.int32)

    def arange(self, first, last):
        return np.arange(first, last)

    @staticmethod
    def cast(array, kind):
        return array.astype(TYPES[kind])

    @staticmethod
    def view(array, kind):
        return array.view(TYPES[kind])

    @staticmethod
    def double(array):
        return array.astype(np.float64)

    @staticmethod
    def get_operand(array):
        strides = tuple(stride // array.itemsize for stride in array.strides)
        return launch.Operand(array.ctypes.data, strides)


class Buffer(ctypes.Structure):
    _fields_ = [
        ("base", ctypes.c_void_p),
        ("bytes", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("is_written", ctypes.c_int),
    ]


WRITTEN = ("output", "log_sum_exp", "partial_output", "partial_sums")


class Emulator:
    """The functions of a kernel."""

    def __init__(self, library, kernel, spec):
        self.library, self.kernel = library, kernel
        module = (
            "gpu.module @kernel attributes {lowbit.kernel_spec ="
            f' {{kind = "nvvm.attention", chip = "{kernel.chip}", {spec}}}}} {{}}'
        )
        text = run_quant_opt(["--lowbit-build-nvvm-kernels"], module)
        self.error = ctypes.create_string_buffer(4096)
        library.emulatedOpen.restype = ctypes.c_void_p
        self.handle = library.emulatedOpen(text.encode(), self.error, len(self.error))
        assert self.handle, self.error.value.decode()

    def run(self, arrays, values, grids):
        buffers = (Buffer * len(arrays))(*(
            Buffer(array.ctypes.data, array.nbytes, name.encode(), name in WRITTEN)
            for name, array in arrays.items()
        ))
        entries = filter(None, (self.kernel.main, self.kernel.combine))
        for entry, grid in zip(entries, grids):
            packed = launch.pack(entry.arguments, values)
            self.library.emulatedLaunch(
                ctypes.c_void_p(self.handle), entry.name.encode(), (ctypes.c_uint32 * 3)(*grid),
                packed, ctypes.c_size_t(len(packed)), buffers, ctypes.c_size_t(len(buffers)),
                self.error, ctypes.c_size_t(len(self.error)),
            )
            assert not self.error.value, f"{entry.name}: {self.error.value.decode()}"

    def close(self):
        self.library.emulatedClose(ctypes.c_void_p(self.handle))


def is_small(case):
    return case.most_queries * case.most_keys * case.sequences <= 2**17


def main(folder, library):
    library = ctypes.CDLL(library)
    budget = json.loads(BUDGET.read_text())
    (kernels,) = manifest.read_manifest(folder).values()
    emulators = {
        name: Emulator(library, kernel, budget[name]["spec"]) for name, kernel in kernels.items()
    }
    count = 0
    for case in filter(is_small, cases.get_checks(kernels)):
        kernel = kernels[case.kernel]
        held = data.Data(kernel, case, Memory(seed=1))
        values = launch.get_values(kernel, case, held.get_operands())
        grids = launch.get_grid(kernel, case), launch.get_combine_grid(case)
        emulators[case.kernel].run(held.arrays, values, grids)
        result = checks.check(held, range(case.heads))
        assert result["ok"], f"{case}: {result}"
        # What is wrong by little is found.
        held.arrays["output"][...] *= np.array(1.05, held.arrays["output"].dtype)
        assert case.most_queries == 1 or not checks.check(held, range(case.heads))["ok"], case
        count += 1
    for emulator in emulators.values():
        emulator.close()
    print(f"{count} cases of {len(kernels)} kernels are right")


main(*sys.argv[1:])
