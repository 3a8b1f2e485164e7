# REQUIRES: python-lowbit-numerics
# RUN: %python %s
"""A warning where inputs tell too little of channels for methods that need all pairs."""

import warnings

import numpy as np

from lowbit import numerics as nm

rng = np.random.default_rng(4)
w = rng.standard_normal((64, 16), np.float32)
x = rng.standard_normal((64, 64), np.float32)
int4 = nm.Format("i4", nm.per_axis(1), scale="f16")
sparse = nm.Format("i4", nm.per_axis(1), scale="f16", sparsity=nm.pattern(2, 4, axis=0))


def said(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert all(warning.category is UserWarning for warning in caught)
    return [str(warning.message) for warning in caught]


def statistics(rows):
    found = nm.Statistics(64, gram=True)
    found.add(rows)
    return found


calls = {
    "gptq": lambda inputs: nm.gptq(w, int4, inputs),
    "sparsegpt": lambda inputs: nm.sparse_gpt(w, inputs, keep=2, of=4),
}
for method, call in calls.items():
    few = (
        f"5 rows of inputs tell method '{method}' little about 64 channels: what they do not show is "
        "left to the damping; use as many rows as channels or more"
    )
    for inputs in (x[:5], statistics(x[:5]), statistics(x[:5]).gram()):
        assert said(lambda: call(inputs)) == [few]
    assert said(lambda: call(x)) == []
    nothing = f"the inputs are 0 in all rows: they tell method '{method}' nothing, and weights are rounded to nearest"
    assert said(lambda: call(x * 0)) == [nothing]
assert len(said(lambda: nm.sparse_gpt_quantize(w, sparse, x[:5]))) == 1
assert said(lambda: nm.sparse_gpt_quantize(w, sparse, x)) == []
