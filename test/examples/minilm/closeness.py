# The comparison's measures, on embeddings whose answers are known.
#
# REQUIRES: python-numpy
# RUN: env PYTHONPATH=%lowbit_src/examples/minilm %python %s | FileCheck %s

import numpy as np
from measures import closeness


def show(name, actual, reference):
    c = closeness(np.array(actual, np.float32), np.array(reference, np.float32))
    print(
        f"{name}: mean {c.cosine_mean:.3f} min {c.cosine_min:.3f} "
        f"ranking {c.rank_correlation:.3f} error {c.max_error:.3f}"
    )


reference = [[1, 0], [0.9, 0.1], [0, 1], [-1, 0.5]]

# CHECK: same: mean 1.000 min 1.000 ranking 1.000 error 0.000
show("same", reference, reference)

# Lengths do not matter, directions do.
# CHECK: longer: mean 1.000 min 1.000 ranking 1.000 error 1.000
show("longer", np.array(reference) * 2, reference)

# CHECK: one turned: mean 0.750 min 0.000
show("one turned", [[0, 1], *reference[1:]], reference)

# The nearest pair here is the farthest there, and the other way round.
# CHECK: reversed: {{.*}} ranking -1.000
show("reversed", [[1, 0], [-1, 0.1], [1, 0.2]], [[1, 0], [1, 0.1], [-1, 0.2]])

# CHECK: refused: embeddings are (1, 2), not (2, 1)
try:
    closeness(np.zeros((1, 2)), np.zeros((2, 1)))
except ValueError as error:
    print(f"refused: {error}")
