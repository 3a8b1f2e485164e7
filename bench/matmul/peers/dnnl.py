"""oneDNN, by its C interface: products of floats, of given 8-bit codes, and of bf16 with
weights that are decompressed."""

import ctypes
import os
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

from .serve import Peer, serve
from .weights import Unsupported

BF16, F32, S8 = 2, 3, 5
TYPES = {BF16: ml_dtypes.bfloat16, F32: np.float32, S8: np.int8}
SOURCE, TARGET, WEIGHTS, SCALES = 1, 17, 33, 4096
ANY, QUERY_WEIGHTS, CPU = 1, 131, 1
BF16_MATH = 1


class Argument(ctypes.Structure):
    _fields_ = [("number", ctypes.c_int), ("memory", ctypes.c_void_p)]


class Library:
    """Calls of libdnnl; one that fails is an exception."""

    def __init__(self):
        path = next(Path(sys.prefix, "lib").glob("libdnnl.so.3"), None)
        if path is None:
            raise Unsupported("its library is not there")
        self.library = ctypes.CDLL(str(path))
        self.engine = self.make("engine_create", CPU, ctypes.c_size_t(0))
        self.stream = self.make("stream_create", self.engine, 1)

    def call(self, name, *arguments):
        status = getattr(self.library, f"dnnl_{name}")(*arguments)
        if status:
            raise (Unsupported if status == 3 else RuntimeError)(f"dnnl_{name} says {status}")

    def make(self, name, *arguments):
        made = ctypes.c_void_p()
        self.call(name, ctypes.byref(made), *arguments)
        return made

    def describe(self, shape, kind, strides=None):
        """Without strides in any order that suits."""
        dims = (ctypes.c_int64 * len(shape))(*shape)
        if strides is None:
            return self.make("memory_desc_create_with_tag", len(shape), dims, kind, ANY)
        return self.make("memory_desc_create_with_strides", len(shape), dims, kind, (ctypes.c_int64 * len(strides))(*strides))

    def rows(self, shape, kind):
        return self.describe(shape, kind, [int(np.prod(shape[i + 1 :])) for i in range(len(shape))])

    def memory(self, description, data=None):
        memory = self.make("memory_create", description, self.engine, ctypes.c_void_p(-1))
        if data is not None:
            self.write(memory, data)
        return memory

    def map(self, memory, size):
        """A view, to be given up by `unmap`."""
        at = ctypes.c_void_p()
        self.call("memory_map_data", memory, ctypes.byref(at))
        return np.ctypeslib.as_array(ctypes.cast(at, ctypes.POINTER(ctypes.c_uint8)), (size,)), at

    def write(self, memory, data):
        data = np.ascontiguousarray(data).reshape(-1).view(np.uint8)
        view, at = self.map(memory, data.size)
        view[:] = data
        self.call("memory_unmap_data", memory, at)

    def read(self, memory, shape, kind):
        view, at = self.map(memory, int(np.prod(shape)) * np.dtype(TYPES[kind]).itemsize)
        data = view.view(TYPES[kind]).reshape(shape).copy()
        self.call("memory_unmap_data", memory, at)
        return data

    def query_weights(self, description):
        """The order that a product wants them in."""
        query = self.library.dnnl_primitive_desc_query_md
        query.restype = ctypes.c_void_p
        return ctypes.c_void_p(query(description, QUERY_WEIGHTS, 0))

    def reorder(self, plain, memory, wanted):
        result = self.memory(wanted)
        reorder = self.make("reorder_primitive_desc_create", plain, self.engine, wanted, self.engine, None)
        self.execute(self.make("primitive_create", reorder), arguments(source=memory, target=result))
        self.wait()
        self.call("memory_destroy", memory)
        return result

    def execute(self, primitive, arguments):
        self.call("primitive_execute", primitive, self.stream, len(arguments), arguments)

    def wait(self):
        self.call("stream_wait", self.stream)


def arguments(**memories):
    numbers = {"source": SOURCE, "target": TARGET, "weights": WEIGHTS, "source_scale": SCALES | SOURCE, "scale": SCALES | WEIGHTS}
    return (Argument * len(memories))(*(Argument(numbers[name], memory) for name, memory in memories.items()))


