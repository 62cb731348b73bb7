// Average pool, NCHW and NHWC.
//
//   forward   y = sum over the window's elements inside the picture / divisor
//   backward  dx = sum over the windows that cover the element of dy / divisor, gathered in row-major order
//   divisor   the window's elements inside the picture, or, where padding counts, those inside the padded picture (a window may
//             reach beyond that where the output's size was rounded up); NHWC multiplies by its inverse
//
// Tensors are float (NCHW alone), or (kernels that end in _f16, _bf16) of two bytes; a window's sum is float.
//
// Launch, NCHW: one thread an element of the result: x = ceil(elements of one plane / 256) blocks of 256, y = planes (strided).
// NHWC: one thread 8 channels of a place of the result (one channel where they are no multiple of 8, or an address none of 16):
// x = ceil(elements of an image's result / 8 / 256) blocks of 256, strided, y = images (strided).
// Least traffic: 4 bytes (or 2) an input and an output, either way. Windows overlap in cache lines, not in shared memory: no
// network of the zoo averages, so this one is kept simple.
#include "common.cuh"

struct AveragePool {
    int height, width, out_height, out_width;
    int kernel_y, kernel_x, stride_y, stride_x, top, left;
    int count;           // planes, or (NHWC) images
    int bottom, right;   // padding that counts, below and at the right; negative: divide by the elements inside the picture
};

__device__ __forceinline__ float window_divisor(const AveragePool& p, int top, int left)
{
    if (p.bottom >= 0)
        return (float)((smaller(top + p.kernel_y, p.height + p.bottom) - top) * (smaller(left + p.kernel_x, p.width + p.right) - left));
    int rows = smaller(top + p.kernel_y, p.height) - larger(top, 0);
    int columns = smaller(left + p.kernel_x, p.width) - larger(left, 0);
    return (float)(rows * columns);
}

// What a place of the result is made of: rows y0 ... y1 - 1, columns x0 ... x1 - 1 of the other tensor.
struct Reach {
    int y0, y1, x0, x1;
};

// Of output (row, column): the window's elements inside the picture.
__device__ __forceinline__ Reach window(const AveragePool& p, int top, int left)
{
    Reach r = {larger(top, 0), smaller(top + p.kernel_y, p.height), larger(left, 0), smaller(left + p.kernel_x, p.width)};
    return r;
}

// Of input (y - p.top, x - p.left): the windows that cover it.
__device__ __forceinline__ Reach cover(const AveragePool& p, int y, int x)
{
    Reach r = {y < p.kernel_y ? 0 : (y - p.kernel_y) / p.stride_y + 1, smaller(y / p.stride_y, p.out_height - 1) + 1,
               x < p.kernel_x ? 0 : (x - p.kernel_x) / p.stride_x + 1, smaller(x / p.stride_x, p.out_width - 1) + 1};
    return r;
}

template <class T>
__device__ __forceinline__ void forward(const T* __restrict__ x, T* __restrict__ y, const AveragePool& p)
{
    int outputs = p.out_height * p.out_width, i = blockIdx.x * 256 + threadIdx.x;
    if (i >= outputs) return;
    int row = i / p.out_width, column = i - row * p.out_width;
    int top = row * p.stride_y - p.top, left = column * p.stride_x - p.left;
    Reach r = window(p, top, left);
    float divisor = window_divisor(p, top, left);
    for (int plane = blockIdx.y; plane < p.count; plane += gridDim.y) {
        const T* from = x + (size_type)plane * p.height * p.width;
        float sum = 0.0f;
        for (int yy = r.y0; yy < r.y1; yy++)
            for (int xx = r.x0; xx < r.x1; xx++) sum += value(from[yy * p.width + xx]);
        put(y + (size_type)plane * outputs + i, sum / divisor);
    }
}

template <class T>
__device__ __forceinline__ void backward(const T* __restrict__ dy, T* __restrict__ dx, const AveragePool& p)
{
    int inputs = p.height * p.width, i = blockIdx.x * 256 + threadIdx.x;
    if (i >= inputs) return;
    Reach r = cover(p, i / p.width + p.top, i % p.width + p.left);
    for (int plane = blockIdx.y; plane < p.count; plane += gridDim.y) {
        const T* from = dy + (size_type)plane * p.out_height * p.out_width;
        float sum = 0.0f;
        for (int oy = r.y0; oy < r.y1; oy++)
            for (int ox = r.x0; ox < r.x1; ox++)
                sum += value(from[oy * p.out_width + ox]) /
                       window_divisor(p, oy * p.stride_y - p.top, ox * p.stride_x - p.left);
        put(dx + (size_type)plane * inputs + i, sum);
    }
}

