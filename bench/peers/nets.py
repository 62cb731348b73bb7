"""The articles' networks in PyTorch with TensorFlow-1 semantics (asymmetric SAME padding, tf.nn.lrn, NHWC flatten).

a alexnet-owt-softmax10, b alexnet-valid, c alexnet-same, d vgg16, e alexnet-conv
LRN is a banded 1x1 convolution (PyTorch's own takes as long as all the rest): 'fast' to run, 'onnxfast' of plain nodes to export.
"""
import math
import torch, torch.nn as nn, torch.nn.functional as F

def same_pads(n, k, s):
    o = -(-n // s); t = max((o-1)*s + k - n, 0)
    return t//2, t - t//2            # before, after (extra one after, as in TensorFlow)

# ---------- LRN: x / (bias + alpha * sum_{c-r..c+r} x^2)^beta
_band = {}
def band(c, r, ref):
    key = (c, r)
    if key not in _band:
        i = torch.arange(c); _band[key] = ((i[:, None]-i[None, :]).abs() <= r).float().view(c, c, 1, 1)
    return _band[key]

def pow_m075(d):                     # d^-0.75 = rsqrt(d) * sqrt(rsqrt(d))
    q = d.rsqrt(); return q.mul_(q.sqrt())

class LrnFast(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, r, bias, alpha, beta):
        d = F.conv2d(x*x, band(x.shape[1], r, x)*alpha).add_(bias)
        s = pow_m075(d)
        ctx.save_for_backward(x, d, s); ctx.k = (r, alpha, beta)
        return x*s
    @staticmethod
    def backward(ctx, g):
        x, d, s = ctx.saved_tensors; r, alpha, beta = ctx.k
        t = (g*x).mul_(s).div_(d)
        w = F.conv2d(t, band(x.shape[1], r, x)*(-2*alpha*beta)).mul_(x)
        return w.addcmul_(g, s), None, None, None, None

class ConvOnnx(torch.autograd.Function):      # one ONNX Conv with asymmetric pads
    @staticmethod
    def forward(ctx, x, w, b, s, p): return F.conv2d(F.pad(x, p), w, b, s)
    @staticmethod
    def symbolic(g, x, w, b, s, p):
        return g.op('Conv', x, w, b, strides_i=[s, s], pads_i=[p[2], p[0], p[3], p[1]])

LRN = 'fast'
def lrn(x, *a):
    if LRN == 'onnxfast':            # plain ONNX nodes: 1x1 banded Conv (bias 1) + Sqrt; multi-threaded in onnxruntime, unlike its LRN
        d = F.conv2d(x*x, band(x.shape[1], a[0], x)*a[2], torch.full((x.shape[1],), float(a[1]))); q = d.sqrt(); return x/(q*q.sqrt())
    return LrnFast.apply(x, *a) if torch.is_grad_enabled() else x*pow_m075(F.conv2d(x*x, band(x.shape[1], a[0], x)*a[2]).add_(a[1]))

class Conv(nn.Module):
    def __init__(s, n, cin, cout, k, stride=1, pad='SAME', relu=True, bias=True, std=0.1, xavier=False):
        super().__init__()
        s.p = (0, 0) if pad == 'VALID' else same_pads(n, k, stride)
        s.sym = s.p[0] == s.p[1]; s.relu = relu
        s.c = nn.Conv2d(cin, cout, k, stride, s.p[0] if s.sym else 0, bias=bias)
        if xavier: nn.init.xavier_uniform_(s.c.weight)
        else: nn.init.trunc_normal_(s.c.weight, 0, std, -2*std, 2*std)
        if bias: nn.init.zeros_(s.c.bias)
        s.o = (n + sum(s.p) - k)//stride + 1
    def forward(s, x):
        if not s.sym:
            pads = (s.p[0], s.p[1], s.p[0], s.p[1])
            if LRN == 'onnxfast': x = ConvOnnx.apply(x, s.c.weight, s.c.bias, s.c.stride[0], pads); return F.relu(x) if s.relu else x
            x = F.pad(x, pads)
            if CL: x = x.contiguous(memory_format=torch.channels_last)
        x = s.c(x)
        return F.relu(x, inplace=INPLACE) if s.relu else x
INPLACE = True
CL = False

class Fc(nn.Module):
    def __init__(s, i, o, relu=True, std=0.1, b=0.0, xavier=False):
        super().__init__()
        s.l = nn.Linear(i, o); s.relu = relu
        if xavier: nn.init.xavier_uniform_(s.l.weight)
        else: nn.init.normal_(s.l.weight, 0, std)
        nn.init.constant_(s.l.bias, b)
    def forward(s, x):
        x = s.l(x); return F.relu(x, inplace=INPLACE) if s.relu else x

class Net(nn.Module):
    image = 224
    def drop(s, x): return F.dropout(x, 0.5, True) if s.training else x
    def flat(s, x): return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)

