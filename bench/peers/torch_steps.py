#!/usr/bin/python3
"""Times steps of a network in PyTorch on request: prints 'ready', then for each line N that it reads the milliseconds of N steps.

usage: torch_steps.py PEERS_DIR NET BATCH THREADS fwd|fwdbwd avx512|avx2
The fastest PyTorch that was found: channels last, OpenBLAS with OpenMP, huge pages, LRN as a banded 1x1 convolution. The environment is set and the script run again.
"""
import os, sys, time
peers, net, batch, threads, mode, isa = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5], sys.argv[6]
if os.environ.get('PEER_ENVIRONMENT') != 'set':
    env = dict(os.environ, PEER_ENVIRONMENT='set', ATEN_CPU_CAPABILITY=isa, OPENBLAS_CORETYPE='SkylakeX' if isa == 'avx512' else 'Haswell')
    env.pop('OPENBLAS_L2_SIZE', None)
    for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'): env[name] = threads
    env['LD_LIBRARY_PATH'] = peers + '/debroot/usr/lib/x86_64-linux-gnu/openblas-openmp'
    env.update(MALLOC_MMAP_MAX_='0', MALLOC_TRIM_THRESHOLD_='8589934592', MALLOC_TOP_PAD_='67108864', GLIBC_TUNABLES='glibc.malloc.hugetlb=1')
    if isa == 'avx2': env['DNNL_MAX_CPU_ISA'] = 'AVX2'
    os.execve('/usr/bin/python3', ['/usr/bin/python3'] + sys.argv, env)
import torch, nets
torch.set_num_threads(int(threads))
nets.CL = True
model = nets.make(net).to(memory_format=torch.channels_last)
x = (torch.randn(batch, 3, model.image, model.image) * 0.1).contiguous(memory_format=torch.channels_last)
if mode == 'fwd':
    model.eval()
    for p in model.parameters(): p.requires_grad_(False)
    def step():
        with torch.no_grad():
            y = model(x)
            return y.softmax(1).argmax(1) if net == 'd' else y
else:
    model.train()
    parameters = list(model.parameters())
    def step(): return torch.autograd.grad(0.5 * model(x).pow(2).sum(), parameters)
print('ready', flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1e3)
    print(' '.join('%.4f' % t for t in times), flush=True)
