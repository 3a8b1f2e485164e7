# ===- onnxruntime_engine.py - ONNX Runtime's side ------------------------=== #
#
# Part of the Lowbit Project, under the Apache License v2.0 with LLVM
# Exceptions. See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# ===----------------------------------------------------------------------=== #
"""Runs an encoder in ONNX Runtime: f32, and its own dynamic INT8."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np
import onnxruntime
from onnxruntime.quantization import QuantType, quantize_dynamic


def quantize(source: Path, target: Path) -> None:
    """ONNX Runtime's dynamic quantization, with its default settings."""
    # It advises a shape inference that changes nothing here.
    logging.disable(logging.WARNING)
    try:
        quantize_dynamic(source, target, weight_type=QuantType.QInt8)
    finally:
        logging.disable(logging.NOTSET)


class OnnxRuntimeEngine:
    """Sessions of one ONNX file, one for each number of threads."""

    def __init__(self, path: Path, output: str) -> None:
        self.path = path
        self._output = output
        self._sessions: dict[int, onnxruntime.InferenceSession] = {}

    def _session(self, threads: int) -> onnxruntime.InferenceSession:
        if threads not in self._sessions:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = threads
            options.inter_op_num_threads = 1
            # Threads spin for work within a run, as they do by default, but not
            # after it: that would take time from whoever runs next.
            options.add_session_config_entry("session.force_spinning_stop", "1")
            options.log_severity_level = 3
            self._sessions[threads] = onnxruntime.InferenceSession(
                str(self.path), options, providers=["CPUExecutionProvider"]
            )
        return self._sessions[threads]

    def embed(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """The embeddings of all rows, one row each."""
        return self._session(1).run([self._output], inputs)[0]

    def time(self, inputs: dict[str, np.ndarray], threads: int, runs: int) -> float:
        """Milliseconds of the fastest of `runs` runs, after two to warm up."""
        session = self._session(threads)
        for _ in range(2):
            session.run([self._output], inputs)
        samples = []
        for _ in range(runs):
            start = time.perf_counter()
            session.run([self._output], inputs)
            samples.append((time.perf_counter() - start) * 1e3)
        return min(samples)
