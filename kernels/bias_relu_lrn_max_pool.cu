// Bias + ReLU + LRN + max-pool in one pass over a convolution's output, and its backward, NCHW.
//
//   forward   a = relu(x + b_c), l = LRN(a) across channels with b = 0.75, y = max-pool(l), argmax as a byte
//   backward  g = gradient of l (gathered from dy by argmax), da = LRN's backward, dx = a <= 0 ? 0 : da,
//             partial sums of dx by channel: the bias gradient
//   Bias and ReLU are each optional (the same mask and sums either way). Backward makes a and LRN's scale again from x, so
//   that the forward writes the pooled values and the winners' places alone.
//
// 16-bit storage: x + b and LRN's result are rounded to the storage, as the operations one after the other store them, so that
// the maxima have the same winners and y the same bits. Backward rounds a, which it makes again, alone: the gradient of l and da
// stay floats up to dx, which is more accurate than the separate operations, and does not overflow where their sums would.
// Bias and bias gradient are floats.
//
// Launch: x = images * tiles of rows, y = chunks of channels, up to 512 threads (backward 384): one a position of the tile, which
// walks through the channels with LRN's window in registers. A batch is as many channels as the window has, so that the window's
// slots are known at compile time; its values go through shared memory (forward: LRN's results to the pool; backward: dy and
// argmax to the gather). Forward's tiles are rows of outputs and re-read kernel - stride rows of x at each seam; backward's
// are rows of x, and re-read rows of dy. Chunks re-read as in lrn.cu.
// Least traffic: forward reads x where windows cover it and writes an element and a byte an output; backward reads x, and an
// element and a byte an output, and writes dx.
#include "common.cuh"

struct Fused {
    int channels, height, width, out_height, out_width;
    int kernel_y, kernel_x, stride_y, stride_x, top, left;
    int rows, chunk;             // of a tile; of a chunk of channels
    int pitch, tile_pitch;       // of a channel's tile in shared memory, in elements
    int rectify;                 // whether there is a ReLU
    Divisor by_width, by_out_width, by_stride_y, by_stride_x;
    Divisor by_tiles;            // tiles of an image
    Divisor by_segments;         // warps' worth of a channel's tile (forward: of its outputs; backward: of its part of dy)
    float k, alpha;
};

__device__ __forceinline__ int swizzle(int address) { return address ^ ((address >> 5) & 1); }

// v as it would come back from memory.
template <class T>
__device__ __forceinline__ float stored(float v)
{
    T element;
    put(&element, v);
    return value(element);
}

// relu(x + b) of channel c at this thread's position; 0 outside of the channels and for threads without a position. bias: of this
// channel, or null.
template <class T>
__device__ __forceinline__ float rectified(const T* __restrict__ x, const float* bias, int c, bool active, const Fused& p)
{
    if (!active || c < 0 || c >= p.channels) return 0.0f;
    float v = value(x[(size_type)c * p.height * p.width]);
    if (bias) v = stored<T>(v + *bias);
    return p.rectify && v < 0.0f ? 0.0f : v;
}

// The biases of a batch of W channels, to shared memory: a request of a whole warp for one float would touch a sector for it.
template <int W>
__device__ __forceinline__ void copy_biases(const float* __restrict__ bias, float* biases, int first, const Fused& p)
{
    int c = first + threadIdx.x;
    if (bias && threadIdx.x < W && c >= 0 && c < p.channels) biases[threadIdx.x] = bias[c];
}

