// Bias and ReLU, forward and backward, NHWC, elements of two bytes: a matrix with a row for each position of each image and a
// column for each channel. So is a fully connected layer, whatever the layout; forward takes that of floats too. The ReLU alone
// has no layout: bias_relu.cu.
//
//   forward   y = relu(x + b_c) with relu(v) = v < 0 ? 0 : v, so that NaN stays; bias and ReLU are each optional
//   backward  dx = y <= 0 ? 0 : dy, db_c = sum of dx over the rows; bias and db are float
//
// Launch: blocks of 256: x = groups of at most 256 channels, y = splits of the rows. A thread has 16 bytes, 8 channels (4 floats), of
// every so-many-th row: the same channels always.
//   bias_relu_forward_*_nhwc   about four rows a thread
//   bias_relu_forward_rows     the same of floats, in groups of 64 channels: a block then has 64 rows, so that few read a bias again
//   bias_relu_backward_*_nhwc  at least four rows a thread, at most 432 blocks; a block adds its threads' sums, in order, in
//                              shared memory, and writes a partial sum a channel and split
//   sum_many_rows              blocks of 8 columns x 64: x = ceil(columns / 8); adds the splits' partial sums, in order
// Where the channels are no multiple of 8 (4 floats), or an address none of 16, a thread has one channel instead.
// Least traffic: forward 4 bytes an element (x, y; in place allowed), of floats 8, backward 6 (y, dy, dx; dx may be dy), 2 for the bias
// gradient alone; the sums are 4 bytes a channel and split.
#include "common.cuh"

__device__ __forceinline__ float relu(float v) { return v < 0.0f ? 0.0f : v; }
__device__ __forceinline__ float relu_gradient(float y, float dy) { return y <= 0.0f ? 0.0f : dy; }

// The elements of one thread.
template <int N, class T>
__device__ __forceinline__ void load(const T* p, float (&v)[N]) { load_run(p, v); }
template <class T>
__device__ __forceinline__ void load(const T* p, float (&v)[1]) { v[0] = value(*p); }
template <int N, class T>
__device__ __forceinline__ void store(T* p, const float (&v)[N]) { store_run(p, v); }
template <class T>
__device__ __forceinline__ void store(T* p, const float (&v)[1]) { put(p, v[0]); }

// The rows that a thread has: `first`, `first + step`, ...; -1: it has no channels. N channels from `channel` are its own.
template <int N>
__device__ __forceinline__ size_type first_row(int width, size_type& step, int& channel)
{
    int columns = width / N, lanes = 256 / columns, lane = threadIdx.x / columns;
    step = (size_type)gridDim.y * lanes;
    channel = (threadIdx.x - lane * columns) * N;
    return lane < lanes ? (size_type)blockIdx.y * lanes + lane : -1;
}

// x and y may be the same buffer, so neither is __restrict__.
template <int N, class T>
__device__ __forceinline__ void forward_group(const T* x, const float* __restrict__ bias, T* y, size_type rows, int channels,
                                              int first, int width, int rectify)
{
    size_type step;
    int channel;
    size_type r = first_row<N>(width, step, channel);
    if (r < 0) return;
    first += channel;
    float b[N];
#pragma unroll
    for (int k = 0; k < N; k++) b[k] = 0.0f;
    if (bias) load(bias + first, b);
    for (; r < rows; r += step) {
        size_type i = r * channels + first;
        float v[N];
        load(x + i, v);
#pragma unroll
        for (int k = 0; k < N; k++) {
            if (bias) v[k] += b[k];
            v[k] = rectify ? relu(v[k]) : v[k];
        }
        store(y + i, v);
    }
}

// group: a multiple of 8, at most 256.
template <class T>
__device__ __forceinline__ void forward(const T* x, const float* __restrict__ bias, T* y, size_type rows, int channels,
                                        int group, int rectify)
{
    const int N = 16 / sizeof(T);
    int first = blockIdx.x * group, width = smaller(group, channels - first);
    if (channels % N == 0 && aligned16(x, y, bias))
        forward_group<N>(x, bias, y, rows, channels, first, width, rectify);
    else
        forward_group<1>(x, bias, y, rows, channels, first, width, rectify);
}

#define FORWARD(NAME, T)                                                                                                 \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* x, const float* __restrict__ bias, T* y, size_type rows, int channels, int group, int rectify)   \
    {                                                                                                                  \
        forward(x, bias, y, rows, channels, group, rectify);                                                           \
    }

