// Local response normalisation across channels, NCHW.
//
//   s_c  = k + a * sum_{j = c-r..c+r} x_j^2          (a is not divided by the window)
//   y_c  = x_c * s_c^-b
//   dx_c = g_c * s_c^-b - 2 a b x_c * sum_{j = c-r..c+r} g_j x_j s_j^-b / s_j
//
// Launch: one thread a position (image, row, column), which walks through its channels: x = ceil(positions / 256) blocks
// of 256, y = chunks of `chunk` channels, so that small planes fill the GPU too. A chunk re-reads r (backward 2r of x, r
// of g) channels beyond each of its ends.
// Least traffic: forward 8 bytes an element (x, y), backward 12 (x, g, dx).
//
// The window lies in registers and its squares are summed afresh for each channel: adding the newcomer and subtracting
// the oldest would turn an infinity into NaN for the rest of the plane, and cancels. Radii 2, 4 and 5 with b = 0.75 are
// unrolled (lrn_*_2, _4, _5 do not read p.beta); any other radius or exponent keeps its window in shared memory
// (lrn_*_any), where each thread owns a column: no barrier is needed.
// Loads stay 4 bytes wide: neighbouring lanes read neighbouring positions, and four positions a thread would need four
// windows in registers.
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

template <int R>
__device__ __forceinline__ void lrn_forward(const float* __restrict__ x, float* __restrict__ y, uint32 positions,
                                            int channels, const Divisor& plane, int chunk, const Lrn& p)
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
        w[i] = c >= 0 && c < channels ? x[c * step] : 0.0f;
    }
    for (int c0 = begin; c0 < end; c0 += W) {
#pragma unroll
        for (int u = 0; u < W; u++) {
            int c = c0 + u;
            if (c >= end) return;
            w[(u + 2 * R) % W] = c + R < channels ? x[(c + R) * step] : 0.0f;
            float s = 0.0f;
#pragma unroll
            for (int j = 0; j < W; j++) s = __fmaf_rn(w[(u + j) % W], w[(u + j) % W], s);
            y[c * step] = w[(u + R) % W] * negative_three_quarters(__fmaf_rn(p.alpha, s, p.k));
        }
    }
}

template <int R>
__device__ __forceinline__ void lrn_backward(const float* __restrict__ x, const float* __restrict__ g,
                                             float* __restrict__ dx, uint32 positions, int channels,
                                             const Divisor& plane, int chunk, const Lrn& p)
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
        w[i] = c >= 0 && c < channels ? x[c * step] : 0.0f;
        t[i + 1] = 0.0f;
    }
    for (int j0 = begin - R; j0 < end + R; j0 += W) {
#pragma unroll
        for (int u = 0; u < W; u++) {
            int j = j0 + u;
            if (j >= end + R) return;
            w[(u + 2 * R) % W] = j + R < channels ? x[(j + R) * step] : 0.0f;
            t[u] = 0.0f;
            gs[u] = 0.0f;
            if (j >= 0 && j < channels) {
                float s = 0.0f;
#pragma unroll
                for (int i = 0; i < W; i++) s = __fmaf_rn(w[(u + i) % W], w[(u + i) % W], s);
                s = __fmaf_rn(p.alpha, s, p.k);
                gs[u] = g[j * step] * negative_three_quarters(s);
                t[u] = gs[u] * w[(u + R) % W] / s;
            }
            int c = j - R;
            if (c >= begin) {
                float sum = 0.0f;
#pragma unroll
                for (int i = 1; i <= W; i++) sum += t[(u + i) % W];
                dx[c * step] = __fmaf_rn(-twice * w[u], sum, gs[(u + R + 1) % W]);
            }
        }
    }
}

