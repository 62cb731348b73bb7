#include "common.cuh"
// Sums a row a block: shuffles inside warps, shared memory between them. Grid: rows; block: up to 1024 threads.
extern "C" __global__ void row_sums(const float* x, float* sums, int columns) {
  __shared__ float part[32];
  float v = 0;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) v += x[(size_t)blockIdx.x * columns + i];
  for (int o = 16; o > 0; o >>= 1) v += __shfl_xor_sync(0xffffffffu, v, o);
  if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = v;
  __syncthreads();
  if (threadIdx.x == 0) {
    float t = 0;
    for (int i = 0; i < (blockDim.x + 31) / 32; ++i) t += part[i];
    sums[blockIdx.x] = t;
  }
}
// The same through dynamic shared memory alone: a tree with a barrier a level. Block: a power of two.
extern "C" __global__ void row_sums_tree(const float* x, float* sums, int columns) {
  extern __shared__ float tree[];
  float v = 0;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) v += x[(size_t)blockIdx.x * columns + i];
  tree[threadIdx.x] = v;
  __syncthreads();
  for (int o = blockDim.x / 2; o > 0; o >>= 1) {
    if (threadIdx.x < o) tree[threadIdx.x] += tree[threadIdx.x + o];
    __syncthreads();
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = tree[0];
}
// Transposes through a padded tile: vector width 1, no bank conflicts. Grid: tiles; block: 32 x 8.
extern "C" __global__ void transpose(const float* x, float* y, int rows, int columns) {
  __shared__ float tile[32][33];
  int c = blockIdx.x * 32 + threadIdx.x, r = blockIdx.y * 32 + threadIdx.y;
  for (int k = 0; k < 32; k += 8)
    if (c < columns && r + k < rows) tile[threadIdx.y + k][threadIdx.x] = x[(size_t)(r + k) * columns + c];
  __syncthreads();
  c = blockIdx.y * 32 + threadIdx.x, r = blockIdx.x * 32 + threadIdx.y;
  for (int k = 0; k < 32; k += 8)
    if (c < rows && r + k < columns) y[(size_t)(r + k) * rows + c] = tile[threadIdx.x][threadIdx.y + k];
}
// A histogram by shared atomics, then global ones. Counts above zero in blocks are counted as well.
extern "C" __global__ void histogram(const int* x, int* counts, int* most, int* positive, int n) {
  __shared__ int local[16];
  if (threadIdx.x < 16) local[threadIdx.x] = 0;
  __syncthreads();
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  int v = i < n ? x[i] : -1;
  if (v >= 0) atomicAdd(&local[v & 15], 1);
  int c = __syncthreads_count(v > 0);
  if (threadIdx.x < 16) atomicAdd(&counts[threadIdx.x], local[threadIdx.x]);
  if (threadIdx.x == 0) { atomicMax(most, c); atomicAdd(positive, c); }
}
// y = a x + y by 16-byte accesses, with a tail.
extern "C" __global__ void __launch_bounds__(128) axpy4(float a, const float* __restrict__ x, float* __restrict__ y, int n) {
  int i = (blockIdx.x * blockDim.x + threadIdx.x) * 4;
  if (i + 3 < n) {
    float4 u = *(const float4*)(x + i), v = *(float4*)(y + i);
    v.x += a * u.x; v.y += a * u.y; v.z += a * u.z; v.w += a * u.w;
    *(float4*)(y + i) = v;
  } else {
    for (; i < n; ++i) y[i] += a * x[i];
  }
}
