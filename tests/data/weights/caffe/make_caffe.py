#!/usr/bin/env python3
"""Makes a small two-tower AlexNet in Caffe's formats: small.prototxt, small.caffemodel (layers of today's form), small-v1.caffemodel (the form before it, with four
dimensions for every blob) and conv1-double.caffemodel (one layer, as doubles), all of the same values, and mean.binaryproto. Made with protobuf 3.21 and NumPy 1.24.2:

    protoc --python_out=. caffe.proto && ./make_caffe.py && rm -r caffe_pb2.py __pycache__

The scores, small.txt, are OpenCV's: opencv_scores.cpp.
"""
import pathlib

import caffe_pb2 as caffe
import numpy as np

folder = pathlib.Path(__file__).parent
random = np.random.RandomState(1)
CONVOLUTION, INNER_PRODUCT = 4, 14

# name, type, shape of the weights ([out, in / groups, height, width] or [out, in]); conv2, conv4 and conv5 have two groups
layers = [
    ("conv1", CONVOLUTION, (8, 3, 11, 11)), ("conv2", CONVOLUTION, (12, 4, 5, 5)), ("conv3", CONVOLUTION, (16, 12, 3, 3)),
    ("conv4", CONVOLUTION, (16, 8, 3, 3)), ("conv5", CONVOLUTION, (12, 8, 3, 3)),
    ("fc6", INNER_PRODUCT, (20, 12 * 2 * 3)), ("fc7", INNER_PRODUCT, (24, 20)), ("fc8", INNER_PRODUCT, (7, 24)),
]
values = {}
for name, _, shape in layers:
    weights = (random.randn(*shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32)
    values[name] = [weights, (random.randn(shape[0]) * 0.1).astype(np.float32)]


def blob(array, older=False, double=False):
    proto = caffe.BlobProto()
    (proto.double_data if double else proto.data).extend(array.ravel().tolist())
    if older:
        proto.num, proto.channels, proto.height, proto.width = (1,) * (4 - array.ndim) + array.shape
    else:
        proto.shape.dim.extend(array.shape)
    return proto


def layer_of_today(name, kind, double):
    return caffe.LayerParameter(
        name=name, type={CONVOLUTION: "Convolution", INNER_PRODUCT: "InnerProduct"}[kind], blobs=[blob(a, double=double) for a in values[name]])


today = caffe.NetParameter(name="small", layer=[caffe.LayerParameter(name="data", type="Input")] + [layer_of_today(n, k, False) for n, k, _ in layers])
before = caffe.NetParameter(
    name="small", layers=[caffe.V1LayerParameter(name=n, type=k, blobs=[blob(a, older=True) for a in values[n]]) for n, k, _ in layers])
(folder / "small.caffemodel").write_bytes(today.SerializeToString())
(folder / "small-v1.caffemodel").write_bytes(before.SerializeToString())
doubles = caffe.NetParameter(layer=[layer_of_today(n, k, True) for n, k, _ in layers[:1]])
(folder / "conv1-double.caffemodel").write_bytes(doubles.SerializeToString())

mean = np.arange(3 * 4 * 5, dtype=np.float32).reshape(1, 3, 4, 5) * 2
(folder / "mean.binaryproto").write_bytes(blob(mean, older=True).SerializeToString())

text = ['name: "small"', 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 3 dim: 99 dim: 131 } } }']
bottom = "data"


def add(name, kind, settings="", in_place=False):
    global bottom
    top = bottom if in_place else name
    text.append(f'layer {{ name: "{name}" type: "{kind}" bottom: "{bottom}" top: "{top}" {settings} }}')
    bottom = top


def convolution(name, outputs, kernel, stride=1, pad=0, group=1):
    add(name, "Convolution", f"convolution_param {{ num_output: {outputs} kernel_size: {kernel} stride: {stride} pad: {pad} group: {group} }}")
    add("relu" + name[-1], "ReLU", in_place=True)


def pool(number):
    add(f"pool{number}", "Pooling", "pooling_param { pool: MAX kernel_size: 3 stride: 2 }")


def norm(number):
    add(f"norm{number}", "LRN", "lrn_param { local_size: 5 alpha: 0.5 beta: 0.75 }")


convolution("conv1", 8, 11, stride=4)
norm(1)
pool(1)
convolution("conv2", 12, 5, pad=2, group=2)
norm(2)
pool(2)
convolution("conv3", 16, 3, pad=1)
convolution("conv4", 16, 3, pad=1, group=2)
convolution("conv5", 12, 3, pad=1, group=2)
pool(5)
for name, outputs in (("fc6", 20), ("fc7", 24), ("fc8", 7)):
    add(name, "InnerProduct", f"inner_product_param {{ num_output: {outputs} }}")
    if name != "fc8":
        add("relu" + name[-1], "ReLU", in_place=True)
(folder / "small.prototxt").write_text("\n".join(text) + "\n")
