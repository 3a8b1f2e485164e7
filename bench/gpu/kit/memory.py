"""Memory on the GPU, in torch's tensors. Whatever has the same functions can take its
place: tests have one of numpy's, for the emulator."""

import torch

from .launch import Operand

TYPES = {
    "f16": torch.float16,
    "bf16": torch.bfloat16,
    "f32": torch.float32,
    "bool": torch.bool,
    "i8": torch.int8,
    "i32": torch.int32,
    "f8E4M3FN": torch.float8_e4m3fn,
    "f8E5M2": torch.float8_e5m2,
}


class Memory:
    xp = torch

    def __init__(self, seed):
        self.generator = torch.Generator("cuda").manual_seed(seed)

    def full(self, shape, value, kind="f32"):
        return torch.full(shape, value, dtype=TYPES[kind], device="cuda")

    def normal(self, shape):
        return torch.randn(shape, generator=self.generator, device="cuda")

    def uniform(self, shape):
        return torch.rand(shape, generator=self.generator, device="cuda")

    def integers(self, low, high, shape):
        """i32, below `high`."""
        return torch.randint(
            low, high, shape, generator=self.generator, device="cuda", dtype=torch.int32
        )

    def shuffle(self, count):
        """The numbers below `count` as i32 in any order."""
        return torch.randperm(count, generator=self.generator, device="cuda", dtype=torch.int32)

    def from_list(self, values):
        return torch.tensor(values, dtype=torch.int32, device="cuda")

    def arange(self, first, last):
        return torch.arange(first, last, device="cuda")

    @staticmethod
    def cast(array, kind):
        return array.to(TYPES[kind])

    @staticmethod
    def view(array, kind):
        """The same bytes as elements of another type of the same size."""
        return array.view(TYPES[kind])

    @staticmethod
    def double(array):
        # torch has no way from 8 bits to f64.
        return array.float().double()

    @staticmethod
    def get_operand(array):
        return Operand(array.data_ptr(), array.stride())
