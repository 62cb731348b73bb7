// What every kernel shares. NVRTC has no standard headers and the kernels include nothing but this file, so
// integer types, conversions and the few functions of mathematics we need are here.
//
// Conventions
//   - Sizes of one tensor fit 31 bits where they are `int` or `unsigned`; element offsets are 64 bits (`size_type`).
//   - A division by a runtime constant is a multiplication: the host passes `multiplier` and `shift` (see divide).
//   - `// budget NAME N`: the kernel NAME may use at most N registers a thread on sm_75, sm_80 and sm_90; the build
//     checks it, and that nothing is spilled to local memory.
#pragma once

typedef unsigned char uint8;
typedef unsigned short uint16;
typedef unsigned int uint32;
typedef unsigned long long uint64;
typedef long long size_type;

#define INFINITE __int_as_float(0x7f800000)
#define NOT_A_NUMBER __int_as_float(0x7fffffff)
#define ALL_LANES 0xffffffffu

// The device-side state of a training step: what changes from step to step is read here, so that a captured graph
// stays valid. The host writes it before a step; nonfinite_scan sets skip_update.
struct StepState {
    uint32 step;           // number of the step: the last word of the dropout counter
    float learning_rate;   // of this step's update
    float gradient_scale;  // the update multiplies gradients by it
    float loss_scale;      // gradients are multiplied by it at the loss and divided by it at the update
    uint32 skip_update;    // not 0: the update leaves weights and velocities alone
};

// n / d for n below 2^31: the host's multiplier is ceil(2^(31 + l) / d) with l = ceil(log2 d), and shift is 31 + l.
struct Divisor {
    uint32 divisor, multiplier, shift;
};

__device__ __forceinline__ uint32 divide(uint32 n, const Divisor& d)
{
    return (uint32)(((uint64)n * d.multiplier) >> d.shift);
}

// v, which the compiler does not know to be the same at every turn of a loop: it would keep each multiple of a stride in registers.
__device__ __forceinline__ int afresh(int v)
{
    int same;
    asm volatile("mov.u32 %0, %1;" : "=r"(same) : "r"(v));
    return same;
}

__device__ __forceinline__ int smaller(int a, int b) { return a < b ? a : b; }
__device__ __forceinline__ int larger(int a, int b) { return a > b ? a : b; }

// Both pointers (and so every multiple of four elements from them) can be read 16 bytes at a time.
__device__ __forceinline__ bool aligned16(const void* a) { return ((uint64)a & 15) == 0; }
__device__ __forceinline__ bool aligned16(const void* a, const void* b) { return (((uint64)a | (uint64)b) & 15) == 0; }
__device__ __forceinline__ bool aligned16(const void* a, const void* b, const void* c)
{
    return (((uint64)a | (uint64)b | (uint64)c) & 15) == 0;
}

// Four floats moved as one 16-byte access.
struct __align__(16) Four {
    float x, y, z, w;
};

__device__ __forceinline__ Four load4(const float* p) { return *(const Four*)p; }

// Stated in PTX: the compiler takes a structure apart where its fields are used elsewhere too. p is in global memory, and
// no kernel reads back what it has stored this way.
__device__ __forceinline__ void store4(float* p, float x, float y, float z, float w)
{
    asm volatile("{ .reg .u64 a; cvta.to.global.u64 a, %0; st.global.v4.f32 [a], {%1, %2, %3, %4}; }"
                 :
                 : "l"(p), "f"(x), "f"(y), "f"(z), "f"(w));
}

// A zero that the compiler does not know to be one. NVRTC 11.8 places the moves of a known one, where a sum has many ways to
// stay zero, in an order that depends on addresses: its PTX then differs from run to run.
__device__ __forceinline__ float zero()
{
    float v;
    asm("mov.f32 %0, 0f00000000;" : "=f"(v));
    return v;
}

// How many elements of `bytes` bytes lie between the last 128-byte boundary and p. A warp that starts that many
// elements early (those lanes idle) touches each 32-byte sector in one request only.
__device__ __forceinline__ int lead(const void* p, int bytes) { return (int)(((uint64)p & 127) / bytes); }

// ---- Mathematics: our own, so that every compiler gives the same PTX operations (a division, square roots, FMAs). ----

