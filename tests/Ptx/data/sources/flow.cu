#include "common.cuh"
struct Table { float v[20]; int n; };
__constant__ float scale[4] = {1, 2, 3, 4};
__device__ int offset = 7;
__device__ int* where = &offset;
// Calls, a switch, a structure by address, .const and .global variables.
__noinline__ __device__ float choose(float a, int k, const Table* t) {
  switch (k) {
    case 0: return a * 2;
    case 1: return t->v[k + 2];
    case 2: return a - t->n;
    case 3: return a / 3;
    case 4: return sqrtf(a);
    case 5: return a * a;
    case 6: return t->v[t->n & 7] + 1;
  }
  return scale[k & 3];
}
__noinline__ __device__ float twice(float a, int k, const Table* t) {
  if (k & 1) return choose(a, k >> 1, t) + 1;
  return choose(a + 1, k >> 1, t);
}
extern "C" __global__ void calls(Table t, const float* x, float* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  Table local = t;
  local.n += i & 3;
  y[i] = twice(x[i], i % 20, &local) + *where;
}
// Local memory indexed at run time, and loops whose length differs from lane to lane.
extern "C" __global__ void collatz(const int* x, int* steps, int* peak, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int seen[8];
  for (int k = 0; k < 8; ++k) seen[k] = 0;
  long long v = x[i];
  int count = 0;
  while (v != 1) {
    if (v & 1) v = 3 * v + 1; else v >>= 1;
    seen[v & 7]++;
    if (++count > 500) break;
  }
  int best = 0;
  for (int k = 0; k < 8; ++k) best = seen[k] > seen[best] ? k : best;
  steps[i] = count;
  peak[i] = best * 1000 + seen[(int)(x[i] & 7)];
}
// Lanes of a warp take different ways and come back, with early returns inside nested loops.
extern "C" __global__ void nested(const int* x, int* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  int v = x[i], total = 0;
  for (int a = 0; a < (v & 7); ++a) {
    for (int b = a; b < 6; ++b) {
      if ((a + b) % 3 == 1) continue;
      if (v > 90 && b == 4) { y[i] = -total; return; }
      total += (v & 1) ? a * b : a + b;
    }
    if (total > 40) break;
  }
  y[i] = total;
}
