#!/usr/bin/env python3
"""Makes the files of this folder with numpy itself, as it reads them back: made with NumPy 1.24.2; "make_numpy.py 2" makes the one file of NumPy 2 (2.2.4).

The element of row-major index i is i / 8 - 1 (floating point), 3 i - 4 (signed), 3 i (unsigned) or i % 2 == 0 (bool).
"""
import pathlib
import pickle
import sys

import numpy as np

folder = pathlib.Path(__file__).parent


def values(dtype, shape):
    dtype, count = np.dtype(dtype), int(np.prod(shape))
    i = np.arange(count)
    made = {"f": i / 8 - 1, "i": 3 * i - 4, "u": 3 * i, "b": i % 2 == 0}[dtype.kind]
    return made.astype(dtype).reshape(shape)


def layers():
    return {
        "conv1": [values("<f4", (2, 2, 3, 4)), values("<f4", (4,))],
        "fc6": (np.asfortranarray(values("<f4", (6, 12))), values(">f8", (12,))),
        "fc7": {"weights": values("<f2", (12, 2)), "biases": values("<f4", (2,))},
    }


def save_pickled(name, protocol):
    array = np.array(layers(), dtype=object)
    with open(folder / name, "wb") as f:  # what numpy.save does, which has no argument for the protocol
        np.lib.format.write_array_header_1_0(f, np.lib.format.header_data_from_array_1_0(array))
        pickle.dump(array, f, protocol=protocol)


if sys.argv[1:] == ["2"]:
    save_pickled("layers-numpy2.npy", 4)
    sys.exit()

arrays = {
    "f4": values("<f4", (2, 3, 4)),
    "f8": values("<f8", (7,)),
    "f2": values("<f2", (2, 3)),
    "i8": values("<i8", (3, 2)),
    "u1": values("u1", (5,)),
    "scalar": values("<f4", ()),
    "empty": values("<f4", (0, 3)),
}
for name, array in arrays.items():
    np.save(folder / f"{name}.npy", array)
np.save(folder / "f4-fortran.npy", np.asfortranarray(values("<f4", (2, 3, 4))))
np.save(folder / "f8-big.npy", values(">f8", (2, 3)))
np.save(folder / "i4-big-fortran.npy", np.asfortranarray(values(">i4", (3, 4))))
np.save(folder / "i4.npy", values("<i4", (3, 4)))
np.save(folder / "i2.npy", values("<i2", (3,)))
np.save(folder / "bool.npy", values("bool", (3,)))
for version in (2, 3):
    with open(folder / f"version-{version}.npy", "wb") as f:
        np.lib.format.write_array(f, values("<f4", (2, 3)), version=(version, 0))

np.save(folder / "structured.npy", np.zeros(2, dtype=[("x", "<f4"), ("y", "<i4")]))
np.save(folder / "complex.npy", np.zeros(2, dtype=np.complex64))
np.save(folder / "text.npy", np.array(["a", "bc"]))
np.save(folder / "objects.npy", np.array(["a", None], dtype=object), allow_pickle=True)

np.savez(folder / "stored.npz", **arrays)
np.savez_compressed(folder / "deflated.npz", zeros=np.zeros(10_000, dtype=np.float32), **arrays)
np.savez(folder / "objects.npz", a=np.array([{}], dtype=object))

np.save(folder / "layers.npy", np.array(layers(), dtype=object), allow_pickle=True)  # protocol 3
save_pickled("layers-protocol2.npy", 2)
save_pickled("layers-protocol4.npy", 4)
