// Dropout; forward and backward are one kernel, since the mask is made again from its counter.
//
//   y_i = u_i < keep ? x_i / keep : 0      (the division is a multiplication by 1 / keep, rounded once more in storage)
//   u_i = (word >> 8) * 2^-24, word = Philox4x32-10(counter, key)[i % 4], i the element's index in NCHW order, so that every
//   layout and storage has the same mask
//   counter = (low and high 32 bits of i / 4, FNV-1a-32 of the layer's name, step), key = (low, high 32 bits of the seed)
//
// Launch
//   dropout, dropout_f16, dropout_bf16   blocks of 256, 16 bytes a thread (4 floats and one Philox block, or 8 elements of two
//                                        bytes and two): x = ceil(count / 1024 or 2048)
//   dropout_*_nhwc                       blocks of 256, a thread has four positions of 8 channels (of one, where they are no
//                                        multiple of 8 or an address none of 16): x = ceil(quads of positions * channels / 8
//                                        / 256), strided; y = images (strided). A channel's four positions are one Philox
//                                        block where the plane is a multiple of 4, else two.
// A tensor of one position has no layout: it goes through the first ones.
// Least traffic: 8 bytes an element (x, y; in place allowed); with elements of two bytes 4.
#include "common.cuh"

// Whether the elements of Philox block `quad` are kept: bits 0 to 3.
__device__ __forceinline__ uint32 kept(uint64 quad, float keep, uint32 layer, uint32 step, uint64 seed)
{
    Words r = philox((uint32)quad, (uint32)(quad >> 32), layer, step, seed);
    return (unit(r.x) < keep ? 1 : 0) | (unit(r.y) < keep ? 2 : 0) | (unit(r.z) < keep ? 4 : 0) | (unit(r.w) < keep ? 8 : 0);
}

// budget dropout 24
extern "C" __global__ void __launch_bounds__(256)
    dropout(const float* x, float* y, size_type count, float keep, float scale, uint64 seed, uint32 layer,
            const StepState* __restrict__ state)
{
    size_type quad = (size_type)blockIdx.x * 256 + threadIdx.x, i = quad * 4;
    if (i >= count) return;
    Words r = philox((uint32)quad, (uint32)((uint64)quad >> 32), layer, state->step, seed);
    bool a = unit(r.x) < keep, b = unit(r.y) < keep, c = unit(r.z) < keep, d = unit(r.w) < keep;
    if (aligned16(x, y) && i + 4 <= count) {
        Four v = load4(x + i);
        store4(y + i, a ? v.x * scale : 0.0f, b ? v.y * scale : 0.0f, c ? v.z * scale : 0.0f, d ? v.w * scale : 0.0f);
    } else {
        y[i] = a ? x[i] * scale : 0.0f;
        if (i + 1 < count) y[i + 1] = b ? x[i + 1] * scale : 0.0f;
        if (i + 2 < count) y[i + 2] = c ? x[i + 2] * scale : 0.0f;
        if (i + 3 < count) y[i + 3] = d ? x[i + 3] * scale : 0.0f;
    }
}

template <class T>
__device__ __forceinline__ void dropout_eight(const T* x, T* y, size_type count, float keep, float scale, uint64 seed,
                                              uint32 layer, uint32 step)
{
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 8;
    uint32 mask = kept((uint64)i / 4, keep, layer, step, seed) | kept((uint64)i / 4 + 1, keep, layer, step, seed) << 4;
    if (aligned16(x, y) && i + 8 <= count) {
        float v[8];
        load_run(x + i, v);
#pragma unroll
        for (int k = 0; k < 8; k++) v[k] = mask >> k & 1 ? v[k] * scale : 0.0f;
        store_run(y + i, v);
    } else {
        for (int k = 0; k < 8 && i + k < count; k++) put(y + i + k, mask >> k & 1 ? value(x[i + k]) * scale : 0.0f);
    }
}

#define DROPOUT(NAME, T)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* x, T* y, size_type count, float keep, float scale, uint64 seed, uint32 layer,                    \
             const StepState* __restrict__ state)                                                                      \
    {                                                                                                                  \
        dropout_eight(x, y, count, keep, scale, seed, layer, state->step);                                             \
    }

// budget dropout_f16 32
DROPOUT(dropout_f16, Half)
// budget dropout_bf16 32
DROPOUT(dropout_bf16, BFloat16)

// Whether four elements from NCHW index i are kept: bits 0 to 3.
__device__ __forceinline__ uint32 four_kept(uint64 i, float keep, uint32 layer, uint32 step, uint64 seed)
{
    uint32 mask = kept(i >> 2, keep, layer, step, seed);
    if ((i & 3) != 0) mask = (mask | kept((i >> 2) + 1, keep, layer, step, seed) << 4) >> (i & 3);
    return mask & 15;
}

// Positions p, p + 1, p + 2, p + 3 of N channels from c; x and y start at the image, first is its first element's index.
template <int N, class T>
__device__ __forceinline__ void four_positions(const T* x, T* y, uint64 first, int p, int plane, int c, int channels,
                                               float keep, float scale, uint64 seed, uint32 layer, uint32 step)
{
    uint32 mask = 0;   // four bits a channel
#pragma unroll 1
    for (int k = 0; k < N; k++)
        mask |= four_kept(first + (uint64)(c + k) * plane + p, keep, layer, step, seed) << (4 * k);
    for (int q = 0; q < 4 && p + q < plane; q++, mask >>= 1) {
        size_type at = (size_type)(p + q) * channels + c;
        if (N == 8) {
            float v[8];
            load_run(x + at, v);
#pragma unroll
            for (int k = 0; k < 8; k++) v[k] = mask >> (4 * k) & 1 ? v[k] * scale : 0.0f;
            store_run(y + at, v);
        } else {
            put(y + at, mask & 1 ? value(x[at]) * scale : 0.0f);
        }
    }
}

template <class T>
__device__ __forceinline__ void dropout_nhwc(const T* x, T* y, int images, int channels, int plane, float keep, float scale,
                                             uint64 seed, uint32 layer, uint32 step)
{
    bool wide = (channels & 7) == 0 && aligned16(x, y);
    int across = wide ? channels / 8 : channels;
    size_type items = (size_type)((plane + 3) / 4) * across;
    for (int n = blockIdx.y; n < images; n += gridDim.y) {
        size_type first = (size_type)n * channels * plane;
        for (size_type item = (size_type)blockIdx.x * 256 + threadIdx.x; item < items; item += (size_type)gridDim.x * 256) {
            int quad = (int)((uint32)item / (uint32)across), column = (int)item - quad * across;
            if (wide)
                four_positions<8>(x + first, y + first, first, quad * 4, plane, column * 8, channels, keep, scale, seed, layer, step);
            else
                four_positions<1>(x + first, y + first, first, quad * 4, plane, column, channels, keep, scale, seed, layer, step);
        }
    }
}

#define DROPOUT_NHWC(NAME, T)                                                                                            \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* x, T* y, int images, int channels, int plane, float keep, float scale, uint64 seed, uint32 layer, \
             const StepState* __restrict__ state)                                                                      \
    {                                                                                                                  \
        dropout_nhwc(x, y, images, channels, plane, keep, scale, seed, layer, state->step);                            \
    }

// budget dropout_f16_nhwc 48
DROPOUT_NHWC(dropout_f16_nhwc, Half)
// budget dropout_bf16_nhwc 48
DROPOUT_NHWC(dropout_bf16_nhwc, BFloat16)
