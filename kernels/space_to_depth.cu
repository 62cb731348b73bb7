// Blocks of b x b pixels become channels, and channels blocks: a convolution of stride b over few channels is then one of stride 1 over b * b times as many,
// which has fast algorithms where the other has none. Around the planes there may be a margin of zeros.
//
//   space_to_depth           y[n, (dy b + dx) C + c, Y, X] = x[n, c, Y b + dy - top, X b + dx - left] inside, else 0
//   space_to_depth_..._nhwc  y[n, Y, X, (dy b + dx) C + c] = the same
//   depth_to_space[_nhwc]    x[n, c, Y b + dy - top, X b + dx - left] = y[...]: what lies outside is left out
//
// x is float32 in NCHW, n images of C channels; y has any storage.
//
// Launch: forward one thread b elements of a padded row, in every channel; x = ceil(padded rows * blocks of a row / 256) blocks of 256, y = images (strided).
// Back one thread an element of x: x = ceil(elements of a plane / 256), y = planes (strided). Least traffic: each element of x and of y once.
#include "common.cuh"

struct Blocks {
    int images, channels;
    int height, width;          // of x
    int rows, columns;          // blocks of a padded plane
    int top, left;              // the margin before
    int block;                  // b
    Divisor by_columns;         // forward: blocks of a row; back: columns of x
    Divisor by_block;
    Divisor by_channels;
};

template <bool Last>
__device__ __forceinline__ size_type place(const Blocks& p, int image, int row, int column, int dy, int dx, int channel)
{
    int part = (dy * p.block + dx) * p.channels + channel, parts = p.block * p.block * p.channels;
    return Last ? (((size_type)image * p.rows + row) * p.columns + column) * parts + part
                : (((size_type)image * parts + part) * p.rows + row) * p.columns + column;
}

template <bool Last, typename T>
__device__ __forceinline__ void to_depth(const float* __restrict__ x, T* __restrict__ y, const Blocks& p)
{
    int i = blockIdx.x * 256 + threadIdx.x;
    if (i >= p.rows * p.block * p.columns) return;
    int padded = divide(i, p.by_columns), column = i - padded * p.columns, row = divide(padded, p.by_block), dy = padded - row * p.block;
    int r = padded - p.top, first = column * p.block - p.left;
    bool inside = r >= 0 && r < p.height;
#pragma unroll 1
    for (int image = blockIdx.y; image < p.images; image += gridDim.y) {
#pragma unroll 1
        for (int channel = 0; channel < p.channels; channel++) {
            const float* from = x + (((size_type)image * p.channels + channel) * p.height + r) * p.width;
#pragma unroll 2
            for (int dx = 0; dx < p.block; dx++) {
                int c = first + dx;
                put(y + place<Last>(p, image, row, column, dy, dx, channel), inside && c >= 0 && c < p.width ? from[c] : 0.0f);
            }
        }
    }
}

template <bool Last, typename T>
__device__ __forceinline__ void to_space(const T* __restrict__ y, float* __restrict__ x, const Blocks& p)
{
    int size = p.height * p.width, i = blockIdx.x * 256 + threadIdx.x;
    if (i >= size) return;
    int r = divide(i, p.by_columns), padded = r + p.top, c = i - r * p.width + p.left;
    int row = divide(padded, p.by_block), dy = padded - row * p.block, column = divide(c, p.by_block), dx = c - column * p.block;
#pragma unroll 1
    for (int plane = blockIdx.y; plane < p.images * p.channels; plane += gridDim.y) {
        int image = divide(plane, p.by_channels), channel = plane - image * p.channels;
        x[(size_type)plane * size + i] = value(y[place<Last>(p, image, row, column, dy, dx, channel)]);
    }
}

#define BLOCKS(T, SUFFIX, LAST)                                                                                        \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        space_to_depth##SUFFIX(const float* __restrict__ x, T* __restrict__ y, Blocks p)                               \
    {                                                                                                                  \
        to_depth<LAST>(x, y, p);                                                                                       \
    }                                                                                                                  \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        depth_to_space##SUFFIX(const T* __restrict__ y, float* __restrict__ x, Blocks p)                               \
    {                                                                                                                  \
        to_space<LAST>(y, x, p);                                                                                       \
    }

// budget space_to_depth 48
// budget depth_to_space 40
BLOCKS(float, , false)
// budget space_to_depth_f16 48
// budget depth_to_space_f16 40
BLOCKS(Half, _f16, false)
// budget space_to_depth_f16_nhwc 48
// budget depth_to_space_f16_nhwc 40
BLOCKS(Half, _f16_nhwc, true)
// budget space_to_depth_bf16 48
// budget depth_to_space_bf16 40
BLOCKS(BFloat16, _bf16, false)
// budget space_to_depth_bf16_nhwc 48
// budget depth_to_space_bf16_nhwc 40
BLOCKS(BFloat16, _bf16_nhwc, true)
