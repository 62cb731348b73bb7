// A margin of zeros around each plane, with a change of storage or layout where one is due; and the margin taken off again.
//
//   pad             y[p, r, c] = x[p, r - top, c - left] inside, else 0
//   pad_..._nhwc    y[n, r, c, k] = x[n, k, r - top, c - left] inside, else 0: NCHW pictures to a padded NHWC input
//   crop            x[p, r, c] = y[p, r + top, c + left]
//
// A tensor in NHWC is padded, and cropped, as planes of width * channels elements. `_16` moves either 16-bit storage; `pad_f16`
// and `pad_bf16` read float32.
//
// Launch: one thread an element of the result, x = ceil(elements of a plane of the result / 256) blocks of 256, y = planes
// (strided). Least traffic: each element of x and of y once.
#include "common.cuh"

struct Pad {
    int planes;                 // pad, crop: planes; pad_..._nhwc: images
    int height, width;          // without the margin
    int padded_height, padded_width;
    int top, left;
    int channels;               // pad_..._nhwc; else 1
    Divisor by_row;             // elements of a row of the result
    Divisor by_channels;
};

// The 16 bits of either storage, moved as they are.
struct Bits {
    uint16 bits;
};

__device__ __forceinline__ float value(Bits v) { return __int_as_float(v.bits); }
__device__ __forceinline__ void put(Bits* p, float v) { p->bits = (uint16)__float_as_int(v); }

template <typename X, typename T>
__device__ __forceinline__ void pad_planes(const X* __restrict__ x, T* __restrict__ y, const Pad& p)
{
    int size = p.padded_height * p.padded_width, i = blockIdx.x * 256 + threadIdx.x;
    if (i >= size) return;
    int row = divide(i, p.by_row), column = i - row * p.padded_width - p.left;
    row -= p.top;
    bool inside = row >= 0 && row < p.height && column >= 0 && column < p.width;
    for (int plane = blockIdx.y; plane < p.planes; plane += gridDim.y)
        put(y + (size_type)plane * size + i, inside ? value(x[((size_type)plane * p.height + row) * p.width + column]) : 0.0f);
}

template <typename T>
__device__ __forceinline__ void pad_pictures(const float* __restrict__ x, T* __restrict__ y, const Pad& p)
{
    int size = p.padded_height * p.padded_width * p.channels, i = blockIdx.x * 256 + threadIdx.x;
    if (i >= size) return;
    int row = divide(i, p.by_row), rest = i - row * p.padded_width * p.channels;
    int column = divide(rest, p.by_channels), channel = rest - column * p.channels;
    row -= p.top;
    column -= p.left;
    bool inside = row >= 0 && row < p.height && column >= 0 && column < p.width;
    for (int image = blockIdx.y; image < p.planes; image += gridDim.y) {
        const float* plane = x + ((size_type)image * p.channels + channel) * p.height * p.width;
        put(y + (size_type)image * size + i, inside ? plane[row * p.width + column] : 0.0f);
    }
}

template <typename T>
__device__ __forceinline__ void crop_planes(const T* __restrict__ y, T* __restrict__ x, const Pad& p)
{
    int size = p.height * p.width, i = blockIdx.x * 256 + threadIdx.x;
    if (i >= size) return;
    int row = divide(i, p.by_row), column = i - row * p.width;
    int from = (row + p.top) * p.padded_width + column + p.left;
    for (int plane = blockIdx.y; plane < p.planes; plane += gridDim.y)
        x[(size_type)plane * size + i] = y[(size_type)plane * p.padded_height * p.padded_width + from];
}

// budget pad 40
extern "C" __global__ void __launch_bounds__(256) pad(const float* __restrict__ x, float* __restrict__ y, Pad p)
{
    pad_planes(x, y, p);
}

// budget pad_f16 40
extern "C" __global__ void __launch_bounds__(256) pad_f16(const float* __restrict__ x, Half* __restrict__ y, Pad p)
{
    pad_planes(x, y, p);
}

// budget pad_bf16 40
extern "C" __global__ void __launch_bounds__(256) pad_bf16(const float* __restrict__ x, BFloat16* __restrict__ y, Pad p)
{
    pad_planes(x, y, p);
}

// budget pad_f16_nhwc 40
extern "C" __global__ void __launch_bounds__(256) pad_f16_nhwc(const float* __restrict__ x, Half* __restrict__ y, Pad p)
{
    pad_pictures(x, y, p);
}

// budget pad_bf16_nhwc 40
extern "C" __global__ void __launch_bounds__(256) pad_bf16_nhwc(const float* __restrict__ x, BFloat16* __restrict__ y, Pad p)
{
    pad_pictures(x, y, p);
}

// budget pad_16 40
extern "C" __global__ void __launch_bounds__(256) pad_16(const Bits* __restrict__ x, Bits* __restrict__ y, Pad p)
{
    pad_planes(x, y, p);
}

// budget crop 40
extern "C" __global__ void __launch_bounds__(256) crop(const float* __restrict__ y, float* __restrict__ x, Pad p)
{
    crop_planes(y, x, p);
}

// budget crop_16 40
extern "C" __global__ void __launch_bounds__(256) crop_16(const uint16* __restrict__ y, uint16* __restrict__ x, Pad p)
{
    crop_planes(y, x, p);
}
