#!/usr/bin/env python3
"""Quantize a synthetic weights file that is larger than the memory allowed.

Writes F32 tensors of N x N values as safetensors (streamed), a module with a
matmul on each, runs lowbit-materialize-weights on it with one and with two
threads, and prints peak resident memory (mapped pages included) and GB/s.
The two results must be the same bytes; --limit-mb makes the peak a check, too, and
--above-one the part of it that more than one tensor and its workspace takes.
With --statistics there is a file of statistics with second moments of every
layer's inputs, which a method reads one at a time, if it does.
"""

import argparse
import hashlib
import json
import os
import pathlib
import random
import struct
import sys
import tempfile
import time
import traceback

ENCODINGS = {
    "int8": "#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>",
    "int4-g128": "#lowbit.encoding<#lowbit.affine<u4>, "
    "scale = f16 per group<128> along 0, zero_point = u4>",
}


def random_floats(count, seed):
    """Bytes of `count` floats in +-[2^-7, 2): random bits with a bounded exponent."""
    words = bytearray(random.Random(seed).randbytes(4 * count))
    # Little endian: byte 3 is sign and exponent, byte 2 starts with the last
    # exponent bit. Exponents 120..127 keep everything finite and normal.
    high = bytes((b & 0x80) | (60 + (b & 3)) for b in range(256))
    words[3::4] = words[3::4].translate(high)
    return words


def write_weights(path, tensors, size):
    shape, bytes_each = [size, size], 4 * size * size
    header = {
        f"layer.{i}.weight": {
            "dtype": "F32",
            "shape": shape,
            "data_offsets": [i * bytes_each, (i + 1) * bytes_each],
        }
        for i in range(tensors)
    }
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    # One random tensor, rotated by a row for each further one: as good as fresh
    # values here, and much faster to make.
    values, row = memoryview(random_floats(size * size, seed=1)), 4 * size
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for i in range(tensors):
            cut = i % size * row
            file.write(values[cut:])
            file.write(values[:cut])
            show_progress(f"writing tensor {i + 1}/{tensors}")


def write_statistics(path, tensors, size):
    """Of N rows of inputs that are 1 in one channel each: X^T X is the identity."""
    triangle = bytearray(4 * size * (size + 1))
    place = 0
    for i in range(size):
        struct.pack_into("<d", triangle, 8 * place, 1)
        place += size - i
    histogram = bytearray(8 * 8192)
    struct.pack_into("<q", histogram, 8 * 4096, size * (size - 1))
    struct.pack_into("<q", histogram, 8 * 6144, size)
    ones = struct.pack(f"<{size}d", *[1] * size)
    parts = {
        "rows": ("I64", [], struct.pack("<q", size)),
        "minimum": ("F32", [size], bytes(4 * size)),
        "maximum": ("F32", [size], struct.pack(f"<{size}f", *[1] * size)),
        "sum": ("F64", [size], ones),
        "sum_of_magnitudes": ("F64", [size], ones),
        "sum_of_squares": ("F64", [size], ones),
        "range": ("F32", [2], struct.pack("<ff", 0, 1)),
        "histogram": ("I64", [8192], histogram),
        "second_moments": ("F64", [size * (size + 1) // 2], triangle),
    }
    layers = "\n".join(f"layer.{i}\n" for i in range(tensors))
    header = {"__metadata__": {"lowbit.statistics": "1", "lowbit.layers": layers}}
    end = 0
    for i in range(tensors):
        for name, (dtype, shape, data) in parts.items():
            header[f"layer.{i}/{name}"] = {
                "dtype": dtype, "shape": shape, "data_offsets": [end, end + len(data)],
            }
            end += len(data)
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _ in range(tensors):
            for _, _, data in parts.values():
                file.write(data)


def write_module(path, tensors, size, encoding, method):
    real, encoded = f"tensor<{size}x{size}xf32>", f"tensor<{size}x{size}xf32, #e>"
    act = f"tensor<1x{size}xf32>"
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"#e = {encoding}\n")
        for i in range(tensors):
            file.write(
                f'ml_program.global public @"layer.{i}.weight"'
                f"(#ml_program.extern : {real}) : {real}\n"
            )
        file.write(f"func.func @main(%x0: {act}, %o: {act}) -> {act} {{\n")
        for i in range(tensors):
            how = f' method<{method}> layers["layer.{i}"] along 0' if method else ""
            file.write(
                f'  %w{i} = ml_program.global_load_const @"layer.{i}.weight" : {real}\n'
                f"  %e{i} = lowbit.encode %w{i}{how} : {real} to {encoded}\n"
                f"  %x{i + 1} = linalg.matmul ins(%x{i}, %e{i} : {act}, {encoded}) "
                f"outs(%o : {act}) -> {act}\n"
            )
        file.write(f"  return %x{tensors} : {act}\n}}\n")


def show_progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def run_child(command):
    """Runs `command`; returns seconds and peak resident bytes of it alone."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            os.execvp(command[0], command)
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)
        finally:
            os._exit(127)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command[0]} failed with status {os.waitstatus_to_exitcode(status)}")
    return seconds, usage.ru_maxrss * 1024


def in_child(function, *args):
    """Calls `function` in a process of its own. A child's peak counts what its
    parent had resident when it was started, so this one must stay small."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            function(*args)
            status = 0
        except BaseException:  # nothing may return into the parent's code
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"{function.__name__} failed")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quant-opt", default="quant-opt")
    parser.add_argument("--gigabytes", type=float, default=4, help="size of the weights")
    parser.add_argument("--size", type=int, default=4096, help="rows and columns of a tensor")
    parser.add_argument("--encoding", choices=ENCODINGS, default="int8")
    parser.add_argument("--method", help="how scales and codes are found (default: rtn)")
    parser.add_argument("--statistics", action="store_true", help="give statistics of inputs")
    parser.add_argument(
        "--baseline-statistics", action="store_true", help="give them for the single tensor, too"
    )
    parser.add_argument("--limit-mb", type=float, help="fail above this peak (10^6 bytes)")
    parser.add_argument(
        "--above-one", type=float,
        help="fail if the peak exceeds that of a single tensor by more than this (10^6 bytes)",
    )
    parser.add_argument("--directory", help="where to put the files (default: a temporary one)")
    parser.add_argument("--json", help="write the results to this file")
    args = parser.parse_args()

    tensors = max(1, round(args.gigabytes * 2**30 / (4 * args.size * args.size)))
    with tempfile.TemporaryDirectory(dir=args.directory) as directory:
        results = measure(args, pathlib.Path(directory), tensors)
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    peak = max(r["peak_bytes"] for r in results)
    if args.limit_mb and peak > args.limit_mb * 1e6:
        sys.exit(f"peak of {peak / 1e6:.0f} MB is over the limit of {args.limit_mb:.0f} MB")


