// Dropout; forward and backward are one kernel, since the mask is made again from its counter.
//
//   y_i = u_i < keep ? x_i / keep : 0      (the division is a multiplication by 1 / keep, rounded once)
//   u_i = (word >> 8) * 2^-24, word = Philox4x32-10(counter, key)[i % 4], i the element's index in NCHW order
//   counter = (low and high 32 bits of i / 4, FNV-1a-32 of the layer's name, step), key = (low, high 32 bits of the seed)
//
// Launch: blocks of 256, four elements (one Philox block) a thread: x = ceil(count / 1024).
// Least traffic: 8 bytes an element (x, y; in place allowed).
#include "common.cuh"

// budget dropout 24
extern "C" __global__ void __launch_bounds__(256)
    dropout(const float* x, float* y, size_type count, float keep, float scale, uint64 seed, uint32 layer,
            const StepState* __restrict__ state)
{
    size_type quad = (size_type)blockIdx.x * 256 + threadIdx.x, i = quad * 4;
    if (i >= count) return;
    Words r = philox((uint32)quad, (uint32)((uint64)quad >> 32), layer, state->step, seed);
    bool a = unit(r.x) < keep, b = unit(r.y) < keep, c = unit(r.z) < keep, d = unit(r.w) < keep;
    if (aligned16(x, y) && i + 4 <= count) {
        Four v = load4(x + i);
        store4(y + i, a ? v.x * scale : 0.0f, b ? v.y * scale : 0.0f, c ? v.z * scale : 0.0f, d ? v.w * scale : 0.0f);
    } else {
        y[i] = a ? x[i] * scale : 0.0f;
        if (i + 1 < count) y[i + 1] = b ? x[i + 1] * scale : 0.0f;
        if (i + 2 < count) y[i + 2] = c ? x[i + 2] * scale : 0.0f;
        if (i + 3 < count) y[i + 3] = d ? x[i + 3] * scale : 0.0f;
    }
}