// r in [-0.35, 0.35], scaled by 2^n: relative error below 2e-7. n in [-150, 128].
__device__ __forceinline__ float exp_scaled(float r, int n)
{
    float p = 1.0f / 5040;
    p = __fmaf_rn(p, r, 1.0f / 720);
    p = __fmaf_rn(p, r, 1.0f / 120);
    p = __fmaf_rn(p, r, 1.0f / 24);
    p = __fmaf_rn(p, r, 1.0f / 6);
    p = __fmaf_rn(p, r, 0.5f);
    p = __fmaf_rn(p, r, 1.0f);
    p = __fmaf_rn(p, r, 1.0f);
    int half = n >> 1;   // two factors, so that neither overflows and results below 2^-126 round once
    return p * __int_as_float((half + 127) << 23) * __int_as_float((n - half + 127) << 23);
}

// e^x; 0 below -104, infinite above 89, NaN stays.
__device__ __forceinline__ float exponential(float x)
{
    x = x < -104.0f ? -104.0f : x;
    x = x > 89.0f ? 89.0f : x;
    float n = __fmaf_rn(x, 1.44269504f, 12582912.0f) - 12582912.0f;   // adding 1.5 * 2^23 rounds to an integer
    float r = __fmaf_rn(n, -0.693145752f, x);
    r = __fmaf_rn(n, -1.42860677e-6f, r);
    return exp_scaled(r, (int)n);
}

// x = m * 2^e with m in [sqrt(1/2), sqrt(2)): returns ln m (relative error below 2e-7). x is positive and finite.
__device__ __forceinline__ float log_mantissa(float x, int& e)
{
    int denormal = x < 1.17549435e-38f;
    int bits = __float_as_int(denormal ? x * 16777216.0f : x);
    e = ((bits - 0x3f3504f3) >> 23);
    float m = __int_as_float(bits - (e << 23));
    e -= denormal ? 24 : 0;
    float f = (m - 1.0f) / (m + 1.0f);
    float q = f * f;
    float p = 1.0f / 9;
    p = __fmaf_rn(p, q, 1.0f / 7);
    p = __fmaf_rn(p, q, 0.2f);
    p = __fmaf_rn(p, q, 1.0f / 3);
    p = p * q;
    return __fmaf_rn(f + f, p, f + f);
}

// ln x; -infinite at 0, NaN below, and infinite and NaN stay.
__device__ __forceinline__ float logarithm(float x)
{
    if (!(x < INFINITE)) return x;
    if (!(x > 0.0f)) return x == 0.0f ? -INFINITE : NOT_A_NUMBER;
    int e;
    float l = log_mantissa(x, e);
    return __fmaf_rn((float)e, 0.693147182f, l);
}

// s^-beta for s > 0 and 0 <= beta <= 8. The product beta * log2 s is kept in two parts: relative error below 1e-6 for
// every s. Infinite gives 0, NaN stays.
__device__ __forceinline__ float negative_power(float s, float beta)
{
    if (!(s < INFINITE)) return s > 0.0f ? (beta == 0.0f ? 1.0f : 0.0f) : s;
    if (!(s > 0.0f)) return s == 0.0f ? (beta == 0.0f ? 1.0f : INFINITE) : NOT_A_NUMBER;
    int e;
    float l = log_mantissa(s, e) * 1.44269504f;
    float high = -beta * (float)e;
    float low = __fmaf_rn(-beta, (float)e, -high);
    float rest = __fmaf_rn(-beta, l, low);
    float whole = high + rest;
    whole = whole < -150.0f ? -150.0f : whole;
    whole = whole > 128.0f ? 128.0f : whole;
    float n = (whole + 12582912.0f) - 12582912.0f;
    float fraction = (high - n) + rest;
    fraction = fraction > 0.5f ? 0.5f : (fraction < -0.5f ? -0.5f : fraction);   // only where it was clamped above
    return exp_scaled(fraction * 0.693147182f, (int)n);
}

// s^-0.75 for every s: two square roots and a division.
__device__ __forceinline__ float negative_three_quarters(float s)
{
    float root = __fsqrt_rn(s);
    return 1.0f / (root * __fsqrt_rn(root));
}