template <int R, class T>
__device__ __forceinline__ void fused_forward(const T* __restrict__ x, const float* __restrict__ bias, T* __restrict__ y,
                                              uint8* __restrict__ argmax, const Fused& p)
{
    const int W = 2 * R + 1;
    extern __shared__ float normalised[];   // W tiles; then the batch's biases
    float* biases = normalised + W * p.tile_pitch;
    int image = divide(blockIdx.x, p.by_tiles), tile = blockIdx.x - image * p.by_tiles.divisor;
    int first_row = tile * p.rows, rows = smaller(p.rows, p.out_height - first_row);
    int y0 = larger(first_row * p.stride_y - p.top, 0);
    int y1 = smaller((first_row + rows - 1) * p.stride_y - p.top + p.kernel_y, p.height);
    int begin = blockIdx.y * p.chunk, end = smaller(begin + p.chunk, p.channels);
    int position = threadIdx.x, row = divide(position, p.by_width);
    bool active = position < (y1 - y0) * p.width;
    int address = swizzle(row * p.pitch + position - row * p.width);
    x += ((size_type)image * p.channels * p.height + y0) * p.width + position;

    float w[W];
#pragma unroll
    for (int i = 0; i < 2 * R; i++) w[i] = rectified(x, bias ? bias + begin - R + i : 0, begin - R + i, active, p);
    copy_biases<W>(bias, biases, begin + R, p);
    __syncthreads();
    for (int c0 = begin; c0 < end; c0 += W) {
#pragma unroll
        for (int u = 0; u < W; u++) {
            if (c0 + u < end) {
                w[(u + 2 * R) % W] = rectified(x, bias ? biases + u : 0, c0 + u + R, active, p);
                float s = 0.0f;
#pragma unroll
                for (int j = 0; j < W; j++) s = __fmaf_rn(w[(u + j) % W], w[(u + j) % W], s);
                if (active)
                    normalised[u * p.tile_pitch + address] =
                        stored<T>(w[(u + R) % W] * negative_three_quarters(__fmaf_rn(p.alpha, s, p.k)));
            }
        }
        __syncthreads();
        copy_biases<W>(bias, biases, c0 + W + R, p);

        // Pool the batch: a warp takes 32 outputs of one channel, from a 128-byte boundary of y on.
        int channels = smaller(W, end - c0), segments = p.by_segments.divisor, outputs = rows * p.out_width;
        for (int task = threadIdx.x >> 5; task < channels * segments; task += blockDim.x >> 5) {
            int u = divide(task, p.by_segments), segment = task - u * segments;
            size_type out = (((size_type)image * p.channels + c0 + u) * p.out_height + first_row) * p.out_width;
            int i = segment * 32 + (threadIdx.x & 31) - lead(y + out, sizeof(T));
            if (i < 0 || i >= outputs) continue;
            int oy = divide(i, p.by_out_width), ox = i - oy * p.out_width;
            int top = (first_row + oy) * p.stride_y - p.top, left = ox * p.stride_x - p.left;
            float best = 0.0f;
            int place = -1;
            for (int ky = larger(-top, 0); ky < smaller(p.kernel_y, p.height - top); ky++) {
                for (int kx = larger(-left, 0); kx < smaller(p.kernel_x, p.width - left); kx++) {
                    float v = normalised[u * p.tile_pitch + swizzle((top - y0 + ky) * p.pitch + left + kx)];
                    if (place < 0 || v > best || (v != v && best == best)) {
                        best = v;
                        place = ky * p.kernel_x + kx;
                    }
                }
            }
            put(y + out + i, best);
            if (argmax) argmax[out + i] = (uint8)place;
        }
        __syncthreads();   // the next batch overwrites the tiles
    }
}

// One window that may hold this thread's position: its place in a channel's part of dy, and this position's in the window.
struct Candidate {
    int at, place;
};

