// Local response normalisation across channels, NCHW.
//
//   s_c  = k + a * sum_{j = c-r..c+r} x_j^2          (a is not divided by the window)
//   y_c  = x_c * s_c^-b
//   dx_c = g_c * s_c^-b - 2 a b x_c * sum_{j = c-r..c+r} g_j x_j s_j^-b / s_j
//
// Launch: one thread a position (image, row, column), which walks through its channels, eight at a time: x = ceil(positions / 256)
// blocks of 256 (backward: of 128), y = chunks of `chunk` channels, a multiple of eight, so that small planes fill the GPU too. A
// chunk re-reads r (backward up to 8 + r of x, 8 of g) channels beyond each of its ends. lrn_*_any: up to 128 threads, as many as shared memory has windows for;
// lrn_*_wide: x alone, up to 128 threads.
// Least traffic: forward 2 elements an element (x, y), backward 3 (x, g, dx): 8 and 12 bytes, in 16-bit storage 4 and 6.
// lrn_*_wide re-reads x from cache, for every channel what of its window no whole block of channels covers.
//
// Adding the newcomer to a window's sum and subtracting the oldest would turn an infinity into NaN for the rest of the plane, and
// cancels: see window_sums in common.cuh. Radii 2, 4 and 5 with b = 0.75, k of 2^-126 or more and a of 0 or more keep the window in
// registers (lrn_*_2, _4, _5 do not read p.beta); anything else keeps it in shared memory and sums it afresh
// (lrn_*_any), where each thread owns a column: no barrier is needed. Where not even that holds a window, lrn_*_wide keeps
// the sums of squares of whole blocks of channels there and adds those that lie in a window to what is left at its ends.
// Loads stay one element wide: neighbouring lanes read neighbouring positions, and several positions a thread would need
// as many windows in registers.
#include "common.cuh"

struct Lrn {
    float k, alpha, beta;
};

// First element of this thread's column of channels: position p of image n is at n * channels * plane + p.
__device__ __forceinline__ size_type lrn_column(uint32 position, const Divisor& plane, int channels)
{
    uint32 image = divide(position, plane);
    return (size_type)image * channels * plane.divisor + (position - image * plane.divisor);
}

// The elements of eight channels from c on, 0 beyond the ends, as memory has them: they are asked for long before they are used.
template <class T>
__device__ __forceinline__ void load_channels(const T* __restrict__ x, int c, int channels, int step, T* v)
{
    x += (size_type)c * step;
    step = afresh(step);
#pragma unroll
    for (int i = 0; i < 8; i++) v[i] = c + i < channels ? x[i * (size_type)step] : T();
}

// e[i] of channel c - R + i, 2R of them.
template <int R, class T>
__device__ __forceinline__ void load_halo(const T* __restrict__ x, int c, int channels, int step, float* e)
{
#pragma unroll
    for (int i = 0; i < 2 * R; i++) {
        int j = c - R + i;
        e[i] = j >= 0 && j < channels ? value(x[j * (size_type)step]) : 0.0f;
    }
}

template <int R, class T>
__device__ __forceinline__ void lrn_forward(const T* __restrict__ x, T* __restrict__ y, uint32 positions, int channels,
                                            const Divisor& plane, int chunk, const Lrn& p)
{
    uint32 position = blockIdx.x * 256u + threadIdx.x;
    if (position >= positions) return;
    size_type column = lrn_column(position, plane, channels);
    int step = plane.divisor;
    x += column;
    y += column;
    int begin = blockIdx.y * chunk, end = smaller(begin + chunk, channels);

    float e[8 + 2 * R];   // x of channel c0 - R + i
    T next[8];
    load_halo<R>(x, begin, channels, step, e);
    load_channels(x, begin + R, channels, step, next);
    for (int c0 = begin; c0 < end; c0 += 8) {
#pragma unroll
        for (int i = 0; i < 8; i++) e[2 * R + i] = value(next[i]);
        if (c0 + 8 < end) load_channels(x, c0 + 8 + R, channels, step, next);
        float s[8], out[8];
        window_sums<R, true>(e, s);
        T* to = y + (size_type)c0 * step;
        int stride = afresh(step);
        lrn_scaled(e + R, s, p.k, p.alpha, out);
#pragma unroll
        for (int i = 0; i < 8; i++)
            if (c0 + i < end) put(to + i * (size_type)stride, out[i]);
#pragma unroll
        for (int i = 0; i < 2 * R; i++) e[i] = e[8 + i];
    }
}

