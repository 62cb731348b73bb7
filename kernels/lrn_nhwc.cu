// Local response normalisation across channels, NHWC, 16-bit storage. Formulas: see lrn.cu.
//
// Launch
//   lrn_*_2, _4, _5  (b = 0.75) blocks of 8 warps: x = ceil(groups of positions * segments / 8). A lane has eight channels,
//                    16 bytes, and gets what its windows reach beyond them from its neighbours' registers (Lanes in
//                    common.cuh; a halo of one lane forward, of two backward).
//   lrn_*_any        (any radius and b) blocks of 256: x = ceil(positions / `per`); `per` positions with all their channels lie
//                    in dynamic shared memory as floats (backward: x, g s^-b and t_j, three times as many).
// Least traffic: forward 4 bytes an element (x, y), backward 6 (x, g, dx).
//
// Sums are made in the order of lrn.cu: both layouts give the same bits.
#include "common.cuh"

struct Lrn {
    float k, alpha, beta;
};

template <int R, class T>
__device__ __forceinline__ void lrn_forward(const T* __restrict__ x, T* __restrict__ y, uint32 positions, const Lanes& l,
                                            const Divisor& by_segments, const Lrn& p)
{
    uint32 item = blockIdx.x * 8u + (threadIdx.x >> 5), group = divide(item, by_segments);
    Lane me = lane_of(l, item - group * by_segments.divisor);
    uint32 position = group * l.per + me.sub;
    int count = position < positions ? me.count : 0;
    size_type at = (size_type)position * l.channels + me.channel;

    float e[8 + 2 * R], s[8], out[8];
    Eight own = load8(x + at, count);
    unpack8<T>(own, e + R);
    neighbours<T, R>(own, e, me, l);
    window_sums<R, true>(e, s);
    lrn_scaled(e + R, s, p.k, p.alpha, out);
    if (me.owns) store8(y + at, count, pack8<T>(out));
}

template <int R, class T>
__device__ __forceinline__ void lrn_backward(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,
                                             uint32 positions, const Lanes& l, const Divisor& by_segments, const Lrn& p)
{
    uint32 item = blockIdx.x * 8u + (threadIdx.x >> 5), group = divide(item, by_segments);
    Lane me = lane_of(l, item - group * by_segments.divisor);
    uint32 position = group * l.per + me.sub;
    int count = position < positions ? me.count : 0;
    size_type at = (size_type)position * l.channels + me.channel;

    float e[8 + 2 * R], t[8 + 2 * R], gs[8], s[8];
    Eight own = load8(x + at, count), upstream = load8(g + at, count);
    unpack8<T>(own, e + R);
    neighbours<T, R>(own, e, me, l);
    unpack8<T>(upstream, gs);
    window_sums<R, true>(e, s);
    lrn_terms(e + R, s, p.k, p.alpha, gs, t + R);
    neighbours<R>(t, me, l);
    window_sums<R, false>(t, s);
#pragma unroll
    for (int i = 0; i < 8; i++) gs[i] = __fmaf_rn(-(1.5f * p.alpha) * e[R + i], s[i], gs[i]);
    if (me.owns) store8(dx + at, count, pack8<T>(gs));
}

__device__ __forceinline__ float lrn_scale(float s, float beta)
{
    return beta == 0.75f ? negative_three_quarters(s) : negative_power(s, beta);
}

// k + a times the sum of a window's squares, around channel c of a position in shared memory.
__device__ __forceinline__ float window_scale(const float* x, int c, int channels, int radius, const Lrn& p)
{
    float s = 0.0f;
    int end = smaller(c + radius + 1, channels);
    for (int j = larger(c - radius, 0); j < end; j++) s = __fmaf_rn(x[j], x[j], s);
    return __fmaf_rn(p.alpha, s, p.k);
}

template <class T>
__device__ __forceinline__ void lrn_forward_shared(const T* __restrict__ x, T* __restrict__ y, uint32 positions,
                                                   const Divisor& by_channels, int per, const Lrn& p, int radius)
{
    extern __shared__ float shared[];
    int channels = by_channels.divisor;
    uint32 first = blockIdx.x * per;
    int elements = smaller(per, positions - first) * channels;
    size_type at = (size_type)first * channels;
    for (int i = threadIdx.x; i < elements; i += 256) shared[i] = value(x[at + i]);
    __syncthreads();
    for (int i = threadIdx.x; i < elements; i += 256) {
        int c = i - divide(i, by_channels) * channels;
        put(y + at + i, shared[i] * lrn_scale(window_scale(shared + i - c, c, channels, radius, p), p.beta));
    }
}

