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
// Launch: x = images * tiles of rows, y = chunks of channels (a multiple of eight), up to 512 threads (backward 256): one a position
// of the tile, which walks through the channels, eight at a time, with LRN's window in registers; the next eight are asked for before
// the work on these. Through shared memory go forward LRN's results to the pool, backward dy and argmax to the gather, and the
// biases; of each there are two, one of them being filled, so that a barrier in eight channels is enough. Forward's tiles are
// rows of outputs and re-read kernel - stride rows of x at each seam; backward's are rows of x, and re-read rows of dy. Chunks
// re-read as in lrn.cu.
// Least traffic: forward reads x where windows cover it and writes an element and a byte an output; backward reads x, and an
// element and a byte an output, and writes dx.
#include "common.cuh"

struct Fused {
    int channels, height, width, out_height, out_width;
    int kernel_y, kernel_x, stride_y, stride_x, top, left;
    int rows, chunk;             // of a tile; of a chunk of channels
    int pitch, tile_pitch;       // of a row and of a channel's tile in shared memory, in elements
    int rectify;                 // whether there is a ReLU
    Divisor by_width, by_out_width, by_stride_y, by_stride_x;
    Divisor by_tiles;            // tiles of an image
    Divisor by_segments;         // forward: warps' worth of a channel's outputs; backward: elements of a channel's part of dy
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

// relu(x + b); a channel beyond the last has an x and a bias of 0.
template <class T>
__device__ __forceinline__ float rectified(T x, bool biased, float bias, const Fused& p)
{
    float v = value(x);
    if (biased) v = stored<T>(v + bias);
    return p.rectify && v < 0.0f ? 0.0f : v;
}

// e[i] of channel c - R + i at this thread's position, 2R of them.
template <int R, class T>
__device__ __forceinline__ void load_halo(const T* __restrict__ x, const float* __restrict__ bias, int c, bool active, float* e,
                                          const Fused& p)
{
#pragma unroll
    for (int i = 0; i < 2 * R; i++) {
        int j = c - R + i;
        e[i] = 0.0f;
        if (active && j >= 0 && j < p.channels)
            e[i] = rectified(x[(size_type)j * p.height * p.width], bias != 0, bias ? bias[j] : 0.0f, p);
    }
}

// The elements of eight channels from c on, as memory has them.
template <class T>
__device__ __forceinline__ void load_channels(const T* __restrict__ x, int c, bool active, T* v, const Fused& p)
{
    x += (size_type)c * p.height * p.width;
    int step = afresh(p.height * p.width);
#pragma unroll
    for (int i = 0; i < 8; i++) v[i] = active && c + i < p.channels ? x[i * (size_type)step] : T();
}

// Eight biases from channel c on, to shared memory: a request of a whole warp for one float would touch a sector for it.
__device__ __forceinline__ void copy_biases(const float* __restrict__ bias, float* biases, int c, const Fused& p)
{
    c += threadIdx.x;
    if (threadIdx.x < 8) biases[threadIdx.x] = bias && c < p.channels ? bias[c] : 0.0f;
}

// The largest of a window, of which rows ky0 ... ky1 - 1 and columns kx0 ... kx1 - 1 are in the image, and its place.
__device__ __forceinline__ float pool_window(const float* tile, int at, int pitch, int ky0, int ky1, int kx0, int kx1, int kernel_x,
                                             int& place)
{
    float best = 0.0f;
    place = -1;
    for (int ky = ky0; ky < ky1; ky++) {
        for (int kx = kx0; kx < kx1; kx++) {
            float v = tile[swizzle(at + ky * pitch + kx)];
            if (place < 0 || (!(v <= best) && best == best)) {   // larger, or the first NaN
                best = v;
                place = ky * kernel_x + kx;
            }
        }
    }
    return best;
}

template <int R, class T>
__device__ __forceinline__ void fused_forward(const T* __restrict__ x, const float* __restrict__ bias, T* __restrict__ y,
                                              uint8* __restrict__ argmax, const Fused& p)
{
    extern __shared__ float normalised[];   // twice eight tiles; then twice eight biases
    float* biases = normalised + 16 * p.tile_pitch;
    int image = divide(blockIdx.x, p.by_tiles), tile = blockIdx.x - image * p.by_tiles.divisor;
    int first_row = tile * p.rows, rows = smaller(p.rows, p.out_height - first_row);
    int y0 = larger(first_row * p.stride_y - p.top, 0);
    int y1 = smaller((first_row + rows - 1) * p.stride_y - p.top + p.kernel_y, p.height);
    int begin = blockIdx.y * p.chunk, end = smaller(begin + p.chunk, p.channels);
    int position = threadIdx.x, row = divide(position, p.by_width);
    bool active = position < (y1 - y0) * p.width;
    int address = swizzle(row * p.pitch + position - row * p.width);
    x += ((size_type)image * p.channels * p.height + y0) * p.width + position;

    float e[8 + 2 * R];   // relu(x + b) of channel c0 - R + i
    T next[8];
    load_channels(x, begin + R, active, next, p);
    load_halo<R>(x, bias, begin, active, e, p);
    copy_biases(bias, biases, begin + R, p);
    __syncthreads();
    int half = 0;
    for (int c0 = begin; c0 < end; c0 += 8) {
        float s[8], out[8];
#pragma unroll
        for (int i = 0; i < 8; i++) e[2 * R + i] = rectified(next[i], bias != 0, biases[half * 8 + i], p);
        if (c0 + 8 < end) load_channels(x, c0 + 8 + R, active, next, p);
        window_sums<R, true>(e, s);
        float* tiles = normalised + half * 8 * p.tile_pitch;
        lrn_scaled(e + R, s, p.k, p.alpha, out);
        if (active)
#pragma unroll
            for (int i = 0; i < 8; i++) tiles[i * p.tile_pitch + address] = stored<T>(out[i]);
#pragma unroll
        for (int i = 0; i < 2 * R; i++) e[i] = e[8 + i];
        half ^= 1;
        copy_biases(bias, biases + half * 8, c0 + 8 + R, p);
        __syncthreads();

        // Pool the batch: a warp takes 32 outputs of one channel, from a 128-byte boundary of y on.
        int channels = smaller(8, end - c0), segments = p.by_segments.divisor, outputs = rows * p.out_width;
        for (int task = threadIdx.x >> 5; task < channels * segments; task += blockDim.x >> 5) {
            int u = divide(task, p.by_segments), segment = task - u * segments;
            size_type out = (((size_type)image * p.channels + c0 + u) * p.out_height + first_row) * p.out_width;
            int i = segment * 32 + (threadIdx.x & 31) - lead(y + out, sizeof(T));
            if (i < 0 || i >= outputs) continue;
            int oy = divide(i, p.by_out_width), ox = i - oy * p.out_width;
            int top = (first_row + oy) * p.stride_y - p.top, left = ox * p.stride_x - p.left;
            int ky0 = larger(-top, 0), ky1 = smaller(p.kernel_y, p.height - top);
            int kx0 = larger(-left, 0), kx1 = smaller(p.kernel_x, p.width - left);
            int at = (top - y0) * p.pitch + left, place = 0;
            const float* from = tiles + u * p.tile_pitch;
            float best;
            if (ky0 == 0 && kx0 == 0 && ky1 == 3 && kx1 == 3 && p.kernel_x == 3) {   // the usual window, unrolled
                best = from[swizzle(at)];
#pragma unroll
                for (int k = 1; k < 9; k++) {
                    float v = from[swizzle(at + k / 3 * p.pitch + k % 3)];
                    if (!(v <= best) && best == best) {
                        best = v;
                        place = k;
                    }
                }
            } else {
                best = pool_window(from, at, p.pitch, ky0, ky1, kx0, kx1, p.kernel_x, place);
            }
            put(y + out + i, best);
            if (argmax) argmax[out + i] = (uint8)place;
        }
    }
}

// One window that may hold this thread's position: its place in a channel's part of dy, and this position's in the window.
struct Candidate {
    int at, place;
};

// The sum of v[lane / 4] over the warp: at each step but the last two a lane keeps half of what it has.
__device__ __forceinline__ float warp_sums(float* v)
{
    int lane = threadIdx.x & 31;
#pragma unroll
    for (int n = 4; n > 0; n >>= 1) {
        bool upper = (lane & (n * 4)) != 0;
#pragma unroll
        for (int i = 0; i < n; i++) {
            float given = upper ? v[i] : v[n + i], kept = upper ? v[n + i] : v[i];
            v[i] = kept + __shfl_xor_sync(ALL_LANES, given, n * 4);
        }
    }
    float sum = v[0] + __shfl_xor_sync(ALL_LANES, v[0], 2);
    return sum + __shfl_xor_sync(ALL_LANES, sum, 1);
}

// Eight channels' parts of dy and argmax from channel c on, to shared memory: the value in the lower half, its place in the upper;
// 0 beyond the last channel.
template <class T>
__device__ __forceinline__ void copy_gradients(const T* __restrict__ dy, const uint8* __restrict__ argmax, uint64* to, int c,
                                               int part, const Fused& p)
{
    for (int n = threadIdx.x; n < 8 * p.tile_pitch; n += blockDim.x) {
        int u = divide(n, p.by_segments), i = n - u * p.tile_pitch;
        if (i >= part) continue;
        uint64 one = 0;
        if (c + u < p.channels) {
            size_type from = (size_type)(c + u) * p.out_height * p.out_width + i;
            one = (uint32)__float_as_int(value(dy[from])) | (uint64)argmax[from] << 32;
        }
        to[n] = one;
    }
}

// What the warps have of eight channels' sums, in order.
__device__ __forceinline__ void add_sums(const float* sums, float* __restrict__ partial, int c, const Fused& p)
{
    if (threadIdx.x >= 8 || c + threadIdx.x >= p.channels) return;
    float sum = 0.0f;
    for (int i = 0; i < blockDim.x >> 5; i++) sum += sums[threadIdx.x * 16 + i];
    partial[(size_type)blockIdx.x * p.channels + c + threadIdx.x] = sum;
}

template <int R, class T>
__device__ __forceinline__ void fused_backward(const T* __restrict__ x, const float* __restrict__ bias,
                                               const T* __restrict__ dy, const uint8* __restrict__ argmax,
                                               T* __restrict__ dx, float* __restrict__ partial, const Fused& p)
{
    extern __shared__ uint64 gradients[];   // twice eight parts of dy; then twice eight sums of each warp, and eight biases
    float* sums = (float*)(gradients + 16 * p.tile_pitch);
    float* biases = sums + 2 * 8 * 16;
    int image = divide(blockIdx.x, p.by_tiles), tile = blockIdx.x - image * p.by_tiles.divisor;
    int first_row = tile * p.rows, rows = smaller(p.rows, p.height - first_row);
    int low = first_row + p.top - p.kernel_y + 1;
    int o0 = low <= 0 ? 0 : (int)divide(low + p.stride_y - 1, p.by_stride_y);
    int o1 = smaller((int)divide(first_row + rows - 1 + p.top, p.by_stride_y) + 1, p.out_height);
    int part = (o1 - o0) * p.out_width;
    int begin = blockIdx.y * p.chunk, end = smaller(begin + p.chunk, p.channels);
    int position = threadIdx.x, warp = threadIdx.x >> 5, lane = threadIdx.x & 31;
    bool active = position < rows * p.width;
    size_type offset = ((size_type)image * p.channels * p.height + first_row) * p.width + position;
    x += offset;
    dx += offset;
    offset = ((size_type)image * p.channels * p.out_height + o0) * p.out_width;
    dy += offset;
    argmax += offset;

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

    int c0 = larger(begin - 8, 0);
    float e[8 + 2 * R];    // relu(x + b) of channel c0 - R + i
    float t[16 + R];       // LRN's g_j a_j s_j^-b / s_j of channel c0 - 8 - R + i
    float gs[16], own[8];  // its g_j s_j^-b from channel c0 - 8 on, and a
    T next[8];
    load_channels(x, c0 + R, active, next, p);
    load_halo<R>(x, bias, c0, active, e, p);
    copy_gradients(dy, argmax, gradients, c0, part, p);
    copy_biases(bias, biases, c0 + R, p);
#pragma unroll
    for (int i = 0; i < 16 + R; i++) t[i] = 0.0f;
    for (int half = 0;; half ^= 1, c0 += 8) {
        __syncthreads();
        if (c0 - 16 >= begin) add_sums(sums + (half ^ 1) * 128, partial, c0 - 16, p);
        float s[8];
#pragma unroll
        for (int i = 0; i < 8; i++) {
            e[2 * R + i] = rectified(next[i], bias != 0, biases[half * 8 + i], p);
            gs[8 + i] = zero();
        }
        if (c0 < end) load_channels(x, c0 + 8 + R, active, next, p);

        const uint64* from = gradients + half * 8 * p.tile_pitch;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if (candidates[i].place < 0) continue;
#pragma unroll
            for (int u = 0; u < 8; u++) {
                uint64 one = from[u * p.tile_pitch + candidates[i].at];
                if ((int)(one >> 32) == candidates[i].place) gs[8 + u] += __int_as_float((int)one);
            }
        }
        if (c0 < end) {
            copy_gradients(dy, argmax, gradients + (half ^ 1) * 8 * p.tile_pitch, c0 + 8, part, p);
            copy_biases(bias, biases + (half ^ 1) * 8, c0 + 8 + R, p);
        }
        window_sums<R, true>(e, s);
        lrn_terms(e + R, s, p.k, p.alpha, gs + 8, t + 8 + R);
        if (c0 > begin) {   // dx of the eight channels before, which needs R of these
            window_sums<R, false>(t, s);
            T* to = dx + (size_type)(c0 - 8) * p.height * p.width;
            int step = afresh(p.height * p.width);
#pragma unroll
            for (int i = 0; i < 8; i++) {
                float d = __fmaf_rn(-1.5f * p.alpha * own[i], s[i], gs[i]);
                if (p.rectify && own[i] <= 0.0f) d = 0.0f;
                if (active && c0 - 8 + i < p.channels) put(to + i * (size_type)step, d);
                s[i] = d;   // 0 for a thread without a position: its gradients are
            }
            float sum = warp_sums(s);
            if ((lane & 3) == 0) sums[half * 128 + (lane >> 2) * 16 + warp] = sum;
        }
        if (c0 >= end) {
            __syncthreads();
            add_sums(sums + half * 128, partial, c0 - 8, p);
            return;
        }
        next_channels<R>(e, t, gs, own);
    }
}