// Whether all of eight values are finite: their sum is, or (never mind) it overflows.
__device__ __forceinline__ bool finite8(const float* v)
{
    float sum = ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
    return (__float_as_int(sum) & 0x7fffffff) < 0x7f800000;
}

// s^-0.75 and 1 / s of eight s without roots, divisions and branches, which leaves the compiler free to interleave them: relative errors
// below 2e-7. s is 2^-126 or more; infinite gives 0 and 0, NaN stays. y is s^-0.25: a first guess from the exponent, within 7%, a
// parabola in what s y^4 is short of 1 (minimax: 4.8e-5), and a linear step that goes to the results at once.
__device__ __forceinline__ void lrn_powers(const float* s, float* scale, float* inverse)
{
#pragma unroll
    for (int i = 0; i < 8; i++) {
        float y = __int_as_float(0x4f500000 - (__float_as_int(s[i]) >> 2));
        float y2 = y * y;
        float h = __fmaf_rn(-(s[i] * y2), y2, 1.0f);
        y *= __fmaf_rn(__fmaf_rn(0.227555215f, h, 0.239538386f), h, 1.00041175f);
        y2 = y * y;
        h = __fmaf_rn(-(s[i] * y2), y2, 1.0f);
        float y3 = y2 * y, y4 = y2 * y2;
        scale[i] = __fmaf_rn(0.75f, y3 * h, y3);
        inverse[i] = __fmaf_rn(y4, h, y4);
    }
    if (finite8(s)) return;
#pragma unroll
    for (int i = 0; i < 8; i++)
        if (s[i] == INFINITE) scale[i] = inverse[i] = 0.0f;
}

// x s^-0.75, s = k + alpha * sums.
__device__ __forceinline__ void lrn_scaled(const float* x, const float* sums, float k, float alpha, float* y)
{
    float s[8], inverse[8];
#pragma unroll
    for (int i = 0; i < 8; i++) s[i] = __fmaf_rn(alpha, sums[i], k);
    lrn_powers(s, y, inverse);
#pragma unroll
    for (int i = 0; i < 8; i++) y[i] *= x[i];
}

// What LRN's backward needs of g, x and the sums of x's squares: g s^-0.75 in place, and t = g x s^-1.75.
__device__ __forceinline__ void lrn_terms(const float* x, const float* sums, float k, float alpha, float* g, float* t)
{
    float s[8], scale[8], inverse[8];
#pragma unroll
    for (int i = 0; i < 8; i++) s[i] = __fmaf_rn(alpha, sums[i], k);
    lrn_powers(s, scale, inverse);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        g[i] *= scale[i];
        t[i] = __fmaf_rn(g[i] * x[i], inverse[i], 0.0f);   // as in `added`; beyond the last channel x and g are 0, and so is t
    }
}

// An FMA even to 0: a product that is added later would be fused with that by some compilers.
template <bool SQUARE>
__device__ __forceinline__ float added(float v, float sum) { return SQUARE ? __fmaf_rn(v, v, sum) : v + sum; }

// sums[i] of v[i ... i + 2R] for eight windows side by side (of the squares, or of the elements): what a run of neighbouring windows
// have in common once, and from there to both sides what each has more than the one before. Nothing is subtracted, so that
// an infinity or NaN spoils its windows alone. Both layouts add a channel's window in this order.
template <int R, bool SQUARES>
__device__ __forceinline__ void window_sums(const float* v, float* sums)
{
    const int RUN = 2 * R + 1 >= 8 ? 8 : 4;   // windows that have elements in common
#pragma unroll
    for (int first = 0; first < 8; first += RUN) {
        const float* from = v + first;
        float s = 0.0f;
#pragma unroll
        for (int i = RUN - 1; i <= 2 * R; i++) s = added<SQUARES>(from[i], s);
        sums[first + RUN - 1] = s;
#pragma unroll
        for (int i = RUN - 2; i >= 0; i--) sums[first + i] = s = added<SQUARES>(from[i], s);
        s = 0.0f;
#pragma unroll
        for (int i = 1; i < RUN; i++) {
            s = added<SQUARES>(from[2 * R + i], s);
            sums[first + i] += s;
        }
    }
}

