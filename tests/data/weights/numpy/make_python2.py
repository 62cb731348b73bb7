#!/usr/bin/env python2
"""Makes layers-python2.npy as numpy 1.16 on Python 2 makes it (made with CPython 2.7.18). numpy itself is not needed: the two classes below say to pickle what
numpy's ndarray and dtype say (numpy 1.16, multiarray/methods.c array_reduce and descriptor.c arraydescr_reduce), and cPickle of Python 2 writes it.
The values are those of make_numpy.py.
"""
import cPickle
import struct
import sys
import types


def _reconstruct(subtype, shape, dtype):
    raise NotImplementedError


class dtype(object):
    def __init__(self, name, order):
        self.name, self.order = name, order

    def __reduce__(self):
        flags = 63 if self.name == "O8" else 0
        return dtype, (self.name, 0, 1), (3, self.order, None, None, None, -1, -1, flags)


class ndarray(object):
    def __init__(self, kind, shape, fortran, content):
        self.kind, self.shape, self.fortran, self.content = kind, shape, fortran, content

    def __reduce__(self):
        return _reconstruct, (ndarray, (0,), "b"), (1, self.shape, self.kind, self.fortran, self.content)


numpy, core, multiarray = types.ModuleType("numpy"), types.ModuleType("numpy.core"), types.ModuleType("numpy.core.multiarray")
sys.modules.update({"numpy": numpy, "numpy.core": core, "numpy.core.multiarray": multiarray})
numpy.core, core.multiarray = core, multiarray
dtype.__module__ = ndarray.__module__ = "numpy"
numpy.dtype, numpy.ndarray = dtype, ndarray
_reconstruct.__module__ = "numpy.core.multiarray"
multiarray._reconstruct = _reconstruct
single, double = dtype("f4", "<"), dtype("f8", ">")


def array(shape, kind=single, fortran=False):
    count = 1
    for size in shape:
        count *= size
    numbers = [i / 8.0 - 1 for i in range(count)]
    if fortran:  # of two dimensions
        numbers = [numbers[r * shape[1] + c] for c in range(shape[1]) for r in range(shape[0])]
    letter = "f" if kind is single else "d"
    return ndarray(kind, shape, fortran, struct.pack("%s%d%s" % (kind.order, count, letter), *numbers))


layers = {
    "conv1": [array((2, 2, 3, 4)), array((4,))],
    "fc6": [array((6, 12), fortran=True), array((12,), double)],
}
header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }"
header += " " * (-(10 + len(header) + 1) % 16) + "\n"
with open("layers-python2.npy", "wb") as f:
    f.write("\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    cPickle.dump(ndarray(dtype("O8", "|"), (), False, [layers]), f, protocol=2)
