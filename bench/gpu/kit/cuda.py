"""The CUDA driver and NVML by ctypes: modules, launches on torch's stream, clocks."""

import ctypes

DYNAMIC_SHARED_BYTES = 8  # CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
ERROR_LOG, ERROR_LOG_SIZE = 5, 6  # CU_JIT_ERROR_LOG_BUFFER and its size
BUFFER_POINTER, BUFFER_SIZE, BUFFER_END = 1, 2, 0  # CU_LAUNCH_PARAM_*
NVML_CLOCK_SM = 1


class Function:
    def __init__(self, driver, module, entry):
        self.driver, self.entry = driver, entry
        self.handle = ctypes.c_void_p()
        driver.call("cuModuleGetFunction", ctypes.byref(self.handle), module, entry.name.encode())
        if entry.shared_bytes > 48 * 1024:
            driver.call("cuFuncSetAttribute", self.handle, DYNAMIC_SHARED_BYTES, entry.shared_bytes)

    def prepare(self, grid, arguments):
        """A call that launches with these bytes as arguments, on the stream it is given."""
        data = ctypes.create_string_buffer(arguments, len(arguments))
        size = ctypes.c_size_t(len(arguments))
        extra = (ctypes.c_void_p * 5)(
            BUFFER_POINTER, ctypes.addressof(data), BUFFER_SIZE, ctypes.addressof(size), BUFFER_END
        )

        def launch(stream, keep=(data, size)):
            self.driver.call(
                "cuLaunchKernel", self.handle, *grid, self.entry.threads, 1, 1,
                self.entry.shared_bytes, ctypes.c_void_p(stream), None, extra,
            )

        return launch


class Driver:
    """Of torch's context, which must be there."""

    def __init__(self):
        self.library = ctypes.CDLL("libcuda.so.1")

    def call(self, name, *arguments):
        status = getattr(self.library, name)(*arguments)
        if status:
            text = ctypes.c_char_p()
            self.library.cuGetErrorString(status, ctypes.byref(text))
            raise RuntimeError(f"{name}: {(text.value or b'unknown').decode()} ({status})")

    def load(self, path):
        """A module of PTX, which the driver compiles, or of a cubin."""
        image = path.read_bytes() + b"\0"
        log = ctypes.create_string_buffer(8192)
        names = (ctypes.c_int * 2)(ERROR_LOG, ERROR_LOG_SIZE)
        values = (ctypes.c_void_p * 2)(ctypes.addressof(log), len(log))
        module = ctypes.c_void_p()
        try:
            self.call("cuModuleLoadDataEx", ctypes.byref(module), image, 2, names, values)
        except RuntimeError as error:
            raise RuntimeError(f"{path}: {error} {log.value.decode(errors='replace')}") from error
        return module


class Clocks:
    """The clock of the multiprocessors, in MHz; None where there is no NVML."""

    def __init__(self, driver, ordinal):
        self.handle = None
        try:
            self.library = ctypes.CDLL("libnvidia-ml.so.1")
        except OSError:
            return
        device = ctypes.c_int()
        driver.call("cuDeviceGet", ctypes.byref(device), ordinal)
        bus = ctypes.create_string_buffer(32)
        driver.call("cuDeviceGetPCIBusId", bus, len(bus), device)
        handle = ctypes.c_void_p()
        if not self.library.nvmlInit_v2() and not self.library.nvmlDeviceGetHandleByPciBusId_v2(
            bus, ctypes.byref(handle)
        ):
            self.handle = handle

    def read(self):
        clock = ctypes.c_uint()
        if self.handle is None or self.library.nvmlDeviceGetClockInfo(
            self.handle, NVML_CLOCK_SM, ctypes.byref(clock)
        ):
            return None
        return clock.value
