"""Medians of times on the GPU, without what the host takes to launch."""

import statistics
import time

import torch

REPEATS = 31
# Clocks rise with work.
WARM_UP_SECONDS = 0.1


def make_graph(calls):
    """All calls in order, recorded; each has run before."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for call in calls:
            call()
    torch.cuda.current_stream().wait_stream(stream)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for call in calls:
            call()
    return graph


def measure(calls, clocks):
    """Microseconds of a call, the median of REPEATS runs of all; and the clock in them."""
    graph = make_graph(calls)
    end_of_warm_up = time.monotonic() + WARM_UP_SECONDS
    while time.monotonic() < end_of_warm_up:
        graph.replay()
        torch.cuda.synchronize()
    events = [(torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)) for _ in range(REPEATS)]
    for begin, end in events:
        begin.record()
        graph.replay()
        end.record()
    clock = clocks.read()
    torch.cuda.synchronize()
    times = [begin.elapsed_time(end) * 1e3 / len(calls) for begin, end in events]
    return statistics.median(times), clock


def measure_both(calls, clocks):
    """Of calls that do the same with different memory, more than the L2 cache holds:
    warm, of the first again and again, and cold, of all in turn."""
    warm, clock = measure([calls[0]] * 10, clocks)
    rounds = max(1, 10 // len(calls))
    cold, _ = measure(calls * rounds, clocks)
    return {"warm_us": warm, "cold_us": cold, "sm_mhz": clock}