class Alex(Net):
    def __init__(s, kind):
        super().__init__(); s.kind = kind
        if kind in 'ae': ch = (64, 192, 384, 256, 256); s.l = (4, 1.0, 1e-3/9, 0.75)
        elif kind == 'c': ch = (96, 256, 384, 384, 256); s.l = (5, 1.0, 1e-3/9, 0.75)
        else: ch = (96, 256, 384, 384, 256); s.l = (2, 1.0, 1e-5, 0.75); s.image = 227
        kw = dict(relu=False, bias=False) if kind == 'b' else {}
        s.conv1 = Conv(s.image, 3, ch[0], 11, 4, 'VALID' if kind == 'b' else 'SAME', **kw)
        n = (s.conv1.o-3)//2+1 if kind != 'b' else -(-s.conv1.o//2)
        s.conv2 = Conv(n, ch[0], ch[1], 5, **kw); n2 = (n-3)//2+1
        s.conv3 = Conv(n2, ch[1], ch[2], 3, **kw); s.conv4 = Conv(n2, ch[2], ch[3], 3, **kw); s.conv5 = Conv(n2, ch[3], ch[4], 3, **kw)
        assert (n2-3)//2+1 == 6
        if kind != 'e':
            std = 1.0 if kind == 'b' else 0.1; b = 0.1 if kind == 'c' else 0.0
            s.fc6 = Fc(9216, 4096, True, std, b); s.fc7 = Fc(4096, 4096, True, std, b); s.fc8 = Fc(4096, 1000, kind != 'b', std, b)
            if kind == 'a': s.fc9 = Fc(1000, 10, False)
    def forward(s, x):
        x = lrn(s.conv1(x), *s.l)
        x = F.max_pool2d(x, 3, 2, 1 if s.kind == 'b' else 0)       # b: SAME on 55 -> pad 1,1
        x = F.max_pool2d(lrn(s.conv2(x), *s.l), 3, 2)
        x = F.max_pool2d(s.conv5(s.conv4(s.conv3(x))), 3, 2)
        if s.kind == 'e': return x
        x = s.flat(x)
        d = s.drop if s.kind == 'b' else (lambda t: t)
        x = s.fc8(d(s.fc7(d(s.fc6(x)))))
        return F.softmax(s.fc9(x), 1) if s.kind == 'a' else x

class Vgg(Net):
    kind = 'd'
    def __init__(s):
        super().__init__()
        n, ci, m = 224, 3, []
        for co, k in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
            for _ in range(k): m.append(Conv(n, ci, co, 3, xavier=True)); ci = co
            m.append(nn.MaxPool2d(2, 2)); n //= 2
        s.f = nn.Sequential(*m)
        s.fc6 = Fc(25088, 4096, b=.1, xavier=True); s.fc7 = Fc(4096, 4096, b=.1, xavier=True); s.fc8 = Fc(4096, 1000, False, b=.1, xavier=True)
    def forward(s, x): return s.fc8(s.drop(s.fc7(s.drop(s.fc6(s.flat(s.f(x)))))))

def make(kind):
    torch.manual_seed(0)
    return Vgg() if kind == 'd' else Alex(kind)
