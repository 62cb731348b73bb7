// Bias and ReLU, forward and backward, NCHW. NHWC, and the forward pass of a fully connected layer: bias_relu_nhwc.cu.
//
//   forward   y = relu(x + b_c) with relu(v) = v < 0 ? 0 : v, so that NaN stays; bias and ReLU are each optional
//   backward  dx = y <= 0 ? 0 : dy, db_c = sum of dx over images and positions
//
// x, y, dy and dx are float, or (kernels that end in _f16, _bf16) elements of two bytes; bias and db are always float.
//
// Launch (16 bytes a thread: 4 floats or 8 elements of two bytes; a block of 256 moves 1024 or 2048)
//   bias_relu_forward       blocks of 256: x = ceil(image / 1024 or 2048), y = images
//   relu_backward           the same, over the whole tensor (any layout)
//   bias_relu_backward      blocks of 256, a warp a plane: x = groups of channels, y = splits of the images; partial sums
//   bias_relu_backward_rows one thread a channel (planes of one element): x = ceil(channels / 64) of 64, y = splits
//   sum_rows                one thread a column: x = ceil(columns / 64) of 64; adds the splits' partial sums in order
// Planes of one element have no layout: bias_relu_nhwc.cu takes them forward, and with elements of two bytes backward, too.
// Least traffic: forward 8 bytes an element (x, y; in place allowed), backward 12 (y, dy, dx; dx may be dy), 8 for the bias
// gradient alone without dx; with elements of two bytes half of that. The sums are a few bytes a channel.
#include "common.cuh"

__device__ __forceinline__ float relu(float v) { return v < 0.0f ? 0.0f : v; }
__device__ __forceinline__ float relu_gradient(float y, float dy) { return y <= 0.0f ? 0.0f : dy; }

__device__ __forceinline__ float biased(float v, const float* bias, uint32 i, const Divisor& plane, int rectify)
{
    if (bias) v += bias[divide(i, plane)];
    return rectify ? relu(v) : v;
}

// The biases of N neighbouring elements, from i of an image on. Those of a plane share one, so that a warp asks for a sector or
// two of biases, not for N.
template <int N>
__device__ __forceinline__ void add_bias(float (&v)[N], const float* __restrict__ bias, uint32 i, const Divisor& plane)
{
    if (plane.divisor >= N - 1) {   // they lie in two planes at most
        uint32 c = divide(i, plane), left = (c + 1) * plane.divisor - i;
        float b = bias[c];
        if (left >= N) {
#pragma unroll
            for (int k = 0; k < N; k++) v[k] += b;
        } else {
            float next = bias[c + 1];
#pragma unroll
            for (int k = 0; k < N; k++) v[k] += k < left ? b : next;
        }
    } else {
#pragma unroll
        for (int k = 0; k < N; k++) v[k] += bias[divide(i + k, plane)];
    }
}

// size: elements of one image, channels * plane. x and y may be the same buffer, so neither is __restrict__.
template <class T>
__device__ __forceinline__ void forward(const T* x, const float* __restrict__ bias, T* y, int images, int size,
                                        const Divisor& plane, int rectify)
{
    const int N = 16 / sizeof(T);
    for (int n = blockIdx.y; n < images; n += gridDim.y) {
        const T* from = x + (size_type)n * size;
        T* to = y + (size_type)n * size;
        uint32 block = blockIdx.x * (256u * N), i = block + threadIdx.x * N;
        if (aligned16(from, to) && i + N <= size) {
            float v[N];
            load_run(from + i, v);
            if (bias) add_bias(v, bias, i, plane);
#pragma unroll
            for (int k = 0; k < N; k++) v[k] = rectify ? relu(v[k]) : v[k];
            store_run(to + i, v);
        } else if (aligned16(from, to)) {
            for (; i < size; i++) put(to + i, biased(value(from[i]), bias, i, plane, rectify));
        } else {
            uint32 end = block + 256 * N < size ? block + 256 * N : size;
            for (i = block + threadIdx.x; i < end; i += 256) put(to + i, biased(value(from[i]), bias, i, plane, rectify));
        }
    }
}

