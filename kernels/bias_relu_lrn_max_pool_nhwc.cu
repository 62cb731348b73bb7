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

// Eight elements, of which there are `count`; whole: eight or none, at a multiple of 16 bytes, so that nothing else is asked.
template <class T>
__device__ __forceinline__ Eight load_vector(const T* __restrict__ x, int count, bool whole)
{
    if (!whole) return load8(x, count);
    Eight e = {{0, 0, 0, 0}};
    if (count > 0) e = *(const Eight*)x;
    return e;
}

// relu(x + b), as it would be stored, packed and as floats; x is 0 where the lane has no channels, and the bias beyond the last.
template <class T>
__device__ __forceinline__ Eight rectified(const Eight& x, bool biased, const float* bias, float* a, const Fused& p)
{
    unpack8<T>(x, a);
    if (biased) {
#pragma unroll
        for (int i = 0; i < 8; i++) a[i] += bias[i];
        unpack8<T>(pack8<T>(a), a);
    }
    if (p.rectify)
#pragma unroll
        for (int i = 0; i < 8; i++) a[i] = a[i] < 0.0f ? 0.0f : a[i];
    return pack8_exact<T>(a);
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

// The vector at a position of a tile, whose first one x is at, and whether the position is in the image.
template <class T>
__device__ __forceinline__ Eight fetch(const T* __restrict__ x, int position, int rows, int columns, bool whole, const Lane& me,
                                       const Lanes& l, const Fused& p, bool& inside)
{
    int row = divide(position, p.by_line), column = position - row * p.by_line.divisor;
    inside = row < rows && column < columns;
    return load_vector(x + (size_type)(row * p.width + column) * l.channels, inside ? me.count : 0, whole);
}

// The maxima of a window whose first element is at `from`, and their places. Rows and columns that are not the window's are left out.
template <class T>
__device__ __forceinline__ void pool_window(const Eight* from, int pitch, int step, int ky0, int ky1, int kx0, int kx1, int kernel_x,
                                            float* best, int* place)
{
    for (int ky = ky0; ky < ky1; ky++) {
        for (int kx = kx0; kx < kx1; kx++) {
            float v[8];
            unpack8<T>(load_shared(from + ky * pitch + kx * step), v);
            take8(v, ky * kernel_x + kx, ky == ky0 && kx == kx0, best, place);
        }
    }
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
    bool whole = l.channels % 8 == 0 && aligned16(x, y);
    x += (((size_type)image * p.height + y0) * p.width + x0) * l.channels + me.channel;

    // A warp asks for its next positions before it works on these.
    int position = (threadIdx.x >> 5) * l.per + me.sub;
    bool inside;
    Eight next = fetch(x, position, y1 - y0, x1 - x0, whole, me, l, p, inside);
    float b[8];
    load_bias(bias, l, me, b);
    Eight* to = normalised + (me.channel >> 3) - blockIdx.y * l.segment;
    for (; position - me.sub < (y1 - y0) * line; position += 8 * l.per) {
        Eight own = next;
        bool writes = me.owns && inside;
        next = fetch(x, position + 8 * l.per, y1 - y0, x1 - x0, whole, me, l, p, inside);
        float e[8 + 2 * R], s[8], out[8];
        own = rectified<T>(own, bias != 0, b, e + R, p);
        neighbours<T, R>(own, e, me, l);
        window_sums<R, true>(e, s);
        lrn_scaled(e + R, s, p.k, p.alpha, out);
        if (writes) to[position * l.segment] = pack8<T>(out);
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
        const Eight* from = normalised + ((top - y0) * line + left - x0) * l.segment + vector;
        float best[8];
        int place[8];
        if (ky0 == 0 && kx0 == 0 && ky1 == 3 && kx1 == 3 && p.kernel_x == 3) {   // the usual window, unrolled
#pragma unroll
            for (int k = 0; k < 9; k++) {
                float v[8];
                unpack8<T>(load_shared(from + (k / 3 * line + k % 3) * l.segment), v);
                take8(v, k, k == 0, best, place);
            }
        } else {
            pool_window<T>(from, line * l.segment, l.segment, ky0, ky1, kx0, kx1, p.kernel_x, best, place);
        }
        size_type o = (((size_type)image * p.out_height + oy) * p.out_width + ox) * l.channels + channel;
        store8(y + o, count, pack8_exact<T>(best));
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
    int first_row = tile * p.rows, rows = smaller(p.rows, p.height - first_row);
    Lane me = lane_of(l, blockIdx.y);
    bool whole = l.channels % 8 == 0 && aligned16(x, dy, dx) && ((uint64)argmax & 7) == 0;
    size_type at = ((size_type)image * p.height + first_row) * p.width * l.channels + me.channel;
    x += at;
    dx += at;
    at = (size_type)image * p.out_height * p.out_width * l.channels + me.channel;
    dy += at;
    argmax += at;

    int position = (threadIdx.x >> 5) * l.per + me.sub;
    bool inside;
    Eight next = fetch(x, position, rows, p.width, whole, me, l, p, inside);
    float b[8], total[8];
    load_bias(bias, l, me, b);
#pragma unroll
    for (int i = 0; i < 8; i++) total[i] = zero();

    for (; position - me.sub < rows * p.width; position += 8 * l.per) {
        Eight own = next;
        int count = inside ? me.count : 0;

        // The windows that cover this position: at most two by two, since a kernel is at most two strides (the host sees to it).
        // What they have is asked for, and the next position, before the work on this one.
        int row = divide(position, p.by_line), column = position - row * p.width;
        int yy = first_row + row + p.top, xx = column + p.left;
        int oy = divide(yy, p.by_stride_y), ox = divide(xx, p.by_stride_x), ky = yy - oy * p.stride_y, kx = xx - ox * p.stride_x;
        Eight gradients[4];
        Places places[4];
        bool covers[4];
#pragma unroll
        for (int w = 0; w < 4; w++) {   // row-major order
            const int up = 1 - w / 2, back = 1 - w % 2;
            covers[w] = count > 0 && (up ? oy > 0 && oy <= p.out_height && ky + p.stride_y < p.kernel_y : oy < p.out_height && ky < p.kernel_y)
                && (back ? ox > 0 && ox <= p.out_width && kx + p.stride_x < p.kernel_x : ox < p.out_width && kx < p.kernel_x);
            if (covers[w]) {
                size_type o = (size_type)((oy - up) * p.out_width + ox - back) * l.channels;
                gradients[w] = load_vector(dy + o, count, whole);
                places[w] = load_places(argmax + o, whole ? 8 : count);
            }
        }
        next = fetch(x, position + 8 * l.per, rows, p.width, whole, me, l, p, inside);

        float e[8 + 2 * R], t[8 + 2 * R], g[8], s[8];
        own = rectified<T>(own, bias != 0, b, e + R, p);
        neighbours<T, R>(own, e, me, l);
        window_sums<R, true>(e, s);
#pragma unroll
        for (int i = 0; i < 8; i++) g[i] = zero();
#pragma unroll
        for (int w = 0; w < 4; w++) {
            if (covers[w]) {
                uint32 here = (ky + (1 - w / 2) * p.stride_y) * p.kernel_x + kx + (1 - w % 2) * p.stride_x;
                gather8<T>(places[w], here, gradients[w], g);
            }
        }
        lrn_terms(e + R, s, p.k, p.alpha, g, t + R);
        neighbours<R>(t, me, l);
        window_sums<R, false>(t, s);
#pragma unroll
        for (int i = 0; i < 8; i++) {
            g[i] = __fmaf_rn(-(1.5f * p.alpha) * e[i + R], s[i], g[i]);
            if (p.rectify && e[i + R] <= 0.0f) g[i] = 0.0f;
            total[i] += g[i];
        }
        if (me.owns) store8(dx + (size_type)position * l.channels, count, pack8<T>(g));
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
// budget bias_relu_lrn_max_pool_backward_2_f16_nhwc 128
FUSED(2, Half, _f16_nhwc)
// budget bias_relu_lrn_max_pool_forward_2_bf16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_2_bf16_nhwc 128
FUSED(2, BFloat16, _bf16_nhwc)
// budget bias_relu_lrn_max_pool_forward_4_f16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_4_f16_nhwc 128
FUSED(4, Half, _f16_nhwc)
// budget bias_relu_lrn_max_pool_forward_4_bf16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_4_bf16_nhwc 128
FUSED(4, BFloat16, _bf16_nhwc)
// budget bias_relu_lrn_max_pool_forward_5_f16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_5_f16_nhwc 128
FUSED(5, Half, _f16_nhwc)
// budget bias_relu_lrn_max_pool_forward_5_bf16_nhwc 80
// budget bias_relu_lrn_max_pool_backward_5_bf16_nhwc 128
FUSED(5, BFloat16, _bf16_nhwc)
