// Average pool, NCHW.
//
//   forward   y = sum over the window's elements inside the picture / divisor
//   backward  dx = sum over the windows that cover the element of dy / divisor, gathered in row-major order
//   divisor   the window's elements inside the picture, or (count_padding) kernel height * kernel width
//
// Launch: one thread an element of the result: x = ceil(elements of one plane / 256) blocks of 256, y = planes (strided).
// Least traffic: 4 bytes an input and 4 an output, either way. Windows overlap in cache lines, not in shared memory: no
// network of the zoo averages, so this one is kept simple.
#include "common.cuh"

struct AveragePool {
    int height, width, out_height, out_width;
    int kernel_y, kernel_x, stride_y, stride_x, top, left;
    int count;           // planes
    int count_padding;   // 0: divide by the elements inside the picture
};

__device__ __forceinline__ float window_divisor(const AveragePool& p, int top, int left)
{
    if (p.count_padding) return (float)(p.kernel_y * p.kernel_x);
    int rows = smaller(top + p.kernel_y, p.height) - larger(top, 0);
    int columns = smaller(left + p.kernel_x, p.width) - larger(left, 0);
    return (float)(rows * columns);
}

// budget average_pool_forward 64
extern "C" __global__ void __launch_bounds__(256)
    average_pool_forward(const float* __restrict__ x, float* __restrict__ y, AveragePool p)
{
    int outputs = p.out_height * p.out_width, i = blockIdx.x * 256 + threadIdx.x;
    if (i >= outputs) return;
    int row = i / p.out_width, column = i - row * p.out_width;
    int top = row * p.stride_y - p.top, left = column * p.stride_x - p.left;
    int y0 = larger(top, 0), y1 = smaller(top + p.kernel_y, p.height);
    int x0 = larger(left, 0), x1 = smaller(left + p.kernel_x, p.width);
    float divisor = window_divisor(p, top, left);
    for (int plane = blockIdx.y; plane < p.count; plane += gridDim.y) {
        const float* from = x + (size_type)plane * p.height * p.width;
        float sum = 0.0f;
        for (int yy = y0; yy < y1; yy++)
            for (int xx = x0; xx < x1; xx++) sum += from[yy * p.width + xx];
        y[(size_type)plane * outputs + i] = sum / divisor;
    }
}

// budget average_pool_backward 40
extern "C" __global__ void __launch_bounds__(256, 4)
    average_pool_backward(const float* __restrict__ dy, float* __restrict__ dx, AveragePool p)
{
    int inputs = p.height * p.width, i = blockIdx.x * 256 + threadIdx.x;
    if (i >= inputs) return;
    int y = i / p.width + p.top, x = i % p.width + p.left;
    int oy0 = y < p.kernel_y ? 0 : (y - p.kernel_y) / p.stride_y + 1, oy1 = smaller(y / p.stride_y, p.out_height - 1);
    int ox0 = x < p.kernel_x ? 0 : (x - p.kernel_x) / p.stride_x + 1, ox1 = smaller(x / p.stride_x, p.out_width - 1);
    for (int plane = blockIdx.y; plane < p.count; plane += gridDim.y) {
        const float* from = dy + (size_type)plane * p.out_height * p.out_width;
        float sum = 0.0f;
        for (int oy = oy0; oy <= oy1; oy++)
            for (int ox = ox0; ox <= ox1; ox++)
                sum += from[oy * p.out_width + ox] / window_divisor(p, oy * p.stride_y - p.top, ox * p.stride_x - p.left);
        dx[(size_type)plane * inputs + i] = sum;
    }
}