template <int R, class T>
__device__ __forceinline__ void fused_backward(const T* __restrict__ x, const float* __restrict__ bias,
                                               const T* __restrict__ dy, const uint8* __restrict__ argmax,
                                               T* __restrict__ dx, float* __restrict__ partial, const Fused& p)
{
    const int W = 2 * R + 1;
    extern __shared__ float gradients[];   // W parts of dy; then a sum for each channel of the batch and warp, biases, argmax
    float* sums = gradients + W * p.tile_pitch;
    float* biases = sums + W * 16;
    uint8* places = (uint8*)(biases + W);
    int image = divide(blockIdx.x, p.by_tiles), tile = blockIdx.x - image * p.by_tiles.divisor;
    int first_row = tile * p.rows, rows = smaller(p.rows, p.height - first_row);
    int low = first_row + p.top - p.kernel_y + 1;
    int o0 = low <= 0 ? 0 : (int)divide(low + p.stride_y - 1, p.by_stride_y);
    int o1 = smaller((int)divide(first_row + rows - 1 + p.top, p.by_stride_y) + 1, p.out_height);
    int part = larger(o1 - o0, 0) * p.out_width;
    int begin = blockIdx.y * p.chunk, end = smaller(begin + p.chunk, p.channels);
    int position = threadIdx.x, warp = threadIdx.x >> 5, lane = threadIdx.x & 31, warps = blockDim.x >> 5;
    bool active = position < rows * p.width;
    size_type offset = ((size_type)image * p.channels * p.height + first_row) * p.width + position;
    x += offset;
    dx += offset;

    // The windows that cover this position: at most two by two, since a kernel is at most two strides (the host sees to it).
    Candidate candidates[4];
    {
        int row = divide(position, p.by_width), yy = first_row + row + p.top, xx = position - row * p.width + p.left;
        int oy1 = divide(yy, p.by_stride_y), ox1 = divide(xx, p.by_stride_x);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            int oy = oy1 - 1 + i / 2, ox = ox1 - 1 + i % 2;   // row-major order
            int ky = yy - oy * p.stride_y, kx = xx - ox * p.stride_x;
            bool covers = active && oy >= o0 && oy < o1 && ox >= 0 && ox < p.out_width && ky < p.kernel_y && kx < p.kernel_x;
            candidates[i].at = covers ? (oy - o0) * p.out_width + ox : 0;
            candidates[i].place = covers ? ky * p.kernel_x + kx : -1;
        }
    }

    float w[W], t[W], gs[W];
#pragma unroll
    for (int i = 0; i < 2 * R; i++) {
        w[i] = rectified(x, bias ? bias + begin - 2 * R + i : 0, begin - 2 * R + i, active, p);
        t[i + 1] = 0.0f;
    }
    for (int j0 = begin - R; j0 < end + R; j0 += W) {
        // The batch's parts of dy and argmax: a warp takes 32 elements of one channel, from a 128-byte boundary on.
        int segments = p.by_segments.divisor;
        for (int task = warp; task < W * segments; task += warps) {
            int u = divide(task, p.by_segments), segment = task - u * segments, j = j0 + u;
            if (j < 0 || j >= p.channels || j >= end + R) continue;
            size_type from = (((size_type)image * p.channels + j) * p.out_height + o0) * p.out_width;
            int i = segment * 32 + lane - lead(dy + from, sizeof(T));
            if (i < 0 || i >= part) continue;
            gradients[u * p.tile_pitch + i] = value(dy[from + i]);
            places[u * p.tile_pitch + i] = argmax[from + i];
        }
        copy_biases<W>(bias, biases, j0 + R, p);
        __syncthreads();
#pragma unroll
        for (int u = 0; u < W; u++) {
            int j = j0 + u;
            if (j < end + R) {
                w[(u + 2 * R) % W] = rectified(x, bias ? biases + u : 0, j + R, active, p);
                t[u] = 0.0f;
                gs[u] = 0.0f;
                if (active && j >= 0 && j < p.channels) {
                    float g = 0.0f, s = 0.0f;
#pragma unroll
                    for (int i = 0; i < 4; i++)
                        if (candidates[i].place >= 0 && places[u * p.tile_pitch + candidates[i].at] == candidates[i].place)
                            g += gradients[u * p.tile_pitch + candidates[i].at];
#pragma unroll
                    for (int i = 0; i < W; i++) s = __fmaf_rn(w[(u + i) % W], w[(u + i) % W], s);
                    s = __fmaf_rn(p.alpha, s, p.k);
                    gs[u] = g * negative_three_quarters(s);
                    t[u] = gs[u] * w[(u + R) % W] / s;
                }
                int c = j - R;
                if (c >= begin) {
                    float sum = 0.0f;
#pragma unroll
                    for (int i = 1; i <= W; i++) sum += t[(u + i) % W];
                    float d = __fmaf_rn(-1.5f * p.alpha * w[u], sum, gs[(u + R + 1) % W]);
                    if (p.rectify && w[u] <= 0.0f) d = 0.0f;
                    if (active) put(dx + (size_type)c * p.height * p.width, d);
                    d = warp_sum(active ? d : 0.0f);
                    if (lane == 0) sums[u * 16 + warp] = d;
                }
            }
        }
        __syncthreads();
        int u = threadIdx.x, c = j0 + u - R;
        if (u < W && c >= begin && c < end) {
            float sum = 0.0f;
            for (int i = 0; i < warps; i++) sum += sums[u * 16 + i];
            partial[(size_type)blockIdx.x * p.channels + c] = sum;
        }
        // The next batch overwrites the gradients, which everyone has read; the sums only after its first barrier.
    }
}

