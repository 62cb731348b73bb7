// Bias + ReLU + LRN + max-pool in one pass over a convolution's output, and its backward, NHWC, 16-bit storage.
//
// What they compute, and what is rounded where: see bias_relu_lrn_max_pool.cu. Forward gives the bits of the operations one
// after the other; backward rounds a, which it makes again, and dx. Bias and bias gradient are floats.
//
// Launch: blocks of 8 warps; x = images * tiles, y = segments of the channels (Lanes in common.cuh; one where a position has at
// most 256 channels). A lane keeps its eight channels and goes through positions.
//   forward   a tile is `rows` x `columns` outputs; LRN's results for the positions its windows cover lie in dynamic shared
//             memory, rounded to the storage, 16 bytes a lane. Tiles re-read kernel - stride rows and columns at their seams.
//   backward  a tile is `rows` rows of x; dy and argmax come through L1, and tiles re-read rows of them at their seams. Sums of
//             dx stay in registers until the end.
// Least traffic: forward reads x where windows cover it and writes 3 bytes an output; backward reads x and 3 bytes an output,
// and writes dx.
#include "common.cuh"

struct Fused {
    int height, width, out_height, out_width;
    int kernel_y, kernel_x, stride_y, stride_x, top, left;
    int rows, columns;           // of a tile
    int rectify;                 // whether there is a ReLU
    Divisor by_tiles, by_tiles_across;    // tiles of an image; of a row of tiles
    Divisor by_line;             // forward: input columns of a tile; backward: of the image
    Divisor by_columns;          // forward: outputs of a tile's row
    Divisor by_segment;          // lanes that own channels
    Divisor by_stride_y, by_stride_x;
    float k, alpha;
};

// relu(x + b), as it would be stored, packed and as floats; x is 0 where the lane has no channels, and the bias beyond the last.
template <class T>
__device__ __forceinline__ Eight rectified(const T* __restrict__ x, int count, bool biased, const float* bias, float* a,
                                           const Fused& p)
{
    unpack8<T>(load8(x, count), a);
#pragma unroll
    for (int i = 0; i < 8; i++) {
        if (biased) a[i] += bias[i];
        if (p.rectify && a[i] < 0.0f) a[i] = 0.0f;
    }
    Eight own = pack8<T>(a);
    unpack8<T>(own, a);
    return own;
}

// The biases of a lane's channels, through shared memory: a warp's eight requests for them would touch 32 sectors each.
__device__ __forceinline__ void load_bias(const float* __restrict__ bias, const Lanes& l, const Lane& me, float* b)
{
    __shared__ float biases[8][36];   // as sums below
    int first = (blockIdx.y * l.segment - l.halo) * 8, channel = first + threadIdx.x;
    if (bias && channel >= 0 && channel < l.channels) biases[threadIdx.x & 7][threadIdx.x >> 3] = bias[channel];
    __syncthreads();
#pragma unroll
    for (int i = 0; i < 8; i++) b[i] = bias && i < me.count ? biases[i][(me.channel - first) >> 3] : 0.0f;
}

// Stated in PTX: the compiler would take the vector apart, and its words meet in the banks.
__device__ __forceinline__ Eight load_shared(const Eight* p)
{
    Eight e;
    asm volatile("{ .reg .u64 a; cvta.to.shared.u64 a, %4; ld.shared.v4.u32 {%0, %1, %2, %3}, [a]; }"
                 : "=r"(e.words[0]), "=r"(e.words[1]), "=r"(e.words[2]), "=r"(e.words[3])
                 : "l"(p)
                 : "memory");
    return e;
}

