#!/usr/bin/env python3
"""Makes types.safetensors and plain.safetensors with the format's own library (made with safetensors 0.4.5 and NumPy 2.2.4).

usage: make_safetensors.py [FOLDER]
"""
import pathlib
import sys

import numpy as np
from safetensors.numpy import save_file

folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)

# Element i of each is i / 8 - 1 (floating point) or 3 i - 4 (signed) or 3 i (unsigned): exact in every type.
types = {}
for name in ("float64", "float32", "float16"):
    types[name] = (np.arange(24) / 8 - 1).astype(name).reshape(2, 3, 4)
for name in ("int64", "int32", "int16", "int8"):
    types[name] = (np.arange(6) * 3 - 4).astype(name).reshape(3, 2)
for name in ("uint64", "uint32", "uint16", "uint8"):
    types[name] = (np.arange(5) * 3).astype(name)
types["bool"] = np.array([True, False, True])
types["scalar"] = np.array(-1.5, dtype=np.float32)
types["empty"] = np.zeros((0, 3), dtype=np.float32)
save_file(types, folder / "types.safetensors", metadata={"format": "np", "text": "a \"quote\", \\ and \u00e9"})

plain = {
    "features.0.weight": (np.arange(54) / 8 - 1).astype(np.float32).reshape(2, 3, 3, 3),
    "features.0.bias": np.array([0.5, -0.5], dtype=np.float32),
    "mean": np.array([123.68, 116.779, 103.939]),
    "num_batches_tracked": np.array(7, dtype=np.int64),
    "mask": np.array([0, 255, 1], dtype=np.uint8),
}
save_file(plain, folder / "plain.safetensors", metadata={"format": "pt"})