#define LRN(R)                                                                                                          \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        lrn_forward_##R(const float* __restrict__ x, float* __restrict__ y, uint32 positions, int channels,            \
                        Divisor plane, int chunk, Lrn p)                                                               \
    {                                                                                                                  \
        lrn_forward<R>(x, y, positions, channels, plane, chunk, p);                                                    \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        lrn_backward_##R(const float* __restrict__ x, const float* __restrict__ g, float* __restrict__ dx,             \
                         uint32 positions, int channels, Divisor plane, int chunk, Lrn p)                              \
    {                                                                                                                  \
        lrn_backward<R>(x, g, dx, positions, channels, plane, chunk, p);                                               \
    }

// budget lrn_forward_2 40
// budget lrn_backward_2 48
LRN(2)
// budget lrn_forward_4 56
// budget lrn_backward_4 56
LRN(4)
// budget lrn_forward_5 56
// budget lrn_backward_5 64
LRN(5)

__device__ __forceinline__ float lrn_scale(float s, float beta)
{
    return beta == 0.75f ? negative_three_quarters(s) : negative_power(s, beta);
}

// Any radius: the window in dynamic shared memory, 2r + 1 floats a thread, thread t's at [slot * blockDim.x + t].
// budget lrn_forward_any 40
extern "C" __global__ void __launch_bounds__(128)
    lrn_forward_any(const float* __restrict__ x, float* __restrict__ y, uint32 positions, int channels, Divisor plane,
                    int chunk, Lrn p, int radius)
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
        w[i * stride] = c >= 0 && c < channels ? x[c * step] : 0.0f;
    }
    int oldest = 0;   // the slot of channel c - radius
    for (int c = begin; c < end; c++) {
        int newest = oldest == 0 ? width - 1 : oldest - 1;
        w[newest * stride] = c + radius < channels ? x[(c + radius) * step] : 0.0f;
        float s = 0.0f;
        int slot = oldest;
        for (int i = 0; i < width; i++) {
            s = __fmaf_rn(w[slot * stride], w[slot * stride], s);
            slot = slot + 1 == width ? 0 : slot + 1;
        }
        int centre = oldest + radius < width ? oldest + radius : oldest + radius - width;
        y[c * step] = w[centre * stride] * lrn_scale(__fmaf_rn(p.alpha, s, p.k), p.beta);
        oldest = oldest + 1 == width ? 0 : oldest + 1;
    }
}

// Any radius: x, t and g s^-b in dynamic shared memory, 3 (2r + 1) floats a thread.
// budget lrn_backward_any 56
extern "C" __global__ void __launch_bounds__(128)
    lrn_backward_any(const float* __restrict__ x, const float* __restrict__ g, float* __restrict__ dx, uint32 positions,
                     int channels, Divisor plane, int chunk, Lrn p, int radius)
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
        w[i * stride] = c >= 0 && c < channels ? x[c * step] : 0.0f;
    }
    for (int i = 0; i < width; i++) t[i * stride] = 0.0f;
    int oldest = 0;   // of the x window; t and gs of channel j go into the same slot as x of channel j - radius
    for (int j = begin - radius; j < end + radius; j++) {
        int newest = oldest == 0 ? width - 1 : oldest - 1;
        int centre = oldest + radius < width ? oldest + radius : oldest + radius - width;
        w[newest * stride] = j + radius < channels ? x[(j + radius) * step] : 0.0f;
        float tj = 0.0f, gj = 0.0f;
        if (j >= 0 && j < channels) {
            float s = 0.0f;
            int slot = oldest;
            for (int i = 0; i < width; i++) {
                s = __fmaf_rn(w[slot * stride], w[slot * stride], s);
                slot = slot + 1 == width ? 0 : slot + 1;
            }
            s = __fmaf_rn(p.alpha, s, p.k);
            gj = g[j * step] * lrn_scale(s, p.beta);
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
            dx[c * step] = __fmaf_rn(-twice * w[oldest * stride], sum, gs[back * stride]);
        }
        oldest = oldest + 1 == width ? 0 : oldest + 1;
    }
}