// ---- half and bfloat16: NVRTC has no cuda_fp16.h here, and compute_60 no bfloat16. Conversions of half are the hardware's, which
// every GPU of ours has; in integer arithmetic they would cost more than the memory they save. ----

__device__ __forceinline__ float bfloat16_value(uint16 bits) { return __int_as_float((int)((uint32)bits << 16)); }

// Rounded to nearest, ties to even: the upper half is the bfloat16. NaN becomes quiet, and is never rounded to infinity.
__device__ __forceinline__ uint32 bfloat16_rounded(float v)
{
    uint32 u = (uint32)__float_as_int(v);
    return v != v ? u | 0x400000u : u + 0x7fffu + ((u >> 16) & 1);
}

__device__ __forceinline__ uint16 bfloat16_bits(float v) { return (uint16)(bfloat16_rounded(v) >> 16); }

__device__ __forceinline__ float half_value(uint16 bits)
{
    float v;
    asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"(bits));
    return v;
}

// To nearest, ties to even; 65520 and above become infinite.
__device__ __forceinline__ uint16 half_bits(float v)
{
    uint16 bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(v));
    return bits;
}

// ---- Storage: a tensor's elements lie in memory as float, Half or BFloat16; arithmetic is always float's. A kernel written
// over T reads with `value` and writes with `put`; the kernels' names end in _f16 and _bf16 (and in _nhwc for that layout).

struct Half {
    uint16 bits;
};

struct BFloat16 {
    uint16 bits;
};

__device__ __forceinline__ float value(float v) { return v; }
__device__ __forceinline__ float value(Half v) { return half_value(v.bits); }
__device__ __forceinline__ float value(BFloat16 v) { return bfloat16_value(v.bits); }

__device__ __forceinline__ void put(float* p, float v) { *p = v; }
__device__ __forceinline__ void put(Half* p, float v) { p->bits = half_bits(v); }
__device__ __forceinline__ void put(BFloat16* p, float v) { p->bits = bfloat16_bits(v); }

// The elements of a word, the first one in its lower half. The hardware's conversions of half: every GPU of ours has them.
__device__ __forceinline__ void split(uint32 word, float& low, float& high, Half)
{
    asm("{ .reg .b16 l, h; mov.b32 {l, h}, %2; cvt.f32.f16 %0, l; cvt.f32.f16 %1, h; }" : "=f"(low), "=f"(high) : "r"(word));
}
__device__ __forceinline__ void split(uint32 word, float& low, float& high, BFloat16)
{
    low = __int_as_float((int)(word << 16));
    high = __int_as_float((int)(word & 0xffff0000u));
}

__device__ __forceinline__ uint32 join(float low, float high, Half)
{
    uint32 word;
    asm("{ .reg .b16 l, h; cvt.rn.f16.f32 l, %1; cvt.rn.f16.f32 h, %2; mov.b32 %0, {l, h}; }" : "=r"(word) : "f"(low), "f"(high));
    return word;
}
__device__ __forceinline__ uint32 join(float low, float high, BFloat16)
{
    return __byte_perm(bfloat16_rounded(low), bfloat16_rounded(high), 0x7632);
}

// The same of values that the storage holds exactly.
__device__ __forceinline__ uint32 join_exact(float low, float high, Half) { return join(low, high, Half()); }
__device__ __forceinline__ uint32 join_exact(float low, float high, BFloat16)
{
    return __byte_perm(__float_as_int(low), __float_as_int(high), 0x7632);
}

// ---- Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; 2011). ----

struct Words {
    uint32 x, y, z, w;
};

__device__ __forceinline__ Words philox(uint32 c0, uint32 c1, uint32 c2, uint32 c3, uint64 seed)
{
    uint32 k0 = (uint32)seed, k1 = (uint32)(seed >> 32);
#pragma unroll
    for (int round = 0; round < 10; round++) {
        uint64 a = (uint64)c0 * 0xD2511F53u, b = (uint64)c2 * 0xCD9E8D57u;
        uint32 t = (uint32)(b >> 32) ^ c1 ^ k0;
        c2 = (uint32)(a >> 32) ^ c3 ^ k1;
        c1 = (uint32)b;
        c3 = (uint32)a;
        c0 = t;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    Words r = {c0, c1, c2, c3};
    return r;
}

// 24 random bits as a float in [0, 1).
__device__ __forceinline__ float unit(uint32 word) { return (float)(word >> 8) * 5.96046448e-8f; }

// ---- Sums over a warp and a block, in a fixed order, so that a result never depends on a schedule. ----

__device__ __forceinline__ float warp_sum(float v)
{
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) v += __shfl_xor_sync(ALL_LANES, v, offset);
    return v;
}