#define FORWARD(NAME, T, ...)                                                                                            \
    extern "C" __global__ void __launch_bounds__(__VA_ARGS__)                                                          \
        NAME(const T* x, const float* __restrict__ bias, T* y, int images, int size, Divisor plane, int rectify)       \
    {                                                                                                                  \
        forward(x, bias, y, images, size, plane, rectify);                                                             \
    }

// budget bias_relu_forward 40
FORWARD(bias_relu_forward, float, 256)
// budget bias_relu_forward_f16 48
FORWARD(bias_relu_forward_f16, Half, 256, 4)
// budget bias_relu_forward_bf16 48
FORWARD(bias_relu_forward_bf16, BFloat16, 256, 4)

// dx may be dy.
template <class T>
__device__ __forceinline__ void masked(const T* __restrict__ y, const T* dy, T* dx, size_type count)
{
    const int N = 16 / sizeof(T);
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * N;
    if (aligned16(y, dy, dx) && i + N <= count) {
        float a[N], g[N];
        load_run(y + i, a);
        load_run(dy + i, g);
#pragma unroll
        for (int k = 0; k < N; k++) g[k] = relu_gradient(a[k], g[k]);
        store_run(dx + i, g);
    } else {
        size_type end = i + N < count ? i + N : count;
        for (; i < end; i++) put(dx + i, relu_gradient(value(y[i]), value(dy[i])));
    }
}

#define RELU_BACKWARD(NAME, T)                                                                                           \
    extern "C" __global__ void __launch_bounds__(256) NAME(const T* __restrict__ y, const T* dy, T* dx, size_type count) \
    {                                                                                                                  \
        masked(y, dy, dx, count);                                                                                      \
    }

// budget relu_backward 24
RELU_BACKWARD(relu_backward, float)
// budget relu_backward_f16 24
RELU_BACKWARD(relu_backward_f16, Half)
// budget relu_backward_bf16 24
RELU_BACKWARD(relu_backward_bf16, BFloat16)

// Two elements of two bytes, which lie in one word; either may be outside of the plane. The sum of what is inside.
template <class T>
__device__ __forceinline__ float masked_pair(const T* __restrict__ y, const T* dy, T* dx, int i, int plane)
{
    // One way out: the lanes of both branches then go round the caller's loop together, and their requests stay whole.
    float low, high = zero();
    if (i >= 0 && i + 1 < plane) {
        split(*(const uint32*)(dy + i), low, high, T());
        if (y) {
            float a, b;
            split(*(const uint32*)(y + i), a, b, T());
            low = relu_gradient(a, low);
            high = relu_gradient(b, high);
            *(uint32*)(dx + i) = join(low, high, T());
        }
    } else {
        i += i < 0 ? 1 : 0;   // the one that is inside
        low = value(dy[i]);
        if (y) {
            low = relu_gradient(value(y[i]), low);
            put(dx + i, low);
        }
    }
    return low + high;
}
__device__ __forceinline__ float masked_pair(const float*, const float*, float*, int, int) { return 0.0f; }   // never

// All three lie alike within words of four bytes.
__device__ __forceinline__ bool alike(const void* a, const void* b, const void* c)
{
    return ((((uint64)a ^ (uint64)b) | ((uint64)a ^ (uint64)c)) & 3) == 0;
}

