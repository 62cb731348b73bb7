#!/usr/bin/env python3
"""Reference results of training: 20 updates of a small AlexNet by PyTorch's own optimiser, schedulers and clipping, in float64.

usage: make_training.py > training.json      (Debian's python3-torch, 1.13.1)

Weights, biases and images are those of ../golden/make_golden.py's generator (`fill`), of the names "train:<layer>/weights", "train:<layer>/biases" and
"train:images <batch>"; labels of batch b are (b + i) mod 5. Hyperparameters are float32 numbers, as the engine keeps them.
The network: conv1 12 filters 5x5 stride 2 no padding, ReLU, LRN (radius 2, k 1, alpha 0.01 a square, beta 0.75), max-pool 3/2, conv2 18 filters 3x3
padding 1 in 2 groups, ReLU, conv3 10 filters 3x3 padding 1, ReLU, max-pool 3/2, fc6 20, ReLU, fc7 5; mean softmax cross-entropy; images 3x31x31, batches of 4.
A case holds the losses of all batches, the learning rates of all updates, the norms before clipping (where gradients are clipped), and of each parameter after
the last update the sum, the L2 norm and 16 samples at indices floor(k * size / 16).
"""
import importlib.util, json, os, numpy as np, torch, torch.nn.functional as F
here = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("golden", os.path.join(here, "..", "golden", "make_golden.py"))
golden = importlib.util.module_from_spec(spec); spec.loader.exec_module(golden)
UPDATES, BATCH, CLASSES = 20, 4, 5
SHAPES = {"conv1": (12, 3, 5, 5), "conv2": (18, 6, 3, 3), "conv3": (10, 18, 3, 3), "fc6": (20, 40), "fc7": (5, 20)}
single = lambda x: float(np.float32(x))

def parameters():
    made = {}
    for layer, shape in SHAPES.items():
        fan_in = int(np.prod(shape[1:]))
        for name, of, scale in (("weights", shape, np.sqrt(6.0 / fan_in)), ("biases", shape[:1], 0.1)):
            made[f"{layer}/{name}"] = torch.from_numpy(golden.fill(f"train:{layer}/{name}", of, scale)).double().requires_grad_(True)
    return made

def forward(p, x):
    def conv(x, name, **kind): return F.relu(F.conv2d(x, p[name + "/weights"], p[name + "/biases"], **kind))
    x = conv(x, "conv1", stride=2)
    x = F.max_pool2d(F.local_response_norm(x, 5, alpha=5 * single(0.01), beta=0.75, k=1), 3, 2)
    x = conv(conv(x, "conv2", padding=1, groups=2), "conv3", padding=1)
    x = F.max_pool2d(x, 3, 2).flatten(1)
    x = F.relu(F.linear(x, p["fc6/weights"], p["fc6/biases"]))
    return F.linear(x, p["fc7/weights"], p["fc7/biases"])

def train(rate, schedule, momentum, decay=0.0, nesterov=False, clip=None, accumulate=1, fast_biases=False):
    p = parameters()
    groups = [{"params": [t], "lr": single(rate) * (2 if fast_biases and "biases" in n else 1),
               "weight_decay": 0 if fast_biases and "biases" in n else single(decay)} for n, t in p.items()]
    optimizer = torch.optim.SGD(groups, lr=single(rate), momentum=single(momentum), nesterov=nesterov)
    scheduler = schedule(optimizer)
    result = {"losses": [], "rates": [], "norms": []}
    for update in range(UPDATES):
        optimizer.zero_grad()
        result["rates"].append(optimizer.param_groups[0]["lr"])
        for part in range(accumulate):
            b = update * accumulate + part
            x = torch.from_numpy(golden.fill(f"train:images {b}", (BATCH, 3, 31, 31), 1)).double()
            loss = F.cross_entropy(forward(p, x), (torch.arange(BATCH) + b) % CLASSES)
            (loss / accumulate).backward()
            result["losses"].append(loss.item())
        if clip: result["norms"].append(torch.nn.utils.clip_grad_norm_(p.values(), single(clip)).item())
        optimizer.step(); scheduler.step()
    result["parameters"] = {n: {"sum": t.sum().item(), "l2": t.norm().item(),
                                "samples": [t.flatten()[k * t.numel() // 16].item() for k in range(16)] if t.numel() >= 16 else t.flatten().tolist()} for n, t in p.items()}
    return result

S = torch.optim.lr_scheduler
cases = {
    "fixed": train(0.05, lambda o: S.ConstantLR(o, 1.0, 1), 0.9),
    "step": train(0.05, lambda o: S.StepLR(o, 6, 0.5), 0.9, decay=5e-3, fast_biases=True),
    "multistep": train(0.05, lambda o: S.MultiStepLR(o, [5, 12], 0.1), 0.0, decay=5e-3),
    "exp": train(0.1, lambda o: S.ExponentialLR(o, 0.9), 0.5, nesterov=True),
    "poly": train(0.05, lambda o: S.PolynomialLR(o, UPDATES, 2), 0.9, clip=0.5),
    "cosine": train(0.1, lambda o: S.CosineAnnealingLR(o, UPDATES), 0.9, decay=5e-4, nesterov=True, clip=1.0, accumulate=3, fast_biases=True),
    "warm-up": train(0.1, lambda o: S.LinearLR(o, 0.2, 1.0, 4), 0.9, accumulate=2),
}
print(json.dumps({"torch": torch.__version__, "cases": cases}, indent=1))
