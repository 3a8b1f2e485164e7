"""Processes that are measured in turn: each waits for a line, and answers it by JSON."""

import contextlib
import json
import os
import select
import subprocess
import tempfile
import time


class Process:
    """Pinned to `cpus`. One that ends, or does not answer in time, is over: all further
    answers are {"error": why}."""

    def __init__(self, command, cpus, environment=None):
        self.errors = tempfile.TemporaryFile()
        self.failure = None
        self.buffer = b""
        try:
            self.process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0,
                env=os.environ | (environment or {}), preexec_fn=lambda: os.sched_setaffinity(0, cpus),
            )  # fmt: skip
        except OSError as error:
            self.process, self.failure = None, str(error)

    def ask(self, line, limit):
        """The answer to `line`, within `limit` seconds."""
        if not self.failure:
            try:
                self.process.stdin.write(line.encode() + b"\n")
            except BrokenPipeError:
                self.end(self.get_last_words())
        return self.read(limit)

    def read(self, limit):
        end = time.monotonic() + limit
        while not self.failure and b"\n" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.end(f"no answer in {limit:g} s")
                break
            data = self.process.stdout.read(1 << 16)
            if not data:
                self.end(self.get_last_words())
            self.buffer += data
        if self.failure:
            return {"error": self.failure}
        line, self.buffer = self.buffer.split(b"\n", 1)
        return json.loads(line)

    def get_last_words(self):
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        # An error that is told twice is told in full first.
        errors = [line for line in lines if "error: " in line] or lines[-1:]
        return errors[0] if errors else f"its process ended with status {self.process.returncode}"

    def end(self, reason="it was ended"):
        self.failure = self.failure or reason
        if self.process:
            self.process.kill()
            self.process.wait()
            for pipe in (self.process.stdin, self.process.stdout):
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self.errors.close()
