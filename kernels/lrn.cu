// Local response normalisation across channels, NCHW.
//
//   s_c  = k + a * sum_{j = c-r..c+r} x_j^2          (a is not divided by the window)
//   y_c  = x_c * s_c^-b
//   dx_c = g_c * s_c^-b - 2 a b x_c * sum_{j = c-r..c+r} g_j x_j s_j^-b / s_j
//
// Launch: one thread a position (image, row, column), which walks through its channels: x = ceil(positions / 256) blocks
// of 256, y = chunks of `chunk` channels, so that small planes fill the GPU too. A chunk re-reads r (backward 2r of x, r
// of g) channels beyond each of its ends. lrn_*_any: up to 128 threads, as many as shared memory has windows for;
// lrn_*_wide: x alone, up to 128 threads.
// Least traffic: forward 2 elements an element (x, y), backward 3 (x, g, dx): 8 and 12 bytes, in 16-bit storage 4 and 6.
// lrn_*_wide re-reads x from cache, for every channel what of its window no whole block of channels covers.
//
// The window lies in registers and its squares are summed afresh for each channel: adding the newcomer and subtracting
// the oldest would turn an infinity into NaN for the rest of the plane, and cancels. Radii 2, 4 and 5 with b = 0.75 are
// unrolled (lrn_*_2, _4, _5 do not read p.beta); any other radius or exponent keeps its window in shared memory
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

template <int R, class T>
__device__ __forceinline__ void lrn_forward(const T* __restrict__ x, T* __restrict__ y, uint32 positions, int channels,
                                            const Divisor& plane, int chunk, const Lrn& p)
{
    const int W = 2 * R + 1;
    uint32 position = blockIdx.x * 256u + threadIdx.x;
    if (position >= positions) return;
    size_type column = lrn_column(position, plane, channels), step = plane.divisor;
    x += column;
    y += column;
    int begin = blockIdx.y * chunk, end = smaller(begin + chunk, channels);

    float w[W];   // w[(c - begin + R + d) % W] is x of channel c + d
#pragma unroll
    for (int i = 0; i < 2 * R; i++) {
        int c = begin - R + i;
        w[i] = c >= 0 && c < channels ? value(x[c * step]) : 0.0f;
    }
    for (int c0 = begin; c0 < end; c0 += W) {
#pragma unroll
        for (int u = 0; u < W; u++) {
            int c = c0 + u;
            if (c >= end) return;
            w[(u + 2 * R) % W] = c + R < channels ? value(x[(c + R) * step]) : 0.0f;
            float s = 0.0f;
#pragma unroll
            for (int j = 0; j < W; j++) s = __fmaf_rn(w[(u + j) % W], w[(u + j) % W], s);
            put(y + c * step, w[(u + R) % W] * negative_three_quarters(__fmaf_rn(p.alpha, s, p.k)));
        }
    }
}

template <int R, class T>
__device__ __forceinline__ void lrn_backward(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,
                                             uint32 positions, int channels, const Divisor& plane, int chunk, const Lrn& p)
{
    const int W = 2 * R + 1;
    uint32 position = blockIdx.x * 256u + threadIdx.x;
    if (position >= positions) return;
    size_type column = lrn_column(position, plane, channels), step = plane.divisor;
    x += column;
    g += column;
    dx += column;
    int begin = blockIdx.y * chunk, end = smaller(begin + chunk, channels);
    float twice = 1.5f * p.alpha;

    float w[W];    // x around channel j, the leading channel
    float t[W];    // g_j x_j s_j^-b / s_j
    float gs[W];   // g_j s_j^-b; only the last R + 1 are alive
#pragma unroll
    for (int i = 0; i < 2 * R; i++) {
        int c = begin - 2 * R + i;
        w[i] = c >= 0 && c < channels ? value(x[c * step]) : 0.0f;
        t[i + 1] = 0.0f;
    }
    for (int j0 = begin - R; j0 < end + R; j0 += W) {
#pragma unroll
        for (int u = 0; u < W; u++) {
            int j = j0 + u;
            if (j >= end + R) return;
            w[(u + 2 * R) % W] = j + R < channels ? value(x[(j + R) * step]) : 0.0f;
            t[u] = 0.0f;
            gs[u] = 0.0f;
            if (j >= 0 && j < channels) {
                float s = 0.0f;
#pragma unroll
                for (int i = 0; i < W; i++) s = __fmaf_rn(w[(u + i) % W], w[(u + i) % W], s);
                s = __fmaf_rn(p.alpha, s, p.k);
                gs[u] = value(g[j * step]) * negative_three_quarters(s);
                t[u] = gs[u] * w[(u + R) % W] / s;
            }
            int c = j - R;
            if (c >= begin) {
                float sum = 0.0f;
#pragma unroll
                for (int i = 1; i <= W; i++) sum += t[(u + i) % W];
                put(dx + c * step, __fmaf_rn(-twice * w[u], sum, gs[(u + R + 1) % W]));
            }
        }
    }
}

#define LRN(R, T, SUFFIX)                                                                                              \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        lrn_forward_##R##SUFFIX(const T* __restrict__ x, T* __restrict__ y, uint32 positions, int channels,            \
                                Divisor plane, int chunk, Lrn p)                                                       \
    {                                                                                                                  \
        lrn_forward<R>(x, y, positions, channels, plane, chunk, p);                                                    \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        lrn_backward_##R##SUFFIX(const T* __restrict__ x, const T* __restrict__ g, T* __restrict__ dx,                 \
                                 uint32 positions, int channels, Divisor plane, int chunk, Lrn p)                      \
    {                                                                                                                  \
        lrn_backward<R>(x, g, dx, positions, channels, plane, chunk, p);                                               \
    }

// budget lrn_forward_2 40
// budget lrn_backward_2 48
LRN(2, float, )
// budget lrn_forward_2_f16 40
// budget lrn_backward_2_f16 48
LRN(2, Half, _f16)
// budget lrn_forward_2_bf16 40
// budget lrn_backward_2_bf16 48
LRN(2, BFloat16, _bf16)
// budget lrn_forward_4 56
// budget lrn_backward_4 56
LRN(4, float, )
// budget lrn_forward_4_f16 56
// budget lrn_backward_4_f16 56
LRN(4, Half, _f16)
// budget lrn_forward_4_bf16 56
// budget lrn_backward_4_bf16 56
LRN(4, BFloat16, _bf16)
// budget lrn_forward_5 56
// budget lrn_backward_5 64
LRN(5, float, )
// budget lrn_forward_5_f16 64
// budget lrn_backward_5_f16 64
LRN(5, Half, _f16)
// budget lrn_forward_5_bf16 56
// budget lrn_backward_5_bf16 64
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
