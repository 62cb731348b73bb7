// Max-pool, NHWC, 16-bit storage. What it computes: see max_pool.cu; argmax is NHWC too.
//
// Launch: blocks of 256; x = images * groups of `group` vectors of eight channels, y = tiles of `rows` rows (forward: of the
// output, backward: of the input). A thread has eight channels of one element after the other: neighbouring lanes have
// neighbouring channels, then columns, so that a block re-reads its own lines only, and seams of `kernel - stride` rows are all
// that two blocks read. Windows that overlap find each other's elements in L1; no shared memory is needed.
// Least traffic: forward reads the elements some window covers and writes 2 bytes an output, 3 with argmax; backward reads
// 3 bytes an output and writes 2 an input.
#include "common.cuh"

struct Pool {
    int height, width, out_height, out_width;
    int kernel_y, kernel_x, stride_y, stride_x, top, left;
    int channels, rows, group;          // group: vectors of eight channels
    Divisor by_groups, by_group;        // groups of an image; vectors of a group
    Divisor by_line;                    // columns of a row (forward: of the output, backward: of the input)
    Divisor by_stride_y, by_stride_x;
};

template <class T>
__device__ __forceinline__ void max_pool_forward(const T* __restrict__ x, T* __restrict__ y, uint8* __restrict__ argmax,
                                                 const Pool& p)
{
    int image = divide(blockIdx.x, p.by_groups), first_vector = (blockIdx.x - image * p.by_groups.divisor) * p.group;
    int first_row = blockIdx.y * p.rows, rows = smaller(p.rows, p.out_height - first_row);
    for (int i = threadIdx.x; i < rows * p.out_width * p.group; i += 256) {
        int output = divide(i, p.by_group), row = divide(output, p.by_line), column = output - row * p.out_width;
        int channel = (first_vector + i - output * p.group) * 8, count = smaller(p.channels - channel, 8);
        if (count <= 0) continue;
        int top = (first_row + row) * p.stride_y - p.top, left = column * p.stride_x - p.left;
        int ky0 = larger(-top, 0), kx0 = larger(-left, 0);
        int ky1 = smaller(p.kernel_y, p.height - top), kx1 = smaller(p.kernel_x, p.width - left);
        float best[8];
        int place[8];
        for (int ky = ky0; ky < ky1; ky++) {
            const T* line = x + (((size_type)image * p.height + top + ky) * p.width + left) * p.channels + channel;
            for (int kx = kx0; kx < kx1; kx++) {
                float v[8];
                unpack8<T>(load8(line + (size_type)kx * p.channels, count), v);
                take8(v, ky * p.kernel_x + kx, ky == ky0 && kx == kx0, best, place);
            }
        }
        size_type o = (((size_type)image * p.out_height + first_row + row) * p.out_width + column) * p.channels + channel;
        store8(y + o, count, pack8<T>(best));
        if (argmax) store_places(argmax + o, count, pack_places(place));
    }
}

template <class T>
__device__ __forceinline__ void max_pool_backward(const T* __restrict__ dy, const uint8* __restrict__ argmax,
                                                  T* __restrict__ dx, const Pool& p)
{
    int image = divide(blockIdx.x, p.by_groups), first_vector = (blockIdx.x - image * p.by_groups.divisor) * p.group;
    int first_row = blockIdx.y * p.rows, rows = smaller(p.rows, p.height - first_row);
    for (int i = threadIdx.x; i < rows * p.width * p.group; i += 256) {
        int input = divide(i, p.by_group), row = divide(input, p.by_line), column = input - row * p.width;
        int channel = (first_vector + i - input * p.group) * 8, count = smaller(p.channels - channel, 8);
        if (count <= 0) continue;
        int yy = first_row + row + p.top, xx = column + p.left;
        int oy0 = yy < p.kernel_y ? 0 : (int)divide(yy - p.kernel_y, p.by_stride_y) + 1;
        int ox0 = xx < p.kernel_x ? 0 : (int)divide(xx - p.kernel_x, p.by_stride_x) + 1;
        int oy1 = smaller(divide(yy, p.by_stride_y), p.out_height - 1), ox1 = smaller(divide(xx, p.by_stride_x), p.out_width - 1);
        float sum[8];
#pragma unroll
        for (int j = 0; j < 8; j++) sum[j] = zero();
        for (int oy = oy0; oy <= oy1; oy++) {
            for (int ox = ox0; ox <= ox1; ox++) {
                size_type o = (((size_type)image * p.out_height + oy) * p.out_width + ox) * p.channels + channel;
                Places places = load_places(argmax + o, count);
                float v[8];
                unpack8<T>(load8(dy + o, count), v);
                uint32 here = (yy - oy * p.stride_y) * p.kernel_x + xx - ox * p.stride_x;
#pragma unroll
                for (int j = 0; j < 8; j++)
                    if (places.get(j) == here) sum[j] += v[j];
            }
        }
        size_type at = (((size_type)image * p.height + first_row + row) * p.width + column) * p.channels + channel;
        store8(dx + at, count, pack8<T>(sum));
    }
}

#define MAX_POOL(T, SUFFIX)                                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        max_pool_forward##SUFFIX(const T* __restrict__ x, T* __restrict__ y, uint8* __restrict__ argmax, Pool p)       \
    {                                                                                                                  \
        max_pool_forward(x, y, argmax, p);                                                                             \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        max_pool_backward##SUFFIX(const T* __restrict__ dy, const uint8* __restrict__ argmax, T* __restrict__ dx,      \
                                  Pool p)                                                                              \
    {                                                                                                                  \
        max_pool_backward(dy, argmax, dx, p);                                                                          \
    }

// budget max_pool_forward_f16_nhwc 64
// budget max_pool_backward_f16_nhwc 64
MAX_POOL(Half, _f16_nhwc)
// budget max_pool_forward_bf16_nhwc 64
// budget max_pool_backward_bf16_nhwc 64
MAX_POOL(BFloat16, _bf16_nhwc)
