"""What the process of a library answers, a line of JSON to each line of its input:

- first, without being asked, {"version": ..., "error": ...}, the relative RMS error of a
  product against f32 of the decoded weight, or {"missing": why there is nothing};
- `run M THREADS SECONDS`: {"seconds": of a layer, "layers": ..., "runs": ...}, the
  median of runs that last so long together, each through a chain of layers that no cache
  holds.
"""

import json
import os
import statistics
import sys
import time
import traceback

import numpy as np

from .weights import Form, Unsupported, Weights, get_bytes, make_weight

#: Up to so many rows weights are read from memory, so that all of it is gone through.
COLD_ROWS = 4


class Peer:
    """Layers as bench/matmul.cpp has them: K x N, or that and N x K in turn. A library
    gives `version`, `make_chain` and, where it can do less, raises Unsupported."""

    version = ""

    def __init__(self, spec):
        self.form = Form(**spec["form"])
        self.activation = spec["activation"]
        self.k, self.n, self.threads = spec["k"], spec["n"], spec["threads"]
        self.cold_bytes, self.warm_bytes = spec["cold_bytes"], spec["warm_bytes"]
        self.most_layers = spec["most_layers"]
        self.prepared = (None, None, 0)

    def get_shape(self, layer):
        is_first = layer % 2 == 0 or self.activation == "codes"
        return (self.k, self.n) if is_first else (self.n, self.k)

    def get_layers(self, m):
        size = sum(get_bytes(self.form, *self.get_shape(i)) for i in (0, 1)) / 2
        budget = self.cold_bytes if m <= COLD_ROWS else self.warm_bytes
        layers = min(max(1, round(budget / size + 0.5)), self.most_layers)
        return layers + (layers % 2 if self.k != self.n else 0)

    def make_chain(self, weights, m):
        """A function of x, m rows in f32, that gives the result of the last layer. It goes
        through `weights` once."""
        raise NotImplementedError

    def prepare(self, m):
        """(run, layers) for m rows; what was made for others is given up first."""
        if self.prepared[0] != m:
            self.prepared = (None, None, 0)
            layers = self.get_layers(m)
            chain = self.make_chain(Weights(self.form, [self.get_shape(i) for i in range(layers)]), m)
            x = np.random.default_rng(m).standard_normal((m, self.k), np.float32)
            self.prepared = (m, lambda: chain(x), layers)
        return self.prepared[1:]

    def check(self):
        weight = make_weight(self.form, self.k, self.n)
        x = np.random.default_rng(7).standard_normal((3, self.k), np.float32)
        expected = x @ weight.decode()
        result = np.asarray(self.make_chain([weight], 3)(x), np.float32).reshape(expected.shape)
        return float(np.sqrt(np.mean((result - expected) ** 2) / np.mean(expected**2)))


def measure(peer, m, seconds):
    run, layers = peer.prepare(m)
    # As ours: with one thread what else the machine does is not counted.
    clock = time.process_time if peer.threads == 1 else time.perf_counter

    def time_once():
        start = clock()
        run()
        return clock() - start

    # The first run finds caches and memory as others left them: it counts only where
    # another would take too long.
    first = time_once()
    times = [first] if first > 10 * seconds else []
    if not times:
        while sum(times) < seconds:
            times.append(time_once())
    return {"seconds": statistics.median(times) / layers, "layers": layers, "runs": len(times)}


def serve(make):
    """`make` takes what the first argument says as JSON and gives a Peer."""
    # Whatever libraries print goes to standard error.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(data):
        print(json.dumps(data), file=out, flush=True)

    try:
        peer = make(json.loads(sys.argv[1]))
        reply({"version": peer.version, "error": peer.check()})
    except Unsupported as reason:
        return reply({"missing": str(reason)})
    except Exception as error:
        traceback.print_exc()
        return reply({"missing": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"})
    for line in sys.stdin:
        try:
            command, m, _, seconds = line.split()
            if command != "run":
                raise ValueError(f"not understood: {line.strip()}")
            reply(measure(peer, int(m), float(seconds)))
        except Exception as error:
            traceback.print_exc()
            reply({"error": f"{type(error).__name__}: {error}"})