// budget bias_relu_forward_f16_nhwc 32
FORWARD(bias_relu_forward_f16_nhwc, Half)
// budget bias_relu_forward_bf16_nhwc 40
FORWARD(bias_relu_forward_bf16_nhwc, BFloat16)
// budget bias_relu_forward_rows 32
FORWARD(bias_relu_forward_rows, float)

// A channel's sum of row lane `lane` lies at [channel % N][lane * columns + channel / N] of the scratch, whose rows are 260 apart:
// neither side has bank conflicts.
const int PITCH = 260;

template <int N, class T>
__device__ __forceinline__ void backward_group(const T* __restrict__ y, const T* dy, T* dx, float* __restrict__ partial,
                                               size_type rows, int channels, int first, int width, float* scratch)
{
    size_type step;
    int channel;
    size_type r = first_row<N>(width, step, channel);
    if (r >= 0) {
        float sum[N];
#pragma unroll
        for (int k = 0; k < N; k++) sum[k] = 0.0f;
        for (; r < rows; r += step) {
            size_type i = r * channels + first + channel;
            float v[N];
            load(dy + i, v);
            if (y) {
                float a[N];
                load(y + i, a);
#pragma unroll
                for (int k = 0; k < N; k++) v[k] = relu_gradient(a[k], v[k]);
                store(dx + i, v);
            }
#pragma unroll
            for (int k = 0; k < N; k++) sum[k] += v[k];
        }
#pragma unroll
        for (int k = 0; k < N; k++) scratch[k * PITCH + threadIdx.x] = sum[k];
    }
    __syncthreads();
    if (threadIdx.x >= width) return;
    int columns = width / N, lanes = 256 / columns;
    const float* from = scratch + (threadIdx.x % N) * PITCH + threadIdx.x / N;
    float total = 0.0f;
    for (int l = 0; l < lanes; l++) total += from[l * columns];
    partial[(size_type)blockIdx.y * channels + first + threadIdx.x] = total;
}

// Block (g, s): channels g * group ... of the rows of split s into partial[s][c]. Without ReLU y is null and dx is not written.
template <class T>
__device__ __forceinline__ void backward(const T* __restrict__ y, const T* dy, T* dx, float* __restrict__ partial,
                                         size_type rows, int channels, int group)
{
    __shared__ float scratch[8 * PITCH];
    int first = blockIdx.x * group, width = smaller(group, channels - first);
    if ((channels & 7) == 0 && aligned16(dy, y ? y : dy, y ? dx : dy))
        backward_group<8>(y, dy, dx, partial, rows, channels, first, width, scratch);
    else
        backward_group<1>(y, dy, dx, partial, rows, channels, first, width, scratch);
}

#define BACKWARD(NAME, T)                                                                                                \
    extern "C" __global__ void __launch_bounds__(256)                                                                  \
        NAME(const T* __restrict__ y, const T* dy, T* dx, float* __restrict__ partial, size_type rows, int channels,   \
             int group)                                                                                                \
    {                                                                                                                  \
        backward(y, dy, dx, partial, rows, channels, group);                                                           \
    }

// budget bias_relu_backward_f16_nhwc 48
BACKWARD(bias_relu_backward_f16_nhwc, Half)
// budget bias_relu_backward_bf16_nhwc 48
BACKWARD(bias_relu_backward_bf16_nhwc, BFloat16)

// sums[c] = the sum of column c. A block has a sector of columns and many rows at once: the sum of hundreds of rows is a wait for
// memory, of which each thread then has a few, all asked for together.
// budget sum_many_rows 40
extern "C" __global__ void __launch_bounds__(512)
    sum_many_rows(const float* __restrict__ matrix, float* __restrict__ sums, int rows, int columns)
{
    __shared__ float scratch[64][8];
    int c = blockIdx.x * 8 + threadIdx.x;
    float sum = 0.0f;
    if (c < columns)
#pragma unroll 8
        for (int r = threadIdx.y; r < rows; r += 64) sum += matrix[(size_type)r * columns + c];
    scratch[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y != 0 || c >= columns) return;
    sum = 0.0f;
#pragma unroll
    for (int i = 0; i < 64; i++) sum += scratch[i][threadIdx.x];
    sums[c] = sum;
}
