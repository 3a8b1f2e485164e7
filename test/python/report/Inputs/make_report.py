"""Writes a report with everything that there may be, and names that attack a page.

make_report.py FILE
"""

import json
import pathlib
import sys

ATTACK = "</script><img src=x onerror=alert(1)>&\"'"


def layer(name, **more):
    row = {
        "name": name, "op": "matmul", "shape": [4, 8], "encoding": "i8 f32/axis<1>",
        "bits_per_weight": 8.5, "bytes_before": 128, "bytes_after": 34, "kernel": None,
        "float_reason": None, "weight": None, "mse": 1e-4, "sqnr_db": 31.5, "psnr_db": 40.0,
        "max_error": 0.02, "cosine": 0.9996, "clipped_share": 0.125,
        "output_sqnr_db": 29.25, "output_error_from": "gram",
    }  # fmt: skip
    return {**row, **more}


NOTHING = dict.fromkeys(
    ("mse", "sqnr_db", "psnr_db", "max_error", "cosine", "clipped_share",
     "output_sqnr_db", "output_error_from")
)  # fmt: skip
weight = {
    "name": ATTACK, "source": ATTACK, "encoding": f"#lowbit.encoding<{ATTACK}>",
    "clipped_share": 0.125, "pruned_share": 0.5,
    "worst_blocks": [
        {"block": [0, 3], "sqnr_db": 12.5, "max_error": 0.02},
        {"block": [1, 0], "sqnr_db": None, "max_error": 0.01},
    ],
    "histogram": {"begin": -1.0, "width": 0.5, "before": [1, 20, 10, 1], "after": [0, 30, 2, 0]},
}  # fmt: skip
report = {
    "version": 1,
    "layers": [
        layer(ATTACK, weight=ATTACK, kernel=ATTACK),
        layer("fc/a b", weight="zeros", mse=0, sqnr_db=None, psnr_db=None),
        layer("fc a b", **NOTHING, encoding="f32", float_reason=ATTACK),
        layer("head", **NOTHING, encoding="f32", float_reason="no rule matches", shape=[-1, 8]),
    ],
    "weights": [
        weight,
        {"name": "zeros", "source": None, "encoding": "e", "clipped_share": None,
         "pruned_share": None, "worst_blocks": None,
         "histogram": {"begin": 0, "width": 0, "before": [9], "after": [9]}},
    ],
    "total": {
        "bytes_before": 1000, "bytes_after": 300, "encoded_bytes_before": 800,
        "encoded_bytes_after": 100, "bits_per_weight": 8.5, "sqnr_db": 31.5,
        "cosine": 0.9996, "max_error": 0.02, "mean_output_sqnr_db": 29.25,
        "output": [{"name": ATTACK, "cosine": 0.99, "sqnr_db": 20.0, "max_error": 1.0}],
    },
    "tradeoff": [
        {"bits_per_weight": 2.5, "bytes": 80, "predicted_sqnr_db": 9.5, "taken": False},
        {"bits_per_weight": 4.5, "bytes": 144, "predicted_sqnr_db": 20.5, "taken": True},
        {"bits_per_weight": 32.0, "bytes": 1024, "predicted_sqnr_db": None, "taken": False},
    ],
}  # fmt: skip
pathlib.Path(sys.argv[1]).write_text(json.dumps(report))
