// Pictures to network input: crop, mirror, normalise, and place into the top-left of a zero-padded NCHW buffer (that is how
// SAME's asymmetric padding costs nothing: the convolution then pads symmetrically).
//
//   y[n][c][i][j] = (x[n][top_n + i][left_n + (mirror_n ? width - 1 - j : j)][c] - mean_c) * scale_c   for i < height, j < width
//   y = 0 elsewhere in the padded buffer
//   x: uint8 or float, interleaved (NHWC); crops: three ints an image: top, left, mirror; null: 0, 0, 0
//
// Launch: one thread an element of a padded plane: x = ceil(padded plane / 256) blocks of 256, y = images (strided).
// Least traffic: 1 (or 4) bytes an element read, 4 written.
#include "common.cuh"

struct Picture {
    int images, channels;
    int source_height, source_width;
    int height, width;                  // of the crop
    int padded_height, padded_width;
};

template <class T>
__device__ __forceinline__ void picture_to_input(const T* __restrict__ x, const int* __restrict__ crops,
                                                 const float* __restrict__ mean, const float* __restrict__ scale,
                                                 float* __restrict__ y, const Picture& p)
{
    int plane = p.padded_height * p.padded_width, at = blockIdx.x * 256 + threadIdx.x;
    if (at >= plane) return;
    int i = at / p.padded_width, j = at - i * p.padded_width;
    bool inside = i < p.height && j < p.width;
    for (int n = blockIdx.y; n < p.images; n += gridDim.y) {
        float* to = y + (size_type)n * p.channels * plane + at;
        if (!inside) {
            for (int c = 0; c < p.channels; c++) to[(size_type)c * plane] = 0.0f;
            continue;
        }
        int top = crops ? crops[3 * n] : 0, left = crops ? crops[3 * n + 1] : 0, mirror = crops ? crops[3 * n + 2] : 0;
        int column = left + (mirror ? p.width - 1 - j : j);
        const T* from = x + (((size_type)n * p.source_height + top + i) * p.source_width + column) * p.channels;
        for (int c = 0; c < p.channels; c++) to[(size_type)c * plane] = ((float)from[c] - mean[c]) * scale[c];
    }
}

// budget image_uint8 64
extern "C" __global__ void __launch_bounds__(256)
    image_uint8(const uint8* __restrict__ x, const int* __restrict__ crops, const float* __restrict__ mean,
                const float* __restrict__ scale, float* __restrict__ y, Picture p)
{
    picture_to_input(x, crops, mean, scale, y, p);
}

// budget image_float 64
extern "C" __global__ void __launch_bounds__(256)
    image_float(const float* __restrict__ x, const int* __restrict__ crops, const float* __restrict__ mean,
                const float* __restrict__ scale, float* __restrict__ y, Picture p)
{
    picture_to_input(x, crops, mean, scale, y, p);
}