// dx of eight channels is made with the next eight's t, which it needs R of.
template <int R, class T>
__device__ __forceinline__ void lrn_backward(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,
                                             uint32 positions, int channels, const Divisor& plane, int chunk, const Lrn& p)
{
    uint32 position = blockIdx.x * 128u + threadIdx.x;
    if (position >= positions) return;
    size_type column = lrn_column(position, plane, channels);
    int step = plane.divisor;
    x += column;
    g += column;
    dx += column;
    int begin = blockIdx.y * chunk, end = smaller(begin + chunk, channels);
    int c0 = larger(begin - 8, 0);
    float twice = 1.5f * p.alpha;

    float e[8 + 2 * R];    // x of channel c0 - R + i
    float t[16 + R];       // g_j x_j s_j^-b / s_j of channel c0 - 8 - R + i
    float gs[16], own[8];  // g_j s_j^-b from channel c0 - 8 on, and x
    T next_x[8], next_g[8];
    load_halo<R>(x, c0, channels, step, e);
    load_channels(x, c0 + R, channels, step, next_x);
    load_channels(g, c0, channels, step, next_g);
#pragma unroll
    for (int i = 0; i < 16 + R; i++) t[i] = 0.0f;
    for (;; c0 += 8) {
        float s[8];
#pragma unroll
        for (int i = 0; i < 8; i++) {
            e[2 * R + i] = value(next_x[i]);
            gs[8 + i] = value(next_g[i]);
        }
        if (c0 < end) {
            load_channels(x, c0 + 8 + R, channels, step, next_x);
            load_channels(g, c0 + 8, channels, step, next_g);
        }
        window_sums<R, true>(e, s);
        lrn_terms(e + R, s, p.k, p.alpha, gs + 8, t + 8 + R);
        if (c0 > begin) {
            window_sums<R, false>(t, s);
            T* to = dx + (size_type)(c0 - 8) * step;
            int stride = afresh(step);
#pragma unroll
            for (int i = 0; i < 8; i++)
                if (c0 - 8 + i < channels) put(to + i * (size_type)stride, __fmaf_rn(-twice * own[i], s[i], gs[i]));
        }
        if (c0 >= end) return;
        next_channels<R>(e, t, gs, own);
    }
}

#define LRN(R, T, SUFFIX)                                                                                              \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        lrn_forward_##R##SUFFIX(const T* __restrict__ x, T* __restrict__ y, uint32 positions, int channels,            \
                                Divisor plane, int chunk, Lrn p)                                                       \
    {                                                                                                                  \
        lrn_forward<R>(x, y, positions, channels, plane, chunk, p);                                                    \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(128)                                                                  \
        lrn_backward_##R##SUFFIX(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,                 \
                                 uint32 positions, int channels, Divisor plane, int chunk, Lrn p)                      \
    {                                                                                                                  \
        lrn_backward<R>(x, g, dx, positions, channels, plane, chunk, p);                                               \
    }

// budget lrn_forward_2 64
// budget lrn_backward_2 128
LRN(2, float, )
// budget lrn_forward_2_f16 64
// budget lrn_backward_2_f16 128
LRN(2, Half, _f16)
// budget lrn_forward_2_bf16 64
// budget lrn_backward_2_bf16 128
LRN(2, BFloat16, _bf16)
// budget lrn_forward_4 64
// budget lrn_backward_4 128
LRN(4, float, )
// budget lrn_forward_4_f16 64
// budget lrn_backward_4_f16 128
LRN(4, Half, _f16)
// budget lrn_forward_4_bf16 64
// budget lrn_backward_4_bf16 128
LRN(4, BFloat16, _bf16)
// budget lrn_forward_5 64
// budget lrn_backward_5 128
LRN(5, float, )
// budget lrn_forward_5_f16 64
// budget lrn_backward_5_f16 128
LRN(5, Half, _f16)
// budget lrn_forward_5_bf16 64
// budget lrn_backward_5_bf16 128
LRN(5, BFloat16, _bf16)

__device__ __forceinline__ float lrn_scale(float s, float beta)
{
    return beta == 0.75f ? negative_three_quarters(s) : negative_power(s, beta);
}