template <int R, class T>
__device__ __forceinline__ void fused_forward(const T* __restrict__ x, const float* __restrict__ bias, T* __restrict__ y,
                                              uint8* __restrict__ argmax, const Lanes& l, const Fused& p)
{
    extern __shared__ Eight normalised[];   // [row][column][vector], of columns and vectors as many as the largest tile has
    int image = divide(blockIdx.x, p.by_tiles), tile = blockIdx.x - image * p.by_tiles.divisor;
    int down = divide(tile, p.by_tiles_across), across = tile - down * p.by_tiles_across.divisor;
    int first_row = down * p.rows, rows = smaller(p.rows, p.out_height - first_row);
    int first_column = across * p.columns, columns = smaller(p.columns, p.out_width - first_column);
    int y0 = larger(first_row * p.stride_y - p.top, 0), x0 = larger(first_column * p.stride_x - p.left, 0);
    int y1 = smaller((first_row + rows - 1) * p.stride_y - p.top + p.kernel_y, p.height);
    int x1 = smaller((first_column + columns - 1) * p.stride_x - p.left + p.kernel_x, p.width);
    int line = p.by_line.divisor;
    Lane me = lane_of(l, blockIdx.y);
    int slot = (me.channel >> 3) - blockIdx.y * l.segment;
    float b[8];
    load_bias(bias, l, me, b);

    for (int group = threadIdx.x >> 5; group * l.per < (y1 - y0) * line; group += 8) {
        int position = group * l.per + me.sub, row = divide(position, p.by_line), column = position - row * line;
        bool inside = row < y1 - y0 && column < x1 - x0;
        int count = inside ? me.count : 0;
        size_type at = (((size_type)image * p.height + y0 + row) * p.width + x0 + column) * l.channels + me.channel;
        float e[8 + 2 * R], out[8];
        Eight own = rectified(x + at, count, bias != 0, b, e + R, p);
        neighbours<T, R>(own, e, me, l);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            float s = 0.0f;
#pragma unroll
            for (int j = 0; j <= 2 * R; j++) s = __fmaf_rn(e[i + j], e[i + j], s);
            out[i] = e[i + R] * negative_three_quarters(__fmaf_rn(p.alpha, s, p.k));
        }
        if (me.owns && inside) normalised[position * l.segment + slot] = pack8<T>(out);
    }
    __syncthreads();

    for (int i = threadIdx.x; i < rows * p.columns * l.segment; i += 256) {
        int output = divide(i, p.by_segment), vector = i - output * l.segment;
        int row = divide(output, p.by_columns), column = output - row * p.columns;
        int channel = (blockIdx.y * l.segment + vector) * 8, count = smaller(l.channels - channel, 8);
        if (count <= 0 || column >= columns) continue;
        int oy = first_row + row, ox = first_column + column;
        int top = oy * p.stride_y - p.top, left = ox * p.stride_x - p.left;
        int ky0 = larger(-top, 0), kx0 = larger(-left, 0);
        int ky1 = smaller(p.kernel_y, p.height - top), kx1 = smaller(p.kernel_x, p.width - left);
        float best[8];
        int place[8];
        for (int ky = ky0; ky < ky1; ky++) {
            for (int kx = kx0; kx < kx1; kx++) {
                float v[8];
                unpack8<T>(load_shared(normalised + ((top + ky - y0) * line + left + kx - x0) * l.segment + vector), v);
                take8(v, ky * p.kernel_x + kx, ky == ky0 && kx == kx0, best, place);
            }
        }
        size_type o = (((size_type)image * p.out_height + oy) * p.out_width + ox) * l.channels + channel;
        store8(y + o, count, pack8<T>(best));
        if (argmax) store_places(argmax + o, count, pack_places(place));
    }
}