class Result:
    """An array that is read where it is looked at."""

    def __init__(self, read):
        self.read = read

    def __array__(self, dtype=None, copy=None):
        return self.read().astype(dtype)


class Dnnl(Peer):
    version = "oneDNN 3.13"

    def __init__(self, spec):
        super().__init__(spec)
        form, activation = self.form, self.activation
        kinds = {
            ("f32", "f32"): (F32, F32, F32), ("bf16", "bf16"): (BF16, BF16, BF16), ("int", "codes"): (S8, S8, F32),
            ("int", "bf16"): (BF16, S8, BF16),
        }  # fmt: skip
        if (form.kind, activation) not in kinds:
            raise Unsupported("activations are not encoded by it, and there are no such weights")
        if form.kind == "int" and (form.bits != 8 or form.group):
            raise Unsupported("weights of fewer bits are multiplied by its reference loops, a second for a layer")
        self.source, self.stored, self.target = kinds[form.kind, activation]
        self.given = activation == "codes"
        self.library = Library()

    def get_attributes(self):
        library = self.library
        attributes = library.make("primitive_attr_create")
        if self.form.kind == "int":
            library.call("primitive_attr_set_scales_mask", attributes, WEIGHTS, 2)
            if self.given:
                library.call("primitive_attr_set_scales_mask", attributes, SOURCE, 0)
            else:
                library.call("primitive_attr_set_fpmath_mode_v2", attributes, BF16_MATH, 1)
        return attributes

    def make_layer(self, weight, source, m, k, n):
        """(primitive, its arguments, the result) of a layer on `source`."""
        library, form = self.library, self.form
        attributes = self.get_attributes()
        target = library.rows((m, n), self.target)
        # Rows are columns of it.
        plain = library.describe((k, n), self.stored, (1, k))
        description = library.make(
            "matmul_primitive_desc_create", library.engine, library.rows((m, k), self.source),
            library.describe((k, n), self.stored), None, target, attributes,
        )  # fmt: skip
        data = weight.codes if form.kind == "int" else weight.values.astype(TYPES[self.stored])
        packed = library.reorder(plain, library.memory(plain, data), library.query_weights(description))
        memories = {"source": source, "weights": packed, "target": library.memory(target)}
        if form.kind == "int":
            memories["scale"] = library.memory(library.rows((n,), F32), weight.scales)
            if self.given:
                one = np.ones(1, np.float32)
                memories["source_scale"] = library.memory(library.rows((1,), F32), one)
        return library.make("primitive_create", description), arguments(**memories), memories["target"]

    def make_chain(self, weights, m):
        library = self.library
        source = y = library.memory(library.rows((m, self.k), self.source))
        layers = []
        for i, weight in enumerate(weights):
            layers.append(self.make_layer(weight, source if self.given else y, m, *self.get_shape(i)))
            y = layers[-1][2]
        columns = self.get_shape(len(weights) - 1)[1]
        scale = np.float32(1 / 32)
        factor = scale if self.given else np.float32(1)

        given = []

        def run(x):
            # What is measured is given in its types already.
            if not given or given[0] is not x:
                given[:] = [x]
                codes = np.clip(np.rint(x / scale), -127, 127) if self.given else x
                library.write(source, codes.astype(TYPES[self.source]))
            for primitive, memories, _ in layers:
                library.execute(primitive, memories)
            library.wait()
            return Result(lambda: library.read(y, (m, columns), self.target).astype(np.float32) * factor)

        return run


def serve_with_libraries():
    """Those that it needs, and the OpenCL by which it reaches this processor, lie beside
    it, where only the environment of a process that starts makes them found."""
    folder = Path(sys.prefix, "lib")
    needed = {"LD_LIBRARY_PATH": str(folder), "OCL_ICD_FILENAMES": str(folder / "libintelocl.so")}
    if any(os.environ.get(name) != value for name, value in needed.items()):
        os.execve(sys.executable, [sys.executable, "-m", "matmul.peers.dnnl", *sys.argv[1:]], os.environ | needed)
    serve(Dnnl)


if __name__ == "__main__":
    serve_with_libraries()
