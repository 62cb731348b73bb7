#!/usr/bin/python3
"""Writes the ONNX files of this folder with PyTorch 1.13.1 (Debian's python3-torch), with an input and the output that PyTorch computes in double precision of the same float32 weights.

NAME.onnx; NAME.input.bin and NAME.output.bin: float32, little-endian, row-major.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Lrn(torch.autograd.Function):
    """PyTorch's own local response normalisation, exported as one node instead of the dozen it is made of."""

    @staticmethod
    def forward(ctx, x, size, alpha, beta, k):
        return F.local_response_norm(x, size, alpha, beta, k)

    @staticmethod
    def symbolic(g, x, size, alpha, beta, k):
        return g.op('LRN', x, size_i=size, alpha_f=alpha, beta_f=beta, bias_f=k)


class AlexNet(nn.Module):
    """LRN, grouped convolutions, dropout, a reshape with a fixed batch, Gemm, and a product with biases added behind it."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 8, 11, 4, 2), nn.Conv2d(8, 12, 5, 1, 2, groups=2)
        self.conv3, self.conv4 = nn.Conv2d(12, 16, 3, 1, 1), nn.Conv2d(16, 8, 3, 1, 1, groups=4, bias=False)
        self.fc5, self.fc6 = nn.Linear(72, 24), nn.Linear(24, 20)
        self.w, self.b = nn.Parameter(torch.randn(20, 10) * .3), nn.Parameter(torch.randn(10))

    def forward(self, x):
        x = F.max_pool2d(Lrn.apply(F.relu(self.conv1(x)), 5, 0.8, 0.75, 2.0), 3, 2)
        x = F.max_pool2d(Lrn.apply(F.relu(self.conv2(x)), 3, 0.5, 0.5, 1.0), 3, 2, ceil_mode=True)
        x = F.relu(self.conv4(F.relu(self.conv3(x))))
        x = F.dropout(x.reshape(2, -1), 0.5, self.training)
        x = F.dropout(F.relu(self.fc5(x)), 0.5, self.training)
        return F.softmax(F.relu(self.fc6(x)) @ self.w + self.b, 1)


class Fire(nn.Module):
    def __init__(self, inputs, squeeze, expand1, expand3):
        super().__init__()
        self.squeeze, self.expand1, self.expand3 = nn.Conv2d(inputs, squeeze, 1), nn.Conv2d(squeeze, expand1, 1), nn.Conv2d(squeeze, expand3, 3, padding=1)

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1(x)), F.relu(self.expand3(x))], 1)


class SqueezeNet(nn.Module):
    """Concatenations of channels that are and are not multiples of 16, pooling sizes rounded up, a window that is not square, averages, an open batch."""

    def __init__(self):
        super().__init__()
        self.conv1, self.fire2, self.fire3 = nn.Conv2d(3, 12, (3, 5), (2, 1), (1, 2)), Fire(12, 4, 16, 16), Fire(32, 6, 5, 12)
        self.conv4, self.bias = nn.Conv2d(17, 7, 1, bias=False), nn.Parameter(torch.randn(1, 7, 1, 1))

    def forward(self, x):
        x = self.fire2(F.max_pool2d(F.relu(self.conv1(x)), 3, 2, ceil_mode=True))
        x = self.fire3(F.avg_pool2d(x, 3, 2, 1, count_include_pad=False))
        x = F.relu(self.conv4(F.dropout(x, 0.5, self.training)) + self.bias)
        return F.adaptive_avg_pool2d(x, 1).flatten(1)


def export(name, model, batch, side, opset, **options):
    model.eval()
    x = torch.randn(batch, 3, side, side)
    torch.onnx.export(model, x, name + '.onnx', opset_version=opset, input_names=['images'], output_names=['scores'], do_constant_folding=True, **options)
    x.numpy().tofile(name + '.input.bin')
    with torch.no_grad():
        model.double()(x.double()).float().numpy().tofile(name + '.output.bin')


torch.manual_seed(2012)
export('alexnet-like', AlexNet(), 2, 63, 11)
export('squeezenet-like', SqueezeNet(), 3, 22, 13, dynamic_axes={'images': {0: 'N'}, 'scores': {0: 'N'}})
