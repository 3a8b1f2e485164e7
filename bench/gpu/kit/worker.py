"""The process that has the GPU: a row of JSON on each line of standard input, its result
on each line of what was standard output. It ends where a kernel fails, as nothing works
on the GPU after that; bench/gpu/run starts another."""

import json
import os
import re
import sys
import traceback

from .manifest import ManifestError


def serve(folder):
    # Whatever libraries print goes to standard error.
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def reply(data):
        print(json.dumps(data), file=out, flush=True)

    try:
        import torch

        if not torch.cuda.is_available():
            return reply({"missing": f"torch {torch.__version__} finds no GPU of NVIDIA's"})
        from . import device

        machine = device.Machine(folder)
    except ImportError as error:
        return reply({"missing": f"{error}; the kit needs torch with CUDA, and numpy"})
    except (ManifestError, OSError, RuntimeError) as error:
        return reply({"missing": str(error)})
    reply({"device": machine.describe()})
    for line in sys.stdin:
        try:
            reply(machine.run(json.loads(line)))
        except Exception as error:  # noqa: BLE001: a row tells whatever went wrong
            traceback.print_exc()
            text = re.sub(r"\s+", " ", str(error))[:300]
            ended = not machine.is_alive()
            reply({"reason": f"{type(error).__name__}: {text}", "ended": ended})
            if ended:
                return None
    return None
