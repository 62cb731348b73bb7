// Pictures to network input: crop, mirror, normalise, and place into the top-left of a zero-padded buffer (that is how SAME's
// asymmetric padding costs nothing: the convolution then pads symmetrically).
//
//   y[n][c][i][j] = (x[n][top_n + i][left_n + (mirror_n ? width - 1 - j : j)][c] - mean_c) * scale_c   for i < height, j < width
//   y = 0 elsewhere in the padded buffer
//   x: uint8 or float, interleaved (NHWC); crops: three ints an image: top, left, mirror; null: 0, 0, 0
//
//   y: NCHW, float or (kernels that end in _f16, _bf16) of two bytes; NHWC, of two bytes: kernels that end in _nhwc
//
// Launch, NCHW: one thread a place of a padded plane: x = ceil(padded plane / 256) blocks of 256, y = images (strided).
// NHWC: one thread 8 consecutive elements of a padded image: x = ceil(padded image / 2048) blocks of 256, y = images (strided).
// Least traffic: 1 (or 4) bytes an element read, 4 (or 2) written.
#include "common.cuh"

struct Picture {
    int images, channels;
    int source_height, source_width;
    int height, width;                  // of the crop
    int padded_height, padded_width;
};

template <class T, class U>
__device__ __forceinline__ void picture_to_input(const T* __restrict__ x, const int* __restrict__ crops,
                                                 const float* __restrict__ mean, const float* __restrict__ scale,
                                                 U* __restrict__ y, const Picture& p)
{
    int plane = p.padded_height * p.padded_width, at = blockIdx.x * 256 + threadIdx.x;
    if (at >= plane) return;
    int i = at / p.padded_width, j = at - i * p.padded_width;
    bool inside = i < p.height && j < p.width;
    for (int n = blockIdx.y; n < p.images; n += gridDim.y) {
        U* to = y + (size_type)n * p.channels * plane + at;
        if (!inside) {
            for (int c = 0; c < p.channels; c++) put(to + (size_type)c * plane, 0.0f);
            continue;
        }
        int top = crops ? crops[3 * n] : 0, left = crops ? crops[3 * n + 1] : 0, mirror = crops ? crops[3 * n + 2] : 0;
        int column = left + (mirror ? p.width - 1 - j : j);
        const T* from = x + (((size_type)n * p.source_height + top + i) * p.source_width + column) * p.channels;
        for (int c = 0; c < p.channels; c++) put(to + (size_type)c * plane, ((float)from[c] - mean[c]) * scale[c]);
    }
}

template <class T, class U>
__device__ __forceinline__ void picture_to_nhwc(const T* __restrict__ x, const int* __restrict__ crops,
                                                const float* __restrict__ mean, const float* __restrict__ scale,
                                                U* __restrict__ y, const Picture& p)
{
    int row = p.padded_width * p.channels, count = p.padded_height * row;
    int at = (int)(blockIdx.x * 256 + threadIdx.x) * 8;
    int i0 = at / row, j0 = (at - i0 * row) / p.channels, c0 = at - i0 * row - j0 * p.channels;
    for (int n = blockIdx.y; n < p.images; n += gridDim.y) {
        int top = crops ? crops[3 * n] : 0, left = crops ? crops[3 * n + 1] : 0, mirror = crops ? crops[3 * n + 2] : 0;
        const T* from = x + (((size_type)n * p.source_height + top) * p.source_width + left) * p.channels;   // the crop
        float v[8];
        int i = i0, j = j0, c = c0;
#pragma unroll
        for (int k = 0; k < 8; k++) {
            v[k] = 0.0f;
            if (i < p.height && j < p.width) {
                int column = mirror ? p.width - 1 - j : j;
                v[k] = ((float)from[(i * p.source_width + column) * p.channels + c] - mean[c]) * scale[c];
            }
            if (++c == p.channels) {
                c = 0;
                if (++j == p.padded_width) {
                    j = 0;
                    i++;
                }
            }
        }
        U* to = y + (size_type)n * count + at;
        if (aligned16(to) && at <= count - 8) {
            store_run(to, v);
        } else {
#pragma unroll
            for (int k = 0; k < 8; k++)
                if (k < count - at) put(to + k, v[k]);
        }
    }
}

#define IMAGE(NAME, T, U, FUNCTION)                                                                                      \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* __restrict__ x, const int* __restrict__ crops, const float* __restrict__ mean,                   \
             const float* __restrict__ scale, U* __restrict__ y, Picture p)                                            \
    {                                                                                                                  \
        FUNCTION(x, crops, mean, scale, y, p);                                                                         \
    }

// budget image_uint8 64
IMAGE(image_uint8, uint8, float, picture_to_input)
// budget image_float 64
IMAGE(image_float, float, float, picture_to_input)
// budget image_uint8_f16 64
IMAGE(image_uint8_f16, uint8, Half, picture_to_input)
// budget image_float_f16 64
IMAGE(image_float_f16, float, Half, picture_to_input)
// budget image_uint8_bf16 64
IMAGE(image_uint8_bf16, uint8, BFloat16, picture_to_input)
// budget image_float_bf16 64
IMAGE(image_float_bf16, float, BFloat16, picture_to_input)
// budget image_uint8_f16_nhwc 64
IMAGE(image_uint8_f16_nhwc, uint8, Half, picture_to_nhwc)
// budget image_float_f16_nhwc 64
IMAGE(image_float_f16_nhwc, float, Half, picture_to_nhwc)
// budget image_uint8_bf16_nhwc 64
IMAGE(image_uint8_bf16_nhwc, uint8, BFloat16, picture_to_nhwc)
// budget image_float_bf16_nhwc 64
IMAGE(image_float_bf16_nhwc, float, BFloat16, picture_to_nhwc)
