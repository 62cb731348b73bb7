// NCHW <-> NHWC: each image is a matrix, transposed. NCHW to NHWC: rows = channels, columns = plane; back: the other way.
//
//   y[n][c][r] = x[n][r][c]
//
// Launch: blocks of 32 x 8 threads, a tile of 32 x 32: x = tiles of an image (row tiles * column tiles, columns fastest),
// y = images (strided). The tile's rows in shared memory are 33 apart, so that columns have no bank conflicts.
// Least traffic: 8 bytes an element.
#include "common.cuh"

// budget transpose 48
extern "C" __global__ void __launch_bounds__(256)
    transpose(const float* __restrict__ x, float* __restrict__ y, int images, int rows, int columns)
{
    __shared__ float tile[32][33];
    int across = (columns + 31) / 32;
    int r0 = (int)(blockIdx.x / across) * 32, c0 = (int)(blockIdx.x % across) * 32;
    for (int n = blockIdx.y; n < images; n += gridDim.y) {
        const float* from = x + (size_type)n * rows * columns;
        float* to = y + (size_type)n * rows * columns;
        int c = c0 + threadIdx.x;
        for (int i = threadIdx.y; i < 32; i += 8)
            if (r0 + i < rows && c < columns) tile[i][threadIdx.x] = from[(size_type)(r0 + i) * columns + c];
        __syncthreads();
        int r = r0 + threadIdx.x;
        for (int i = threadIdx.y; i < 32; i += 8)
            if (c0 + i < columns && r < rows) to[(size_type)(c0 + i) * rows + r] = tile[threadIdx.x][i];
        __syncthreads();   // the tile is written again for the next image
    }
}
