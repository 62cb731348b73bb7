#!/usr/bin/env python3
"""Makes this folder's files with PyTorch (made with 1.13.1, torchvision 0.14.1, NumPy 1.24.2):

torchvision-names.json   the names and shapes of the state_dicts of torchvision's AlexNet and VGG
small-torchvision.safetensors  the state_dict of a small network of AlexNet's shape, its two sequences those of torchvision's AlexNet
small-tensorflow.npz     the same parameters as TensorFlow lays them out; fc6's is checked here against its meaning
small.json               its scores, in double precision, for image() and for image() with its channels turned around

image() is not square, so that mistaken rows and columns show.
"""
import json
import pathlib
import struct

import numpy as np
import torch
from torch import nn
from torchvision import models

folder = pathlib.Path(__file__).parent


def image():
    i = np.arange(3 * 95 * 127)
    return torch.from_numpy((i * 7919 % 1009 / 504.0 - 1).reshape(1, 3, 95, 127))


class Small(nn.Module):
    """torchvision/models/alexnet.py with fewer filters and without the adaptive pooling, which does nothing at its own size."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, kernel_size=11, stride=4, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(8, 12, kernel_size=5, padding=2), nn.ReLU(inplace=True), nn.MaxPool2d(kernel_size=3, stride=2),
            nn.Conv2d(12, 16, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(16, 12, kernel_size=3, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(12, 10, kernel_size=3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(kernel_size=3, stride=2))
        self.classifier = nn.Sequential(
            nn.Dropout(), nn.Linear(10 * 2 * 3, 20), nn.ReLU(inplace=True), nn.Dropout(), nn.Linear(20, 24), nn.ReLU(inplace=True), nn.Linear(24, 7))

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


def save_safetensors(tensors, path):
    """The format by its description; files of its own library are tested too (make_safetensors.py)."""
    header, offset = {}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(array.tobytes() for array in tensors.values()))


names = {}
for name in ("alexnet", "vgg11", "vgg13", "vgg16", "vgg19"):
    network = getattr(models, name)(**({} if name == "alexnet" else {"init_weights": False}))
    names[name] = {key: list(value.shape) for key, value in network.state_dict().items()}
    del network
(folder / "torchvision-names.json").write_text(json.dumps(names, indent=1) + "\n")

torch.manual_seed(1)
small = Small().eval()
for module in small.modules():
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight)  # so that the scores depend on the image, not on the biases
state = {name: value.numpy().copy() for name, value in small.state_dict().items()}
save_safetensors(state, folder / "small-torchvision.safetensors")

small = small.double()
with torch.no_grad():
    scores, turned, pool5 = small(image()), small(image().flip(1)), small.features(image())
    before = small.classifier[1](torch.flatten(pool5, 1))

layers = dict(zip(("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"), (k[:-7] for k in state if k.endswith(".weight"))))
tensorflow = {}
for layer, key in layers.items():
    weights = state[key + ".weight"]
    if weights.ndim == 4:
        weights = weights.transpose(2, 3, 1, 0)
    elif layer == "fc6":
        weights = weights.reshape(20, 10, 2, 3).transpose(2, 3, 1, 0).reshape(60, 20)
    else:
        weights = weights.T
    tensorflow[layer + "/weights"] = np.ascontiguousarray(weights)
    tensorflow[layer + "/biases"] = state[key + ".bias"]
flat = pool5.numpy().transpose(0, 2, 3, 1).reshape(1, -1)  # as TensorFlow flattens NHWC
assert np.allclose(flat @ tensorflow["fc6/weights"].astype(np.float64) + tensorflow["fc6/biases"], before.numpy(), rtol=1e-12, atol=1e-12)
np.savez(folder / "small-tensorflow.npz", **tensorflow)
(folder / "small.json").write_text(json.dumps({"scores": scores[0].tolist(), "scores_of_turned_channels": turned[0].tolist()}, indent=1) + "\n")