// Any radius: the window in dynamic shared memory, 2r + 1 floats a thread, thread t's at [slot * blockDim.x + t].
template <class T>
__device__ __forceinline__ void lrn_forward_shared(const T* __restrict__ x, T* __restrict__ y, uint32 positions,
                                                   int channels, const Divisor& plane, int chunk, const Lrn& p, int radius)
{
    extern __shared__ float shared[];
    uint32 position = blockIdx.x * blockDim.x + threadIdx.x;
    if (position >= positions) return;
    size_type column = lrn_column(position, plane, channels), step = plane.divisor;
    x += column;
    y += column;
    int begin = blockIdx.y * chunk, end = smaller(begin + chunk, channels);
    int width = 2 * radius + 1, stride = blockDim.x;
    float* w = shared + threadIdx.x;

    for (int i = 0; i < 2 * radius; i++) {
        int c = begin - radius + i;
        w[i * stride] = c >= 0 && c < channels ? value(x[c * step]) : 0.0f;
    }
    int oldest = 0;   // the slot of channel c - radius
    for (int c = begin; c < end; c++) {
        int newest = oldest == 0 ? width - 1 : oldest - 1;
        w[newest * stride] = c + radius < channels ? value(x[(c + radius) * step]) : 0.0f;
        float s = 0.0f;
        int slot = oldest;
        for (int i = 0; i < width; i++) {
            s = __fmaf_rn(w[slot * stride], w[slot * stride], s);
            slot = slot + 1 == width ? 0 : slot + 1;
        }
        int centre = oldest + radius < width ? oldest + radius : oldest + radius - width;
        put(y + c * step, w[centre * stride] * lrn_scale(__fmaf_rn(p.alpha, s, p.k), p.beta));
        oldest = oldest + 1 == width ? 0 : oldest + 1;
    }
}

// Any radius: x, t and g s^-b in dynamic shared memory, 3 (2r + 1) floats a thread.
template <class T>
__device__ __forceinline__ void lrn_backward_shared(const T* __restrict__ x, const T* __restrict__ g,
                                                    T* __restrict__ dx, uint32 positions, int channels,
                                                    const Divisor& plane, int chunk, const Lrn& p, int radius)
{
    extern __shared__ float shared[];
    uint32 position = blockIdx.x * blockDim.x + threadIdx.x;
    if (position >= positions) return;
    size_type column = lrn_column(position, plane, channels), step = plane.divisor;
    x += column;
    g += column;
    dx += column;
    int begin = blockIdx.y * chunk, end = smaller(begin + chunk, channels);
    int width = 2 * radius + 1, stride = blockDim.x;
    float* w = shared + threadIdx.x;
    float* t = w + width * stride;
    float* gs = t + width * stride;
    float twice = 2.0f * p.alpha * p.beta;

    for (int i = 0; i < 2 * radius; i++) {
        int c = begin - 2 * radius + i;
        w[i * stride] = c >= 0 && c < channels ? value(x[c * step]) : 0.0f;
    }
    for (int i = 0; i < width; i++) t[i * stride] = 0.0f;
    int oldest = 0;   // of the x window; t and gs of channel j go into the same slot as x of channel j - radius
    for (int j = begin - radius; j < end + radius; j++) {
        int newest = oldest == 0 ? width - 1 : oldest - 1;
        int centre = oldest + radius < width ? oldest + radius : oldest + radius - width;
        w[newest * stride] = j + radius < channels ? value(x[(j + radius) * step]) : 0.0f;
        float tj = 0.0f, gj = 0.0f;
        if (j >= 0 && j < channels) {
            float s = 0.0f;
            int slot = oldest;
            for (int i = 0; i < width; i++) {
                s = __fmaf_rn(w[slot * stride], w[slot * stride], s);
                slot = slot + 1 == width ? 0 : slot + 1;
            }
            s = __fmaf_rn(p.alpha, s, p.k);
            gj = value(g[j * step]) * lrn_scale(s, p.beta);
            tj = gj * w[centre * stride] / s;
        }
        t[oldest * stride] = tj;
        gs[oldest * stride] = gj;
        int c = j - radius;
        if (c >= begin) {
            float sum = 0.0f;
            int slot = oldest;
            for (int i = 0; i < width; i++) {
                slot = slot + 1 == width ? 0 : slot + 1;
                sum += t[slot * stride];
            }
            int back = oldest >= radius ? oldest - radius : oldest - radius + width;   // the slot of channel c in gs
            put(dx + c * step, __fmaf_rn(-twice * w[oldest * stride], sum, gs[back * stride]));
        }
        oldest = oldest + 1 == width ? 0 : oldest + 1;
    }
}

#define LRN_ANY(T, SUFFIX)                                                                                             \
    extern "C" __global__ void __launch_bounds__(128)                                                                  \
        lrn_forward_any##SUFFIX(const T* __restrict__ x, T* __restrict__ y, uint32 positions, int channels,            \
                                Divisor plane, int chunk, Lrn p, int radius)                                           \
    {                                                                                                                  \
        lrn_forward_shared(x, y, positions, channels, plane, chunk, p, radius);                                        \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(128)                                                                  \
        lrn_backward_any##SUFFIX(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,                 \
                                 uint32 positions, int channels, Divisor plane, int chunk, Lrn p, int radius)          \
    {                                                                                                                  \
        lrn_backward_shared(x, g, dx, positions, channels, plane, chunk, p, radius);                                   \
    }

