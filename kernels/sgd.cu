// SGD with momentum and weight decay, as PyTorch: g' = scale g / loss scale + wd w, v = m v + g', w -= f lr v, or, with
// Nesterov's momentum, w -= f lr (g' + m v).
// lr, both scales and the skip flag come from the step's state; skip: w, v and the copy stay as they are. f is the parameter's.
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

// What does not change within a launch.
struct Rule {
    float scale, momentum, decay, rate;   // rate is negative
    int nesterov;
};

__device__ __forceinline__ Rule rule_of(const StepState* __restrict__ state, float momentum, float decay, float factor, int nesterov)
{
    Rule r = {state->gradient_scale / state->loss_scale, momentum, decay, -state->learning_rate * factor, nesterov};
    return r;
}

// Changes w and v.
__device__ __forceinline__ void step(float& w, float& v, float g, const Rule& r)
{
    float change = __fmaf_rn(r.decay, w, g * r.scale);
    v = __fmaf_rn(r.momentum, v, change);
    w = __fmaf_rn(r.rate, r.nesterov ? __fmaf_rn(r.momentum, v, change) : v, w);
}

// budget sgd 40
extern "C" __global__ void __launch_bounds__(256, 4)
    sgd(float* w, float* v, const float* __restrict__ g, size_type count, float momentum, float decay, float factor,
        int nesterov, const StepState* __restrict__ state)
{
    if (state->skip_update) return;
    Rule r = rule_of(state, momentum, decay, factor, nesterov);
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (aligned16(w, v, g) && i + 4 <= count) {
        Four a = load4(w + i), b = load4((v ? v : w) + i), c = load4(g + i);
        step(a.x, b.x, c.x, r);
        step(a.y, b.y, c.y, r);
        step(a.z, b.z, c.z, r);
        step(a.w, b.w, c.w, r);
        if (v) store4(v + i, b.x, b.y, b.z, b.w);
        store4(w + i, a.x, a.y, a.z, a.w);
    } else {
        size_type end = i + 4 < count ? i + 4 : count;
        for (; i < end; i++) {
            float a = w[i], b = (v ? v : w)[i];
            step(a, b, g[i], r);
            if (v) v[i] = b;
            w[i] = a;
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
                                      float momentum, float decay, float factor, int nesterov,
                                      const StepState* __restrict__ state)
{
    if (state->skip_update) return;
    Rule r = rule_of(state, momentum, decay, factor, nesterov);
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (aligned16(w, v, g) && aligned16(copy) && i + 4 <= count) {
        float a[4], b[4], c[4];
        load_run(w + i, a);
        load_run((v ? v : w) + i, b);
        load_four(g + i, c);
#pragma unroll
        for (int k = 0; k < 4; k++) step(a[k], b[k], c[k], r);
        if (v) store_run(v + i, b);
        store_run(w + i, a);
        if (copy) store_four(copy + i, a);
    } else {
        size_type end = i + 4 < count ? i + 4 : count;
        for (; i < end; i++) {
            float a = w[i], b = (v ? v : w)[i];
            step(a, b, value(g[i]), r);
            if (v) v[i] = b;
            w[i] = a;
            if (copy) put(copy + i, a);
        }
    }
}

#define SGD(NAME, G, C)                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256, 4)                                                               \
        NAME(float* w, float* v, const G* __restrict__ g, C* __restrict__ copy, size_type count, float momentum,       \
             float decay, float factor, int nesterov, const StepState* __restrict__ state)                             \
    {                                                                                                                  \
        mixed(w, v, g, copy, count, momentum, decay, factor, nesterov, state);                                         \
    }

// budget sgd_to_f16 40
SGD(sgd_to_f16, float, Half)
// budget sgd_to_bf16 40
SGD(sgd_to_bf16, float, BFloat16)
// budget sgd_f16 40
SGD(sgd_f16, Half, Half)
// budget sgd_bf16 42
SGD(sgd_bf16, BFloat16, BFloat16)