#define FUSED(R, T, SUFFIX)                                                                                            \
    extern "C" __global__ void __launch_bounds__(512, 2)                                                               \
        bias_relu_lrn_max_pool_forward_##R##SUFFIX(const T* __restrict__ x, const float* __restrict__ bias,            \
                                                   T* __restrict__ y, uint8* __restrict__ argmax, Fused p)             \
    {                                                                                                                  \
        fused_forward<R>(x, bias, y, argmax, p);                                                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(384, 2)                                                               \
        bias_relu_lrn_max_pool_backward_##R##SUFFIX(const T* __restrict__ x, const float* __restrict__ bias,           \
                                                    const T* __restrict__ dy, const uint8* __restrict__ argmax,        \
                                                    T* __restrict__ dx, float* __restrict__ partial, Fused p)          \
    {                                                                                                                  \
        fused_backward<R>(x, bias, dy, argmax, dx, partial, p);                                                        \
    }

// budget bias_relu_lrn_max_pool_forward_2 64
// budget bias_relu_lrn_max_pool_backward_2 72
FUSED(2, float, )
// budget bias_relu_lrn_max_pool_forward_2_f16 64
// budget bias_relu_lrn_max_pool_backward_2_f16 72
FUSED(2, Half, _f16)
// budget bias_relu_lrn_max_pool_forward_2_bf16 64
// budget bias_relu_lrn_max_pool_backward_2_bf16 72
FUSED(2, BFloat16, _bf16)
// budget bias_relu_lrn_max_pool_forward_4 64
// budget bias_relu_lrn_max_pool_backward_4 80
FUSED(4, float, )
// budget bias_relu_lrn_max_pool_forward_4_f16 64
// budget bias_relu_lrn_max_pool_backward_4_f16 80
FUSED(4, Half, _f16)
// budget bias_relu_lrn_max_pool_forward_4_bf16 64
// budget bias_relu_lrn_max_pool_backward_4_bf16 80
FUSED(4, BFloat16, _bf16)
// budget bias_relu_lrn_max_pool_forward_5 64
// budget bias_relu_lrn_max_pool_backward_5 80
FUSED(5, float, )
// budget bias_relu_lrn_max_pool_forward_5_f16 64
// budget bias_relu_lrn_max_pool_backward_5_f16 80
FUSED(5, Half, _f16)
// budget bias_relu_lrn_max_pool_forward_5_bf16 64
// budget bias_relu_lrn_max_pool_backward_5_bf16 80
FUSED(5, BFloat16, _bf16)