template <class T>
__device__ __forceinline__ void lrn_backward_shared(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,
                                                    uint32 positions, const Divisor& by_channels, int per, const Lrn& p,
                                                    int radius)
{
    extern __shared__ float shared[];
    int channels = by_channels.divisor;
    float* gs = shared + per * channels;
    float* t = gs + per * channels;
    uint32 first = blockIdx.x * per;
    int elements = smaller(per, positions - first) * channels;
    size_type at = (size_type)first * channels;
    for (int i = threadIdx.x; i < elements; i += 256) shared[i] = value(x[at + i]);
    __syncthreads();
    for (int i = threadIdx.x; i < elements; i += 256) {
        int c = i - divide(i, by_channels) * channels;
        float s = window_scale(shared + i - c, c, channels, radius, p);
        gs[i] = value(g[at + i]) * lrn_scale(s, p.beta);
        t[i] = gs[i] * shared[i] / s;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < elements; i += 256) {
        int c = i - divide(i, by_channels) * channels, end = smaller(c + radius + 1, channels);
        float sum = 0.0f;
        for (int j = larger(c - radius, 0); j < end; j++) sum += t[i - c + j];
        put(dx + at + i, __fmaf_rn(-(2.0f * p.alpha * p.beta) * shared[i], sum, gs[i]));
    }
}

#define LRN(R, T, SUFFIX)                                                                                              \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        lrn_forward_##R##SUFFIX(const T* __restrict__ x, T* __restrict__ y, uint32 positions, Lanes l,                 \
                                Divisor by_segments, Lrn p)                                                            \
    {                                                                                                                  \
        lrn_forward<R>(x, y, positions, l, by_segments, p);                                                            \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256, 3)                                                               \
        lrn_backward_##R##SUFFIX(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,                 \
                                 uint32 positions, Lanes l, Divisor by_segments, Lrn p)                                \
    {                                                                                                                  \
        lrn_backward<R>(x, g, dx, positions, l, by_segments, p);                                                       \
    }

#define LRN_ANY(T, SUFFIX)                                                                                             \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        lrn_forward_any##SUFFIX(const T* __restrict__ x, T* __restrict__ y, uint32 positions, Divisor by_channels,     \
                                int per, Lrn p, int radius)                                                            \
    {                                                                                                                  \
        lrn_forward_shared(x, y, positions, by_channels, per, p, radius);                                              \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        lrn_backward_any##SUFFIX(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,                 \
                                 uint32 positions, Divisor by_channels, int per, Lrn p, int radius)                    \
    {                                                                                                                  \
        lrn_backward_shared(x, g, dx, positions, by_channels, per, p, radius);                                         \
    }

// budget lrn_forward_2_f16_nhwc 48
// budget lrn_backward_2_f16_nhwc 64
LRN(2, Half, _f16_nhwc)
// budget lrn_forward_2_bf16_nhwc 48
// budget lrn_backward_2_bf16_nhwc 64
LRN(2, BFloat16, _bf16_nhwc)
// budget lrn_forward_4_f16_nhwc 56
// budget lrn_backward_4_f16_nhwc 72
LRN(4, Half, _f16_nhwc)
// budget lrn_forward_4_bf16_nhwc 56
// budget lrn_backward_4_bf16_nhwc 72
LRN(4, BFloat16, _bf16_nhwc)
// budget lrn_forward_5_f16_nhwc 56
// budget lrn_backward_5_f16_nhwc 80
LRN(5, Half, _f16_nhwc)
// budget lrn_forward_5_bf16_nhwc 56
// budget lrn_backward_5_bf16_nhwc 80
LRN(5, BFloat16, _bf16_nhwc)
// budget lrn_forward_any_f16_nhwc 40
// budget lrn_backward_any_f16_nhwc 48
LRN_ANY(Half, _f16_nhwc)
// budget lrn_forward_any_bf16_nhwc 40
// budget lrn_backward_any_bf16_nhwc 48
LRN_ANY(BFloat16, _bf16_nhwc)
