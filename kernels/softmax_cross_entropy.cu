// Softmax and cross-entropy over rows of `classes` scores.
//
//   p_j = exp(x_j - max) / sum exp(x - max),  loss = ln sum exp(x - max) - (x_label - max)
//   dx_j = (p_j - [j = label]) * loss scale / rows      (the mean loss over the rows)
//   softmax_backward: dx_j = p_j (g_j - sum g p)        (any gradient g of p)
// A label outside 0 ... classes - 1 gives NaN, loss and gradients of that row: a mistake that shows.
//
// Scores x and their gradients dx are float, or (kernels that end in _f16, _bf16) of two bytes; p, g and the losses are float.
//
// Launch: a block of 256 a row: x = rows (strided where there are more than the grid has).
// Least traffic: forward 8 bytes a score (x, p), backward 8 (p, dx), softmax_backward 12 (p, g, dx); with scores of two bytes
// 2 less. A row is read again from the nearest cache: three times forward, twice in softmax_backward.
#include "common.cuh"

// The maximum over a block; NaN wins. scratch: one float a warp.
__device__ __forceinline__ float block_maximum(float v, float* scratch)
{
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, warps = blockDim.x >> 5;
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) {
        float other = __shfl_xor_sync(ALL_LANES, v, offset);
        v = other > v || other != other ? other : v;
    }
    __syncthreads();
    if (lane == 0) scratch[warp] = v;
    __syncthreads();
    v = lane < warps ? scratch[lane] : -INFINITE;
#pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1) {
        float other = __shfl_xor_sync(ALL_LANES, v, offset);
        v = other > v || other != other ? other : v;
    }
    return v;
}

// labels and loss may be null: a softmax alone. probabilities may be null: the loss alone.
template <class T>
__device__ __forceinline__ void forward(const T* __restrict__ x, const int* __restrict__ labels,
                                        float* __restrict__ probabilities, float* __restrict__ loss, int rows, int classes)
{
    __shared__ float scratch[8];
    for (int row = blockIdx.x; row < rows; row += gridDim.x) {
        const T* from = x + (size_type)row * classes;
        float top = -INFINITE;
        for (int i = threadIdx.x; i < classes; i += 256) {
            float v = value(from[i]);
            top = v > top || v != v ? v : top;
        }
        top = block_maximum(top, scratch);
        float sum = 0.0f;
        for (int i = threadIdx.x; i < classes; i += 256) sum += exponential(value(from[i]) - top);
        sum = block_sum(sum, scratch);
        if (probabilities) {
            float* to = probabilities + (size_type)row * classes;
            for (int i = threadIdx.x; i < classes; i += 256) to[i] = exponential(value(from[i]) - top) / sum;
        }
        if (loss && threadIdx.x == 0) {
            int label = labels[row];
            loss[row] = label >= 0 && label < classes ? logarithm(sum) - (value(from[label]) - top) : NOT_A_NUMBER;
        }
    }
}

#define FORWARD(NAME, T)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* __restrict__ x, const int* __restrict__ labels, float* __restrict__ probabilities,               \
             float* __restrict__ loss, int rows, int classes)                                                          \
    {                                                                                                                  \
        forward(x, labels, probabilities, loss, rows, classes);                                                        \
    }

// budget softmax_cross_entropy_forward 56
FORWARD(softmax_cross_entropy_forward, float)
// budget softmax_cross_entropy_forward_f16 40
FORWARD(softmax_cross_entropy_forward_f16, Half)
// budget softmax_cross_entropy_forward_bf16 40
FORWARD(softmax_cross_entropy_forward_bf16, BFloat16)

template <class T>
__device__ __forceinline__ void backward(const float* __restrict__ probabilities, const int* __restrict__ labels,
                                         T* __restrict__ dx, int rows, int classes, const StepState* __restrict__ state)
{
    for (int row = blockIdx.x; row < rows; row += gridDim.x) {
        int label = labels[row];
        float scale = label >= 0 && label < classes ? state->loss_scale / (float)rows : NOT_A_NUMBER;
        const float* p = probabilities + (size_type)row * classes;
        T* to = dx + (size_type)row * classes;
        for (int i = threadIdx.x; i < classes; i += 256) put(to + i, (p[i] - (i == label ? 1.0f : 0.0f)) * scale);
    }
}

#define BACKWARD(NAME, T)                                                                                                \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const float* __restrict__ probabilities, const int* __restrict__ labels, T* __restrict__ dx, int rows,    \
             int classes, const StepState* __restrict__ state)                                                         \
    {                                                                                                                  \
        backward(probabilities, labels, dx, rows, classes, state);                                                     \
    }

// budget softmax_cross_entropy_backward 56
BACKWARD(softmax_cross_entropy_backward, float)
// budget softmax_cross_entropy_backward_f16 56
BACKWARD(softmax_cross_entropy_backward_f16, Half)
// budget softmax_cross_entropy_backward_bf16 32
BACKWARD(softmax_cross_entropy_backward_bf16, BFloat16)

template <class T>
__device__ __forceinline__ void softmax_gradient(const float* __restrict__ probabilities, const float* __restrict__ g,
                                                 T* __restrict__ dx, int rows, int classes)
{
    __shared__ float scratch[8];
    for (int row = blockIdx.x; row < rows; row += gridDim.x) {
        size_type offset = (size_type)row * classes;
        float sum = 0.0f;
        for (int i = threadIdx.x; i < classes; i += 256) sum = __fmaf_rn(probabilities[offset + i], g[offset + i], sum);
        sum = block_sum(sum, scratch);
        for (int i = threadIdx.x; i < classes; i += 256)
            put(dx + offset + i, probabilities[offset + i] * (g[offset + i] - sum));
    }
}

#define SOFTMAX_BACKWARD(NAME, T)                                                                                        \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const float* __restrict__ probabilities, const float* __restrict__ g, T* __restrict__ dx, int rows,       \
             int classes)                                                                                              \
    {                                                                                                                  \
        softmax_gradient(probabilities, g, dx, rows, classes);                                                         \
    }

// budget softmax_backward 64
SOFTMAX_BACKWARD(softmax_backward, float)
// budget softmax_backward_f16 64
SOFTMAX_BACKWARD(softmax_backward_f16, Half)
// budget softmax_backward_bf16 64
SOFTMAX_BACKWARD(softmax_backward_bf16, BFloat16)