#define FUSED(R, T, SUFFIX)                                                                                            \
    extern "C" __global__ void __launch_bounds__(512, 2)                                                               \
        bias_relu_lrn_max_pool_forward_##R##SUFFIX(const T* __restrict__ x, const float* __restrict__ bias,            \
                                                   T* __restrict__ y, uint8* __restrict__ argmax, Fused p)             \
    {                                                                                                                  \
        fused_forward<R>(x, bias, y, argmax, p);                                                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(384, 1)                                                               \
        bias_relu_lrn_max_pool_backward_##R##SUFFIX(const T* __restrict__ x, const float* __restrict__ bias,           \
                                                    const T* __restrict__ dy, const uint8* __restrict__ argmax,        \
                                                    T* __restrict__ dx, float* __restrict__ partial, Fused p)          \
    {                                                                                                                  \
        fused_backward<R>(x, bias, dy, argmax, dx, partial, p);                                                        \
    }

// budget bias_relu_lrn_max_pool_forward_2 64
// budget bias_relu_lrn_max_pool_backward_2 128
FUSED(2, float, )
// budget bias_relu_lrn_max_pool_forward_2_f16 64
// budget bias_relu_lrn_max_pool_backward_2_f16 128
FUSED(2, Half, _f16)
// budget bias_relu_lrn_max_pool_forward_2_bf16 64
// budget bias_relu_lrn_max_pool_backward_2_bf16 128
FUSED(2, BFloat16, _bf16)
// budget bias_relu_lrn_max_pool_forward_4 64
// budget bias_relu_lrn_max_pool_backward_4 128
FUSED(4, float, )
// budget bias_relu_lrn_max_pool_forward_4_f16 64
// budget bias_relu_lrn_max_pool_backward_4_f16 128
FUSED(4, Half, _f16)
// budget bias_relu_lrn_max_pool_forward_4_bf16 64
// budget bias_relu_lrn_max_pool_backward_4_bf16 128
FUSED(4, BFloat16, _bf16)
// budget bias_relu_lrn_max_pool_forward_5 64
// budget bias_relu_lrn_max_pool_backward_5 128
FUSED(5, float, )
// budget bias_relu_lrn_max_pool_forward_5_f16 64
// budget bias_relu_lrn_max_pool_backward_5_f16 128
FUSED(5, Half, _f16)
// budget bias_relu_lrn_max_pool_forward_5_bf16 64
// budget bias_relu_lrn_max_pool_backward_5_bf16 128
FUSED(5, BFloat16, _bf16)
