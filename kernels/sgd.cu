// SGD with momentum and weight decay, as PyTorch: v = m v + (g / loss scale + wd w), w -= lr v.
// lr, the loss scale and the skip flag come from the step's state; skip: w, v and the copy stay as they are.
//
// w and v are float (the master weights). The gradient g is float or of two bytes, and a copy of the new w in two bytes may be
// wanted, made in the same pass:
//   sgd                     g float, no copy
//   sgd_to_f16, _to_bf16    g float, a copy of two bytes
//   sgd_f16, _bf16          g of two bytes, and (unless null) a copy of the same storage
// A null v is a velocity that nobody keeps, of momentum 0: w is read in its place, and multiplied by 0.
//
// Launch: blocks of 256, four elements a thread (16 bytes of floats, 8 of two-byte elements): x = ceil(count / 1024).
// Least traffic: sgd 20 bytes an element (reads w, v, g; writes w, v); 18 with g of two bytes; 2 more for a copy.
#include "common.cuh"

__device__ __forceinline__ float velocity(float w, float v, float g, float inverse, float momentum, float decay)
{
    return __fmaf_rn(momentum, v, __fmaf_rn(decay, w, g * inverse));
}

// budget sgd 40
extern "C" __global__ void __launch_bounds__(256, 4)
    sgd(float* w, float* v, const float* __restrict__ g, size_type count, float momentum, float decay,
        const StepState* __restrict__ state)
{
    if (state->skip_update) return;
    float rate = -state->learning_rate, inverse = 1.0f / state->loss_scale;
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (aligned16(w, v, g) && i + 4 <= count) {
        Four a = load4(w + i), b = load4((v ? v : w) + i), c = load4(g + i);
        b.x = velocity(a.x, b.x, c.x, inverse, momentum, decay);
        b.y = velocity(a.y, b.y, c.y, inverse, momentum, decay);
        b.z = velocity(a.z, b.z, c.z, inverse, momentum, decay);
        b.w = velocity(a.w, b.w, c.w, inverse, momentum, decay);
        if (v) store4(v + i, b.x, b.y, b.z, b.w);
        store4(w + i, __fmaf_rn(rate, b.x, a.x), __fmaf_rn(rate, b.y, a.y), __fmaf_rn(rate, b.z, a.z),
               __fmaf_rn(rate, b.w, a.w));
    } else {
        size_type end = i + 4 < count ? i + 4 : count;
        for (; i < end; i++) {
            float b = velocity(w[i], (v ? v : w)[i], g[i], inverse, momentum, decay);
            if (v) v[i] = b;
            w[i] = __fmaf_rn(rate, b, w[i]);
        }
    }
}

// Four elements, at a multiple of their 16 or 8 bytes.
struct __align__(8) TwoWords {
    uint32 x, y;
};

__device__ __forceinline__ void load_four(const float* p, float (&v)[4]) { load_run(p, v); }
template <class T>
__device__ __forceinline__ void load_four(const T* p, float (&v)[4])
{
    TwoWords words = *(const TwoWords*)p;
    split(words.x, v[0], v[1], T());
    split(words.y, v[2], v[3], T());
}

template <class T>
__device__ __forceinline__ void store_four(T* p, const float (&v)[4])
{
    TwoWords words = {join(v[0], v[1], T()), join(v[2], v[3], T())};
    *(TwoWords*)p = words;
}

// G: the gradient's storage; C: the copy's.
template <class G, class C>
__device__ __forceinline__ void mixed(float* w, float* v, const G* __restrict__ g, C* __restrict__ copy, size_type count,
                                      float momentum, float decay, const StepState* __restrict__ state)
{
    if (state->skip_update) return;
    float rate = -state->learning_rate, inverse = 1.0f / state->loss_scale;
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (aligned16(w, v, g) && aligned16(copy) && i + 4 <= count) {
        float a[4], b[4], c[4];
        load_run(w + i, a);
        load_run((v ? v : w) + i, b);
        load_four(g + i, c);
#pragma unroll
        for (int k = 0; k < 4; k++) {
            b[k] = velocity(a[k], b[k], c[k], inverse, momentum, decay);
            a[k] = __fmaf_rn(rate, b[k], a[k]);
        }
        if (v) store_run(v + i, b);
        store_run(w + i, a);
        if (copy) store_four(copy + i, a);
    } else {
        size_type end = i + 4 < count ? i + 4 : count;
        for (; i < end; i++) {
            float b = velocity(w[i], (v ? v : w)[i], value(g[i]), inverse, momentum, decay), a = __fmaf_rn(rate, b, w[i]);
            if (v) v[i] = b;
            w[i] = a;
            if (copy) put(copy + i, a);
        }
    }
}

#define SGD(NAME, G, C)                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256, 4)                                                               \
        NAME(float* w, float* v, const G* __restrict__ g, C* __restrict__ copy, size_type count, float momentum,       \
             float decay, const StepState* __restrict__ state)                                                         \
    {                                                                                                                  \
        mixed(w, v, g, copy, count, momentum, decay, state);                                                           \
    }

// budget sgd_to_f16 40
SGD(sgd_to_f16, float, Half)
// budget sgd_to_bf16 40
SGD(sgd_to_bf16, float, BFloat16)
// budget sgd_f16 40
SGD(sgd_f16, Half, Half)
// budget sgd_bf16 40
SGD(sgd_bf16, BFloat16, BFloat16)
