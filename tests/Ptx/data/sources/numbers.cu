#include "common.cuh"
// 64-bit and mixed arithmetic as compilers write it: Philox4x32-10's rounds, a 64-bit division, rotations.
extern "C" __global__ void philox(const unsigned* counters, unsigned* words, unsigned seed, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned c0 = counters[i], c1 = 0, c2 = 7, c3 = 11, k0 = seed, k1 = seed ^ 0x5bd1e995u;
  for (int r = 0; r < 10; ++r) {
    unsigned long long p = (unsigned long long)0xD2511F53u * c0, q = (unsigned long long)0xCD9E8D57u * c2;
    unsigned n0 = (unsigned)(q >> 32) ^ c1 ^ k0, n2 = (unsigned)(p >> 32) ^ c3 ^ k1;
    c1 = (unsigned)q; c3 = (unsigned)p; c0 = n0; c2 = n2;
    k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
  }
  words[4 * i] = c0; words[4 * i + 1] = c1; words[4 * i + 2] = c2; words[4 * i + 3] = c3;
}
extern "C" __global__ void divisions(const long long* a, const long long* b, long long* q, unsigned long long* m, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  q[i] = a[i] / b[i] + (int)a[i] % 7 + (unsigned)a[i] / 10u;
  m[i] = (unsigned long long)a[i] % (unsigned long long)b[i] ^ ((unsigned long long)a[i] << 13 | (unsigned long long)a[i] >> 51);
}
// Precise double precision beside single: a logistic function's derivative by hand.
extern "C" __global__ void doubles(const float* x, double* y, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  double v = x[i], w = v * v + 0.5;
  y[i] = (v - 1.0 / w) / (w * w + (double)(float)(v * 3)) + (double)(int)x[i];
}
