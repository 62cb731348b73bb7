// Fills: a constant, and random numbers that depend on seed, name and index alone (not on the launch).
//
//   fill_constant   x_i = value
//   fill_uniform    x_i = low + (high - low) u,        u = (word >> 8) * 2^-24, word = Philox(i / 4, name, 0)[i % 4]
//   fill_normal     x_i = mean + deviation * n,        Box-Muller of the pair of words that i belongs to
//   fill_truncated_normal: n redrawn while |n| > 2:    each element has its own Philox blocks, (i, name, 1 + attempt)
//
// Launch: blocks of 256, four elements a thread: x = ceil(count / 1024).
// Least traffic: 4 bytes an element.
#include "common.cuh"

// Box-Muller: a pair of independent normal numbers from two words.
__device__ __forceinline__ void normal_pair(uint32 a, uint32 b, float& first, float& second)
{
    float u = (float)((a >> 8) + 1) * 5.96046448e-8f;   // in (0, 1]: its logarithm is finite
    float r = __fsqrt_rn(-2.0f * logarithm(u));
    float v = unit(b);   // the angle is 2 pi v; quarter turns are taken out exactly
    float quarter = (__fmaf_rn(v, 4.0f, 12582912.0f)) - 12582912.0f;
    float t = __fmaf_rn(quarter, -0.25f, v) * 6.28318531f;
    float q = t * t;
    float s = __fmaf_rn(q, 2.75573192e-6f, -1.98412698e-4f);
    s = __fmaf_rn(s, q, 8.33333333e-3f);
    s = __fmaf_rn(s, q, -1.66666667e-1f);
    s = __fmaf_rn(s * q, t, t);
    float c = __fmaf_rn(q, 2.48015873e-5f, -1.38888889e-3f);
    c = __fmaf_rn(c, q, 4.16666667e-2f);
    c = __fmaf_rn(c, q, -0.5f);
    c = __fmaf_rn(c, q, 1.0f);
    int turn = (int)quarter & 3;
    float x = (turn & 1) ? s : c, y = (turn & 1) ? c : s;
    first = r * ((turn == 1 || turn == 2) ? -x : x);
    second = r * (turn >= 2 ? -y : y);
}

__device__ __forceinline__ void store(float* x, size_type i, size_type count, float a, float b, float c, float d)
{
    if (aligned16(x) && i + 4 <= count) {
        store4(x + i, a, b, c, d);
    } else {
        x[i] = a;
        if (i + 1 < count) x[i + 1] = b;
        if (i + 2 < count) x[i + 2] = c;
        if (i + 3 < count) x[i + 3] = d;
    }
}

// budget fill_constant 16
extern "C" __global__ void __launch_bounds__(256) fill_constant(float* x, size_type count, float value)
{
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (i < count) store(x, i, count, value, value, value, value);
}

// budget fill_uniform 24
extern "C" __global__ void __launch_bounds__(256)
    fill_uniform(float* x, size_type count, float low, float high, uint64 seed, uint32 name)
{
    size_type quad = (size_type)blockIdx.x * 256 + threadIdx.x, i = quad * 4;
    if (i >= count) return;
    Words r = philox((uint32)quad, (uint32)((uint64)quad >> 32), name, 0, seed);
    float range = high - low;
    store(x, i, count, __fmaf_rn(range, unit(r.x), low), __fmaf_rn(range, unit(r.y), low),
          __fmaf_rn(range, unit(r.z), low), __fmaf_rn(range, unit(r.w), low));
}

// budget fill_normal 32
extern "C" __global__ void __launch_bounds__(256)
    fill_normal(float* x, size_type count, float mean, float deviation, uint64 seed, uint32 name)
{
    size_type quad = (size_type)blockIdx.x * 256 + threadIdx.x, i = quad * 4;
    if (i >= count) return;
    Words r = philox((uint32)quad, (uint32)((uint64)quad >> 32), name, 0, seed);
    float a, b, c, d;
    normal_pair(r.x, r.y, a, b);
    normal_pair(r.z, r.w, c, d);
    store(x, i, count, __fmaf_rn(deviation, a, mean), __fmaf_rn(deviation, b, mean), __fmaf_rn(deviation, c, mean),
          __fmaf_rn(deviation, d, mean));
}

// The first of an element's normal numbers that lies within two deviations. Four are drawn an attempt; that all of 64
// attempts fail has probability 2^-1140, and the number is then 0.
__device__ __forceinline__ float truncated(size_type i, uint32 name, uint64 seed)
{
    for (uint32 attempt = 1; attempt <= 64; attempt++) {
        Words r = philox((uint32)i, (uint32)((uint64)i >> 32), name, attempt, seed);
        float a, b;
        normal_pair(r.x, r.y, a, b);
        if (a >= -2.0f && a <= 2.0f) return a;
        if (b >= -2.0f && b <= 2.0f) return b;
        normal_pair(r.z, r.w, a, b);
        if (a >= -2.0f && a <= 2.0f) return a;
        if (b >= -2.0f && b <= 2.0f) return b;
    }
    return 0.0f;
}

// budget fill_truncated_normal 40
extern "C" __global__ void __launch_bounds__(256)
    fill_truncated_normal(float* x, size_type count, float mean, float deviation, uint64 seed, uint32 name)
{
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (i >= count) return;
    float n[4];
#pragma unroll
    for (int e = 0; e < 4; e++) n[e] = __fmaf_rn(deviation, truncated(i + e, name, seed), mean);
    store(x, i, count, n[0], n[1], n[2], n[3]);
}