// The sum over a block of whole warps; every thread calls it and gets it. scratch: one float a warp, at most 32.
__device__ __forceinline__ float block_sum(float v, float* scratch)
{
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
    v = warp_sum(v);
    __syncthreads();   // the scratch may still be read by an earlier sum
    if (lane == 0) scratch[warp] = v;
    __syncthreads();
    v = lane < warps ? scratch[lane] : 0.0f;
    return warp_sum(v);
}

// ---- NHWC, 16-bit storage: a lane has eight consecutive channels of a position, 16 bytes. ----

struct __align__(16) Eight {
    uint32 words[4];
};

template <class T>
__device__ __forceinline__ void unpack8(const Eight& e, float* v)
{
#pragma unroll
    for (int i = 0; i < 4; i++) split(e.words[i], v[2 * i], v[2 * i + 1], T());
}

__device__ __forceinline__ Eight packed8(const float* v, Half)
{
    Eight e;
#pragma unroll
    for (int i = 0; i < 4; i++) e.words[i] = join(v[2 * i], v[2 * i + 1], Half());
    return e;
}

// NaN, which rounding takes half of the work for, is asked for once.
__device__ __forceinline__ Eight packed8(const float* v, BFloat16)
{
    Eight e;
    if (finite8(v)) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
            uint32 low = __float_as_int(v[2 * i]), high = __float_as_int(v[2 * i + 1]);
            e.words[i] = __byte_perm(low + 0x7fffu + ((low >> 16) & 1), high + 0x7fffu + ((high >> 16) & 1), 0x7632);
        }
    } else {
#pragma unroll
        for (int i = 0; i < 4; i++) e.words[i] = join(v[2 * i], v[2 * i + 1], BFloat16());
    }
    return e;
}

template <class T>
__device__ __forceinline__ Eight pack8(const float* v)
{
    return packed8(v, T());
}

template <class T>
__device__ __forceinline__ Eight pack8_exact(const float* v)
{
    Eight e;
#pragma unroll
    for (int i = 0; i < 4; i++) e.words[i] = join_exact(v[2 * i], v[2 * i + 1], T());
    return e;
}

// count elements at p, at most eight; the rest, or all for a count below 1, are zeros.
template <class T>
__device__ __forceinline__ Eight load8(const T* __restrict__ p, int count)
{
    if (count >= 8 && aligned16(p)) return *(const Eight*)p;
    Eight e;
#pragma unroll
    for (int i = 0; i < 4; i++) {
        e.words[i] = 2 * i < count ? p[2 * i].bits : 0;
        if (2 * i + 1 < count) e.words[i] |= (uint32)p[2 * i + 1].bits << 16;
    }
    return e;
}

template <class T>
__device__ __forceinline__ void store8(T* p, int count, const Eight& e)
{
    if (count >= 8 && aligned16(p)) {
        asm volatile("{ .reg .u64 a; cvta.to.global.u64 a, %0; st.global.v4.b32 [a], {%1, %2, %3, %4}; }"
                     :
                     : "l"(p), "r"(e.words[0]), "r"(e.words[1]), "r"(e.words[2]), "r"(e.words[3]));
    } else {
#pragma unroll
        for (int i = 0; i < 8; i++)
            if (i < count) p[i].bits = (uint16)(e.words[i / 2] >> (i % 2 * 16));
    }
}

// How a warp lies over positions: `lanes` lanes a position (eight channels each), `per` positions side by side. Where a position
// has more than 32 vectors of eight channels it is cut into segments; the first and last `halo` lanes of one then repeat their
// neighbours' vectors, so that what a window needs is in the warp.
struct Lanes {
    int channels, vectors;   // vectors: of a position
    int lanes, per, segment, halo;
    Divisor by_lanes;
};