// The channels of one thread.
template <class T>
__device__ __forceinline__ void load(const T* p, float (&v)[8]) { load_run(p, v); }
template <class T>
__device__ __forceinline__ void load(const T* p, float (&v)[1]) { v[0] = value(*p); }
template <class T>
__device__ __forceinline__ void store(T* p, const float (&v)[8]) { store_run(p, v); }
template <class T>
__device__ __forceinline__ void store(T* p, const float (&v)[1]) { put(p, v[0]); }

// NHWC: N channels from c of place `at` of the result. from and to start at the image.
template <bool FORWARD, int N, class T>
__device__ __forceinline__ void place(const T* __restrict__ from, T* __restrict__ to, const AveragePool& p, int at, int c,
                                      int channels)
{
    int width = FORWARD ? p.out_width : p.width, other = FORWARD ? p.width : p.out_width;
    int row = at / width, column = at - row * width;
    int top = row * p.stride_y - p.top, left = column * p.stride_x - p.left;
    Reach r = FORWARD ? window(p, top, left) : cover(p, row + p.top, column + p.left);
    float share = FORWARD ? 1.0f / window_divisor(p, top, left) : 0.0f, sum[N];
#pragma unroll
    for (int k = 0; k < N; k++) sum[k] = 0.0f;
    for (int y = r.y0; y < r.y1; y++)
#pragma unroll 1
        for (int x = r.x0; x < r.x1; x++) {
            float v[N];
            if (!FORWARD) share = 1.0f / window_divisor(p, y * p.stride_y - p.top, x * p.stride_x - p.left);
            load(from + ((size_type)y * other + x) * channels + c, v);
#pragma unroll
            for (int k = 0; k < N; k++) sum[k] = FORWARD ? sum[k] + v[k] : __fmaf_rn(v[k], share, sum[k]);
        }
#pragma unroll
    for (int k = 0; k < N; k++)
        if (FORWARD) sum[k] *= share;
    store(to + (size_type)at * channels + c, sum);
}

template <bool FORWARD, class T>
__device__ __forceinline__ void nhwc(const T* __restrict__ x, T* __restrict__ y, const AveragePool& p, int channels)
{
    int inputs = (FORWARD ? p.height * p.width : p.out_height * p.out_width);
    int outputs = (FORWARD ? p.out_height * p.out_width : p.height * p.width);
    bool wide = (channels & 7) == 0 && aligned16(x, y);
    int across = wide ? channels / 8 : channels;
    for (int n = blockIdx.y; n < p.count; n += gridDim.y) {
        const T* from = x + (size_type)n * inputs * channels;
        T* to = y + (size_type)n * outputs * channels;
        for (uint32 i = blockIdx.x * 256 + threadIdx.x; i < (uint32)outputs * across; i += gridDim.x * 256) {
            int at = i / across, c = i - at * across;
            if (wide)
                place<FORWARD, 8>(from, to, p, at, c * 8, channels);
            else
                place<FORWARD, 1>(from, to, p, at, c, channels);
        }
    }
}

#define AVERAGE(NAME, T, FUNCTION, ...)                                                                                  \
    extern "C" __global__ void __launch_bounds__(__VA_ARGS__)                                                          \
        NAME(const T* __restrict__ x, T* __restrict__ y, AveragePool p)                                                \
    {                                                                                                                  \
        FUNCTION(x, y, p);                                                                                             \
    }

#define AVERAGE_NHWC(NAME, T, FORWARD)                                                                                   \
    extern "C" __global__ void __launch_bounds__(256, 4)                                                               \
        NAME(const T* __restrict__ x, T* __restrict__ y, AveragePool p, int channels)                                  \
    {                                                                                                                  \
        nhwc<FORWARD>(x, y, p, channels);                                                                              \
    }

// budget average_pool_forward 64
AVERAGE(average_pool_forward, float, forward, 256)
// budget average_pool_backward 48
AVERAGE(average_pool_backward, float, backward, 256, 4)
// budget average_pool_forward_f16 48
AVERAGE(average_pool_forward_f16, Half, forward, 256)
// budget average_pool_backward_f16 48
AVERAGE(average_pool_backward_f16, Half, backward, 256, 4)
// budget average_pool_forward_bf16 48
AVERAGE(average_pool_forward_bf16, BFloat16, forward, 256)
// budget average_pool_backward_bf16 48
AVERAGE(average_pool_backward_bf16, BFloat16, backward, 256, 4)
// budget average_pool_forward_f16_nhwc 40
AVERAGE_NHWC(average_pool_forward_f16_nhwc, Half, true)
// budget average_pool_backward_f16_nhwc 48
AVERAGE_NHWC(average_pool_backward_f16_nhwc, Half, false)
// budget average_pool_forward_bf16_nhwc 40
AVERAGE_NHWC(average_pool_forward_bf16_nhwc, BFloat16, true)
// budget average_pool_backward_bf16_nhwc 48
AVERAGE_NHWC(average_pool_backward_bf16_nhwc, BFloat16, false)
