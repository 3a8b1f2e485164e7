"""`output_error.py X WEIGHTS QUANTIZED METHOD...`: that methods do what they are for.

QUANTIZED is a file in which `a.METHOD` is the decoded weight by each method. Prints, for
each, the SQNR of the outputs of X in dB, and fails unless they ascend in the order given.
"""

import sys

import numpy as np

x = np.load(sys.argv[1])["x"].astype(np.float64)
exact = np.load(sys.argv[2])["w"].astype(np.float64)
decoded = np.load(sys.argv[3])
last = -np.inf
for name in sys.argv[4:]:
    error = x @ (decoded[name].astype(np.float64) - exact)
    sqnr = 10 * np.log10(np.sum((x @ exact) ** 2) / np.sum(error**2))
    print(f"{name}: {sqnr:.2f} dB")
    if not sqnr > last:
        sys.exit(f"{name} is not better than the one before")
    last = sqnr
