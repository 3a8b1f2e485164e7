"""Sets one number of a tensor in a safetensors file.

`damage.py IN OUT TENSOR INDEX NUMBER`: the number at the row-major index.
"""

import sys

from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def main():
    source, out, name, index, number = sys.argv[1:]
    with safe_open(source, "np") as file:
        metadata = file.metadata()
    tensors = load_file(source)
    tensors[name].reshape(-1)[int(index)] = float(number)
    save_file(tensors, out, metadata)


if __name__ == "__main__":
    main()