struct Lane {
    int sub;       // which of the warp's positions
    int channel;   // the first of eight; beyond the ends for a lane that has nothing
    int count;     // channels it has, 0 to 8
    bool owns;     // it writes its channels: no halo
};

__device__ __forceinline__ Lane lane_of(const Lanes& l, int segment)
{
    int lane = threadIdx.x & 31;
    Lane r;
    r.sub = divide(lane, l.by_lanes);
    int slot = lane - r.sub * l.lanes, vector = segment * l.segment - l.halo + slot;
    bool has = r.sub < l.per && vector >= 0 && vector < l.vectors;
    r.channel = vector * 8;
    r.count = has ? smaller(l.channels - r.channel, 8) : 0;
    r.owns = has && slot >= l.halo && slot < l.halo + l.segment;
    return r;
}

// Of e[0 ... 2R + 7], channels c - R ... c + R + 7, a lane has e[R ... R + 7], also packed; the rest comes from its neighbours'
// registers (beyond the first and last channel it is 0). All lanes of the warp call it.
template <class T, int R>
__device__ __forceinline__ void neighbours(const Eight& own, float* e, const Lane& me, const Lanes& l)
{
    int lane = threadIdx.x & 31;
    bool left = me.channel > 0, right = me.channel + 8 < l.channels;
    float b[8], a[8];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        uint32 before = 2 * i + 1 >= 8 - R ? __shfl_sync(ALL_LANES, (int)own.words[i], lane - 1) : 0;
        uint32 after = 2 * i < R ? __shfl_sync(ALL_LANES, (int)own.words[i], lane + 1) : 0;
        split(left ? before : 0, b[2 * i], b[2 * i + 1], T());
        split(right ? after : 0, a[2 * i], a[2 * i + 1], T());
    }
#pragma unroll
    for (int i = 0; i < R; i++) {
        e[i] = b[8 - R + i];
        e[R + 8 + i] = a[i];
    }
}

// The same of floats.
template <int R>
__device__ __forceinline__ void neighbours(float* e, const Lane& me, const Lanes& l)
{
    int lane = threadIdx.x & 31;
    bool left = me.channel > 0, right = me.channel + 8 < l.channels;
#pragma unroll
    for (int i = 0; i < R; i++) {
        float a = __int_as_float(__shfl_sync(ALL_LANES, __float_as_int(e[8 + i]), lane - 1));
        float b = __int_as_float(__shfl_sync(ALL_LANES, __float_as_int(e[R + i]), lane + 1));
        e[i] = left ? a : 0.0f;
        e[R + 8 + i] = right ? b : 0.0f;
    }
}

// Eight bytes of argmax, of eight channels.
struct __align__(8) Places {
    uint32 words[2];

    __device__ __forceinline__ uint32 get(int i) const { return words[i / 4] >> (i % 4 * 8) & 255; }
};

// sum[i] += v[i], of packed v, for the channels whose place is `here`; what is added to the others is 0.
template <class T>
__device__ __forceinline__ void gather8(const Places& places, uint32 here, const Eight& v, float* sum)
{
#pragma unroll
    for (int i = 0; i < 2; i++) {
        // The highest bit of each byte that is `here`; then all bits of its channel (__byte_perm does not repeat signs).
        uint32 other = places.words[i] ^ (here * 0x01010101u);
        uint32 same = ~(((other & 0x7f7f7f7fu) + 0x7f7f7f7fu) | other | 0x7f7f7f7fu), low_two, high_two;
        asm("prmt.b32 %0, %1, 0, 0x9988;" : "=r"(low_two) : "r"(same));
        asm("prmt.b32 %0, %1, 0, 0xbbaa;" : "=r"(high_two) : "r"(same));
        uint32 chosen[2] = {v.words[2 * i] & low_two, v.words[2 * i + 1] & high_two};
#pragma unroll
        for (int j = 0; j < 2; j++) {
            float low, high;
            split(chosen[j], low, high, T());
            sum[4 * i + 2 * j] += low;
            sum[4 * i + 2 * j + 1] += high;
        }
    }
}

__device__ __forceinline__ Places pack_places(const int* place)
{
    Places r;
#pragma unroll
    for (int i = 0; i < 2; i++)
        r.words[i] = (uint32)place[4 * i] | (uint32)place[4 * i + 1] << 8 | (uint32)place[4 * i + 2] << 16 | (uint32)place[4 * i + 3] << 24;
    return r;
}