def measure(args, directory, tensors):
    encoding = ENCODINGS[args.encoding]
    source, module = directory / "weights.safetensors", directory / "module.mlir"
    statistics = directory / "statistics.safetensors"

    def write(count, has_statistics):
        in_child(write_weights, source, count, args.size)
        write_module(module, count, args.size, encoding, args.method)
        statistics.unlink(missing_ok=True)
        if has_statistics:
            in_child(write_statistics, statistics, count, args.size)

    def quantize(threads):
        output = directory / f"out{threads}.safetensors"
        seconds, peak = run_child([
            args.quant_opt, str(module), "-o", os.devnull,
            f"--lowbit-materialize-weights=weights={source} "
            f"output-weights={output} threads={threads}"
            + (f" statistics={statistics}" if statistics.exists() else ""),
        ])
        return seconds, peak, output

    baseline = None
    if args.above_one is not None:
        write(1, args.baseline_statistics)
        baseline = quantize(1)[1]

    write(tensors, args.statistics)
    show_progress("")
    total, results, digests = source.stat().st_size, [], set()
    for threads in (1, 2):
        seconds, peak, output = quantize(threads)
        digests.add(digest(output))
        output.unlink()
        results.append({
            "threads": threads, "bytes": total, "peak_bytes": peak,
            "seconds": seconds, "gigabytes_per_second": total / seconds / 1e9,
            "peak_bytes_of_one": baseline,
        })
        print(
            f"{args.encoding}, {total / 1e9:.2f} GB in {tensors} tensors, {threads} "
            f"thread{'s' if threads > 1 else ''}: peak {peak / 1e6:.0f} MB, "
            f"{total / seconds / 1e9:.2f} GB/s"
        )
        if baseline is not None and peak > baseline + args.above_one * 1e6:
            sys.exit(
                f"peak of {peak / 1e6:.0f} MB, but {baseline / 1e6:.0f} MB for a single tensor"
            )
    if len(digests) != 1:
        sys.exit("one and two threads gave different bytes")
    print("identical bytes with 1 and 2 threads")
    return results


if __name__ == "__main__":
    main()
