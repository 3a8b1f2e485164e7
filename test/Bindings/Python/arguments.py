# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""Arguments of the wrong kind are a ValueError that says what to pass."""

import re

import numpy as np
from Inputs.raising import says

from lowbit import numerics as nm

x = np.ones((8, 8), np.float32)
int8 = nm.Format("i8")


# What is no number of threads.
for threads in (-1, 1025, 2**70, 1.5, "2"):
    text = re.escape(f"threads are a number from 1 to 1024, or 0 for one per processor, not {threads!r}")
    says(text, lambda: nm.quantize(x, int8, threads=threads))
    says(text, lambda: nm.quantize(x, int8).decode(threads=threads))
    says(text, lambda: nm.measure(x, x, threads=threads))
    says(text, lambda: nm.gptq(x, int8, x, threads=threads))
assert nm.quantize(x, int8, threads=np.int64(2)).nbytes == nm.quantize(x, int8, threads=0).nbytes

# None is no array.
for call in (
    lambda: nm.quantize(None, int8),
    lambda: nm.measure(x, None),
    lambda: nm.gptq(None, int8, x),
    lambda: nm.gptq(x, int8, None),
    lambda: nm.Statistics(8).add(None),
    lambda: nm.Histogram().add(None),
    lambda: nm.prune_by_magnitude(None, fraction=0.5),
):
    says("an array of numbers is needed, not None", call)
