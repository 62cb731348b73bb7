// SGD with momentum and weight decay, as PyTorch: v = m v + (g / loss scale + wd w), w -= lr v.
// lr, the loss scale and the skip flag come from the step's state; skip: w and v stay as they are.
//
// Launch: blocks of 256, four elements a thread: x = ceil(count / 1024).
// Least traffic: 20 bytes an element (reads w, v, g; writes w, v).
#include "common.cuh"

__device__ __forceinline__ float velocity(float w, float v, float g, float inverse, float momentum, float decay)
{
    return __fmaf_rn(momentum, v, __fmaf_rn(decay, w, g * inverse));
}

// budget sgd 32
extern "C" __global__ void __launch_bounds__(256)
    sgd(float* w, float* v, const float* __restrict__ g, size_type count, float momentum, float decay,
        const StepState* __restrict__ state)
{
    if (state->skip_update) return;
    float rate = -state->learning_rate, inverse = 1.0f / state->loss_scale;
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (aligned16(w, v, g) && i + 4 <= count) {
        Four a = load4(w + i), b = load4(v + i), c = load4(g + i);
        b.x = velocity(a.x, b.x, c.x, inverse, momentum, decay);
        b.y = velocity(a.y, b.y, c.y, inverse, momentum, decay);
        b.z = velocity(a.z, b.z, c.z, inverse, momentum, decay);
        b.w = velocity(a.w, b.w, c.w, inverse, momentum, decay);
        store4(v + i, b.x, b.y, b.z, b.w);
        store4(w + i, __fmaf_rn(rate, b.x, a.x), __fmaf_rn(rate, b.y, a.y), __fmaf_rn(rate, b.z, a.z),
               __fmaf_rn(rate, b.w, a.w));
    } else {
        size_type end = i + 4 < count ? i + 4 : count;
        for (; i < end; i++) {
            float b = velocity(w[i], v[i], g[i], inverse, momentum, decay);
            v[i] = b;
            w[i] = __fmaf_rn(rate, b, w[i]);
        }
    }
}
