"""Prints each tensor of a safetensors file, compared with the model's own.

show_weights.py WEIGHTS MODEL: one line `name type shape equal|different`.
"""

import sys

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import load_file

weights, model = load_file(sys.argv[1]), onnx.load(sys.argv[2])
tensors = {t.name: t for t in model.graph.initializer}
for node in model.graph.node:
    if node.op_type == "Constant":
        tensors[node.output[0]] = node.attribute[0].t
for name, array in sorted(weights.items()):
    same = np.array_equal(array, numpy_helper.to_array(tensors[name]))
    shape = list(array.shape)
    print(name, array.dtype, shape, "equal" if same else "different")
