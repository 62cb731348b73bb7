// NCHW <-> NHWC: each image is a matrix, transposed. NCHW to NHWC: rows = channels, columns = plane; back: the other way.
//
//   y[n][c][r] = x[n][r][c]
//
// transpose moves floats; transpose_16 elements of two bytes, whatever they mean.
//
// Launch: blocks of 32 x 8 threads, a tile of 32 x 32 (floats) or 64 x 64 (two bytes): x = tiles of an image (row tiles * column
// tiles, columns fastest), y = images (strided). The tile's rows in shared memory are 33 words apart, so that columns have no
// bank conflicts.
// Least traffic: 8 bytes an element; of two bytes 4.
#include "common.cuh"

template <class T>
__device__ __forceinline__ void transposed(const T* __restrict__ x, T* __restrict__ y, int images, int rows, int columns)
{
    const int SIDE = 128 / sizeof(T), PITCH = 132 / sizeof(T);
    __shared__ T tile[SIDE][PITCH];
    int across = (columns + SIDE - 1) / SIDE;
    int r0 = (int)(blockIdx.x / across) * SIDE, c0 = (int)(blockIdx.x % across) * SIDE;
    for (int n = blockIdx.y; n < images; n += gridDim.y) {
        const T* from = x + ((size_type)n * rows + r0) * columns + c0;
        T* to = y + ((size_type)n * columns + c0) * rows + r0;
        for (int i = threadIdx.y; i < SIDE; i += 8)
#pragma unroll
            for (int j = threadIdx.x; j < SIDE; j += 32)
                if (i < rows - r0 && j < columns - c0) tile[i][j] = from[(size_type)i * columns + j];
        __syncthreads();
        for (int i = threadIdx.y; i < SIDE; i += 8)
#pragma unroll
            for (int j = threadIdx.x; j < SIDE; j += 32)
                if (i < columns - c0 && j < rows - r0) to[(size_type)i * rows + j] = tile[j][i];
        __syncthreads();   // the tile is written again for the next image
    }
}

// budget transpose 48
extern "C" __global__ void __launch_bounds__(256)
    transpose(const float* __restrict__ x, float* __restrict__ y, int images, int rows, int columns)
{
    transposed(x, y, images, rows, columns);
}

// budget transpose_16 40
extern "C" __global__ void __launch_bounds__(256)
    transpose_16(const uint16* __restrict__ x, uint16* __restrict__ y, int images, int rows, int columns)
{
    transposed(x, y, images, rows, columns);
}