// budget lrn_forward_any 40
// budget lrn_backward_any 56
LRN_ANY(float, )
// budget lrn_forward_any_f16 40
// budget lrn_backward_any_f16 56
LRN_ANY(Half, _f16)
// budget lrn_forward_any_bf16 40
// budget lrn_backward_any_bf16 56
LRN_ANY(BFloat16, _bf16)

// A column's squares, summed by blocks of 2^log channels: block b's at sums[b * stride].
__device__ __forceinline__ void sum_blocks(const float* __restrict__ x, float* sums, int channels, size_type step, int log,
                                           int stride)
{
    for (int c = 0; c < channels; sums += stride) {
        float s = 0.0f;
        for (int end = smaller(c + (1 << log), channels); c < end; c++) s = __fmaf_rn(x[c * step], x[c * step], s);
        *sums = s;
    }
}

// s of channel c: the blocks that lie in its window, and the channels at its ends.
__device__ __forceinline__ float wide_scale(const float* __restrict__ x, const float* sums, int c, int channels,
                                            size_type step, int log, int stride, int radius, const Lrn& p)
{
    int from = larger(c - radius, 0), to = smaller(c + radius + 1, channels);
    int first = (from + (1 << log) - 1) >> log, last = larger(to >> log, first);
    float s = 0.0f;
    for (int j = from; j < smaller(first << log, to); j++) s = __fmaf_rn(x[j * step], x[j * step], s);
    for (int b = first; b < last; b++) s += sums[b * stride];
    for (int j = last << log; j < to; j++) s = __fmaf_rn(x[j * step], x[j * step], s);
    return __fmaf_rn(p.alpha, s, p.k);
}

// Windows that shared memory does not hold. Dynamic shared memory: ceil(channels / 2^log) floats a thread.
// budget lrn_forward_wide 56
extern "C" __global__ void __launch_bounds__(128)
    lrn_forward_wide(const float* __restrict__ x, float* __restrict__ y, uint32 positions, int channels, Divisor plane,
                     int log, Lrn p, int radius)
{
    extern __shared__ float shared[];
    uint32 position = blockIdx.x * blockDim.x + threadIdx.x;
    if (position >= positions) return;
    size_type column = lrn_column(position, plane, channels), step = plane.divisor;
    x += column;
    y += column;
    int stride = blockDim.x;
    float* sums = shared + threadIdx.x;
    sum_blocks(x, sums, channels, step, log, stride);
    for (int c = 0; c < channels; c++)
        y[c * step] = x[c * step] * lrn_scale(wide_scale(x, sums, c, channels, step, log, stride, radius, p), p.beta);
}

// t_j = g_j x_j s_j^-b / s_j is summed over c - r ... c + r without a subtraction: channels from -r on are divided into runs of
// a window's length, so that a window is the end of one run and the beginning of the next. The sums from each channel of a
// run to its end are made first, backwards, and wait in dx, at the channel whose window begins there; those from the run's
// beginning are added on the way.
// budget lrn_backward_wide 80
extern "C" __global__ void __launch_bounds__(128)
    lrn_backward_wide(const float* __restrict__ x, const float* __restrict__ g, float* dx, uint32 positions, int channels,
                      Divisor plane, int log, Lrn p, int radius)
{
    extern __shared__ float shared[];
    uint32 position = blockIdx.x * blockDim.x + threadIdx.x;
    if (position >= positions) return;
    size_type column = lrn_column(position, plane, channels), step = plane.divisor;
    x += column;
    g += column;
    dx += column;
    int stride = blockDim.x, width = 2 * radius + 1;
    float* sums = shared + threadIdx.x;
    float twice = 2.0f * p.alpha * p.beta;
    sum_blocks(x, sums, channels, step, log, stride);
    for (int run = 0; run < channels; run += width) {
        float sum = 0.0f;
        for (int c = smaller(run + width, channels + radius) - 1; c >= run; c--) {   // t of channel c - radius
            int j = c - radius;
            if (j >= 0 && j < channels) {
                float s = wide_scale(x, sums, j, channels, step, log, stride, radius, p);
                sum += g[j * step] * lrn_scale(s, p.beta) * x[j * step] / s;
            }
            if (c < channels) dx[c * step] = sum;
        }
        sum = 0.0f;
        for (int c = run; c < smaller(run + width, channels); c++) {
            int j = c + radius;
            if (c > run && j < channels) {
                float s = wide_scale(x, sums, j, channels, step, log, stride, radius, p);
                sum += g[j * step] * lrn_scale(s, p.beta) * x[j * step] / s;
            }
            float s = wide_scale(x, sums, c, channels, step, log, stride, radius, p);
            dx[c * step] = __fmaf_rn(-twice * x[c * step], dx[c * step] + sum, g[c * step] * lrn_scale(s, p.beta));
        }
    }
}
