// The k largest scores of each row, in descending order, with their indices; argmax is k = 1.
// Equal scores come in the order of their indices; NaN counts as larger than every number.
//
// Launch: a block of 256 a row: x = rows (strided where there are more than the grid has). Each place re-reads the row
// from the nearest cache, looking for the largest score behind the last one taken: k passes, meant for k up to some tens.
// Least traffic: 4 bytes a score, 8 a result.
#include "common.cuh"

// (a, i) stands before (b, j) in the order of the result. Index -1: nothing found yet, behind everything.
__device__ __forceinline__ bool before(float a, int i, float b, int j)
{
    if (j < 0) return i >= 0;
    if (i < 0) return false;
    bool a_nan = a != a, b_nan = b != b;
    if (a_nan != b_nan) return a_nan;
    if (!a_nan && a != b) return a > b;
    return i < j;
}

// values may be null: indices alone. k is at most classes.
// budget top_k 32
extern "C" __global__ void __launch_bounds__(256)
    top_k(const float* __restrict__ x, float* __restrict__ values, int* __restrict__ indices, int rows, int classes, int k)
{
    __shared__ float best_values[8];
    __shared__ int best_indices[8];
    int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    for (int row = blockIdx.x; row < rows; row += gridDim.x) {
        const float* from = x + (size_type)row * classes;
        float last = 0.0f;
        int last_index = -1;
        for (int place = 0; place < k; place++) {
            float best = 0.0f;
            int index = -1;
            for (int i = threadIdx.x; i < classes; i += 256) {
                float v = from[i];
                bool taken = last_index >= 0 && !before(last, last_index, v, i);
                if (!taken && before(v, i, best, index)) {
                    best = v;
                    index = i;
                }
            }
#pragma unroll
            for (int offset = 16; offset > 0; offset >>= 1) {
                float other = __shfl_xor_sync(ALL_LANES, best, offset);
                int other_index = __shfl_xor_sync(ALL_LANES, index, offset);
                if (before(other, other_index, best, index)) {
                    best = other;
                    index = other_index;
                }
            }
            if (lane == 0) {
                best_values[warp] = best;
                best_indices[warp] = index;
            }
            __syncthreads();
            last = best_values[0];
            last_index = best_indices[0];
#pragma unroll
            for (int w = 1; w < 8; w++) {
                if (before(best_values[w], best_indices[w], last, last_index)) {
                    last = best_values[w];
                    last_index = best_indices[w];
                }
            }
            __syncthreads();   // everyone has read the winners before the next place overwrites them
            if (threadIdx.x == 0) {
                size_type o = (size_type)row * k + place;
                if (values) values[o] = last;
                indices[o] = last_index;
            }
        }
    }
}
