// Bias and ReLU, forward and backward, NCHW (a fully connected layer is an image of one position).
//
//   forward   y = relu(x + b_c) with relu(v) = v < 0 ? 0 : v, so that NaN stays; bias and ReLU are each optional
//   backward  dx = y <= 0 ? 0 : dy, db_c = sum of dx over images and positions
//
// Launch
//   bias_relu_forward       blocks of 256, four elements a thread: x = ceil(image / 1024), y = images (or groups of them)
//   relu_backward           the same, over the whole tensor
//   bias_relu_backward      blocks of 256, a warp a plane: x = groups of channels, y = splits of the images; partial sums
//   bias_relu_backward_rows one thread a channel (planes of one element): x = ceil(channels / 64) of 64, y = splits
//   sum_rows                one thread a column: x = ceil(columns / 64) of 64; adds the splits' partial sums in order
// Least traffic: forward 8 bytes an element (x, y; in place allowed), backward 12 (y, dy, dx; dx may be dy), 8 for the bias
// gradient alone without dx; the sums are a few bytes a channel.
#include "common.cuh"

__device__ __forceinline__ float relu(float v) { return v < 0.0f ? 0.0f : v; }
__device__ __forceinline__ float relu_gradient(float y, float dy) { return y <= 0.0f ? 0.0f : dy; }

__device__ __forceinline__ float biased(float v, const float* bias, uint32 i, const Divisor& plane, int rectify)
{
    if (bias) v += bias[divide(i, plane)];
    return rectify ? relu(v) : v;
}

// size: elements of one image, channels * plane. x and y may be the same buffer, so neither is __restrict__.
// budget bias_relu_forward 40
extern "C" __global__ void __launch_bounds__(256)
    bias_relu_forward(const float* x, const float* __restrict__ bias, float* y, int images, int size, Divisor plane,
                      int rectify)
{
    for (int n = blockIdx.y; n < images; n += gridDim.y) {
        const float* from = x + (size_type)n * size;
        float* to = y + (size_type)n * size;
        uint32 block = blockIdx.x * 1024u, i = block + threadIdx.x * 4;
        if (aligned16(from, to) && i + 4 <= size) {
            Four v = load4(from + i);
            if (plane.divisor == 1 && bias && aligned16(bias)) {
                Four b = load4(bias + i);
                v.x += b.x;
                v.y += b.y;
                v.z += b.z;
                v.w += b.w;
                store4(to + i, rectify ? relu(v.x) : v.x, rectify ? relu(v.y) : v.y, rectify ? relu(v.z) : v.z,
                       rectify ? relu(v.w) : v.w);
                continue;
            }
            store4(to + i, biased(v.x, bias, i, plane, rectify), biased(v.y, bias, i + 1, plane, rectify),
                   biased(v.z, bias, i + 2, plane, rectify), biased(v.w, bias, i + 3, plane, rectify));
        } else if (aligned16(from, to)) {
            for (; i < size; i++) to[i] = biased(from[i], bias, i, plane, rectify);
        } else {
            uint32 end = block + 1024 < size ? block + 1024 : size;
            for (i = block + threadIdx.x; i < end; i += 256) to[i] = biased(from[i], bias, i, plane, rectify);
        }
    }
}

// dx may be dy.
// budget relu_backward 24
extern "C" __global__ void __launch_bounds__(256)
    relu_backward(const float* __restrict__ y, const float* dy, float* dx, size_type count)
{
    size_type i = ((size_type)blockIdx.x * 256 + threadIdx.x) * 4;
    if (aligned16(y, dy, dx) && i + 4 <= count) {
        Four a = load4(y + i), g = load4(dy + i);
        store4(dx + i, relu_gradient(a.x, g.x), relu_gradient(a.y, g.y), relu_gradient(a.z, g.z), relu_gradient(a.w, g.w));
    } else {
        size_type end = i + 4 < count ? i + 4 : count;
        for (; i < end; i++) dx[i] = relu_gradient(y[i], dy[i]);
    }
}

// Block (g, s) sums the channels of group g over the images s, s + splits, ... into partial[s][c]: warp w has the group's
// channel w % group (1, 2, 4 or 8 channels). A group's planes lie side by side, so that the sectors two of them share are
// one block's. Without ReLU y is null and dx is not written. Lanes start at a 128-byte boundary, so that each sector of a
// plane is requested once.
// budget bias_relu_backward 40
extern "C" __global__ void __launch_bounds__(256)
    bias_relu_backward(const float* __restrict__ y, const float* dy, float* dx, float* __restrict__ partial, int images,
                       int channels, int plane, int group)
{
    __shared__ float scratch[8];
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, c = blockIdx.x * group + (warp & (group - 1));
    int warps = 8 / group;   // of a channel
    float sum = 0.0f;
    for (size_type n = blockIdx.y + (size_type)(warp / group) * gridDim.y; n < images && c < channels;
         n += (size_type)warps * gridDim.y) {
        size_type offset = (n * channels + c) * plane;
        const float* g = dy + offset;
        const float* a = y + offset;
        float* d = dx + offset;
        if ((plane & 3) == 0 && aligned16(dy, y ? y : dy, y ? dx : dy)) {
            for (int i = (lane - lead(g, 4) / 4) * 4; i < plane; i += 128) {
                if (i < 0) continue;
                Four v = load4(g + i);
                if (y) {
                    Four b = load4(a + i);
                    v.x = relu_gradient(b.x, v.x);
                    v.y = relu_gradient(b.y, v.y);
                    v.z = relu_gradient(b.z, v.z);
                    v.w = relu_gradient(b.w, v.w);
                    store4(d + i, v.x, v.y, v.z, v.w);
                }
                sum += (v.x + v.y) + (v.z + v.w);
            }
        } else {
            for (int i = lane - lead(g, 4); i < plane; i += 32) {
                if (i < 0) continue;
                float v = g[i];
                if (y) {
                    v = relu_gradient(a[i], v);
                    d[i] = v;
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