// Block (g, s) sums the channels of group g over the images s, s + splits, ... into partial[s][c]: warp w has the group's
// channel w % group (1, 2, 4 or 8 channels). A group's planes lie side by side, so that the sectors two of them share are
// one block's. Without ReLU y is null and dx is not written. Lanes start at a 128-byte boundary, so that each sector of a
// plane is requested once. The loops count alike in all lanes: unrolled by a count of each lane's own, they would split requests.
template <class T>
__device__ __forceinline__ void backward(const T* __restrict__ y, const T* dy, T* dx, float* __restrict__ partial, int images,
                                         int channels, int plane, int group)
{
    const int N = 16 / sizeof(T);
    __shared__ float scratch[8];
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, c = blockIdx.x * group + (warp & (group - 1));
    int warps = 8 / group;   // of a channel
    float sum = zero();
    for (size_type n = blockIdx.y + (size_type)(warp / group) * gridDim.y; n < images && c < channels;
         n += (size_type)warps * gridDim.y) {
        size_type offset = (n * channels + c) * plane;
        const T* g = dy + offset;
        const T* a = y + offset;
        T* d = dx + offset;
        if (plane % N == 0 && aligned16(dy, y ? y : dy, y ? dx : dy)) {
            for (int start = -lead(g, sizeof(T)); start < plane; start += 32 * N) {
                int i = start + lane * N;
                if (i < 0 || i >= plane) continue;
                float v[N];
                load_run(g + i, v);
                if (y) {
                    float b[N];
                    load_run(a + i, b);
#pragma unroll
                    for (int k = 0; k < N; k++) v[k] = relu_gradient(b[k], v[k]);
                    store_run(d + i, v);
                }
                sum += run_sum(v);
            }
        } else if (N == 8 && alike(g, y ? a : g, y ? d : g)) {
            for (int start = -lead(g, sizeof(T)); start < plane; start += 64) {
                int i = start + 2 * lane;
                if (i < -1 || i >= plane) continue;
                sum += masked_pair(y ? a : y, g, d, i, plane);
            }
        } else {
            for (int start = -(lead(g, sizeof(T)) % 32); start < plane; start += 32) {
                int i = start + lane;
                if (i < 0 || i >= plane) continue;
                float v = value(g[i]);
                if (y) {
                    v = relu_gradient(value(a[i]), v);
                    put(d + i, v);
                }
                sum += v;
            }
        }
    }
    sum = warp_sum(sum);
    if (lane == 0) scratch[warp] = sum;
    __syncthreads();
    c = blockIdx.x * group + threadIdx.x;
    if (threadIdx.x >= group || c >= channels) return;
    sum = 0.0f;
    for (int i = 0; i < warps; i++) sum += scratch[i * group + threadIdx.x];
    partial[(size_type)blockIdx.y * channels + c] = sum;
}

#define BACKWARD(NAME, T)                                                                                                \
    extern "C" __global__ void __launch_bounds__(256, 4)                                                               \
        NAME(const T* __restrict__ y, const T* dy, T* dx, float* __restrict__ partial, int images, int channels,       \
             int plane, int group)                                                                                     \
    {                                                                                                                  \
        backward(y, dy, dx, partial, images, channels, plane, group);                                                  \
    }

// budget bias_relu_backward 40
BACKWARD(bias_relu_backward, float)
// budget bias_relu_backward_f16 48
BACKWARD(bias_relu_backward_f16, Half)
// budget bias_relu_backward_bf16 40
BACKWARD(bias_relu_backward_bf16, BFloat16)

// Planes of one element: channel c of the images s, s + splits, ... into partial[s][c].
// budget bias_relu_backward_rows 16
extern "C" __global__ void __launch_bounds__(64)
    bias_relu_backward_rows(const float* __restrict__ y, const float* dy, float* dx, float* __restrict__ partial,
                            int images, int channels)
{
    int c = blockIdx.x * 64 + threadIdx.x;
    if (c >= channels) return;
    float sum = 0.0f;
    for (int n = blockIdx.y; n < images; n += gridDim.y) {
        size_type i = (size_type)n * channels + c;
        float v = dy[i];
        if (y) {
            v = relu_gradient(y[i], v);
            dx[i] = v;
        }
        sum += v;
    }
    partial[(size_type)blockIdx.y * channels + c] = sum;
}

// budget sum_rows 40
extern "C" __global__ void __launch_bounds__(64)
    sum_rows(const float* __restrict__ rows, float* __restrict__ sums, int count, int columns)
{
    int c = blockIdx.x * 64 + threadIdx.x;
    if (c >= columns) return;
    float sum = 0.0f;
    for (int r = 0; r < count; r++) sum += rows[(size_type)r * columns + c];
    sums[c] = sum;
}
