# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""Other Python threads run while a function works."""

import threading
import time

import numpy as np

from lowbit import numerics as nm

w = np.random.default_rng(0).standard_normal((4096, 2048), np.float32)
format = nm.Format("i4", nm.per_group(128, axis=0))
stored = []
worker = threading.Thread(
    target=lambda: stored.append(nm.quantize(w, format, "mse", threads=1))
)
worker.start()
# Held up, this thread would count to two or three: once before and once after.
ticks = 0
while worker.is_alive():
    time.sleep(0.001)
    ticks += 1
assert ticks >= 5, ticks

# Two at a time on one array give what one gives.
one = stored[0].parts
workers = [
    threading.Thread(target=lambda: stored.append(nm.quantize(w, format, "mse")))
    for _ in range(2)
]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
for other in stored[1:]:
    assert all((other.parts[part] == one[part]).all() for part in one)