__device__ __forceinline__ Places load_places(const uint8* __restrict__ p, int count)
{
    if (count >= 8 && ((uint64)p & 7) == 0) return *(const Places*)p;
    Places r = {{0, 0}};
#pragma unroll
    for (int i = 0; i < 8; i++)
        if (i < count) r.words[i / 4] |= (uint32)p[i] << (i % 4 * 8);
    return r;
}

__device__ __forceinline__ void store_places(uint8* p, int count, const Places& places)
{
    if (count >= 8 && ((uint64)p & 7) == 0) {
        *(Places*)p = places;
    } else {
#pragma unroll
        for (int i = 0; i < 8; i++)
            if (i < count) p[i] = (uint8)places.get(i);
    }
}

// The maximum so far of eight channels, and its place in the window. v is the next element's eight, in row-major order: it takes
// the lead where it is larger, or the first NaN (the comparison is true for NaN on either side).
__device__ __forceinline__ void take8(const float* v, int candidate, bool first, float* best, int* place)
{
#pragma unroll
    for (int i = 0; i < 8; i++) {
        if (first || (!(v[i] <= best[i]) && best[i] == best[i])) {
            best[i] = v[i];
            place[i] = candidate;
        }
    }
}

// ---- Runs of elements, moved 16 bytes at a time: 4 floats, or 8 elements of two bytes. The address is a multiple of 16, N of
// what 16 bytes hold, and p is in global memory; no kernel reads back what it has stored this way. ----

struct __align__(16) FourWords {
    uint32 x, y, z, w;
};

template <int N>
__device__ __forceinline__ void load_run(const float* p, float (&v)[N])
{
#pragma unroll
    for (int i = 0; i < N; i += 4) {
        Four f = load4(p + i);
        v[i] = f.x;
        v[i + 1] = f.y;
        v[i + 2] = f.z;
        v[i + 3] = f.w;
    }
}

template <int N, class T>
__device__ __forceinline__ void load_run(const T* p, float (&v)[N])
{
#pragma unroll
    for (int i = 0; i < N; i += 8) {
        FourWords f = *(const FourWords*)(p + i);
        split(f.x, v[i], v[i + 1], T());
        split(f.y, v[i + 2], v[i + 3], T());
        split(f.z, v[i + 4], v[i + 5], T());
        split(f.w, v[i + 6], v[i + 7], T());
    }
}

template <int N>
__device__ __forceinline__ void store_run(float* p, const float (&v)[N])
{
#pragma unroll
    for (int i = 0; i < N; i += 4) store4(p + i, v[i], v[i + 1], v[i + 2], v[i + 3]);
}

template <int N, class T>
__device__ __forceinline__ void store_run(T* p, const float (&v)[N])
{
#pragma unroll
    for (int i = 0; i < N; i += 8)
        asm volatile("{ .reg .u64 a; cvta.to.global.u64 a, %0; st.global.v4.u32 [a], {%1, %2, %3, %4}; }"
                     :
                     : "l"(p + i), "r"(join(v[i], v[i + 1], T())), "r"(join(v[i + 2], v[i + 3], T())),
                       "r"(join(v[i + 4], v[i + 5], T())), "r"(join(v[i + 6], v[i + 7], T())));
}

// Of what 16 bytes hold, added in a fixed order.
__device__ __forceinline__ float run_sum(const float (&v)[4]) { return (v[0] + v[1]) + (v[2] + v[3]); }
__device__ __forceinline__ float run_sum(const float (&v)[8])
{
    return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

// LRN backward goes on by eight channels (lrn.cu says what each array has): what was ahead is what it is at.
template <int R>
__device__ __forceinline__ void next_channels(float (&e)[8 + 2 * R], float (&t)[16 + R], float (&gs)[16], float (&own)[8])
{
#pragma unroll
    for (int i = 0; i < 8; i++) {
        gs[i] = gs[8 + i];
        own[i] = e[R + i];
    }
#pragma unroll
    for (int i = 0; i < 8 + R; i++) t[i] = t[8 + i];
#pragma unroll
    for (int i = 0; i < 2 * R; i++) e[i] = e[8 + i];
}