template <int R, class T>
__device__ __forceinline__ void fused_backward(const T* __restrict__ x, const float* __restrict__ bias,
                                               const T* __restrict__ dy, const uint8* __restrict__ argmax,
                                               T* __restrict__ dx, float* __restrict__ partial, const Lanes& l,
                                               const Fused& p)
{
    __shared__ float sums[8][8][36];   // of a warp's lane, by channel of its eight; four lanes' eight channels are in 32 banks
    int image = divide(blockIdx.x, p.by_tiles), tile = blockIdx.x - image * p.by_tiles.divisor;
    int first_row = tile * p.rows, positions = smaller(p.rows, p.height - first_row) * p.width;
    Lane me = lane_of(l, blockIdx.y);
    float b[8], total[8];
    load_bias(bias, l, me, b);
#pragma unroll
    for (int i = 0; i < 8; i++) total[i] = zero();

    for (int group = threadIdx.x >> 5; group * l.per < positions; group += 8) {
        int position = group * l.per + me.sub, row = divide(position, p.by_line), column = position - row * p.width;
        int count = position < positions ? me.count : 0;
        size_type at = (((size_type)image * p.height + first_row) * p.width + position) * l.channels + me.channel;
        float e[8 + 2 * R], t[8 + 2 * R], g[8];
        Eight own = rectified(x + at, count, bias != 0, b, e + R, p);
        neighbours<T, R>(own, e, me, l);

        int yy = first_row + row + p.top, xx = column + p.left;
        int oy0 = yy < p.kernel_y ? 0 : (int)divide(yy - p.kernel_y, p.by_stride_y) + 1;
        int ox0 = xx < p.kernel_x ? 0 : (int)divide(xx - p.kernel_x, p.by_stride_x) + 1;
        int oy1 = smaller(divide(yy, p.by_stride_y), p.out_height - 1), ox1 = smaller(divide(xx, p.by_stride_x), p.out_width - 1);
#pragma unroll
        for (int i = 0; i < 8; i++) g[i] = zero();
        if (count > 0) {
            for (int oy = oy0; oy <= oy1; oy++) {
                for (int ox = ox0; ox <= ox1; ox++) {
                    size_type o = (((size_type)image * p.out_height + oy) * p.out_width + ox) * l.channels + me.channel;
                    Places places = load_places(argmax + o, count);
                    float v[8];
                    unpack8<T>(load8(dy + o, count), v);
                    uint32 here = (yy - oy * p.stride_y) * p.kernel_x + xx - ox * p.stride_x;
#pragma unroll
                    for (int i = 0; i < 8; i++)
                        if (places.get(i) == here) g[i] += v[i];
                }
            }
        }
#pragma unroll
        for (int i = 0; i < 8; i++) {
            float s = 0.0f;
#pragma unroll
            for (int j = 0; j <= 2 * R; j++) s = __fmaf_rn(e[i + j], e[i + j], s);
            s = __fmaf_rn(p.alpha, s, p.k);
            g[i] *= negative_three_quarters(s);
            t[R + i] = g[i] * e[i + R] / s;   // beyond the last channel a and g are 0, and so is t
        }
        neighbours<R>(t, me, l);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            float sum = 0.0f;
#pragma unroll
            for (int j = 0; j <= 2 * R; j++) sum += t[i + j];
            g[i] = __fmaf_rn(-(1.5f * p.alpha) * e[i + R], sum, g[i]);
            if (p.rectify && e[i + R] <= 0.0f) g[i] = 0.0f;
            total[i] += i < count ? g[i] : 0.0f;
        }
        if (me.owns) store8(dx + at, count, pack8<T>(g));
    }

    // A thread a channel adds what the warps and their positions side by side have.
#pragma unroll
    for (int i = 0; i < 8; i++) sums[threadIdx.x >> 5][i][threadIdx.x & 31] = total[i];
    __syncthreads();
    int slot = threadIdx.x >> 3, channel = (blockIdx.y * l.segment + slot) * 8 + (threadIdx.x & 7);
    if (slot >= l.segment || channel >= l.channels) return;
    float sum = 0.0f;
    for (int warp = 0; warp < 8; warp++)
        for (int sub = 0; sub < l.per; sub++) sum += sums[warp][threadIdx.x & 7][sub * l.lanes + l.halo + slot];
    partial[(size_type)blockIdx.x * l.channels + channel] = sum;
}

#define FUSED(R, T, SUFFIX)                                                                                            \
    extern "C" __global__ void __launch_bounds__(256, 2)                                                               \
        bias_relu_lrn_max_pool_forward_##R##SUFFIX(const T* __restrict__ x, const float* __restrict__ bias,            \
                                                   T* __restrict__ y, uint8* __restrict__ argmax, Lanes l, Fused p)    \
    {                                                                                                                  \
        fused_forward<R>(x, bias, y, argmax, l, p);                                                                    \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256, 2)                                                               \
        bias_relu_lrn_max_pool_backward_##R##SUFFIX(const T* __restrict__ x, const float* __restrict__ bias,           \
                                                    const T* __restrict__ dy, const uint8* __restrict__ argmax,        \
                                                    T* __restrict__ dx, float* __restrict__ partial, Lanes l, Fused p) \
    {                                                                                                                  \
        fused_backward<R>(x, bias, dy, argmax, dx, partial, l, p);                                                     \
    }

// budget bias_relu_lrn_max_pool_forward_2_f16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_2_f16_nhwc 112
FUSED(2, Half, _f16_nhwc)
// budget bias_relu_lrn_max_pool_forward_2_bf16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_2_bf16_nhwc 112
FUSED(2, BFloat16, _bf16_nhwc)
// budget bias_relu_lrn_max_pool_forward_4_f16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_4_f16_nhwc 112
FUSED(4, Half, _f16_nhwc)
// budget bias_relu_lrn_max_pool_forward_4_bf16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_4_bf16_nhwc 112
FUSED(4, BFloat16, _bf16_nhwc)
// budget bias_relu_lrn_max_pool_forward_5_f16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_5_f16_nhwc 112
FUSED(5, Half, _f16_nhwc)
// budget bias_relu_lrn_max_pool_forward_5_bf16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_5_bf16_nhwc 112
FUSED(5, BFloat16, _bf16_nhwc)
